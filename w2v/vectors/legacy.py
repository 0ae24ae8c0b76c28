"""The names of gensim 3: they work, with a warning that gives the new name."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2v.vectors.queries import QueryableVectors
from w2v.vectors.store import Key


@dataclass(frozen=True)
class OldVocabItem:
    """What gensim 3 kept for a word in `vocab`."""

    index: int
    count: int


class LegacyNames(QueryableVectors):
    """Vectors that also answer to gensim 3's names."""

    @property
    def vocab(self) -> Mapping[Any, Any]:
        """Old name: word -> object with `index` and `count`."""
        _deprecated("vocab", "key_to_index and get_vecattr(key, 'count')")
        counts = self.expandos.get("count")
        return {
            key: OldVocabItem(index, 0 if counts is None else int(counts[index]))
            for key, index in self.key_to_index.items()
        }

    @property
    def index2word(self) -> Any:
        """Old name of `index_to_key`."""
        _deprecated("index2word", "index_to_key")
        return self.index_to_key

    @property
    def index2entity(self) -> Any:
        """Old name of `index_to_key`."""
        _deprecated("index2entity", "index_to_key")
        return self.index_to_key

    def word_vec(self, word: Key, use_norm: bool = False, norm: bool = False) -> np.ndarray:
        """Old name of `get_vector`; `use_norm` is now `norm`."""
        _deprecated("word_vec", "get_vector")
        return self.get_vector(word, norm=norm or use_norm)

    def words_closer_than(self, word1: Key, word2: Key) -> list[Any]:
        """Old name of `closer_than`."""
        _deprecated("words_closer_than", "closer_than")
        return self.closer_than(word1, word2)

    def init_sims(self, replace: bool = False) -> None:
        """Not needed any more; with `replace` it is `unit_normalize_all`."""
        _deprecated("init_sims", "unit_normalize_all" if replace else "fill_norms")
        if replace:
            self.unit_normalize_all()
        else:
            self.fill_norms()


def _deprecated(old: str, new: str) -> None:
    warnings.warn(f"{old} is gensim 3's name; use {new}", DeprecationWarning, stacklevel=3)
