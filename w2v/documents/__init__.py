"""Documents as lists of numbers, and weighted means of the vectors of their words."""
