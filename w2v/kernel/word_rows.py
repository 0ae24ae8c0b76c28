"""The rows of a word in NumPy: for what is saved, loaded and asked. What the kernel does: `rows_of_word.py`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import FormatError
from w2v.kernel.layout import WordRows


def word_vectors(inputs: NDArray[np.floating], rows: WordRows | None) -> NDArray[np.floating]:
    """(V, d) input vectors of all words, from the input rows (R, d): the rows themselves by default, not copied."""
    if rows is None:
        return inputs
    from scipy.sparse import csr_matrix  # slow to import

    lengths = np.diff(rows.offsets)
    shares = np.repeat(rows.shares, lengths).astype(inputs.dtype)
    table = csr_matrix((shares, rows.row_ids, rows.offsets), shape=(len(lengths), len(inputs)))
    return np.asarray(table @ inputs, inputs.dtype)


def rows_from(path: Any, table: Any) -> WordRows:
    """The rows that a `formats.VectorTable` keeps. Raises `FormatError` for rows that are not there."""
    arrays = (table.row_offsets, table.row_ids, table.row_shares, table.row_change_shares)
    if any(array is None for array in arrays):
        raise FormatError(f"{path}: it has input rows, and not which rows a word has; the file is damaged")
    rows = WordRows(*(np.array(array) for array in arrays))
    ends_fit = rows.offsets[0] == 0 and rows.offsets[-1] == len(rows.row_ids) and (np.diff(rows.offsets) >= 0).all()
    if not ends_fit or (
        len(rows.row_ids) and not 0 <= rows.row_ids.min() <= rows.row_ids.max() < len(table.input_rows)
    ):
        raise FormatError(f"{path}: the rows of its words are not among its input rows; the file is damaged")
    if not (np.isfinite(rows.shares).all() and np.isfinite(rows.change_shares).all()):
        raise FormatError(f"{path}: the shares of its input rows are no numbers; the file is damaged")
    return rows
