"""`w2v eval` with several models, runs and formats of files."""

import json

import numpy as np
import pytest

from w2v.cli.commands import main
from w2v.cli.models import holds_vectors
from w2v.formats.vector_files import VectorTable, write_vectors

WORDS = [f"w{i}" for i in range(60)]


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Five models in three formats and two evaluation files, in the current folder."""
    exact = np.random.default_rng(0).standard_normal((60, 8))
    unit = exact / np.linalg.norm(exact, axis=1, keepdims=True)
    names = ["cbow-1.w2v", "cbow-2.w2v", "sg-1.bin", "sg-2.txt", "other.glove.txt"]
    for seed, name in enumerate(names, 1):
        noise = 0.2 if name.startswith("sg") else 0.8
        matrix = exact + noise * np.random.default_rng(seed).standard_normal(exact.shape)
        write_vectors(
            tmp_path / name, VectorTable(WORDS, matrix.astype(np.float32)), "glove" if "glove" in name else None
        )
    rows = [f"w{i}\tw{j}\t{unit[i] @ unit[j]:.3f}" for i in range(20) for j in range(20, 25)]
    (tmp_path / "pairs.tsv").write_text("\n".join(rows) + "\n")
    (tmp_path / "labels.txt").write_text("".join(f"{word} {i % 2}\n" for i, word in enumerate(WORDS)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_models_are_told_from_files_by_what_is_in_them(room):
    assert all(holds_vectors(path.name) for path in room.iterdir() if path.name[0] in "cso")
    assert not any(map(holds_vectors, ["pairs.tsv", "labels.txt", "missing", "."]))


def test_two_models_are_compared(room, capsys):
    assert main(["eval", "cbow-1.w2v", "sg-1.bin", "pairs.tsv", "--resamples", "500", "--seed", "3"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("pairs.tsv\nsimilarity; ") and "95 %: 500 resamples of the pairs, seed 3" in output
    assert "cbow-1: 100 asked, 100 known, 0 composed, 0 skipped" in output and "sg-1 beats cbow-1 by 0." in output


def test_a_pattern_is_the_runs_of_a_model(room, capsys):
    assert main(["eval", "cbow-*.w2v", "sg-*", "pairs.tsv", "--json", "--resamples", "200"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found["models"] == {"cbow-*": ["cbow-1.w2v", "cbow-2.w2v"], "sg-*": ["sg-1.bin", "sg-2.txt"]}
    assert (found["resamples"], found["seed"], found["level"]) == (200, 1, 0.95)
    assert [len(model["scores"][0]["runs"]) for model in found["results"][0]["models"]] == [2, 2]
    assert main(["eval", "cbow-1.w2v", "cbow-2.w2v", "pairs.tsv", "--runs", "--resamples", "200"]) == 0
    output = capsys.readouterr().out
    assert "\ncbow: 100 asked" in output and "± " in output and "beats" not in output


def test_one_model_has_its_table_and_intervals(room, capsys):
    assert main(["eval", "sg-1.bin", "pairs.tsv", "labels.txt"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("pairs.tsv: 100 asked, 100 known, 0 composed, 0 skipped\nsimilarity; ")
    assert ", 95 %: 0." in output and "10,000 resamples of the words, seed 1" in output and "purity" in output


@pytest.mark.parametrize(("form", "part"), [("--markdown", "| Spearman |"), ("--latex", "\\begin{tabular}{lr}")])
def test_tables_for_papers(room, capsys, form, part):
    assert main(["eval", "sg-1.bin", "pairs.tsv", form, "--resamples", "200"]) == 0
    assert part in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("cbow-1.w2v sg-1.bin", "name an evaluation file after the models"),
        ("cbow-1.w2v missing.w2v pairs.tsv", "cannot read missing.w2v"),
        ("cbow-1.w2v none-*.w2v pairs.tsv", "cannot read none-*.w2v"),
        ("cbow-1.w2v ./cbow-1.w2v cbow-1.w2v pairs.tsv", "named twice"),
        ("cbow-1.w2v pairs.tsv --resamples 5", "at least 100"),
        ("cbow-1.w2v pairs.tsv --seed -5", "take 0 or more"),
        ("cbow-1.w2v pairs.tsv --json --latex", "not allowed with"),
        ("pairs.tsv cbow-1.w2v labels.txt", "pairs.tsv"),
    ],
)
def test_bad_input(room, capsys, command, said):
    assert main(["eval", *command.split()]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and captured.err.count("\n") == 1
