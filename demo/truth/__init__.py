"""What must come out: the numbers of the company, told without reading any vendor's objects."""
