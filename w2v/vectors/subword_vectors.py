"""Vectors of words that were never seen, made of their character n-grams (Bojanowski et al. 2017)."""

import functools
from collections.abc import Iterable, Mapping
from typing import Any, Self

import numpy as np

from w2v.corpus.ngrams import Ngrams
from w2v.errors import UnknownWordError
from w2v.formats.subwords import table_ngrams
from w2v.formats.vector_files import VectorTable
from w2v.system.files import PathLike
from w2v.system.wording import quantity
from w2v.vectors.keyed_vectors import KeyedVectors
from w2v.vectors.search import unit
from w2v.vectors.store import Key


class SubwordVectors(KeyedVectors):
    """`KeyedVectors` of a model with n-grams, as `w2v.load` gives them: gensim's `FastTextKeyedVectors`.

    A word without a row has a vector if one of its n-grams has: the mean of their rows, to which n-grams that training
    never met add nothing. `is_composed` says which words those are, `known_ngrams` of what their vectors are made.
    """

    ngrams: Ngrams | None = None
    input_rows: np.ndarray  # (R, d), perhaps mapped, the last G of which are those of n-grams; a model's are trained
    ngram_buckets: np.ndarray  # int32 (G,): which bucket each of these is
    _lists: Mapping[str, Any]  # what a `VectorTable` says of the rows of words
    _of_rows: np.ndarray  # (V, d): `vectors` as they are made of the rows

    @classmethod
    def from_table(cls, table: VectorTable, source: PathLike | None = None) -> Self:
        """Vectors around the arrays of `table`, which are not copied."""
        result = super().from_table(table, source)
        ngrams = table_ngrams(table)
        if ngrams is None or table.input_rows is None or table.ngram_buckets is None:
            return result
        names = [name for name in table._fields if name.startswith("row_")]
        lists = {} if table.row_offsets is None else {name: getattr(table, name) for name in names}
        made = result.matrix.view()
        made.setflags(write=False)  # what is made of rows is copied before a change
        result.hold_rows(made, ngrams, np.asarray(table.ngram_buckets), np.asarray(table.input_rows), lists)
        return result

    def hold_rows(
        self, made: np.ndarray, ngrams: Ngrams, buckets: np.ndarray, input_rows: np.ndarray, lists: Mapping[str, Any]
    ) -> None:
        """Hold the vectors (V, d) that are made of input rows, and what makes those of unknown words. lists: the rows
        of each word, as a `VectorTable` has them, if they are known."""
        self.hold(made)
        self.ngrams, self.ngram_buckets, self.input_rows = ngrams, buckets, input_rows
        self._lists, self._of_rows = lists, self.matrix
        self.__dict__.pop("_by_bucket", None)

    def to_table(self) -> VectorTable:
        """The table of all keys that have a vector; arrays are shared where they can be."""
        table = super().to_table()
        if self.ngrams is None:
            return table
        is_whole = bool(self._lists) and table.vectors is self._of_rows
        table = table._replace(ngram_buckets=self.ngram_buckets, input_rows=self.ngram_rows)
        return table._replace(input_rows=self.input_rows, **self._lists) if is_whole else table

    @property
    def ngram_rows(self) -> np.ndarray:
        """(G, d), a view of the input rows."""
        return self.input_rows[len(self.input_rows) - len(self.ngram_buckets) :]

    # ---- look-up

    def is_composed(self, key: Key) -> bool:
        """Whether the vector of this word is made of n-grams because the word is not in the vocabulary."""
        return self.get_index(key, -1) < 0 and self.has_index_for(key)

    def has_index_for(self, key: Key) -> bool:
        """Whether the key has a vector, of its own or composed."""
        return super().has_index_for(key) or self.composed(key) is not None

    def get_vector(self, key: Key, norm: bool = False) -> np.ndarray:
        """(d,), read-only; of unit length with `norm`. Raises `UnknownWordError` for a word without n-grams, or with
        such only as training never met."""
        if self.get_index(key, -1) >= 0:
            return super().get_vector(key, norm)
        vector = self.composed(key)
        if vector is None:
            raise UnknownWordError(self._why_not(key))
        vector = unit(vector) if norm else vector
        vector.setflags(write=False)
        return vector

    def known_ngrams(self, word: str) -> list[str]:
        """Those n-grams of a word that have a row, in the order of their first letters."""
        if self.ngrams is None:
            return []
        return [piece for piece in self.ngrams.pieces(word) if (self._places(self.ngrams.buckets_of(piece)) >= 0).any()]

    def composed(self, word: Any) -> np.ndarray | None:
        """(d,) the mean of the rows of a word's n-grams, where those that training never met are zeros; None where all
        are."""
        if self.ngrams is None or not isinstance(word, str):
            return None
        places = self._places(self.ngrams.buckets(word))
        rows = self.ngram_rows[places[places >= 0]]
        if not rows.any():
            return None
        return (rows.sum(axis=0, dtype=np.float64) / len(places)).astype(np.float32)

    def with_composed(self, words: Iterable[str]) -> KeyedVectors:
        """Plain vectors of all keys, and of those of `words` besides whose vector is composed."""
        table = super().to_table()._replace(output_vectors=None)  # without n-grams training cannot go on
        result = KeyedVectors.from_table(table, self.source)
        made = {word: vector for word in dict.fromkeys(words) if self.is_composed(word)
                and (vector := self.composed(word)) is not None}  # fmt: skip
        if made:
            result.add_vectors(list(made), np.array(list(made.values())))
        return result

    def composed_if_unknown(self, word: Any) -> np.ndarray | None:
        """`composed`, but None for a word of the vocabulary, however it is written."""
        known = self.get_index(word, -1) >= 0 or self.get_index(str(word).lower(), -1) >= 0
        return None if known else self.composed(word)

    # ---- parts

    def _places(self, buckets: list[int]) -> np.ndarray:
        """The rows of buckets, −1 where there is none."""
        order, ordered = self._by_bucket
        asked = np.array(buckets, np.int32)
        near = np.minimum(np.searchsorted(ordered, asked), len(ordered) - 1)
        return np.where(ordered[near] == asked, order[near], -1) if len(ordered) else np.full(len(asked), -1)

    @functools.cached_property
    def _by_bucket(self) -> tuple[np.ndarray, np.ndarray]:
        """(rows, buckets) by ascending bucket, made at the first unknown word."""
        order = np.argsort(self.ngram_buckets, kind="stable")
        return order, self.ngram_buckets[order]

    def _why_not(self, key: Any) -> str:
        known = f"{key!r} is not in the vocabulary of {quantity(len(self), 'word')}"
        if self.ngrams is None or not isinstance(key, str):
            return f"{known}, and only text has n-grams"
        size = f"{self.ngrams.min_n} to {self.ngrams.max_n} characters"
        if not self.ngrams.pieces(key):
            return f"{known}, and too short for an n-gram of {size}, so it has no vector; check the spelling"
        return f"{known}, and training met none of its n-grams of {size}, so it has no vector; check the spelling"


def vectors_of(table: VectorTable, source: PathLike | None = None, kind: Any = KeyedVectors) -> Any:
    """Vectors of the class `kind`, or where the table has n-grams, of `SubwordVectors` instead of `KeyedVectors`."""
    has_ngrams = kind is KeyedVectors and table.ngram_buckets is not None and table_ngrams(table) is not None
    return (SubwordVectors if has_ngrams else kind).from_table(table, source)
