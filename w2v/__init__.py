"""Word embeddings: train, query, evaluate.

    import w2v

    model = w2v.Word2Vec(corpus_file="corpus.txt", vector_size=200)
    model.wv.most_similar(positive=["king", "woman"], negative=["man"])
    model.save("corpus.w2v")
    vectors = w2v.load("corpus.w2v")

Everything is imported on first use: `load` and queries do not pay for the compiler that training needs.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

__all__ = [
    "ENGLISH_CONNECTOR_WORDS",
    "Callback",
    "FastText",
    "FrozenPhrases",
    "KeyedVectors",
    "Phraser",
    "Phrases",
    "TextClassifier",
    "TextConfig",
    "TrainConfig",
    "Vocabulary",
    "W2VError",
    "Word2Vec",
    "evaluate",
    "load",
    "load_documents",
]

if TYPE_CHECKING:
    from w2v.classify.samples import load_documents
    from w2v.classify.text_classifier import TextClassifier
    from w2v.config import ENGLISH_CONNECTOR_WORDS, TextConfig, TrainConfig
    from w2v.corpus.vocabulary import Vocabulary
    from w2v.errors import W2VError
    from w2v.evaluation.evaluate import evaluate
    from w2v.phrases.phrases import FrozenPhrases, Phraser, Phrases
    from w2v.training.fasttext import FastText
    from w2v.training.model import Word2Vec
    from w2v.training.state import Callback
    from w2v.vectors.keyed_vectors import KeyedVectors

_HOMES = {
    "Callback": "training.state",
    "ENGLISH_CONNECTOR_WORDS": "config",
    "FastText": "training.fasttext",
    "FrozenPhrases": "phrases.phrases",
    "KeyedVectors": "vectors.keyed_vectors",
    "Phraser": "phrases.phrases",
    "Phrases": "phrases.phrases",
    "TextClassifier": "classify.text_classifier",
    "TextConfig": "config",
    "TrainConfig": "config",
    "Vocabulary": "corpus.vocabulary",
    "W2VError": "errors",
    "Word2Vec": "training.model",
    "evaluate": "evaluation.evaluate",
    "load_documents": "classify.samples",
}
_MODULES = ("models", "utils", "cluster")  # modules at gensim's paths, and one of ours


def load(path: "str | Any", mmap: str | None = None) -> "KeyedVectors":
    """Vectors from any file this package reads (native, word2vec text or binary, GloVe, fastText .vec or .bin),
    sniffed; those of a model with n-grams have vectors for unknown words, too.

    `mmap` is gensim's and changes nothing: native files are always mapped. Raises `FormatError` for a malformed file.
    To go on training, use `Word2Vec.load`.
    """
    from w2v.vectors.keyed_vectors import KeyedVectors

    return KeyedVectors.load(path, mmap)


def __getattr__(name: str) -> Any:
    import importlib

    if name in _MODULES:
        return importlib.import_module(f"w2v.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'w2v' has no attribute {name!r}")
    return getattr(importlib.import_module(f"w2v.{_HOMES[name]}"), name)
