"""How well documents were labelled: precision, recall and F1 of each label, and the confusion matrix."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.system.console import columns, padded, shortened
from w2v.system.wording import quantity

_MAX_SHOWN = 20  # labels of a confusion matrix that fit on a screen
_MAX_HEAD = 12  # columns of a terminal for the name of a label above the matrix


class LabelScores(NamedTuple):
    """Counts of one label, or sums over labels."""

    name: str
    n_true: int  # documents that have it
    n_predicted: int
    n_right: int  # documents that have it and were given it

    @property
    def precision(self) -> float:
        """Right of those predicted; 0 when none was."""
        return self.n_right / self.n_predicted if self.n_predicted else 0.0

    @property
    def recall(self) -> float:
        """Right of those that have it; 0 when none has."""
        return self.n_right / self.n_true if self.n_true else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        both = self.n_true + self.n_predicted
        return 2 * self.n_right / both if both else 0.0

    def to_dict(self) -> dict[str, Any]:
        """All of it, ready for `json.dumps`."""
        shares = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {**self._asdict(), **shares}


@dataclass(frozen=True)
class TestReport:
    """Result of a test. true, predicted: bool (n, C), the labels of each document."""

    __test__ = False  # no test case, whatever pytest thinks of the name

    labels: list[str]
    true: NDArray[np.bool_]
    predicted: NDArray[np.bool_]
    n_unknown: int  # documents without a known word; they got the likeliest label by the class priors

    @property
    def scores(self) -> list[LabelScores]:
        """One for each label."""
        right = self.true & self.predicted
        counts = [part.sum(axis=0).tolist() for part in (self.true, self.predicted, right)]
        return [LabelScores(*row) for row in zip(self.labels, *counts, strict=True)]

    @property
    def accuracy(self) -> float:
        """Share of the documents whose labels are exactly those predicted."""
        return float((self.true == self.predicted).all(axis=1).mean())

    @property
    def micro(self) -> LabelScores:
        """Sums over labels; its precision and recall are fastText's P@1 and R@1 where one label is predicted."""
        columns = zip(*[score[1:] for score in self.scores], strict=True)
        return LabelScores("micro", *(sum(column) for column in columns))

    @property
    def macro(self) -> dict[str, float]:
        """Means over the labels that some document has or was given."""
        used = [score for score in self.scores if score.n_true or score.n_predicted]
        return {
            name: float(np.mean([getattr(score, name) for score in used])) for name in ("precision", "recall", "f1")
        }

    @property
    def confusion(self) -> NDArray[np.int64] | None:
        """(C, C) documents by true and predicted label; None where a document has or got not exactly one."""
        if not ((self.true.sum(axis=1) == 1).all() and (self.predicted.sum(axis=1) == 1).all()):
            return None
        return self.true.T.astype(np.int64) @ self.predicted.astype(np.int64)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`."""
        return {
            "documents": len(self.true),
            "without_known_word": self.n_unknown,
            "accuracy": self.accuracy,
            "micro": {name: getattr(self.micro, name) for name in ("precision", "recall", "f1")},
            "macro": self.macro,
            "labels": [score.to_dict() for score in self.scores],
            "confusion": None if self.confusion is None else self.confusion.tolist(),
        }

    def __str__(self) -> str:
        """The table, a line for each label, then means, accuracy and the confusion matrix."""
        width = max(8, *map(columns, self.labels))
        heads = ("true", "predicted", "right", "precision", "recall", "F1")
        lines = [" ".join([" " * width, *(f"{name:>9}" for name in heads)])]
        for score in self.scores:
            counts = [f"{n:>9,}" for n in score[1:]]
            shares = [_percent(share) for share in (score.precision, score.recall, score.f1)]
            lines.append(" ".join([padded(score.name, width), *counts, *shares]))
        lines.append("-" * len(lines[0]))
        macro, micro = self.macro.values(), (self.micro.precision, self.micro.recall, self.micro.f1)
        for name, means in (("macro", macro), ("micro", micro)):
            lines.append(" ".join([name.ljust(width), " " * 29, *map(_percent, means)]))
        lines.append(f"accuracy {100 * self.accuracy:.2f} % of {quantity(len(self.true), 'document')}")
        if self.n_unknown:
            without = "1 of them has" if self.n_unknown == 1 else f"{self.n_unknown:,} of them have"
            lines.append(f"{without} no known word and got the commonest label of training")
        return "\n".join(lines + self._confusion_lines())

    def _confusion_lines(self) -> list[str]:
        if self.confusion is None:
            return ["no confusion matrix: there are documents with several labels, or none"]
        if len(self.labels) > _MAX_SHOWN:
            return [f"the confusion matrix of {len(self.labels)} labels is in --json"]
        heads = [shortened(label, _MAX_HEAD) for label in self.labels]
        width, cell = max(map(columns, self.labels)), max(7, *map(columns, heads))
        lines = ["confusion: a line for each true label, a column for each predicted one"]
        lines.append(" ".join([" " * width, *(padded(head, cell, to_right=True) for head in heads)]))
        for label, row in zip(self.labels, self.confusion.tolist(), strict=True):
            lines.append(" ".join([padded(label, width), *(f"{n:>{cell},}" for n in row)]))
        return lines


def _percent(share: float) -> str:
    return f"{100 * share:>7.2f} %"
