"""`gensim.models.word2vec`."""

from w2v.corpus.line_sentences import MAX_WORDS_IN_BATCH, LineSentence, PathLineSentences, Text8Corpus
from w2v.training.model import Word2Vec
from w2v.vectors.keyed_vectors import KeyedVectors

__all__ = [
    "CORPUSFILE_VERSION", "FAST_VERSION", "MAX_WORDS_IN_BATCH", "KeyedVectors", "LineSentence", "PathLineSentences",
    "Text8Corpus", "Word2Vec",
]  # fmt: skip

FAST_VERSION = CORPUSFILE_VERSION = 1  # gensim's way to say that training is compiled, which programs ask for
