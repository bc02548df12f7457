"""What pages may ask: one function per mart, read-only, all from one published build."""
