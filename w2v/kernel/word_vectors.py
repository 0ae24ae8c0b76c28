"""The rows of a word in NumPy: for what is saved, loaded and asked. What the kernel does: `rows_of_word.py`."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import FormatError
from w2v.kernel.layout import WordRows
from w2v.system.parallel import ordered_map

_LISTS = ("row_offsets", "row_ids", "row_shares", "row_change_shares")  # as `WordRows` has them
_WORDS_AT_ONCE = 2000  # whose rows are gathered together


def word_vectors(inputs: NDArray[np.floating], rows: WordRows | None) -> NDArray[np.floating]:
    """(V, d) input vectors of all words, from the input rows (R, d), perhaps mapped: by default the rows themselves,
    not copied."""
    if rows is None:
        return inputs
    vectors = np.zeros((len(rows.shares), inputs.shape[1]), inputs.dtype)

    def fill(first: int) -> None:
        offsets = rows.offsets[first : first + _WORDS_AT_ONCE + 1]
        words = np.flatnonzero(np.diff(offsets))  # that have a row
        gathered = inputs[rows.row_ids[offsets[0] : offsets[-1]]]
        if len(words):
            sums = np.add.reduceat(gathered, offsets[words] - offsets[0])
            vectors[first + words] = sums * rows.shares[first + words, None].astype(inputs.dtype)

    for _ in ordered_map(fill, range(0, len(vectors), _WORDS_AT_ONCE)):
        pass
    return vectors


def check_rows(rows: WordRows, n_words: int, n_rows: int) -> None:
    """Raise `ValueError` for lists that are not those of `n_words` words among `n_rows` input rows."""
    offsets, ids = rows.offsets, rows.row_ids
    fit = len(offsets) == n_words + 1 and offsets[0] == 0 and offsets[-1] == len(ids) and (np.diff(offsets) >= 0).all()
    if not fit or len(rows.shares) != n_words or len(rows.change_shares) != n_words:
        raise ValueError(f"the lists of rows are not those of {n_words} words")
    if ids.min(initial=0) < 0 or ids.max(initial=-1) >= n_rows:
        raise ValueError(f"the lists name rows that are not among the {n_rows} input rows")
    if not (np.isfinite(rows.shares).all() and np.isfinite(rows.change_shares).all()):
        raise ValueError("the shares of the input rows are no numbers")


def has_rows(table: Any) -> bool:
    """Whether a `formats.VectorTable` keeps input rows, or a part of what belongs to them."""
    return any(array is not None for array in (table.input_rows, *_arrays(table)))


def rows_from(path: Any, table: Any) -> WordRows:
    """The rows that a `formats.VectorTable` keeps. Raises `FormatError` for rows that are not there."""
    try:
        if any(array is None for array in (table.input_rows, *_arrays(table))):
            raise ValueError("a part of its input rows is missing")
        rows = WordRows(*(np.array(array) for array in _arrays(table)))
        check_rows(rows, len(table.keys), len(table.input_rows))
    except ValueError as error:
        raise FormatError(f"{path}: {error}; the file is damaged") from error
    return rows


def lists_of(rows: WordRows) -> dict[str, Any]:
    """The lists of rows under the names that a `formats.VectorTable` has for them."""
    return dict(zip(_LISTS, rows, strict=True))


def _arrays(table: Any) -> tuple[Any, ...]:
    return tuple(getattr(table, name) for name in _LISTS)
