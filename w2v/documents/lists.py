"""Lists of rows, one for each document, and weighted sums of those rows of a matrix."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DROPPED = -1  # the row of what has none
_COMPILED = 1 << 22  # numbers, for fewer of which it is not worth it to load the compiler


class Lists(NamedTuple):
    """Lists of numbers, one for each document: that of document i is `ids[offsets[i]:offsets[i + 1]]`."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]  # (n + 1,)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(n,) numbers in each list."""
        return np.diff(self.offsets)

    @property
    def owners(self) -> NDArray[np.int64]:
        """The document of each entry of `ids`."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def part(self, start: int, stop: int) -> "Lists":
        """The lists from `start` to before `stop`; the numbers are not copied."""
        offsets = self.offsets[start : stop + 1]
        return Lists(self.ids[offsets[0] : offsets[-1]], offsets - offsets[0])

    def kept(self, is_kept: NDArray[np.bool_]) -> "Lists":
        """The entries of `ids` that are marked, every list still there."""
        left_out = np.flatnonzero(~is_kept)
        return Lists(self.ids[is_kept], self.offsets - np.searchsorted(left_out, self.offsets))

    def chosen(self, rows: NDArray[np.int64]) -> "Lists":
        """The lists of some documents."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        return Lists(self.ids[np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])], offsets)


def looked_up(lists: Lists, new_ids: NDArray[np.int32]) -> Lists:
    """Each entry's new id; those that have none (`DROPPED`) are left out."""
    ids = new_ids[lists.ids]
    return Lists(ids, lists.offsets).kept(ids != DROPPED)


def joined(parts: Sequence[Lists]) -> Lists:
    """The lists of some documents, then those of others, and so on."""
    ids = np.concatenate([np.zeros(0, np.int32), *(part.ids for part in parts)])
    lengths = np.concatenate([np.zeros(1, np.int64), *(part.lengths for part in parts)])
    return Lists(ids, np.cumsum(lengths))


def shares(lists: Lists, weights: NDArray[np.float32], by: str) -> NDArray[np.float32]:
    """(n,): 1 / (what the weights of a document's rows are divided by); 1 for an empty document.

    weights: (rows,). by: "number" of the rows, "sum" of the weights, or Euclidean "length" of the vector that has the
    weight of a row as often as the document has the row.
    """
    if by == "length":
        table = _table(lists, weights[lists.ids], len(weights))
        table.sum_duplicates()
        owners = np.repeat(np.arange(len(lists)), np.diff(table.indptr))
        totals = np.sqrt(np.bincount(owners, table.data.astype(np.float64) ** 2, len(lists)))
    else:
        totals = np.bincount(lists.owners, weights[lists.ids] if by == "sum" else None, len(lists))
    return np.divide(1, totals, where=totals > 0, out=np.ones(len(lists))).astype(np.float32)


def weighted_sums(
    matrix: NDArray[np.floating], lists: Lists, weights: NDArray[np.float32], shares: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(n, d): the sum of each document's rows × `weights` (rows of `matrix`,), × `shares` (n,)."""
    if matrix.shape[1] * len(lists.ids) < _COMPILED:
        return plain_sums(matrix, lists, weights, shares)
    from w2v.documents.sums import compiled_sums

    return compiled_sums(matrix, lists, weights, shares)


def plain_sums(
    matrix: NDArray[np.floating], lists: Lists, weights: NDArray[np.float32], shares: NDArray[np.float32]
) -> NDArray[np.float32]:
    """`weighted_sums`, without what has to be compiled."""
    found = np.zeros((len(lists), matrix.shape[1]), np.float32)
    has_rows = lists.lengths > 0
    if has_rows.any():
        rows = matrix[lists.ids].astype(np.float32) * weights[lists.ids, None]
        found[has_rows] = np.add.reduceat(rows, lists.offsets[:-1][has_rows])
    found *= shares[:, None]
    return found


def _table(lists: Lists, values: NDArray[Any], n_rows: int) -> Any:
    """A sparse matrix (documents, rows) of values for each entry of the lists, not shared with them."""
    from scipy.sparse import csr_matrix  # slow to import

    return csr_matrix((values, lists.ids, lists.offsets), (len(lists), n_rows), copy=True)


def inverse_document_frequencies(lists: Lists, n_rows: int) -> NDArray[np.float32]:
    """(n_rows,) ln((1 + n) / (1 + documents with the row)) + 1, as scikit-learn has it."""
    table = _table(lists, np.ones(len(lists.ids), np.int8), n_rows)
    table.sum_duplicates()
    n_holding = np.bincount(table.indices, minlength=n_rows)
    return (np.log((1 + len(lists)) / (1 + n_holding)) + 1).astype(np.float32)
