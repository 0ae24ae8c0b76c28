"""Vectors in memory: look-up, changes, and questions to them."""
