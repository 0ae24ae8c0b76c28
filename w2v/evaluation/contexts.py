"""Vectors of a word in given contexts, "à la carte" (Khodak et al. 2018), and groups of documents compared by them
(conText; Rodriguez, Spirling & Stewart 2023).

The mean u of the vectors around a word points mostly where all means point, along the commonest words. A matrix A that
is fitted to turn the mean of a known word into its own vector takes that away: A u is a vector for the word in just
these contexts, from as little as one of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError
from w2v.evaluation.permutation import partings

WINDOW = 5
MIN_COUNT = 10  # of the words that the matrix is fitted to
N_FOLDS = 5

Floats = NDArray[np.floating]


class Documents(NamedTuple):
    """Known words of documents. ids: (n,), in order. document: (n,), which one each stands in, from 0 on."""

    ids: NDArray[np.int64]
    document: NDArray[np.int64]

    def and_more(self, others: "Documents") -> "Documents":
        """These, and others after them."""
        n = int(self.document.max(initial=-1)) + 1
        return Documents(np.concatenate([self.ids, others.ids]), np.concatenate([self.document, others.document + n]))


class Transform(NamedTuple):
    """The matrix (d, d), by which means of contexts (rows) are multiplied from the right; the words it was fitted to,
    and the mean cosine of their vectors with what it makes of their contexts where it was fitted without them."""

    matrix: Floats
    n_words: int
    cosine_held: float


@dataclass(frozen=True)
class InContexts:
    """A word in a group of documents: how often and in how many, the sums of vectors around it in each of these (n, d),
    how many vectors that are (n,), and its vector (d,)."""

    n_times: int
    sums: Floats
    counts: NDArray[np.int64]
    vector: Floats


class Difference(NamedTuple):
    """Of the vectors of a word in two groups: its length, that of the mean parting, and the share of partings of the
    documents into groups of these sizes that have one at least as long."""

    length: float
    expected: float
    p: float
    n: int
    is_exact: bool


def read_documents(model: Any, lines: Iterable[str], as_written: bool = False) -> Documents:
    """The words of lines that the model has rows for, as its training would have cut them; a line is a document."""
    ids: list[int] = []
    places: list[int] = []
    id_of: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        for token in line.split():
            if token not in id_of:
                words = [token] if as_written else model.as_trained(token)
                id_of[token] = [model.key_to_index[word] for word in words if word in model.key_to_index]
            ids += id_of[token]
            places += [place] * len(id_of[token])
    return Documents(np.array(ids, dtype=np.int64), np.array(places, dtype=np.int64))


def fit_transform(
    model: Any, documents: Documents, window: int = WINDOW, min_count: int = MIN_COUNT, seed: int = 1
) -> Transform:
    """Fit the matrix to all words that occur `min_count` times, each weighted by the logarithm of its count (Rodriguez
    et al.), by least squares. Raises `ConfigError` where there are not more words than numbers of a vector."""
    from scipy.sparse import csr_array

    n_words, size = model.matrix.shape
    around = csr_array((n_words, n_words), dtype=np.float64)
    for rows, columns in _pairs(documents, window):
        ones = np.ones(len(rows))
        around = around + csr_array((ones, (rows, columns)), shape=around.shape)
        around = around + csr_array((ones, (columns, rows)), shape=around.shape)
    counts = np.bincount(documents.ids, minlength=n_words)
    n_around = np.asarray(around.sum(axis=1)).ravel()
    words = np.flatnonzero((counts >= min_count) & (n_around > 0))
    if len(words) <= size:
        raise ConfigError(
            f"{len(words):,} words occur {min_count} times in this text, and a vector has {size} numbers: the text is "
            "too short; name more of the model's own text with --corpus"
        )
    vectors = np.asarray(model.matrix, dtype=np.float64)
    means = (around[words] @ vectors) / n_around[words, None]
    weights = np.sqrt(np.log(counts[words]))[:, None]

    def fitted(rows: NDArray[np.bool_]) -> Floats:
        return np.linalg.lstsq(weights[rows] * means[rows], weights[rows] * vectors[words[rows]], rcond=None)[0]

    fold = np.random.default_rng(seed).permutation(len(words)) % N_FOLDS
    held = np.empty_like(means)
    for number in range(N_FOLDS):
        held[fold == number] = means[fold == number] @ fitted(fold != number)
    own = vectors[words]
    lengths = np.linalg.norm(held, axis=1) * np.linalg.norm(own, axis=1)
    cosines = np.einsum("nd,nd->n", held, own) / np.where(lengths > 0, lengths, 1)
    return Transform(fitted(np.ones(len(words), bool)), len(words), float(np.mean(cosines)))


def in_contexts(model: Any, word: Any, documents: Documents, transform: Transform, window: int = WINDOW) -> InContexts:
    """A word in documents. Raises `UnknownWordError` for one without a row, `ConfigError` for one without a context."""
    target = model.get_index(word)
    vectors = np.asarray(model.matrix, dtype=np.float64)
    n_documents = int(documents.document.max(initial=-1)) + 1
    sums, counts = np.zeros((n_documents, vectors.shape[1])), np.zeros(n_documents, np.int64)
    for first, second, places in _pairs(documents, window, with_documents=True):
        for own, other in ((first, second), (second, first)):
            at = np.flatnonzero(own == target)
            np.add.at(sums, places[at], vectors[other[at]])
            np.add.at(counts, places[at], 1)
    used = counts > 0
    if not used.any():
        raise ConfigError(f"{word!r} has no context in these documents; it stands in none, or alone")
    vector = sums[used].sum(axis=0) / counts.sum() @ transform.matrix
    return InContexts(int(np.count_nonzero(documents.ids == target)), sums[used], counts[used], vector)


def difference(first: InContexts, second: InContexts, transform: Transform, n_random: int, seed: int) -> Difference:
    """Do two groups use the word otherwise? Documents are parted anew into groups of as many, all ways if they are
    few."""
    sums = np.concatenate([first.sums, second.sums]) @ transform.matrix
    counts = np.concatenate([first.counts, second.counts]).astype(np.float64)
    total, all_counts, n_first = sums.sum(axis=0), counts.sum(), len(first.counts)
    observed = float(np.linalg.norm(first.vector - second.vector))
    lengths = []
    is_exact, masks = partings(len(counts), n_first, n_random, seed)
    for mask in masks:
        group, n = mask @ sums, (mask @ counts)[:, None]
        lengths.append(np.linalg.norm(group / n - (total - group) / (all_counts - n), axis=1))
    found = np.concatenate(lengths)
    beyond, n_partings = int(np.count_nonzero(found >= observed - 1e-9)), len(found)
    extra = 0 if is_exact else 1
    return Difference(
        observed, float(found.mean()), (beyond + extra) / (n_partings + extra), n_partings + extra, is_exact
    )


def _pairs(documents: Documents, window: int, with_documents: bool = False) -> Any:
    """Ids of two words of a document that stand up to `window` apart, for each distance: (first, second), or with the
    document of each pair."""
    if window < 1:
        raise ConfigError(f"the window is {window}; take 1 word on each side or more")
    for apart in range(1, min(window, max(len(documents.ids) - 1, 0)) + 1):
        same = documents.document[apart:] == documents.document[:-apart]
        found = documents.ids[:-apart][same], documents.ids[apart:][same]
        yield (*found, documents.document[apart:][same]) if with_documents else found
