"""What pages are made of: cards, charts, tables, states and the formatting of values."""
