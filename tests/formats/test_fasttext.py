"""fastText's `.bin`: read and written so that fastText's own module and gensim find the same vectors."""

import struct
import sys

import numpy as np
import pytest

import w2v
from w2v.cli.commands import main
from w2v.errors import ConfigError, FormatError, W2VError
from w2v.formats.fasttext import _HEAD, _SIZES, read_fasttext
from w2v.formats.format import Reading, VectorTable
from w2v.formats.table import sniff_format
from w2v.formats.vector_files import read_vectors, write_vectors
from w2v.training.model import Word2Vec

WORDS = ["king", "kings", "queen", "naïve", "왕", "여왕에게", "a", "the"]
UNKNOWN = ["kingly", "queens", "왕에게", "naïves", "xyzzy"]
SENTENCES = [np.random.default_rng(n).choice(WORDS, 12).tolist() for n in range(200)]


@pytest.fixture(scope="module", params=["sg", "cbow", "hs", "words"])
def theirs(request, tmp_path_factory):
    """A model of fastText, and its file."""
    fasttext = pytest.importorskip("fasttext")
    folder = tmp_path_factory.mktemp("fasttext")
    (folder / "text").write_text("\n".join(map(" ".join, SENTENCES)), encoding="utf-8")
    kind = {"sg": {"model": "skipgram"}, "cbow": {"model": "cbow"}, "hs": {"loss": "hs"}, "words": {"maxn": 0}}
    settings = {"minn": 2, "maxn": 4, "bucket": 500, "dim": 12, "minCount": 1, "epoch": 2, "thread": 1, "verbose": 0}
    model = fasttext.train_unsupervised(str(folder / "text"), **{**settings, **kind[request.param]})
    model.save_model(str(folder / "m.bin"))
    return model, folder / "m.bin"


def our_model(**settings):
    settings = {"vector_size": 12, "min_count": 1, "max_n": 4, "min_n": 2, "bucket": 500, "workers": 1, **settings}
    return Word2Vec(SENTENCES, **settings)


def test_a_file_of_fasttext_has_its_vectors(theirs):
    model, path = theirs
    table = read_vectors(path)
    assert sniff_format(path).name == "fasttext" and list(table.keys) == model.words
    assert table.counts.tolist() == model.get_words(include_freq=True)[1].tolist()
    vectors = w2v.load(path)
    for word in model.words + (UNKNOWN if model.f.getArgs().maxn else []):
        np.testing.assert_allclose(vectors[word], model.get_word_vector(word), atol=1e-6)
    if model.f.getArgs().maxn:
        assert vectors.is_composed("kingly")
        assert not vectors.ngram_rows.flags.owndata  # mapped
        some = read_vectors(path, limit=3)
        assert len(some.keys) == 3
        few = w2v.vectors.subword_vectors.vectors_of(some)
        np.testing.assert_allclose(few["kingly"], model.get_word_vector("kingly"), atol=1e-6)
        np.testing.assert_allclose(few[some.keys[1]], model.get_word_vector(some.keys[1]), atol=1e-6)
    else:
        assert "kingly" not in vectors


def test_gensim_and_fasttext_read_what_is_written(tmp_path):
    fasttext, loaders = pytest.importorskip("fasttext"), pytest.importorskip("gensim.models.fasttext")
    model = our_model(sg=1)
    for _ in range(2):  # at once, and after more training
        write_vectors(tmp_path / "m.bin", model.to_table(), "fasttext")
        them, gensim = (
            fasttext.load_model(str(tmp_path / "m.bin")),
            loaders.load_facebook_vectors(str(tmp_path / "m.bin")),
        )
        ours = w2v.load(tmp_path / "m.bin")
        for word in WORDS + UNKNOWN[:4]:
            np.testing.assert_allclose(them.get_word_vector(word), model.wv[word], atol=1e-6)
            np.testing.assert_allclose(gensim[word], model.wv[word], atol=1e-6)
            np.testing.assert_allclose(ours[word], model.wv[word], atol=1e-6)
        assert them.words == model.vocab.words and them.f.getArgs().neg == 5
        model.train(SENTENCES, epochs=1, start_alpha=0.02)
    full = loaders.load_facebook_model(str(tmp_path / "m.bin"))
    full.train(SENTENCES, total_examples=len(SENTENCES), epochs=1)


def test_training_goes_on_from_a_file(theirs, tmp_path):
    model, path = theirs
    if model.f.getArgs().loss.name == "hs":
        with pytest.raises(FormatError, match="no training state"):
            w2v.FastText.load(path)
        return
    again = w2v.FastText.load(path)
    for word in WORDS:
        np.testing.assert_allclose(again.wv[word], model.get_word_vector(word), atol=1e-6)
    again.train(SENTENCES, epochs=1, start_alpha=0.05)
    assert not np.allclose(again.wv["king"], model.get_word_vector("king"), atol=1e-4)
    again.save(tmp_path / "m.w2v")
    assert w2v.load(tmp_path / "m.w2v")["king"].tolist() == again.wv["king"].tolist()
    write_vectors(tmp_path / "m.bin", again.to_table(), "fasttext")
    np.testing.assert_allclose(w2v.load(tmp_path / "m.bin")["kingly"] if model.f.getArgs().maxn else 0,
                               again.wv["kingly"] if model.f.getArgs().maxn else 0, atol=1e-6)  # fmt: skip


def test_words_alone_and_their_counts(tmp_path):
    vectors = np.arange(8, dtype=np.float32).reshape(4, 2)
    for counts in (None, np.array([5, 4, 3, 0])):
        write_vectors(tmp_path / "m.fasttext", VectorTable(["a", "b", "c", "d"], vectors, counts))
        found = read_vectors(tmp_path / "m.fasttext")
        assert found.vectors.tolist() == vectors.tolist() and found.input_rows is None
        assert found.counts.tolist() == ([1] * 4 if counts is None else [5, 4, 3, 1])


def test_convert_from_and_to(theirs, tmp_path, capsys):
    model, path = theirs
    assert main(["convert", str(path), str(tmp_path / "m.w2v")]) == 0
    assert main(["convert", str(tmp_path / "m.w2v"), str(tmp_path / "again.bin"), "--format", "fasttext"]) == 0
    one, other = w2v.load(path), w2v.load(tmp_path / "again.bin")
    for word in model.words:
        np.testing.assert_allclose(one[word], other[word], atol=1e-6)
    assert main(["info", str(path)]) == 0 and "fasttext vectors" in capsys.readouterr().out


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="no rows of their own"):
        write_vectors(tmp_path / "m.bin", our_model(hash_count=2).to_table(), "fasttext")
    table = our_model().to_table()
    with pytest.raises(ConfigError, match="a part of its rows"):
        write_vectors(tmp_path / "m.bin", table._replace(row_offsets=None), "fasttext")
    for word in ("a b", "a\0b", "", "\ud800"):
        with pytest.raises(FormatError, match="cannot hold|holds|empty"):
            write_vectors(tmp_path / "m.bin", VectorTable([word], np.ones((1, 2), np.float32)), "fasttext")
    assert not list(tmp_path.iterdir())


def test_classifiers_and_compressed_models_are_refused_by_name(tmp_path):
    fasttext = pytest.importorskip("fasttext")
    (tmp_path / "text").write_text("__label__a good\n__label__b bad\n" * 20)
    model = fasttext.train_supervised(str(tmp_path / "text"), dim=4, epoch=1, thread=1, verbose=0)
    model.save_model(str(tmp_path / "c.bin"))
    with pytest.raises(FormatError, match="classifier of fastText.*classify train"):
        w2v.load(tmp_path / "c.bin")
    data = whole_file(tmp_path)
    place = data.index(b"the\0") + 4 + 9
    (tmp_path / "q").write_bytes(data[:place] + b"\1" + data[place + 1 :])
    with pytest.raises(FormatError, match="quantized"):
        w2v.load(tmp_path / "q")


def whole_file(tmp_path):
    write_vectors(tmp_path / "whole", VectorTable(["king", "the"], np.ones((2, 3), np.float32)), "fasttext")
    return (tmp_path / "whole").read_bytes()


def test_no_size_in_a_header_is_trusted(tmp_path):
    data = whole_file(tmp_path)
    for n in range(len(data)):  # cut off anywhere
        (tmp_path / "cut").write_bytes(data[:n])
        with pytest.raises(FormatError):
            read_fasttext(tmp_path / "cut", Reading())
    (tmp_path / "cut").write_bytes(data + b"\0")
    with pytest.raises(FormatError, match="do not fit together"):
        read_fasttext(tmp_path / "cut", Reading())
    entries = _HEAD.size + _SIZES.size
    huge = [(place, struct.pack("<i", value)) for place in range(4, _HEAD.size - 8, 4) for value in (-1, 2**31 - 1)]
    huge += [(_HEAD.size + place, struct.pack("<i", value)) for place in (0, 4, 8) for value in (-5, 1, 2**31 - 1)]
    huge += [(_HEAD.size + 20, struct.pack("<q", 0)), (_HEAD.size + 20, struct.pack("<q", 2**40))]
    huge += [(entries + 5, struct.pack("<q", -1)), (entries + 13, b"\1"), (entries + 4, b"x")]
    matrix = data.index(b"the\0") + 4 + 9 + 1
    huge += [(matrix + place, struct.pack("<q", value)) for place in (0, 8) for value in (-1, 0, 1, 2**40, 2**62)]
    huge += [(matrix + 16, np.float32(np.nan).tobytes())]
    harmless = {place for place in range(12, _HEAD.size - 8, 4) if place not in (32, 36)}
    for place, value in huge:
        (tmp_path / "bad").write_bytes(data[:place] + value + data[place + len(value) :])
        if place in harmless or (place, value[:1]) == (4, b"\xff"):
            continue
        with pytest.raises(FormatError):
            pytest.fail(f"{place} {value} {read_fasttext(tmp_path / 'bad', Reading())}")


def test_bytes_that_are_no_text_are_kept_escaped(tmp_path):
    data = whole_file(tmp_path).replace(b"king\0", b"k\xffng\0")
    (tmp_path / "m").write_bytes(data)
    assert list(read_vectors(tmp_path / "m").keys) == ["k\\xffng", "the"]
    assert list(read_vectors(tmp_path / "m", errors="replace").keys)[0] == "k\ufffdng"


LOSSES = {
    "ns": ({}, 2, True), "hs": ({"loss": "hs"}, 1, False), "softmax": ({"loss": "softmax"}, 3, True),
    "sampled": ({"loss": "sampled"}, 3, False), "hs+ns": ({"loss": "hs+ns"}, 2, False),
}  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_is_kept_and_training_goes_on_only_where_it_can(loss, tmp_path, capsys):
    settings, code, goes_on = LOSSES[loss]
    model = our_model(**settings)
    model.save(tmp_path / "m.w2v")
    path = tmp_path / "m.fasttext"
    assert main(["convert", str(tmp_path / "m.w2v"), str(path)]) == 0
    assert ("training cannot go on" in capsys.readouterr().err) == (not goes_on)
    assert _HEAD.unpack(path.read_bytes()[: _HEAD.size])[8] == code
    assert main(["info", str(path)]) == 0
    assert ("training can go on" in capsys.readouterr().out) == goes_on
    np.testing.assert_allclose(w2v.load(path)["kingly"], model.wv["kingly"], atol=1e-6)
    (tmp_path / "text").write_text("king queen kingly\n" * 20)
    more = ["train", str(tmp_path / "text"), "--extend", str(path), "--epochs", "1", "--alpha", "0.01"]
    assert main([*more, "-o", str(tmp_path / "e.w2v")]) == (0 if goes_on else 2)
    assert ("no training state" in capsys.readouterr().err) == (not goes_on)
    if fasttext := sys.modules.get("fasttext"):
        theirs = fasttext.load_model(str(path))
        assert theirs.f.getArgs().loss.name == {1: "hs", 2: "ns", 3: "softmax"}[code]
        np.testing.assert_allclose(theirs.get_word_vector("kingly"), model.wv["kingly"], atol=1e-6)


ODD = [
    {"config": []}, {"config": None}, {"window": "x"}, {"window": 2**40}, {"sample": None}, {"model": "zz"},
    {"epochs": 2**40}, {"loss": ["ns"]}, {"sample": 10**400},
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: str(odd)[:40])
def test_odd_metadata_are_the_defaults(odd, tmp_path):
    table = our_model().to_table()
    config = odd.get("config", {**table.metadata["config"], **odd})
    write_vectors(tmp_path / "m.bin", table._replace(metadata={"config": config}), "fasttext")
    found = read_vectors(tmp_path / "m.bin")
    np.testing.assert_allclose(found.vectors, table.vectors, atol=1e-6)
    assert (found.output_vectors is None) == ("epochs" not in odd)


def test_what_does_not_fit_the_disk_is_refused(tmp_path):
    table = our_model().to_table()
    config = {**table.metadata["config"], "bucket": 1 << 30}
    table = table._replace(vectors=np.repeat(table.vectors, 1000, 1), input_rows=np.repeat(table.input_rows, 1000, 1))
    with pytest.raises(W2VError, match="m.bin: it takes 51,.* GB and there are"):
        write_vectors(tmp_path / "m.bin", table._replace(metadata={"config": config}, output_vectors=None), "fasttext")
    rows = our_model().to_table()
    for unfit in (rows.input_rows[:5], rows.input_rows[:, :5]):
        with pytest.raises(ConfigError, match="input rows .* are not those"):
            write_vectors(tmp_path / "m.bin", rows._replace(input_rows=unfit), "fasttext")
    assert not list(tmp_path.iterdir())


def test_n_grams_that_no_model_here_has_are_refused(tmp_path):
    write_vectors(tmp_path / "m", our_model().to_table(), "fasttext")
    data = (tmp_path / "m").read_bytes()
    for max_n in (101, 2**31 - 1):
        (tmp_path / "long").write_bytes(data[:48] + struct.pack("<i", max_n) + data[52:])
        assert _HEAD.unpack(data[: _HEAD.size])[12] == 4
        with pytest.raises(FormatError, match=f"n-grams of {max_n} characters .*100 in"):
            read_vectors(tmp_path / "long")
