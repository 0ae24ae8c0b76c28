"""The rows of words that are made of character n-grams: first those of the words themselves, then the n-grams' rows.

Only n-grams that occur in the vocabulary have rows, in the order in which they first come; `ngram_buckets` says which
of `bucket` numbers each of them is, so that the rows of a word that was never seen are found.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.ngram_lists import ngram_lists, numbered
from w2v.corpus.ngrams import Ngrams
from w2v.errors import ConfigError
from w2v.kernel.layout import WordRows

_NONE = np.empty(0, np.int32)


class SubwordRows(NamedTuple):
    """The rows of a vocabulary of V words and G n-grams."""

    rows: WordRows
    ngram_buckets: NDArray[np.int32]  # (G,) of the last G input rows
    n_rows: int


def subword_rows(words: Sequence[str], ngrams: Ngrams, known: NDArray[np.int32] = _NONE) -> SubwordRows:
    """The lists of all words (V). known: n-gram buckets that have rows in any case, before the others.

    A word's vector is the mean of its rows, and each row is given the whole change of the vector, as in fastText.
    Raises `ConfigError` for words that are numbers.
    """
    if len(words) and not isinstance(words[0], str):
        raise ConfigError("words that are numbers have no n-grams; leave max_n at 0")
    starts, buckets = ngram_lists(words, ngrams)
    numbers, used = numbered(buckets, known)
    n_own = len(words) if ngrams.has_word_rows else 0
    if n_own == 0:
        offsets, row_ids = starts, numbers
    else:  # the row of its own stands before each list
        offsets = starts + np.arange(len(starts))
        row_ids = np.empty(offsets[-1], np.int32)
        is_own = np.zeros(len(row_ids), np.bool_)
        is_own[offsets[:-1]] = True
        row_ids[is_own], row_ids[~is_own] = np.arange(n_own), numbers + np.int32(n_own)
    shares = (1 / np.maximum(np.diff(offsets), 1)).astype(np.float32)
    return SubwordRows(WordRows(offsets, row_ids, shares, np.ones_like(shares)), used, n_own + len(used))


def places_among(buckets: NDArray[np.int32], others: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(places, places_of_others) of the buckets that are in both, each there once."""
    _, places, of_others = np.intersect1d(buckets, others, assume_unique=True, return_indices=True)
    return places, of_others
