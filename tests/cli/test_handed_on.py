"""Files for other programs are not taken for vectors or a corpus; numbers are words where ints are keys."""

import json

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main
from w2v.evaluation.word_lists import WordList, list_vectors
from w2v.formats import fasttext
from w2v.formats.format import VectorTable
from w2v.formats.vector_files import write_vectors
from w2v.vectors.keyed_vectors import KeyedVectors

ROWS = np.random.default_rng(0).standard_normal((30, 8)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("handed_on")
    KeyedVectors.from_table(VectorTable([f"w{row}" for row in range(30)], ROWS)).save(found / "a.w2v")
    KeyedVectors.from_table(VectorTable(list(range(100, 130)), ROWS)).save(found / "ids.w2v")
    assert main(["convert", str(found / "a.w2v"), str(found / "a.npy")]) == 0
    (found / "a.floret").write_text("2 3 3 5 2 2166136261 < >\n0 1 2 3\n1 1 2 3\n")
    (found / "a.parquet").write_bytes(b"PAR1" + bytes(50))
    (found / "m").mkdir()
    (found / "m/model.safetensors").write_bytes(bytes(50))
    return found


@pytest.mark.parametrize("command", ["nn", "info"])
@pytest.mark.parametrize(
    "name, what", {"a.npy": "NumPy array", "a.floret": "floret's", "a.parquet": "Parquet", "m": "model2vec"}.items()
)
def test_files_for_other_programs_are_called_by_their_name(command, name, what, folder, capsys):
    assert main([command, str(folder / name), *["w1"][: command == "nn"]]) == 2
    said = capsys.readouterr().err
    assert what in said and "open the .w2v file" in said and said.count("\n") == 1


def test_an_unknown_format_names_those_that_are_written_only(folder, capsys):
    assert main(["convert", str(folder / "a.w2v"), str(folder / "x"), "--format", "nix"]) == 2
    said = capsys.readouterr().err
    assert all(
        name in said for name in ("glove", "parquet", "numpy", "floret", "model2vec (the last 4 are written only)")
    )


def test_integer_ids_are_keys_of_word_lists_and_axes(folder, capsys):
    model = KeyedVectors.load(folder / "ids.w2v")
    assert model.as_trained("101") == [101] and model.as_trained("x") == ["x"]
    found = list_vectors(model, WordList("ids", ("101", "105")), 0)
    np.testing.assert_allclose(found.raw, ROWS[[1, 5]], rtol=1e-6)
    assert main(["associate", str(folder / "ids.w2v"), "--axis", "100 - 101", "102", "103", "--json"]) == 0
    assert "103" in capsys.readouterr().out
    assert main(["nn", str(folder / "ids.w2v"), "101", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_a_large_fasttext_file_is_announced(monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr(fasttext, "_LARGE", 100)
    monkeypatch.setattr(fasttext.logger, "warning", lambda text, *facts: said.append(text % facts))
    settings = {"vector_size": 8, "min_n": 2, "max_n": 3, "bucket": 2000, "min_count": 1, "epochs": 1, "sample": 0}
    model = w2v.Word2Vec([["some", "words", "of", "a", "text"]] * 9, **settings, workers=1)
    write_vectors(tmp_path / "a.fasttext", model.wv.to_table())
    assert any("a row for each of 2,000 buckets" in one for one in said)
