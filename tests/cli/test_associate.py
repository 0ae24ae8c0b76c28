"""`w2v associate` on models, runs, lists and axes."""

import json

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.formats.vector_files import VectorTable, write_vectors

WORDS = ["rose", "tulip", "iris", "ant", "bee", "moth", "love", "joy", "peace", "filth", "stink", "grief", "she", "he"]


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Three runs in which flowers are pleasant and insects are not, and files of lists; in the current folder."""
    side = np.repeat([1.0, -1, 1, -1, 1, -1], [3, 3, 3, 3, 1, 1])
    for run in (1, 2, 3):
        vectors = 0.3 * np.random.default_rng(run).normal(size=(14, 6))
        vectors[:, 0] += side
        write_vectors(tmp_path / f"run-{run}.w2v", VectorTable(WORDS, vectors.astype(np.float32)))
    lists = "pleasant: love joy peace\nunpleasant: filth, stink, grief\n"
    (tmp_path / "weat.txt").write_text(f"flowers: rose tulip iris\ninsects: ant bee moth\n{lists}")
    (tmp_path / "single.txt").write_text(f"things: rose bee\n{lists}")
    (tmp_path / "missing.txt").write_text(f"things: rose bee lily\n{lists}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_tests_of_one_model(room, capsys):
    assert main(["associate", "run-1.w2v", "weat.txt", "single.txt"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("weat.txt\nWEAT: flowers / insects; pleasant / unpleasant\nflowers: 3 asked, 3 known")
    (row,) = [line.split() for line in output.splitlines() if line.startswith("flowers / insects ")]
    assert float(row[3]) > 1.5 and row[5:] == ["0.05", "0.1"] and "p: all 20 partings" in output
    assert "SC-WEAT: things; pleasant / unpleasant" in output and "\nall things" in output


def test_runs_have_a_deviation(room, capsys):
    assert main(["associate", "run-*.w2v", "weat.txt"]) == 0
    assert "±: standard deviation over 3 runs" in capsys.readouterr().out
    assert main(["associate", "run-*.w2v", "weat.txt", "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    runs = found["results"][0]["models"]["run-*"]
    assert len(runs) == 3 and runs[0]["lists"][0]["known"] == 3 and runs[0]["tests"][0]["one_sided"] == 0.05


def test_places_on_an_axis(room, capsys):
    assert main(["associate", "run-1.w2v", "--axis", "she - he", "ant", "rose"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["run-1; axis: she - he", "words: 2 asked, 2 known, 0 composed, 0 skipped"]
    assert [line.split()[0] for line in lines[3:5]] == ["rose", "ant"]
    assert main(["associate", "run-*.w2v", "--axis", "she − he, love - grief", "ant", "rose", "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    first, second = found["models"]["run-*"]["words"]
    assert first["word"] == "rose" and len(first["runs"]) == 3 and first["interval"][0] < first["cosine"]
    assert second["cosine"] < 0 and found["models"]["run-*"]["known"] == 2


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("run-1.w2v missing.txt", "1 of the 3 words of things are not in the vocabulary, more than 20 %: lily"),
        ("run-1.w2v nothing.txt", "nothing.txt"),
        ("run-1.w2v run-2.w2v", "LISTS, or words after --axis"),
        ("run-1.w2v --axis she rose", "write it as 'she - he'"),
        ("run-1.w2v --axis=she-he-it rose", "write it as 'she - he'"),
        ("run-1.w2v weat.txt --max-missing 2", "from 0 to below 1"),
        ("run-1.w2v weat.txt --seed -1", "a seed from 0 on"),
        ("weat.txt weat.txt", "weat.txt"),
    ],
)
def test_bad_input(room, capsys, command, said):
    assert main(["associate", *command.split()]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1


def test_more_may_be_missing_when_allowed(room, capsys):
    assert main(["associate", "run-1.w2v", "missing.txt", "--max-missing", "0.4"]) == 0
    assert "things: 3 asked, 2 known, 0 composed, 1 skipped: lily" in capsys.readouterr().out
