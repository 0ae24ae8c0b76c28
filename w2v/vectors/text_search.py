"""Texts by their nearness in meaning to a question."""

from collections.abc import Iterable

import numpy as np

from w2v.documents.texts import Text
from w2v.errors import ConfigError, UnknownWordError
from w2v.vectors.encoding import Encoder, unit_rows
from w2v.vectors.search import top_positions
from w2v.vectors.store import VectorStore


class TextSearch:
    """Texts in memory as unit vectors, and which of them are nearest to another text."""

    def __init__(
        self, vectors: VectorStore, texts: Iterable[Text], weights: str = "sif", threads: int | None = None
    ) -> None:
        """weights: those of `encode`, learned from these texts. Raises `ConfigError`, `CorpusError`."""
        self.encoder = Encoder(vectors, weights, threads)
        self.found = self.encoder.read(texts)  # what of them is known
        self.rows = self.encoder.fit(self.found).means(self.found)
        unit_rows(self.rows)
        self._has_words = self.found.lists.lengths > 0

    def nearest(self, query: Text, topn: int = 10) -> list[tuple[int, float]]:
        """(place from 0, cosine) of the `topn` nearest texts, nearest first; those without a known word are left out.

        Raises `UnknownWordError` for a query without a known word, `ConfigError` for `topn` below 1.
        """
        if topn < 1:
            raise ConfigError(f"topn is {topn}; ask for at least 1 text")
        asked = self.encoder.means(self.encoder.read([query]))
        unit_rows(asked)
        if not asked.any():
            raise UnknownWordError(f"no word of {query!r} has a vector; ask in words of the model")
        scores = np.where(self._has_words, self.rows @ asked[0], -np.inf)
        n_with_words = int(self._has_words.sum())
        if not n_with_words:
            return []
        best = top_positions(scores, None, min(topn, n_with_words))
        return list(zip(best.tolist(), scores[best].tolist(), strict=True))
