"""Weighted sums of rows of a matrix, compiled: a sum is held in registers while its rows pass by."""

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import entry
from w2v.compiled.matrix import ROW_ALIGN, read_only
from w2v.compiled.matrix import matrix as padded_matrix
from w2v.documents.lists import Lists
from w2v.kernel.rows_of_word import sum_of_rows


def compiled_sums(
    matrix: NDArray[np.floating], lists: Lists, weights: NDArray[np.float32], shares: NDArray[np.float32]
) -> NDArray[np.float32]:
    """`lists.weighted_sums`."""
    ids, size = lists.ids, matrix.shape[1]
    if (
        matrix.dtype != np.float32 or not matrix.flags.c_contiguous or size < ROW_ALIGN
    ):  # what is asked for is converted
        is_used = np.zeros(len(matrix), np.bool_)
        is_used[ids] = True
        ids, weights, used = (np.cumsum(is_used, dtype=np.int32) - 1)[ids], weights[is_used], matrix[is_used]
        matrix = padded_matrix(len(used), size)
        matrix[:, :size] = used
    found = np.empty((len(lists), matrix.shape[1]), np.float32)
    write_sums(*map(read_only, (matrix, ids, lists.offsets, weights, shares)), found)
    return np.ascontiguousarray(found[:, :size])


@entry
def write_sums(matrix, ids, offsets, weights, shares, out):
    """Fill `out` (n, d), d at least `ROW_ALIGN`. All but `out` are read only. matrix: (rows, d), ids: int32, offsets:
    int64 (n + 1,), weights: (rows,), shares: (n,); float32 where nothing is said."""
    for document in range(len(out)):
        first, last = offsets[document], offsets[document + 1]
        sum_of_rows(matrix, ids, first, last, weights, shares[document], out, np.int64(document))
