"""Documents as bags of words and word n-grams: rows of a matrix that is trained with the classifier.

Joulin, Grave, Bojanowski & Mikolov 2017, "Bag of tricks for efficient text classification".
"""

import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.classify.config import ClassifyConfig
from w2v.classify.features import Tokens
from w2v.documents.lists import (
    DROPPED,
    Lists,
    inverse_document_frequencies,
    looked_up,
    shares,
    weighted_sums,
)

_CELL_BITS = 20
_HASH_STEP = np.uint64(116049371)  # fastText's multiplier of n-gram hashes


class Bag(NamedTuple):
    """What rows a document's words and n-grams have: words first, then the n-gram buckets that occurred in training.

    `buckets`: ascending numbers below `n_buckets`. An n-gram is hashed to one of them from its words' CRC-32, word by
    word as fastText does; one whose bucket was too rare in training has no row.
    """

    rows: dict[str, int]  # word → row
    buckets: NDArray[np.int32]
    row_weights: NDArray[np.float32]  # (rows,)
    weighting: str  # uniform: a document is the mean of its rows; tfidf: the sum by weights that have length 1 together
    word_ngrams: int
    n_buckets: int

    @property
    def n_rows(self) -> int:
        """Rows of the matrix."""
        return len(self.rows) + len(self.buckets)

    def lists(self, tokens: Tokens) -> Lists:
        """The rows of each document."""
        row_of = np.array([self.rows.get(word, DROPPED) for word in tokens.words], np.int32)
        parts = [looked_up(tokens.ids, row_of)]
        if len(self.buckets):
            parts += [self._of_buckets(grams) for grams in ngrams(tokens, self.word_ngrams, self.n_buckets)]
        return _joined(parts)

    def shares(self, lists: Lists) -> NDArray[np.float32]:
        """What the weighted sum of each document's rows is multiplied by."""
        return shares(lists, self.row_weights, "length" if self.weighting == "tfidf" else "sum")

    def features(self, matrix: NDArray[np.floating], lists: Lists) -> NDArray[np.float32]:
        """(n, d) from the matrix of rows; zero for an empty document."""
        return weighted_sums(matrix, lists, self.row_weights, self.shares(lists))

    def _of_buckets(self, grams: Lists) -> Lists:
        places, is_kept = found_in(self.buckets, grams.ids, self.n_buckets)
        return Lists((places + len(self.rows)).astype(np.int32), grams.offsets).kept(is_kept)


def make_bag(tokens: Tokens, config: ClassifyConfig) -> tuple[Bag, Lists]:
    """The rows for training documents, words and n-grams that occur often enough, words first and commonest first; and
    the rows of each document."""
    counts = np.bincount(tokens.ids.ids, minlength=len(tokens.words))
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts >= config.min_count)].tolist()
    rows = {tokens.words[word_id]: row for row, word_id in enumerate(order)}
    found = [np.zeros(0, np.int32), *(grams.ids for grams in ngrams(tokens, config.word_ngrams, config.buckets))]
    buckets, counts = np.unique(np.concatenate(found), return_counts=True)
    buckets = buckets[counts >= config.ngram_min_count]
    ones = np.ones(len(rows) + len(buckets), np.float32)
    bag = Bag(rows, buckets, ones, config.weighting, config.word_ngrams, config.buckets)
    lists = bag.lists(tokens)
    if config.weighting == "tfidf":
        bag = bag._replace(row_weights=inverse_document_frequencies(lists, bag.n_rows))
    return bag, lists


def ngrams(tokens: Tokens, longest: int, n_buckets: int) -> list[Lists]:
    """The buckets of the 2-grams, 3-grams, ... up to `longest` words of each document."""
    hashes = np.array([zlib.crc32(word.encode("utf-8", "surrogatepass")) for word in tokens.words], np.uint64)
    words = hashes[tokens.ids.ids]
    owners, found, gram = tokens.ids.owners, [], words
    for n in range(2, longest + 1):
        gram = gram[:-1] * _HASH_STEP + words[n - 1 :]  # wraps around
        inside = owners[n - 1 :] == owners[: len(gram)]
        lengths = np.maximum(tokens.ids.lengths - (n - 1), 0)
        ids = (gram[inside] % np.uint64(n_buckets)).astype(np.int32)
        found.append(Lists(ids, np.concatenate([[0], np.cumsum(lengths)])))
    return found


def found_in(
    numbers: NDArray[np.int32], keys: NDArray[np.int32], end: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each key stands in the ascending `numbers`, all below `end`, and whether it does.

    A binary search of hundreds of thousands of numbers misses the cache at most of its steps; hashes are spread evenly,
    so that their first bits lead to a place that is right or a few too low.
    """
    shift = max(0, end.bit_length() - _CELL_BITS)
    starts = np.searchsorted(numbers, np.arange((end >> shift) + 1) << shift)
    numbers = np.append(numbers, np.int32(end))  # behind all keys
    places = starts[keys >> shift]
    behind = np.flatnonzero(numbers[places] < keys)
    while len(behind):
        places[behind] += 1
        behind = behind[numbers[places[behind]] < keys[behind]]
    return places, numbers[places] == keys


def _joined(parts: list[Lists]) -> Lists:
    """The lists of each document, one after the other."""
    if len(parts) == 1:
        return parts[0]
    offsets = np.sum([part.offsets for part in parts], axis=0)
    ids, start = np.empty(offsets[-1], np.int32), offsets[:-1]
    for part in parts:
        ids[np.repeat(start - part.offsets[:-1], part.lengths) + np.arange(len(part.ids))] = part.ids
        start = start + part.lengths
    return Lists(ids, offsets)
