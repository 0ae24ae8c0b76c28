"""What is said of labels before training and after a test."""

import re

import numpy as np
import pytest
from labelled import labelled_text

from w2v.classify.labels import counted, doubts, doubts_of_test
from w2v.classify.report import TestReport
from w2v.cli.commands import main


def test_labels_are_named_with_their_counts_commonest_first():
    assert counted(["a", "b", "c"], np.array([5, 12_500, 7])) == "b 12,500, c 7, a 5"
    assert counted([f"l{n}" for n in range(22)], np.arange(22)).endswith("l3 3, l2 2 and 2 more")


@pytest.mark.parametrize(("labels", "counts", "said"), [
    (["a", "b"], [9, 81], None),
    (["a", "b"], [9, 90], "very unequal, 'b' has 90 documents and 'a' 9; accuracy says little of rare ones"),
    (["neg", "pos", "unsup"], [5, 5, 20], "'unsup' sounds like documents without a label; .* add --skip-labels unsup"),
    ([], [], None),
])  # fmt: skip
def test_doubts_before_training(labels, counts, said):
    found = doubts(labels, np.array(counts, np.int64))
    assert len(found) == (said is not None)
    assert len(found) == (said is not None) and re.search(said or "", "".join(found))


def test_doubts_after_a_test():
    marks = np.eye(3, dtype=np.bool_)
    assert doubts_of_test(TestReport(["a", "b", "c"], marks, marks, 0)) == []
    given = TestReport(["a", "b", "no class"], marks[[0, 1, 1]], marks[[2, 1, 2]], 0)
    assert doubts_of_test(given) == [
        "no document of the test has the label no class, which was given 2 times; if that is no class train with "
        "--skip-labels 'no class'"
    ]


def test_the_commands_say_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rare = "".join(f"__label__unsup t0_1 w{n}\n" for n in range(3))
    (tmp_path / "train.txt").write_text(labelled_text(300, seed=1) + rare)
    (tmp_path / "test.txt").write_text(labelled_text(60, seed=2))
    train = ["classify", "train", "train.txt", "-o", "m", "--dim", "8", "--epochs", "1", "--threads", "1"]
    assert main(train) == 0
    lines = capsys.readouterr().err.splitlines()
    said = next(place for place, line in enumerate(lines) if line.startswith("documents by label: c"))
    assert ", unsup 3" in lines[said] and "epoch 1/1" in "".join(lines[said:])
    assert ["sounds like" in line for line in lines if line.startswith("note: ")] == [True, False]
    assert main(["classify", "test", "m", "test.txt"]) == 0
    assert "note: no document of the test has the label unsup" in capsys.readouterr().err
    assert main(["classify", "test", "m", "train.txt", "--labels", "c0", "c1"]) == 0
    assert "note: " not in capsys.readouterr().err
    assert main([*train, "--skip-labels", "unsup", "c2"]) == 0
    error = capsys.readouterr().err
    assert "unsup" not in error and "2 labels" in error and "note: " not in error
    assert main(["classify", "test", "m", "test.txt"]) == 2
    assert "train with it, or leave it out with --skip-labels" in capsys.readouterr().err
    assert main(["classify", "test", "m", "test.txt", "--skip-labels", "c2"]) == 0
