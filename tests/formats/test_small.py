"""Small models: fewer words, fewer n-grams, numbers of 16 and of 8 bits."""

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main
from w2v.errors import ConfigError, FormatError
from w2v.formats.format import VectorTable
from w2v.formats.small import quantized, restored, small
from w2v.formats.vector_files import read_vectors, write_vectors
from w2v.system.container import read_container, write_container

WORDS = ["king", "kings", "queen", "queens", "naïve", "왕", "여왕에게", "a", "the"]
SENTENCES = [np.random.default_rng(n).choice(WORDS, 12).tolist() for n in range(200)]


@pytest.fixture(scope="module")
def model():
    """Trained with n-grams."""
    return w2v.Word2Vec(SENTENCES, vector_size=12, min_count=1, max_n=4, bucket=500, workers=1)


def cosine(one, two):
    """Of two vectors, as floats."""
    one, two = np.asarray(one, np.float64), np.asarray(two, np.float64)
    return one @ two / np.linalg.norm(one) / np.linalg.norm(two)


@pytest.mark.parametrize(("dtype", "least"), [("float32", 1 - 1e-6), ("float16", 1 - 1e-6), ("int8", 0.9995)])
def test_known_and_unknown_words_keep_their_vectors(model, dtype, least, tmp_path):
    model.wv.save(tmp_path / "all.w2v")
    model.wv.save(tmp_path / "s.w2v", dtype=dtype)
    assert (tmp_path / "s.w2v").stat().st_size < (tmp_path / "all.w2v").stat().st_size
    found = w2v.load(tmp_path / "s.w2v")
    assert found.index_to_key == model.wv.index_to_key and found.get_vecattr("a", "count") > 0
    assert found.matrix.dtype == (np.float32 if dtype == "float32" else np.float16)
    for word in [*WORDS, "kingly", "queenly"]:
        assert cosine(found[word], model.wv[word]) > least
    assert found.is_composed("kingly")
    most = found.most_similar("kingly", topn=3)
    assert [word for word, _ in most] == [word for word, _ in model.wv.most_similar("kingly", topn=3)]


def test_words_that_are_left_out_are_composed(model, tmp_path):
    model.wv.save(tmp_path / "s.w2v", max_words=3)
    model.wv.save(tmp_path / "all.w2v")
    assert len(w2v.load(tmp_path / "s.w2v")) == 3
    limited = read_vectors(tmp_path / "all.w2v", limit=3)
    left_out = [word for word in WORDS if word not in limited.keys and len(word) > 2]
    assert limited.ngram_buckets is not None and limited.row_offsets is None and limited.output_vectors is None
    for word in left_out:
        assert w2v.load(tmp_path / "s.w2v").is_composed(word)


def test_pruning_keeps_the_longest_ngrams_and_all_words(model):
    table = model.wv.to_table()
    pruned = small(table, prune_buckets=5)
    rows = model.wv.ngram_rows
    lengths = np.linalg.norm(rows, axis=1)
    kept = set(np.argsort(-lengths)[:5].tolist())
    assert {int(bucket) for bucket in pruned.ngram_buckets} == {int(table.ngram_buckets[place]) for place in kept}
    assert len(pruned.input_rows) == 5 and np.array_equal(pruned.vectors, table.vectors)
    assert len(small(table, prune_buckets=10**6).ngram_buckets) == len(rows)


def test_eight_bits_are_the_nearest_of_255_steps():
    rows = np.random.default_rng(1).normal(size=(70_000, 3)).astype(np.float32)
    rows[1], rows[2] = 0, 1e-42
    codes, scales = quantized(rows)
    assert codes.dtype == np.int8 and np.abs(codes.astype(int)).max() == 127
    slow = np.rint(rows / np.maximum(np.abs(rows).max(1, keepdims=True) / 127, 1e-45))
    assert np.abs(codes - slow)[3:].max() <= 1 and (codes[1] == 0).all()
    back = restored(codes, scales)
    step = np.abs(rows).max(1, keepdims=True) / 127
    assert (np.abs(back - rows) <= step * 0.51 + np.abs(rows) * 2**-11)[3:].all() and np.isfinite(back).all()


def test_numbers_beyond_16_bits_are_kept_in_32():
    rows = np.array([[1e30, -3e29], [1.0, 0.5]], np.float32)
    back = restored(*quantized(rows))
    assert back.dtype == np.float32 and np.allclose(back, rows, rtol=0.01, atol=0)
    table = VectorTable(["a", "b"], rows)
    with pytest.raises(ConfigError, match="do not fit float16"):
        small(table, "float16")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dtype": "int4"}, "choose one of float32, float16, int8"),
        ({"prune_buckets": 5}, "have no n-grams"),
        ({"max_words": -3}, "max_words is -3"),
        ({"max_words": 2.5}, "give a whole number"),
    ],  # fmt: skip
)
def test_what_cannot_be_is_one_sentence(settings, message):
    with pytest.raises(ConfigError, match=message):
        small(VectorTable(["a"], np.ones((1, 2), np.float32)), **settings)
    with pytest.raises(ConfigError, match="nan or infinity"):
        small(VectorTable(["a"], np.full((1, 2), np.nan, np.float32)), "int8")


def changed(path, **arrays):
    """Write a file again with other arrays (None: without)."""
    there, strings = read_container(path)
    there = {name: np.array(array) for name, array in there.items()}
    there.update(arrays)
    write_container(path, {name: array for name, array in there.items() if array is not None}, strings)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"vector_scales": None}, "only one of them is there"),
        ({"input_row_scales": None}, "only one of them is there"),
        ({"vector_scales": np.ones(3, np.float32)}, "do not fit"),
        ({"vector_scales": np.full(len(WORDS), np.nan, np.float32)}, "no lengths"),
        ({"input_vectors": np.ones((len(WORDS), 12), np.float32)}, "only one of them is there"),
        ({"ngram_buckets": np.zeros(1, np.float32)}, "is float32, not int32"),
    ],
)
def test_a_damaged_file_is_one_sentence(model, tmp_path, arrays, message):
    model.wv.save(tmp_path / "s.w2v", dtype="int8")
    changed(tmp_path / "s.w2v", **arrays)
    with pytest.raises(FormatError, match=message):
        w2v.load(tmp_path / "s.w2v")


def test_commands_make_and_use_them(model, tmp_path, capsys):
    model.save(str(tmp_path / "m.w2v"))
    whole, little = str(tmp_path / "m.w2v"), str(tmp_path / "s.w2v")
    assert main(["convert", whole, little, "--dtype", "int8", "--max-words", "4", "--prune-buckets", "30"]) == 0
    assert "4 x 12 vectors" in capsys.readouterr().err
    assert main(["info", little]) == 0 and "n-grams: 30;" in capsys.readouterr().out
    assert main(["nn", little, "kingly"]) == 0 and "is made of" in capsys.readouterr().out
    assert main(["convert", little, str(tmp_path / "s.txt")]) == 0
    assert len(read_vectors(tmp_path / "s.txt").keys) == 4
    capsys.readouterr()
    assert main(["convert", whole, str(tmp_path / "s.txt"), "--dtype", "int8"]) == 2
    assert "make a .w2v file" in capsys.readouterr().err
    assert main(["resume", little]) == 2
    with pytest.raises(w2v.errors.W2VError):
        w2v.Word2Vec.load(little)


def test_a_plain_model_is_small_too(tmp_path):
    rows = np.random.default_rng(1).normal(size=(9, 12)).astype(np.float32)
    write_vectors(tmp_path / "p.w2v", small(VectorTable(WORDS, rows), "int8", max_words=7))
    found = w2v.load(tmp_path / "p.w2v")
    assert len(found) == 7 and cosine(found["king"], rows[0]) > 0.9995
    found.save(tmp_path / "f.w2v", dtype="float32")
    assert w2v.load(tmp_path / "f.w2v").matrix.dtype == np.float32
    assert found.most_similar("king", topn=1)[0][0] == w2v.KeyedVectors.from_table(
        VectorTable(WORDS[:7], rows[:7])
    ).most_similar("king", topn=1)[0][0]  # fmt: skip
