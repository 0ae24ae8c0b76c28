"""gensim's module paths, for a program in which `gensim` was replaced by `w2v`: names from elsewhere, and no code."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from w2v.phrases.phrases import Phrases
    from w2v.training.fasttext import FastText
    from w2v.training.model import Word2Vec
    from w2v.vectors.keyed_vectors import KeyedVectors

__all__ = ["FastText", "KeyedVectors", "Phrases", "Word2Vec"]

_MODULES = ("callbacks", "fasttext", "keyedvectors", "phrases", "word2vec")
_HOMES = {"FastText": "fasttext", "KeyedVectors": "keyedvectors", "Phrases": "phrases", "Word2Vec": "word2vec"}
_ELSEWHERE = (  # gensim's, which are not here
    "AuthorTopicModel", "CoherenceModel", "Doc2Vec", "EnsembleLda", "HdpModel", "LdaModel", "LdaMulticore",
    "LdaSeqModel", "LogEntropyModel", "LsiModel", "Nmf", "NormModel", "RpModel", "TfidfModel",
    "TranslationMatrix", "doc2vec", "ldamodel", "ldamulticore", "lsimodel", "nmf", "poincare",
    "tfidfmodel", "translation_matrix",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"w2v.models.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"w2v.models.{_HOMES[name]}"), name)
    if name in _ELSEWHERE:
        raise ImportError(
            f"w2v has no {name}: of gensim.models it has Word2Vec, FastText, KeyedVectors and Phrases; import it from "
            "gensim"
        )
    raise AttributeError(f"module 'w2v.models' has no attribute {name!r}")
