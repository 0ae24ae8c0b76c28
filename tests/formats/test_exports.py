"""Formats that other programs open: what is in the files, and, where these are installed, their own answer."""

import json

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main
from w2v.corpus.ngrams import Ngrams
from w2v.errors import ConfigError, W2VError
from w2v.formats.format import Reading, VectorTable
from w2v.formats.table import WRITE_ONLY, format_of
from w2v.formats.vector_files import write_vectors
from w2v.system.container import read_container
from w2v.system.files import new_folder

WORDS = ["the", "king", "über", "don't", "[UNK]", 'a"b']
TEXTS = ["the king", "über king", "the the nobody don't", "nobody", "", 'a"b the']
CONFIG = {"min_n": 2, "max_n": 3, "bucket": 40, "hash_count": 2}


@pytest.fixture(scope="module")
def table():
    rows = np.random.default_rng(2).normal(size=(len(WORDS), 5)).astype(np.float32)
    facts = {"config": {"model": "sg", "odd": "a|b\nc"}, "epochs": [[10.0, 5, 4, 3]], "corpus": {"n_read": 7}}
    return VectorTable(WORDS, rows, np.arange(9, 3, -1), metadata=facts)


@pytest.fixture
def folder(table, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_vectors("v.w2v", table)
    return tmp_path


@pytest.fixture(scope="module")
def ngram_table():
    buckets = np.array(sorted({b for word in ("king", "queen") for b in Ngrams(**CONFIG).buckets(word)}), np.int32)
    rows = np.random.default_rng(3).normal(size=(len(buckets), 4)).astype(np.float32)
    table = VectorTable(["king"], np.zeros((1, 4), np.float32), input_rows=rows, ngram_buckets=buckets)
    return table._replace(metadata={"config": CONFIG})


# ---- a folder for model2vec and sentence-transformers


def test_files_of_the_folder(folder, table, capsys):
    assert main(["convert", "v.w2v", "m/", "--format", "model2vec"]) == 0
    assert "wrote 6 x 5 vectors to m/ (model2vec)" in capsys.readouterr().err
    rows = read_container("m/model.safetensors")[0]["embeddings"]
    assert np.array_equal(rows[:-1], table.vectors) and not rows[-1].any()
    tokenizer = json.loads((folder / "m/tokenizer.json").read_text("utf-8"))
    assert list(tokenizer["model"]["vocab"]) == [*WORDS, "[[UNK]]"] and tokenizer["model"]["unk_token"] == "[[UNK]]"
    assert json.loads((folder / "m/modules.json").read_text())[0]["type"].endswith("StaticEmbedding")
    assert json.loads((folder / "m/config.json").read_text())["hidden_dim"] == 5
    assert sorted(path.name for path in folder.iterdir()) == ["m", "v.w2v"]


def test_model_card(folder):
    scores = {"score": 0.5, "interval": [0.4, 0.6], "measure": "Spearman", "category": "all"}
    result = {"file": "/x/ws.tsv", "models": [{"scores": [scores, {**scores, "category": "nouns"}]}]}
    (folder / "scores.json").write_text(json.dumps({"results": [result]}))
    assert main(["convert", "v.w2v", "m", "--format", "model2vec", "--scores", "scores.json"]) == 0
    card = (folder / "m/README.md").read_text("utf-8")
    assert card.startswith("---\nlibrary_name: model2vec\n") and "| odd | a\\|b c |" in card
    assert "| 1 | 4 | 3 | 2.0000 |" in card and "| n_read | 7 |" in card
    assert card.endswith("| ws.tsv | Spearman | 0.5000 | 0.4000 to 0.6000 |\n")
    hub = pytest.importorskip("huggingface_hub")
    assert hub.ModelCard.load("m/README.md").data.library_name == "model2vec"


@pytest.mark.parametrize("text", ["[]", "{", '{"results": 3}'])
def test_scores_that_are_none(folder, text, capsys):
    (folder / "scores.json").write_text(text)
    code = main(["convert", "v.w2v", "m", "--format", "model2vec", "--scores", "scores.json"])
    if text.endswith("3}"):
        assert code == 0 and "## Scores" not in (folder / "m/README.md").read_text("utf-8")
    else:
        assert code == 2 and "eval --json" in capsys.readouterr().err


def test_scores_are_for_the_model_card(folder, capsys):
    assert main(["convert", "v.w2v", "scored.txt", "--scores", "scores.json"]) == 2
    assert "leave them out" in capsys.readouterr().err and not (folder / "scored.txt").exists()


def test_a_folder_is_new_or_empty_and_whole(folder, table, capsys):
    (folder / "empty").mkdir()
    write_vectors("empty", table, "model2vec")
    for name in ("empty", "v.w2v"):
        assert main(["convert", "v.w2v", name, "--format", "model2vec"]) == 2
        assert "there is something of that name" in capsys.readouterr().err
    with pytest.raises(ZeroDivisionError), new_folder("f") as part:
        (part / "a").touch()
        raise ZeroDivisionError
    with pytest.raises(W2VError, match="half of a surrogate pair"):
        write_vectors("f", table._replace(keys=["\ud800", *WORDS[1:]]), "model2vec")
    with pytest.raises(W2VError, match="does not exist"):
        write_vectors("none/f", table, "model2vec")
    assert sorted(path.name for path in folder.iterdir()) == ["empty", "v.w2v"]


def test_sif_weights_are_folded_in(folder, table):
    assert main(["convert", "v.w2v", "s.w2v", "--weights", "sif"]) == 0
    weights = 1e-3 / (1e-3 + table.counts / table.counts.sum())
    found = w2v.load("s.w2v")
    np.testing.assert_allclose(found.matrix, table.vectors * weights[:, None], rtol=1e-6)
    assert found.metadata["postprocessing"] == "times SIF weights"
    write_vectors("v.txt", table._replace(keys=list("abcdef")))
    assert main(["convert", "v.txt", "s.w2v", "--weights", "sif"]) == 2


@pytest.mark.parametrize("text", [{}, {"lower": True, "nfc": True}, {"lower": True, "tokenize": True}])
def test_model2vec_and_sentence_transformers_encode_as_we_do(folder, table, text):
    model2vec = pytest.importorskip("model2vec")
    table = table._replace(metadata={"text": text})
    write_vectors("m", table, "model2vec")
    vectors = w2v.KeyedVectors.from_table(table)
    texts = [*TEXTS, "The KING, the u\u0308ber king."]
    ours = vectors.encode(texts)
    np.testing.assert_allclose(model2vec.StaticModel.from_pretrained("m").encode(texts), ours, atol=1e-5)
    sentences = pytest.importorskip("sentence_transformers")
    theirs = sentences.SentenceTransformer("m", device="cpu").encode(["the king", "über the", "don't"])
    np.testing.assert_allclose(theirs, vectors.encode(["the king", "über the", "don't"]), atol=1e-5)


# ---- NumPy, Parquet


def test_numpy(folder, table):
    assert main(["convert", "v.w2v", "a.npy"]) == 0
    assert np.array_equal(np.load("a.npy", mmap_mode="r"), table.vectors)
    assert (folder / "a.words.txt").read_text("utf-8").split("\n") == [*WORDS, ""]
    with pytest.raises(W2VError, match="newline|line"):
        write_vectors("b.npy", table._replace(keys=["a\nb", *WORDS[1:]]))
    assert not (folder / "b.npy").exists()


def test_parquet(folder, table):
    pytest.importorskip("pyarrow")
    assert main(["convert", "v.w2v", "a.parquet"]) == 0
    rows = list(zip(WORDS, table.counts.tolist(), table.vectors.tolist(), strict=True))
    duckdb = pytest.importorskip("duckdb")
    assert duckdb.sql("select word, count, vector::float[] from 'a.parquet'").fetchall() == rows
    polars = pytest.importorskip("polars")
    frame = polars.read_parquet("a.parquet")
    assert frame.schema["vector"] == polars.Array(polars.Float32, 5) and frame.rows() == rows


def test_without_pyarrow(folder, monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert main(["convert", "v.w2v", "a.parquet"]) == 2
    assert "a Parquet file needs pyarrow; run: pip install 'w2v[parquet]'" in capsys.readouterr().err


# ---- floret's table


def test_floret(folder, ngram_table):
    write_vectors("a.floret", ngram_table)
    first, *lines = (folder / "a.floret").read_text().splitlines()
    assert first == "40 4 2 3 2 2166136261 < >" and [line.split()[0] for line in lines] == [str(n) for n in range(40)]
    rows = np.array([line.split()[1:] for line in lines], np.float32)
    assert np.array_equal(rows[ngram_table.ngram_buckets], ngram_table.input_rows)
    spacy = pytest.importorskip("spacy")
    from spacy.training.initialize import read_vectors

    data, _, settings = read_vectors(folder / "a.floret", 0, mode="floret")
    theirs = spacy.vectors.Vectors(data=data, **settings)
    from w2v.vectors.subword_vectors import SubwordVectors

    ours = SubwordVectors.from_table(ngram_table)
    for word in ("kingly", "queens"):
        np.testing.assert_allclose(theirs[word], ours[word], atol=1e-6)


def test_what_floret_cannot_hold(folder, table, ngram_table):
    with pytest.raises(ConfigError, match="which these vectors lack; train with --hash-count 2"):
        write_vectors("a.floret", table)
    fasttext = ngram_table._replace(metadata={"config": {**CONFIG, "hash_count": 0}})
    with pytest.raises(ConfigError, match="by floret's rule; train with --hash-count 2"):
        write_vectors("a.floret", fasttext)


# ---- the table


@pytest.mark.parametrize("known", WRITE_ONLY, ids=[known.name for known in WRITE_ONLY])
def test_records(known):
    assert format_of("x", known.name) is known
    assert all(format_of(f"x{suffix}") is known for suffix in known.suffixes)
    with pytest.raises(W2VError, match="written and not read"):
        known.read("x", Reading())


def test_compressed():
    assert format_of("x.floret.gz").name == "floret"
    with pytest.raises(ConfigError, match="not compressed as a whole"):
        format_of("x.parquet.gz")
