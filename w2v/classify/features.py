"""Documents as numbers: token ids, and weighted sums and means of the rows of a matrix.

A document becomes either a *bag* (`bag.py`), rows of a matrix that is trained with the classifier, or a *mean* of given
vectors. A document without a known word has no row.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.classify.documents import Document
from w2v.corpus.tokens import numbering
from w2v.errors import CorpusError

SIF_A = 1e-3  # Arora, Liang & Ma 2017, section 4.1
_FLAT = 1e-6  # columns that vary less are not scaled
DROPPED = -1  # the row of what has none


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


def looked_up(lists: Lists, new_ids: NDArray[np.int32]) -> Lists:
    """Each entry's new id; those that have none (`DROPPED`) are left out."""
    ids = new_ids[lists.ids]
    return Lists(ids, lists.offsets).kept(ids != DROPPED)


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
    ids = lists.ids
    table_weights = weights[ids]
    if matrix.dtype != np.float32:  # of a large matrix only what is asked for is converted
        is_used = np.zeros(len(matrix), np.bool_)
        is_used[ids] = True
        matrix, ids = matrix[is_used].astype(np.float32), (np.cumsum(is_used) - 1)[ids]
    table = _table(Lists(ids, lists.offsets), table_weights, len(matrix))
    return np.asarray((table @ matrix) * shares[:, None], np.float32)


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
        row_of = np.array([self.rows.get(word, DROPPED) for word in tokens.words], np.int32)
        return looked_up(tokens.ids, row_of)

    def features(self, lists: Lists) -> NDArray[np.float32]:
        """(n, d); what an empty document gets means nothing."""
        by = "number" if self.weighting == "sif" else "sum"
        found = weighted_sums(self.vectors, lists, self.word_weights, shares(lists, self.word_weights, by))
        found -= np.outer(found @ self.component, self.component)
        return (found - self.center) * self.scale


def make_means(vectors: Any, weighting: str, tokens: Tokens) -> Means:
    """Weights, common component and scale from training documents. vectors: `KeyedVectors`.

    tfidf: `inverse_document_frequencies`. sif: a / (a + p(word)), a = 0.001, and off goes the
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
        return inverse_document_frequencies(lists, n_rows)
    if weighting == "sif":
        counts = None if vectors.counts_are_made_up else vectors.expandos.get("count")
        counts = np.bincount(lists.ids, minlength=n_rows) if counts is None else np.asarray(counts)
        return (SIF_A / (SIF_A + counts / counts.sum())).astype(np.float32)
    return np.ones(n_rows, np.float32)
