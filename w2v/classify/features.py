"""Documents as numbers: token ids, bags of words and word n-grams, and weighted means of word vectors.

A document becomes either a *bag*, rows of a matrix that is trained with the classifier (Joulin, Grave, Bojanowski &
Mikolov 2017, "Bag of tricks for efficient text classification"), or a *mean* of given vectors. Both are means of rows,
and a document without a known word has none.
"""

import zlib
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.classify.documents import Document
from w2v.corpus.tokens import numbering
from w2v.errors import CorpusError

_HASH_STEP = np.uint64(116049371)  # fastText's multiplier of n-gram hashes
SIF_A = 1e-3  # Arora, Liang & Ma 2017, section 4.1
_FLAT = 1e-6  # columns that vary less are not scaled
_DROPPED = -1


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

    def kept(self, is_kept: NDArray[np.bool_]) -> "Lists":
        """The entries of `ids` that are marked, every list still there."""
        sums = np.concatenate([[0], np.cumsum(is_kept)])
        return Lists(self.ids[is_kept], sums[self.offsets])

    def chosen(self, rows: NDArray[np.int64]) -> "Lists":
        """The lists of some documents."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        return Lists(self.ids[np.repeat(self.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])], offsets)


class Tokens(NamedTuple):
    """Documents as ids of tokens and labels."""

    words: list[str]  # distinct tokens, in order of first appearance
    ids: Lists  # places in `words`
    labels: list[Any]  # distinct labels; str, but for `TextClassifier`
    label_ids: Lists  # places in `labels`

    def chosen(self, rows: NDArray[np.int64]) -> "Tokens":
        """Some of the documents, numbered as before."""
        return self._replace(ids=self.ids.chosen(rows), label_ids=self.label_ids.chosen(rows))


def read_tokens(
    documents: Iterable[Document],
    split: Callable[[str | Sequence[str]], list[str]],
    labels: Mapping[str, int] | None = None,
) -> Tokens:
    """Number the tokens and labels of documents.

    labels: name → id of those a model knows; None numbers them by name. Raises `CorpusError` for a label that is not
    among them.
    """
    words, names = numbering(), numbering() if labels is None else labels
    ids, label_ids, ends, label_ends = array("i"), array("i"), array("q", [0]), array("q", [0])
    for document in documents:
        ids.extend(map(words.__getitem__, split(document.text)))
        ends.append(len(ids))
        try:
            label_ids.extend([names[label] for label in document.labels])
        except KeyError as error:
            raise CorpusError(
                f"{document.place}: the label {error.args[0]!r} is not one of the model's {len(names)} "
                f"({', '.join(list(names)[:20])}); correct it, train with it, or leave it out with --skip-labels"
            ) from None
        label_ends.append(len(label_ids))
    label_array = np.array(label_ids, np.int32)
    ordered = list(names)
    if labels is None:
        ordered.sort()
        places = {name: place for place, name in enumerate(ordered)}
        label_array = np.array([places[name] for name in names], np.int32)[label_array]
    return Tokens(
        list(words), Lists(np.array(ids, np.int32), np.array(ends)), ordered,
        Lists(label_array, np.array(label_ends)),
    )  # fmt: skip


class Bag(NamedTuple):
    """What rows a document's words and n-grams have: words first, then the n-gram buckets that occurred in training.

    `buckets`: ascending numbers below `n_buckets`. An n-gram is hashed to one of them from its words' CRC-32, word by
    word as fastText does; one whose bucket never occurred has no row.
    """

    rows: dict[str, int]  # word → row
    buckets: NDArray[np.int64]
    word_ngrams: int
    n_buckets: int

    @property
    def n_rows(self) -> int:
        """Rows of the matrix."""
        return len(self.rows) + len(self.buckets)

    def lists(self, tokens: Tokens) -> Lists:
        """The rows of each document."""
        row_of = np.array([self.rows.get(word, _DROPPED) for word in tokens.words], np.int32)
        parts = [_looked_up(tokens.ids, row_of)]
        if len(self.buckets):
            row_of_bucket = np.full(self.n_buckets, _DROPPED, np.int32)
            row_of_bucket[self.buckets] = np.arange(len(self.rows), self.n_rows)
            parts += [_looked_up(grams, row_of_bucket) for grams in ngrams(tokens, self.word_ngrams, self.n_buckets)]
        return _joined(parts)


def make_bag(tokens: Tokens, min_count: int, word_ngrams: int, n_buckets: int) -> Bag:
    """The rows for training documents: words that occur `min_count` times, commonest first, and all n-grams."""
    counts = np.bincount(tokens.ids.ids, minlength=len(tokens.words))
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts >= min_count)].tolist()
    used = np.zeros(n_buckets if word_ngrams > 1 else 0, np.bool_)
    for grams in ngrams(tokens, word_ngrams, n_buckets):
        used[grams.ids] = True
    rows = {tokens.words[word_id]: row for row, word_id in enumerate(order)}
    return Bag(rows, np.flatnonzero(used), word_ngrams, n_buckets)


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


def _looked_up(lists: Lists, new_ids: NDArray[np.int32]) -> Lists:
    ids = new_ids[lists.ids]
    return Lists(ids, lists.offsets).kept(ids != _DROPPED)


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


def row_means(
    matrix: NDArray[np.floating], lists: Lists, weights: NDArray[np.float32] | None = None, by_weight: bool = True
) -> NDArray[np.float32]:
    """(n, d): the mean of each document's rows, weighted by `weights` (rows of `matrix`,); zero for an empty list.

    by_weight: divide by the sum of the weights, else by the number of rows.
    """
    from scipy.sparse import csr_matrix  # slow to import

    shares = np.ones(len(lists.ids), np.float32) if weights is None else weights[lists.ids]
    table = csr_matrix((shares, lists.ids, lists.offsets), shape=(len(lists), len(matrix)))
    totals = np.asarray(table.sum(axis=1)).ravel() if by_weight else lists.lengths.astype(np.float32)
    sums = table @ np.asarray(matrix, np.float32)
    return np.asarray(sums / np.where(totals > 0, totals, 1)[:, None], np.float32)


class Means(NamedTuple):
    """Features from given vectors: weighted means, less the common component, then centred and scaled by column."""

    rows: Mapping[str, int]  # word → row
    vectors: NDArray[np.float32]  # (V, d)
    word_weights: NDArray[np.float32]  # (V,)
    weighting: str  # uniform, tfidf or sif
    component: NDArray[np.float32]  # (d,) of length 1; zeros where nothing is taken off
    center: NDArray[np.float32]  # (d,)
    scale: NDArray[np.float32]  # (d,)

    def lists(self, tokens: Tokens) -> Lists:
        """The rows of each document's known words."""
        row_of = np.array([self.rows.get(word, _DROPPED) for word in tokens.words], np.int32)
        return _looked_up(tokens.ids, row_of)

    def features(self, lists: Lists) -> NDArray[np.float32]:
        """(n, d); what an empty document gets means nothing."""
        found = row_means(self.vectors, lists, self.word_weights, self.weighting != "sif")
        found -= np.outer(found @ self.component, self.component)
        return (found - self.center) * self.scale


def make_means(vectors: Any, weighting: str, tokens: Tokens) -> Means:
    """Weights, common component and scale from training documents. vectors: `KeyedVectors`.

    tfidf: ln((1 + n) / (1 + documents with the word)) + 1. sif: a / (a + p(word)), a = 0.001, and off goes the
    projection on the first singular vector of the documents (Arora, Liang & Ma 2017, algorithm 1); p is from the
    counts in the vector file, or from the training documents where it has none.
    """
    size = vectors.vector_size
    matrix = np.asarray(vectors.matrix, np.float32)
    rows = {str(key): row for key, row in vectors.key_to_index.items()}
    plain = Means(
        rows, matrix, np.ones(len(matrix), np.float32), weighting, np.zeros(size, np.float32),
        np.zeros(size, np.float32), np.ones(size, np.float32),
    )  # fmt: skip
    lists = plain.lists(tokens)
    if not len(lists.ids):
        raise CorpusError("no word of the documents has a vector; give vectors of the documents' language and spelling")
    means = plain._replace(word_weights=_word_weights(weighting, lists, vectors))
    known = lists.chosen(np.flatnonzero(lists.lengths))
    if weighting == "sif":
        found = means.features(known).astype(np.float64)
        means = means._replace(component=np.linalg.eigh(found.T @ found)[1][:, -1].astype(np.float32))
    features = means.features(known)
    spread = features.std(axis=0)
    scale = 1 / np.where(spread > _FLAT, spread, 1)
    return means._replace(center=features.mean(axis=0), scale=scale.astype(np.float32))


def _word_weights(weighting: str, lists: Lists, vectors: Any) -> NDArray[np.float32]:
    n_rows = len(vectors.matrix)
    if weighting == "tfidf":
        pairs = np.unique(lists.owners * n_rows + lists.ids)
        n_holding = np.bincount(pairs % n_rows, minlength=n_rows)
        return (np.log((1 + len(lists)) / (1 + n_holding)) + 1).astype(np.float32)
    if weighting == "sif":
        counts = None if vectors.counts_are_made_up else vectors.expandos.get("count")
        counts = np.bincount(lists.ids, minlength=n_rows) if counts is None else np.asarray(counts)
        return (SIF_A / (SIF_A + counts / counts.sum())).astype(np.float32)
    return np.ones(n_rows, np.float32)
