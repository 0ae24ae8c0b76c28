"""`w2v compare`, `w2v stability` and `w2v nn SET` on small models: what is shown, JSON, a picture, what is refused."""

import json

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.vectors.keyed_vectors import KeyedVectors

WORDS = [f"w{i}" for i in range(130)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two runs of each of three texts; in the last w7 has moved."""
    folder, rng = tmp_path_factory.mktemp("compare"), np.random.default_rng(0)
    true = rng.normal(size=(130, 8))
    for name in ("a", "b", "c"):
        if name == "c":
            true[7] = -true[7]
        for run in (1, 2):
            vectors = KeyedVectors(8)
            vectors.add_vectors(WORDS, (true + 0.2 * rng.normal(size=true.shape)).astype(np.float32))
            vectors.expandos["count"] = np.arange(160, 30, -1)
            vectors.save(str(folder / f"{name}-{run}.w2v"))
    return folder


@pytest.fixture(autouse=True)
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)


def test_what_has_moved_is_shown(capsys):
    assert main(["compare", "a-*.w2v", "c-*.w2v", "-n", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(
        "130 words that occur 20 times in each; distance: 1 − cosine of a-* and c-* in one space"
    )
    assert lines[2].split() == ["count", "distance", "floor", "kept", "floor", "p"] and lines[3].split()[0] == "w7"
    assert len(lines) == 7 and lines[-1] == "1 of all words has p below 0.05"


def test_several_texts_in_json_and_in_words(capsys):
    assert main(["compare", "a-1.w2v", "b-1.w2v", "c-1.w2v", "--words", "w7,w1", "--aligned"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["count", "distance", "to", "b-1", "to", "c-1", "kept", "p"]
    assert [line.split()[0] for line in lines[3:5]] == ["w7", "w1"] and "run sets (train --runs 5) would" in lines[-1]
    assert main(["compare", "a-*.w2v", "b-1.w2v", "c-1.w2v", "--json", "-n", "2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["periods"]["a-*"] == ["a-1.w2v", "a-2.w2v"] and found["compared"] == 130
    assert found["words"][0]["word"] == "w7" and len(found["words"][0]["steps"]) == 2


def test_a_picture(capsys):
    pytest.importorskip("matplotlib")
    assert main(["compare", "a-*.w2v", "b-1.w2v", "c-*.w2v", "-n", "2", "-o", "ways.svg"]) == 0
    assert "wrote ways.svg" in capsys.readouterr().err
    with open("ways.svg") as file:
        assert "<svg" in file.read()


def test_stability(capsys):
    assert main(["stability", "a-*.w2v", "-k", "5", "-k", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("2 runs") and lines[1].split()[-2:] == ["overlap@2", "overlap@5"] and len(lines) == 4
    assert lines[2].startswith("1 to 100") and "61" in lines[2].split()
    assert main(["stability", "a-1.w2v", "a-2.w2v", "--json", "--asked", "10"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == ["a-1.w2v", "a-2.w2v"] and found["bands"][0]["asked"] == 10


def test_neighbours_of_a_set(capsys):
    assert main(["nn", "a-*.w2v", "w1", "-n", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "neighbours of w1: mean cosine over 2 runs, and in how many a word is among the first 3"
    assert len(lines) == 4 and lines[1].endswith("of 2") and " ± " in lines[1]
    assert main(["nn", "a-*.w2v", "w1", "-", "w2", "--json", "-n", "2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["query"], found["runs"], len(found["neighbours"][0])) == ("w1 - w2", 2, 4)
    assert main(["nn", "a-*.w2v", "none"]) == 2 and "none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "a-1.w2v"], "give OLD and NEW: a model each"),
        (["compare", "a-*.w2v", "a-*.w2v"], "is named twice"),
        (["compare", "a-1.w2v", "b-1.w2v", "-o", "none/x.png"], "none"),
        (["compare", "a-1.w2v", "b-1.w2v", "-o", "x.txt"], "a picture ends in one of"),
        (["stability", "a-1.w2v"], "two or more"),
    ],
)
def test_bad_input(capsys, words, said):
    assert main(words) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.out == ""
