"""Figures: curves of runs, and words by their vectors."""
