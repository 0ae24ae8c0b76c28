"""Small models, to ask and not to train: fewer words, fewer n-grams, numbers of 16 or of 8 bits.

What only training needs (output vectors, rows of the words' own) is left out. Words that are left out are composed of
their n-grams, where a model has them. Of 8 bits: each row has a scale, its largest number / 127, and whole numbers from
-127 to 127 times it (symmetric, to the nearest). Which n-grams stay: those of the longest vectors, as in fastText's
`quantize` (Joulin et al. 2016, FastText.zip, section 3.2); the vectors of words in the table do not change by it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.config import check_whole
from w2v.errors import ConfigError
from w2v.formats.format import VectorTable
from w2v.formats.subwords import first_words

DTYPES = ("float32", "float16", "int8")
_LARGEST = 127
_ROWS_AT_ONCE = 1 << 16


def small(
    table: VectorTable, dtype: str | None = None, max_words: int | None = None, prune_buckets: int | None = None
) -> VectorTable:
    """The table without what only training needs, with `max_words` words and `prune_buckets` n-grams at most, in
    numbers of `dtype` (None: as they are). A table of int8 can only be written, in the native format.

    Raises `ConfigError` for another dtype, for n-grams where there are none, and numbers that a dtype cannot hold.
    """
    if dtype not in (None, *DTYPES):
        raise ConfigError(f"dtype is {dtype!r}; choose one of {', '.join(DTYPES)}")
    if prune_buckets is not None and table.ngram_buckets is None:
        raise ConfigError("these vectors have no n-grams to prune; leave prune_buckets out")
    for name, number in (("max_words", max_words), ("prune_buckets", prune_buckets)):
        if number is not None:
            check_whole(name, number, 1, 2**63 - 1)
    table = first_words(table, len(table.keys) if max_words is None else max_words)
    table = table._replace(output_vectors=None, trained_vectors=None)
    if prune_buckets is not None:
        table = _longest(table, prune_buckets)
    made: dict[str, Any] = {}
    for name, scales in (("vectors", "vector_scales"), ("input_rows", "input_row_scales")):
        rows = getattr(table, name)
        if rows is None or dtype is None:
            continue
        if dtype == "int8":
            made[name], made[scales] = quantized(rows)
        else:
            made[name] = _halved(rows) if dtype == "float16" else rows.astype(np.float32, copy=False)
    return table._replace(**made)


def quantized(rows: NDArray[np.floating]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rows (n, d) as whole numbers (n, d) and their scales (n,). Raises `ConfigError` for rows that are not finite."""
    codes, scales = np.empty(rows.shape, np.int8), np.empty(len(rows), np.float32)
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        part = np.asarray(rows[first : first + _ROWS_AT_ONCE], np.float32)
        largest = np.abs(part).max(axis=1, initial=0)
        if not np.isfinite(largest).all():
            raise ConfigError("some of the numbers are nan or infinity, which int8 cannot hold; leave dtype out")
        scale = largest / np.float32(_LARGEST)
        scales[first : first + len(part)] = scale
        # A scale that is no normal number would lose the digits it divides by.
        parts = part / np.where(scale >= np.finfo(np.float32).tiny, scale, 1)[:, None]
        codes[first : first + len(part)] = np.rint(parts)
    return codes, scales


def restored(codes: NDArray[np.int8], scales: NDArray[np.float32]) -> NDArray[np.floating]:
    """Rows (n, d) of whole numbers and scales, as float16, which holds them nearly as they are; as float32 where one is
    too large or too small for it."""
    fits = not len(scales) or (scales.max() * _LARGEST < np.finfo(np.float16).max and _is_normal(scales))
    rows = np.empty(codes.shape, np.float16 if fits else np.float32)
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        part = slice(first, first + _ROWS_AT_ONCE)
        np.multiply(codes[part], scales[part, None], out=rows[part], casting="same_kind", dtype=np.float32)
    return rows


def _is_normal(scales: NDArray[np.float32]) -> bool:
    """Whether float16 has the digits for steps of these sizes."""
    return bool((scales[scales > 0] >= np.finfo(np.float16).tiny).all())


def _halved(rows: NDArray[np.floating]) -> NDArray[np.float16]:
    with np.errstate(over="ignore"):
        found = rows.astype(np.float16)
    if np.isinf(found).any() and not np.isinf(rows).any():
        raise ConfigError(f"numbers beyond {np.finfo(np.float16).max} do not fit float16; use int8 or float32")
    return found


def _longest(table: VectorTable, n: int) -> VectorTable:
    """The table with the `n` n-grams of the longest vectors, in their order."""
    rows, buckets = table.input_rows, table.ngram_buckets
    assert rows is not None and buckets is not None
    if n >= len(buckets):
        return table
    lengths = np.einsum("nd,nd->n", rows, rows)
    kept = np.sort(np.argpartition(-lengths, n)[:n])
    return table._replace(input_rows=rows[kept], ngram_buckets=buckets[kept])
