"""The two losses of a text classifier: a record for each, and one table of them.

Nobody else compares their names. In the kernel `train_softmax` and `train_one_vs_all` are the same step with either
error signal.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.network.network import ACTIVATIONS

Rows = NDArray[np.floating]  # (n documents, C labels)
_LIKELY = 0.5  # labels that stand by themselves are predicted from there


class LabelLoss(NamedTuple):
    """The facts of one loss."""

    name: str  # the value of `--loss`
    title: str  # what it is called
    help: str  # for `--help`, without a full stop
    is_softmax: bool  # error signal label − softmax(z) of all labels, else label − σ(z) of each
    activation: str  # of a network's last layer; what makes probabilities of scores
    network_loss: str  # that goes with it
    shares: Callable[[Rows], Rows]  # 1 for each of a document's labels, else 0 → what a network aims at
    mean: Callable[[Rows, Rows], float]  # (probabilities, 1 for each of a document's labels) → loss of a document

    def probabilities(self, scores: Rows) -> Rows:
        """Scores (n, C) → probabilities (n, C)."""
        return ACTIVATIONS[self.activation].f(scores)

    def predicted(self, probabilities: Rows, several: bool) -> NDArray[np.bool_]:
        """The labels (n, C) that are predicted: the likeliest; of a model of documents with several labels, each by
        itself, all with a probability of at least a half."""
        if several and not self.is_softmax:
            return probabilities >= _LIKELY
        found = np.zeros(probabilities.shape, np.bool_)
        found[np.arange(len(found)), probabilities.argmax(axis=1)] = True
        return found


def _shared(targets: Rows) -> Rows:
    return targets / targets.sum(axis=1, keepdims=True)


def _logarithms(probabilities: Rows) -> Rows:
    return np.log(np.maximum(probabilities, np.finfo(np.float32).tiny))


def _softmax_loss(found: Rows, targets: Rows) -> float:
    """Mean of −ln p over a document's labels, one of which is drawn in training."""
    return float(-((_logarithms(found) * targets).sum(axis=1) / targets.sum(axis=1)).mean())


def _one_vs_all_loss(found: Rows, targets: Rows) -> float:
    """−Σ ln p of a document's labels and ln (1 − p) of all others."""
    others = np.log(np.maximum(1 - found, np.finfo(np.float32).eps)) * (1 - targets)
    return float(-(_logarithms(found) * targets + others).sum(axis=1).mean())


LOSSES = {
    loss.name: loss
    for loss in (
        LabelLoss(
            "softmax",
            "softmax",
            "the labels exclude each other (of several labels one is drawn each time, as in fastText)",
            True,
            "softmax",
            "categorical-cross-entropy",
            _shared,
            _softmax_loss,
        ),
        LabelLoss(
            "ova",
            "one-vs-all",
            "one against all, each label by itself, for documents with several",
            False,
            "sigmoid",
            "binary-cross-entropy",
            lambda targets: targets,
            _one_vs_all_loss,
        ),
    )
}
