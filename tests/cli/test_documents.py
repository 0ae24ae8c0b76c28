"""`w2v encode` and `w2v search`."""

import json

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main
from w2v.vectors.text_search import TextSearch

LINES = ["the king rules", "queens of a land", "", "the man and the woman"]


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = ["the", "king", "rules", "of", "a", "land", "man", "and", "woman", "queen"]
    vectors = w2v.KeyedVectors(4)
    vectors.add_vectors(words, np.random.default_rng(1).normal(size=(len(words), 4)))
    vectors.save("v.w2v")
    (tmp_path / "docs.txt").write_text("".join(f"{line}\n" for line in LINES))
    return vectors


def test_encode_to_npy(files, capsys):
    assert main(["encode", "v.w2v", "docs.txt", "-o", "x.npy"]) == 0
    assert np.array_equal(np.load("x.npy"), files.encode(LINES))
    said = capsys.readouterr().err
    assert "4 texts with 12 words, 1 of them unknown (8.3 %: queens); 1 text without a known word: zeros" in said
    assert said.endswith("wrote 4 x 4 vectors to x.npy\n")
    assert (
        main(["encode", "v.w2v", "docs.txt", "-o", "y.npy", "--weights", "sif", "--normalize", "--threads", "1"]) == 0
    )
    assert np.array_equal(np.load("y.npy"), files.encode(LINES, "sif", normalize=True))


def test_encode_to_parquet(files):
    parquet = pytest.importorskip("pyarrow.parquet")
    assert main(["encode", "v.w2v", "docs.txt", "-o", "x.parquet"]) == 0
    table = parquet.read_table("x.parquet").to_pydict()
    assert table["text"] == LINES and np.array_equal(np.float32(table["vector"]), files.encode(LINES))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["encode", "v.w2v", "docs.txt", "-o", "x.txt"], "a file that ends in .npy or .parquet"),
        (["encode", "v.w2v", "none.txt", "-o", "x.npy"], "cannot read none.txt"),
        (["encode", "v.w2v", "docs.txt", "-o", "docs.txt/x.npy"], "cannot write docs.txt/x.npy"),
        (["search", "docs.txt", "king"], "--model"),
        (["search", "empty.txt", "--model", "v.w2v", "king"], "empty.txt holds no document"),
        (["search", "docs.txt", "--model", "v.w2v", "nobody"], "no word of 'nobody' has a vector"),
    ],
)
def test_mistakes_are_one_sentence(files, words, sentence, capsys, tmp_path):
    (tmp_path / "empty.txt").touch()
    assert main(words) == 2
    assert sentence in capsys.readouterr().err.splitlines()[-1]


def test_search(files, capsys):
    assert main(["search", "docs.txt", "--model", "v.w2v", "--weights", "uniform", "-n", "2", "the", "king"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 2 and out[0].endswith("  1  the king rules")
    assert main(["search", "docs.txt", "--model", "v.w2v", "the king", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["query"] == "the king" and {place for place, *_ in answer["documents"]} == {1, 2, 4}
    assert all(text == LINES[place - 1] for place, _, text in answer["documents"])


def test_documents_without_a_known_word(files, capsys, tmp_path):
    (tmp_path / "blank.txt").write_text("\n\nqueens\n")
    assert main(["search", "blank.txt", "--model", "v.w2v", "king"]) == 2
    assert "no word of blank.txt is known to v.w2v" in capsys.readouterr().err
    assert TextSearch(files, ["", "queens"]).nearest("king") == []
