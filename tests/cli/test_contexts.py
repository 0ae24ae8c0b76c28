"""`w2v contexts` on two groups of documents."""

import json

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.formats.vector_files import VectorTable, write_vectors


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Vectors of two topics and a word between them; documents of each; in the current folder."""
    rng = np.random.default_rng(0)
    topics = [[f"{name}{i}" for i in range(12)] for name in ("river", "money")]
    vectors = 0.4 * rng.normal(size=(25, 5))
    vectors[:12, 0] += 1
    vectors[12:24, 1] += 1
    write_vectors(tmp_path / "m.w2v", VectorTable([*topics[0], *topics[1], "bank"], vectors.astype(np.float32)))
    for name, words in zip(("river.txt", "money.txt"), topics, strict=True):
        lines = [" ".join([*rng.choice(words, 5), "bank", *rng.choice(words, 5)]) for _ in range(25)]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_groups(room, capsys):
    assert main(["contexts", "m.w2v", "bank", "river.txt", "money.txt", "-n", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("bank; transformation fitted to 25 words, cosine")
    assert lines[1] == "river.txt: 25 times in 25 documents" and lines[5] == "money.txt: 25 times in 25 documents"
    assert {line[:7] for line in lines[2:5]} == {"  river"} and {line[:7] for line in lines[6:9]} == {"  money"}
    assert lines[9].startswith("difference: ") and "p = 0.0001 (10,001 partings of the documents)" in lines[9]


def test_one_group_json_and_more_text(room, capsys):
    assert main(["contexts", "m.w2v", "bank", "river.txt", "--corpus", "money.txt", "--json", "-n", "2"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["difference"] is None and found["fitted_to"] == 25
    assert found["groups"]["river.txt"]["documents"] == 25 and len(found["groups"]["river.txt"]["neighbours"]) == 2


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("m.w2v bank river.txt money.txt river.txt", "two are compared"),
        ("m.w2v bnak river.txt", "did you mean bank?"),
        ("m.w2v bank missing.txt", "missing.txt"),
        ("m.w2v money1 river.txt --corpus money.txt", "'money1' has no context"),
        ("m.w2v bank river.txt --min-count 999", "too short"),
        ("m.w2v bank river.txt --partings 5", "at least 100"),
    ],
)
def test_bad_input(room, capsys, command, said):
    assert main(["contexts", *command.split()]) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.out == "" and captured.err.count("\n") == 1
