"""The benchmark sections on files and queries, on small vectors: they measure what they say."""

from argparse import Namespace

import numpy as np
import pytest

from bench import files, queries
from bench.sides import SideError
from w2v.evaluation.questions import read_questions
from w2v.vectors.keyed_vectors import KeyedVectors


@pytest.fixture
def args(tmp_path):
    pytest.importorskip("gensim.models")
    return Namespace(
        gensim=True, rounds=2, only=[], file_words=40, query_words=3_000, texts=Namespace(folder=tmp_path), eval=[],
        quick=True,
    )  # fmt: skip


def test_files_have_a_row_for_each_way_and_leave_nothing(args, tmp_path):
    rows = list(files.measure(args))
    assert [row.what.split()[0] for row in rows] == ["save", "load"] * 3
    assert all(len(seconds) == 2 for row in rows for seconds in row.seconds.values())
    assert [set(row.seconds) - {"w2v", "gensim"} for row in rows] == [set(), set(), {files.DISK}, set(), set(), set()]
    assert [row.target for row in rows] == [{}, {}, *({"gensim": target} for target in (5, 5, 10, 5))]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_only_the_rows_asked_for_are_measured(args):
    args.only, args.gensim = ["load-binary"], False
    (row,) = files.measure(args)
    assert row.what.startswith("load 40 x 300, word2vec binary") and list(row.seconds) == ["w2v"]


def test_both_sides_save_the_same_vectors(tmp_path):
    pytest.importorskip("gensim.models")
    for name, vectors in zip(("ours", "theirs"), files.both_vectors(30, True), strict=True):
        assert files.save(vectors, "binary", tmp_path / name) > 0
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()


def test_queries_have_their_rows(args, monkeypatch):
    monkeypatch.setattr(queries, "ANALOGY_WORDS", 1_100)
    monkeypatch.setattr(queries, "PAIRS", (5, 6))
    rows = list(queries.measure(args))
    assert [row.what.split(",")[0] for row in rows] == ["one query", "1", "50 analogy questions"]
    assert all(len(row.seconds["gensim"]) == len(row.seconds["w2v"]) == 2 for row in rows)
    assert rows[-1].note.endswith("same score")


def test_questions_made_here_have_the_shape_of_the_usual_ones(tmp_path):
    path = queries.made_questions(tmp_path / "questions")
    sections = read_questions(path)
    assert (len(sections), sum(len(section.questions) for section in sections)) == (14, 19_524)
    assert queries.thinned(path, tmp_path / "few", 40) == (19_524, 494)
    assert read_questions(tmp_path / "few")[1].questions == sections[1].questions[::40]


def test_different_neighbours_are_not_timed():
    words, rng = [f"w{number}" for number in range(50)], np.random.default_rng(0)
    ours, theirs = (KeyedVectors(4) for _ in "ab")
    for vectors in (ours, theirs):
        vectors.add_vectors(words, rng.standard_normal((50, 4)))
    queries.check(ours, ours, words[:3])
    with pytest.raises(SideError, match="not the same"):
        queries.check(ours, theirs, words[:3])
