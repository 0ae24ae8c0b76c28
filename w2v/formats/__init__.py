"""Vectors on disk: a file for each format, and one table of them."""
