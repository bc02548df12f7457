"""The company itself: who buys what, what is used, billed and booked, before any vendor says so."""
