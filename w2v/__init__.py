"""Word embeddings: train, query, evaluate."""

__version__ = "0.1.0"
