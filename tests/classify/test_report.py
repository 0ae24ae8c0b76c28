"""Precision, recall, F1 and the confusion matrix: known answers."""

import json

import numpy as np
import pytest

from w2v.classify.report import LabelScores, TestReport
from w2v.system.console import columns


def report(true, predicted, labels=("a", "b", "c"), n_unknown=0):
    """From lists of label numbers."""
    marks = np.zeros((2, len(true), len(labels)), np.bool_)
    for side, rows in enumerate((true, predicted)):
        for row, found in enumerate(rows):
            marks[side, row, found] = True
    return TestReport(list(labels), *marks, n_unknown)


ONE = report([[0], [0], [0], [1], [1], [0]], [[0], [0], [1], [1], [0], [0]])


def test_known_answers():
    a, b, c = ONE.scores
    assert (a, b, c) == (LabelScores("a", 4, 4, 3), LabelScores("b", 2, 2, 1), LabelScores("c", 0, 0, 0))
    assert (a.precision, a.recall, a.f1) == (0.75, 0.75, 0.75) and (c.precision, c.recall, c.f1) == (0, 0, 0)
    assert LabelScores("x", 4, 2, 1).f1 == pytest.approx(2 * 0.5 * 0.25 / 0.75)
    assert ONE.accuracy == pytest.approx(4 / 6) and ONE.micro.precision == ONE.micro.recall == pytest.approx(4 / 6)
    assert ONE.macro == {"precision": 0.625, "recall": 0.625, "f1": 0.625}  # c was neither there nor predicted
    assert ONE.confusion.tolist() == [[3, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_several_labels_have_no_confusion_matrix():
    several = report([[0, 1], [2]], [[0], [2]])
    assert several.accuracy == 0.5 and several.confusion is None and several.micro.recall == pytest.approx(2 / 3)
    assert "no confusion matrix" in str(several)


def test_both_forms_hold_everything():
    data = json.loads(json.dumps(ONE.to_dict()))
    assert data["confusion"] == ONE.confusion.tolist() and data["labels"][0]["recall"] == 0.75
    text = str(report([[0], [1]], [[0], [1]], n_unknown=1))
    assert "accuracy 100.00 % of 2 documents" in text and "1 of them has no known word" in text
    many = report([[0], [1]], [[0], [1]], labels=[f"l{n}" for n in range(30)])
    assert "--json" in str(many)


def test_columns_are_as_wide_as_a_terminal_shows_them():
    text = str(report([[0], [1]], [[0], [0]], labels=("좋아요", "good", "とても長い名前のラベル")))
    table, matrix = text.split("confusion")
    rows = [line for line in table.splitlines() if "%" in line and "accuracy" not in line]
    assert {columns(line) for line in rows} == {columns(table.splitlines()[0])}
    lines = matrix.splitlines()[1:]
    assert (
        len({columns(line) for line in lines}) == 1 and "とても長い名" in lines[0] and "とても長い名前" not in lines[0]
    )
