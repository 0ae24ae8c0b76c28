"""What a table of vectors says of character n-grams, checked: files are not to be trusted."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from w2v.config import MAX_BUCKETS, MAX_NGRAM
from w2v.corpus.ngrams import MAX_HASHES, Ngrams
from w2v.formats.format import VectorTable


def table_ngrams(table: VectorTable) -> Ngrams | None:
    """The n-grams that a table's metadata tell of; None without, or where they say what no model has."""
    config = table.metadata.get("config")
    if not isinstance(config, Mapping):
        return None
    found: list[Any] = [config.get(name) for name in Ngrams._fields]
    if not all(type(value) is int for value in found):
        return None
    ngrams = Ngrams(*found)
    fits = 0 <= ngrams.min_n <= ngrams.max_n and 0 < ngrams.max_n <= MAX_NGRAM
    fits = fits and 0 < ngrams.bucket <= MAX_BUCKETS and 0 <= ngrams.hash_count <= MAX_HASHES
    return ngrams if fits else None


def first_words(table: VectorTable, n: int) -> VectorTable:
    """What belongs to the first `n` words, and the n-grams, whose rows make vectors of all other words; nothing to
    train, as that needs the whole."""
    words = slice(n)
    per_word: dict[str, Any] = {}
    for name in ("vectors", "counts", "trained_vectors"):
        array = getattr(table, name)
        per_word[name] = None if array is None else array[words]
    found = VectorTable(table.keys[words], metadata=table.metadata, **per_word)
    buckets, rows = table.ngram_buckets, table.input_rows
    if buckets is None or rows is None:
        return found
    return found._replace(input_rows=rows[len(rows) - len(buckets) :], ngram_buckets=buckets)


def check_ngrams(table: VectorTable) -> None:
    """Raise `ValueError` for n-grams whose rows, or the words' own rows before them, are not there."""
    rows, ngrams = table.input_rows, table_ngrams(table)
    if rows is None or rows.shape[1] != table.vectors.shape[1]:
        raise ValueError("the n-grams have no input rows of the vectors' length")
    check_buckets(table.ngram_buckets, ngrams or Ngrams(0, 0, MAX_BUCKETS), len(rows))
    if ngrams is None or table.row_offsets is None:
        return
    n_own = len(table.keys) if ngrams.has_word_rows else 0
    if len(rows) != n_own + len(table.ngram_buckets):  # type: ignore[arg-type]
        raise ValueError(f"there are {len(rows)} input rows, which are not those of {n_own} words and of the n-grams")


def check_buckets(buckets: Any, ngrams: Ngrams, n_rows: int) -> None:
    """Raise `ValueError` for buckets (G,) of n-gram rows that are not those of different n-grams, or more than there
    are rows."""
    if len(buckets) > n_rows:
        raise ValueError("there are more n-grams than input rows")
    ordered = np.sort(buckets)
    if len(ordered) and not 0 <= int(ordered[0]) <= int(ordered[-1]) < ngrams.bucket:
        raise ValueError(f"the n-grams have buckets that are not below {ngrams.bucket}")
    if (ordered[1:] == ordered[:-1]).any():
        raise ValueError("two input rows are those of one n-gram")
