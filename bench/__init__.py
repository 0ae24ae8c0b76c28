"""Measurements of w2v beside its peers. They print ratios: on shared machines absolute times mislead."""
