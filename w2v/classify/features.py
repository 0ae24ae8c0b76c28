"""Labelled documents as numbers, and features from given vectors.

A document becomes either a *bag* (`bag.py`), rows of a matrix that is trained with the classifier, or a *mean* of given
vectors. A document without a known word has no row.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.classify.documents import Document
from w2v.corpus.tokens import numbering
from w2v.documents.lists import DROPPED, Lists, inverse_document_frequencies, looked_up
from w2v.documents.means import common_component, sif_weights, take_off, weighted_means
from w2v.documents.texts import Cut, Text, numbered
from w2v.errors import CorpusError

_FLAT = 1e-6  # columns that vary less are not scaled


class Tokens(NamedTuple):
    """Documents as ids of tokens and labels."""

    words: list[str]  # distinct tokens, in order of first appearance
    ids: Lists  # places in `words`
    labels: list[Any]  # distinct labels; str, but for `TextClassifier`
    label_ids: Lists  # places in `labels`

    def chosen(self, rows: NDArray[np.int64]) -> "Tokens":
        """Some of the documents, numbered as before."""
        return self._replace(ids=self.ids.chosen(rows), label_ids=self.label_ids.chosen(rows))


def read_tokens(documents: Iterable[Document], cut: Cut, labels: Mapping[str, int] | None = None) -> Tokens:
    """Number the tokens and labels of documents.

    labels: name → id of those a model knows; None numbers them by name. Raises `CorpusError` for a label that is not
    among them.
    """
    names = numbering() if labels is None else labels
    label_ids, label_ends = array("i"), array("q", [0])

    def texts() -> Iterator[Text]:
        for document in documents:
            try:
                label_ids.extend([names[label] for label in document.labels])
            except KeyError as error:
                raise CorpusError(
                    f"{document.place}: the label {error.args[0]!r} is not one of the model's {len(names)} "
                    f"({', '.join(list(names)[:20])}); correct it, train with it, or leave it out with --skip-labels"
                ) from None
            label_ends.append(len(label_ids))
            yield document.text

    found = numbered(texts(), cut)
    label_array = np.array(label_ids, np.int32)
    ordered = list(names)
    if labels is None:
        ordered.sort()
        places = {name: place for place, name in enumerate(ordered)}
        label_array = np.array([places[name] for name in names], np.int32)[label_array]
    return Tokens(found.words, found.lists(), ordered, Lists(label_array, np.array(label_ends)))


class Means(NamedTuple):
    """Features from given vectors: weighted means, less the common component, then centred and scaled by column."""

    rows: Mapping[str, int]  # word → row
    vectors: NDArray[np.float32]  # (V, d)
    word_weights: NDArray[np.float32]  # (V,)
    weighting: str  # of `w2v.documents.means`
    component: NDArray[np.float32]  # (d,) of length 1; zeros where nothing is taken off
    center: NDArray[np.float32]  # (d,)
    scale: NDArray[np.float32]  # (d,)

    def lists(self, tokens: Tokens) -> Lists:
        """The rows of each document's known words."""
        row_of = np.array([self.rows.get(word, DROPPED) for word in tokens.words], np.int32)
        return looked_up(tokens.ids, row_of)

    def features(self, lists: Lists) -> NDArray[np.float32]:
        """(n, d); what an empty document gets means nothing."""
        found = weighted_means(self.vectors, lists, self.word_weights, self.weighting)
        take_off(found, self.component)
        return (found - self.center) * self.scale


def make_means(vectors: Any, weighting: str, tokens: Tokens) -> Means:
    """Weights, common component and scale from training documents. vectors: `KeyedVectors`.

    Words' shares for SIF are from the counts in the vector file, or from the training documents where it has none.
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
        means = means._replace(component=common_component(means.features(known)))
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
        return sif_weights(counts, counts.sum())
    return np.ones(n_rows, np.float32)
