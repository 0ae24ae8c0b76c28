"""`gensim.models.fasttext`."""

from w2v.training.fasttext import FastText
from w2v.vectors.subword_vectors import SubwordVectors as FastTextKeyedVectors

__all__ = ["FastText", "FastTextKeyedVectors"]
