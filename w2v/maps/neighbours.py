"""The nearest neighbours of many words, as arrays of rows and cosines."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.maps.progress import bar
from w2v.vectors.search import best_rows
from w2v.vectors.store import VectorStore

_QUERIES = 1024  # of one matrix product


class Neighbours(NamedTuple):
    """Of each word (n, k), nearest first: rows of the store, and cosines."""

    rows: NDArray[np.int32]
    cosines: NDArray[np.float32]


def nearest(store: VectorStore, n_words: int, k: int) -> tuple[Neighbours, Neighbours]:
    """The `k` nearest neighbours of the first `n_words` words: among all words, which are those that `most_similar`
    gives, and among the first `n_words` themselves. No word is its own. k: below the number of words.
    """
    shown = Neighbours(np.empty((n_words, k), np.int32), np.empty((n_words, k), np.float32))
    whole = Neighbours(np.empty((n_words, k), np.int32), np.empty((n_words, k), np.float32))
    with bar("neighbours", n_words) as progress:
        for start in range(0, n_words, _QUERIES):
            asked = range(start, min(start + _QUERIES, n_words))
            queries = unit_rows(store, slice(asked.start, asked.stop))
            among = best_rows(store, queries, slice(0, n_words), [k + 1] * len(asked))  # the word itself is one of them
            rest = best_rows(store, queries, slice(n_words, len(store)), [k] * len(asked))
            for row, (rows, cosines), (others, theirs) in zip(asked, among, rest, strict=True):
                _enter(shown, row, rows, cosines)
                _enter(whole, row, np.concatenate([rows, others]), np.concatenate([cosines, theirs]))
            progress.update(len(asked))
    return whole, shown


def unit_rows(store: VectorStore, rows: slice) -> NDArray[np.float32]:
    """Unit vectors (n, d) of rows; a zero vector stays zero."""
    return (store.matrix[rows] / store.divisors(rows)[:, None]).astype(np.float32, copy=False)


def _enter(found: Neighbours, row: int, rows: NDArray[np.integer], cosines: NDArray[np.floating]) -> None:
    """The best of some rows that are not the word's own: by cosine, and of equal ones the lower row, as everywhere."""
    cosines = np.where(np.isnan(cosines), -np.inf, cosines)
    order = np.lexsort((rows, -cosines))
    best = order[rows[order] != row][: found.rows.shape[1]]
    found.rows[row], found.cosines[row] = rows[best], cosines[best]
