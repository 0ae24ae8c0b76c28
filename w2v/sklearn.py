"""Word vectors in scikit-learn (extra `sklearn`): `MeanVectors` turns texts into features."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from w2v.documents.texts import Text
from w2v.errors import ConfigError, CorpusError
from w2v.system.extras import optional
from w2v.vectors.encoding import Encoder, unit_rows
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.store import VectorStore

if TYPE_CHECKING:
    from sklearn import base, utils
else:
    base = optional("sklearn.base", "w2v.sklearn", "sklearn")
    utils = optional("sklearn.utils.validation", "w2v.sklearn", "sklearn")


class MeanVectors(base.ClassNamePrefixFeaturesOutMixin, base.TransformerMixin, base.BaseEstimator):
    """Texts to the means of their words' vectors: (n, d) float32, zeros for a text without a known word.

    vectors: `KeyedVectors`, or the path of a vector file (better where a search runs in several processes). weights:
    "uniform", "tfidf" or "sif", of which `fit` learns what they need (`w2v.vectors.encoding.Encoder`). normalize: scale
    each row to length 1. threads: None for one per processor. X is a sequence of str, which are cut as the text of the
    vectors was, or of lists of tokens.
    """

    def __init__(
        self,
        vectors: Any = None,
        *,
        weights: str = "uniform",
        normalize: bool = False,
        threads: int | None = None,
    ) -> None:
        self.vectors, self.weights, self.normalize, self.threads = vectors, weights, normalize, threads

    def fit(self, X: Iterable[Text], y: Any = None) -> Self:
        """Learn the weights from texts. Raises `ConfigError`, `CorpusError`, `FormatError`."""
        self.fit_transform(X)
        return self

    def fit_transform(self, X: Iterable[Text], y: Any = None) -> np.ndarray:
        """`fit`, and the vectors of the same texts, which are read once."""
        if self.vectors is None:
            raise ConfigError("MeanVectors has no vectors; give KeyedVectors or the path of a vector file")
        store = self.vectors if isinstance(self.vectors, VectorStore) else KeyedVectors.load(self.vectors)
        encoder = Encoder(store, self.weights, self.threads)
        found = encoder.read(_column(X))
        self.encoder_ = encoder.fit(found)
        self._n_features_out = store.vector_size
        return self._scaled(encoder.means(found))

    def transform(self, X: Iterable[Text]) -> np.ndarray:
        """(n, d) of texts, by what `fit` learned."""
        utils.check_is_fitted(self)
        return self._scaled(self.encoder_.means(self.encoder_.read(_column(X))))

    def _scaled(self, rows: np.ndarray) -> np.ndarray:
        if self.normalize:
            unit_rows(rows)
        return rows

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.transformer_tags.preserves_dtype = ["float32"]
        return tags


def _column(X: Any) -> Iterable[Text]:
    """A sequence of texts, or a column of them. Raises `CorpusError` for a single text and for a table."""
    if isinstance(X, str) or not hasattr(X, "__iter__"):
        raise CorpusError(f"X is {type(X).__name__}; give a list of texts")
    if getattr(X, "ndim", 1) != 1:
        raise CorpusError(f"X has {X.ndim} dimensions; give one column of texts")
    return X
