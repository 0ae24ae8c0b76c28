"""`gensim.models.keyedvectors`."""

from w2v.vectors.keyed_vectors import KeyedVectors

__all__ = ["KeyedVectors", "Word2VecKeyedVectors"]

Word2VecKeyedVectors = KeyedVectors  # its name before gensim 4
