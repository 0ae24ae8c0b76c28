"""A text classifier: what it is made of, its answers, and its test."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.classify.bag import Bag
from w2v.classify.config import ClassifyConfig
from w2v.classify.documents import Document
from w2v.classify.features import Means, Tokens, read_tokens
from w2v.classify.report import TestReport
from w2v.config import TextConfig
from w2v.documents.lists import Lists
from w2v.documents.texts import Cutter
from w2v.errors import CorpusError
from w2v.kernel.layout import Weights
from w2v.network.network import Network
from w2v.phrases.model import PhraseModel


class Prediction(NamedTuple):
    """The likeliest labels of a document with their probabilities, likeliest first."""

    labels: list[tuple[Any, float]]
    is_known: bool  # False: no known word, so these are the class priors


class Classifier:
    """Trained on documents (`w2v.classify.training`) or read from a file (`w2v.classify.format`).

    labels: C different ones, str, or int or bool that a Python program gave. label_counts: int64 (C,), documents of
    training with each. several: whether some of them had several. encoder: `Bag`, with `weights` of (rows, d) and (C,
    d), perhaps padded; or `Means`, with a `network` from (n, d) to (n, C). phrases: joined in every document.
    """

    def __init__(
        self,
        labels: list[Any],
        label_counts: NDArray[np.int64],
        several: bool,
        config: ClassifyConfig,
        text: TextConfig,
        encoder: Bag | Means,
        model: Weights | Network,
        phrases: PhraseModel | None = None,
    ) -> None:
        self.labels, self.label_counts, self.several = labels, label_counts, several
        self.config, self.text, self.encoder, self.model = config, text, encoder, model
        self.phrases = phrases

    @property
    def priors(self) -> NDArray[np.float32]:
        """(C,) the share of each label among all labels of the training documents."""
        return (self.label_counts / self.label_counts.sum()).astype(np.float32)

    def tokens(self, documents: Iterable[Document], check_labels: bool = True) -> Tokens:
        """Documents as numbers. Raises `CorpusError` for a label the model does not know, unless labels are not to be
        looked at."""
        known = {str(label): label_id for label_id, label in enumerate(self.labels)}
        if not check_labels:
            documents = (document._replace(labels=()) for document in documents)
        return read_tokens(documents, Cutter(self.text, self.phrases), known)

    def probabilities(self, lists: Lists) -> NDArray[np.float32]:
        """(n, C) from what `encoder.lists` gave; of a document without a known word the class priors."""
        if isinstance(self.encoder, Means):
            assert isinstance(self.model, Network)
            found = self.model.predict(self.encoder.features(lists))
        else:
            assert isinstance(self.model, Weights)
            outputs = np.asarray(self.model.outputs)[:, : self.model.inputs.shape[1]]
            scores = self.encoder.features(self.model.inputs, lists) @ outputs.T
            found = self.config.label_loss.probabilities(scores)
        return np.where(lists.lengths[:, None] > 0, found, self.priors).astype(np.float32)

    def predict(self, documents: Iterable[Document], n_top: int = 1) -> list[Prediction]:
        """The `n_top` likeliest labels of each document."""
        lists = self.encoder.lists(self.tokens(documents, check_labels=False))
        found = self.probabilities(lists)
        order = np.argsort(-found, axis=1, kind="stable")[:, :n_top]
        return [
            Prediction([(self.labels[label], float(row[label])) for label in best], bool(length))
            for row, best, length in zip(found, order.tolist(), lists.lengths, strict=True)
        ]

    def test(self, documents: Iterable[Document]) -> TestReport:
        """Compare with the labels of documents. One label is predicted, the likeliest; by a one-vs-all model of
        documents with several labels all with a probability of at least a half. Raises `CorpusError` for a label that
        the model does not know, or no document."""
        tokens = self.tokens(documents)
        if not len(tokens.ids):
            raise CorpusError("there is no document to test on; give labelled documents")
        lists = self.encoder.lists(tokens)
        found = self.probabilities(lists)
        predicted = self.config.label_loss.predicted(found, self.several)
        true = targets_of(tokens.label_ids, len(self.labels)) > 0
        return TestReport(list(map(str, self.labels)), true, predicted, int(np.count_nonzero(lists.lengths == 0)))

    def loss_and_accuracy(self, lists: Lists, label_lists: Lists) -> tuple[float, float]:
        """Mean loss of documents as in training, and the share whose likeliest label is one of theirs; NaN for none."""
        if not len(lists):
            return np.nan, np.nan
        found = self.probabilities(lists).astype(np.float64)
        targets = targets_of(label_lists, len(self.labels))
        accuracy = float((targets[np.arange(len(found)), found.argmax(axis=1)] > 0).mean())
        return self.config.label_loss.mean(found, targets), accuracy


def new_classifier(
    tokens: Tokens, config: ClassifyConfig, text: TextConfig, encoder: Bag | Means, model: Weights | Network
) -> Classifier:
    """A classifier of the labels of training documents, about to be trained."""
    counts = np.bincount(tokens.label_ids.ids, minlength=len(tokens.labels))
    several = bool((tokens.label_ids.lengths > 1).any())
    return Classifier(tokens.labels, counts, several, config, text, encoder, model)


def targets_of(label_lists: Lists, n_labels: int) -> NDArray[np.float32]:
    """(n, C): 1 for the labels of each document."""
    targets = np.zeros((len(label_lists), n_labels), np.float32)
    targets[label_lists.owners, label_lists.ids] = 1
    return targets
