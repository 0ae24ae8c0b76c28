"""The names of gensim 3: they work, with a warning that gives the new name.

These are functions of a `VectorStore`; `KeyedVectors` binds them, the first three as properties.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from w2v.vectors.queries import closer_than
from w2v.vectors.store import Key, VectorStore


@dataclass(frozen=True)
class OldVocabItem:
    """What gensim 3 kept for a word in `vocab`."""

    index: int
    count: int


def vocab(store: VectorStore) -> Mapping[Any, Any]:
    """Old name: word -> object with `index` and `count`."""
    _deprecated("vocab", "key_to_index and get_vecattr(key, 'count')")
    counts = store.expandos.get("count")
    return {
        key: OldVocabItem(index, 0 if counts is None else int(counts[index]))
        for key, index in store.key_to_index.items()
    }


def index2word(store: VectorStore) -> Any:
    """Old name of `index_to_key`."""
    _deprecated("index2word", "index_to_key")
    return store.index_to_key


def index2entity(store: VectorStore) -> Any:
    """Old name of `index_to_key`."""
    _deprecated("index2entity", "index_to_key")
    return store.index_to_key


def word_vec(store: VectorStore, word: Key, use_norm: bool = False, norm: bool = False) -> np.ndarray:
    """Old name of `get_vector`; `use_norm` is now `norm`."""
    _deprecated("word_vec", "get_vector")
    return store.get_vector(word, norm=norm or use_norm)


def words_closer_than(store: VectorStore, word1: Key, word2: Key) -> list[Any]:
    """Old name of `closer_than`."""
    _deprecated("words_closer_than", "closer_than")
    return closer_than(store, word1, word2)


def init_sims(store: VectorStore, replace: bool = False) -> None:
    """Not needed any more; with `replace` it is `unit_normalize_all`."""
    _deprecated("init_sims", "unit_normalize_all" if replace else "fill_norms")
    if replace:
        store.unit_normalize_all()
    else:
        store.fill_norms()


def _deprecated(old: str, new: str) -> None:
    warnings.warn(f"{old} is gensim 3's name; use {new}", DeprecationWarning, stacklevel=3)
