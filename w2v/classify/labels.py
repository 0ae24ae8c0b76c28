"""What is worth knowing of the labels before training, and after a test: a line each."""

import shlex
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from w2v.classify.report import TestReport
from w2v.system.wording import quantity

_MAX_SHOWN = 20
_UNEQUAL = 10  # times as many documents
_NO_CLASSES = {"unsup", "unsupervised", "unlabeled", "unlabelled"}  # names for documents that have no label


def counted(labels: Sequence[object], counts: NDArray[np.int64]) -> str:
    """The labels with their numbers of documents (C,), commonest first."""
    order = np.argsort(-counts, kind="stable").tolist()
    return listed([f"{labels[place]} {counts[place]:,}" for place in order])


def listed(names: Sequence[str]) -> str:
    """The first of several names, and how many there are beside."""
    rest = f" and {len(names) - _MAX_SHOWN:,} more" if len(names) > _MAX_SHOWN else ""
    return ", ".join(names[:_MAX_SHOWN]) + rest


def doubts(labels: Sequence[str], counts: NDArray[np.int64]) -> list[str]:
    """What may be wrong with the labels of training documents, of which there are `counts` (C,)."""
    found = [
        f"{label!r} sounds like documents without a label; if it is no class add {_without([label])}"
        for label in labels
        if label.lower() in _NO_CLASSES
    ]
    if len(labels) and counts.max() >= _UNEQUAL * counts.min():
        most, least = int(counts.argmax()), int(counts.argmin())
        found.append(
            f"the labels are very unequal, {labels[most]!r} has {quantity(counts[most], 'document')} "
            f"and {labels[least]!r} {counts[least]:,}; accuracy says little of rare ones, the macro F1 of classify "
            "test does"
        )
    return found


def doubts_of_test(report: TestReport) -> list[str]:
    """What may be wrong with the labels of a test."""
    lacking = np.flatnonzero(~report.true.any(axis=0)).tolist()
    if not lacking:
        return []
    names, n_given = [report.labels[place] for place in lacking], int(report.predicted[:, lacking].sum())
    return [
        f"no document of the test has the label {listed(names)}, which was given {quantity(n_given, 'time')}; "
        f"if that is no class train with {_without(names[:_MAX_SHOWN])}"
    ]


def _without(names: Sequence[str]) -> str:
    return f"--skip-labels {shlex.join(names)}"
