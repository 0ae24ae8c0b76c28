"""Models whose words have several input rows: trained, written, read, interrupted, frozen."""

import hashlib

import numpy as np
import pytest
from support import KINDS, StopsAt

from w2v.config import TrainConfig
from w2v.errors import ConfigError, FormatError, W2VError
from w2v.formats.vector_files import read_vectors, write_vectors
from w2v.kernel.layout import WordRows
from w2v.system.interrupts import Interrupted
from w2v.training.model import Word2Vec
from w2v.vectors.keyed_vectors import KeyedVectors

WORDS = [f"{stem}{ending}" for stem in ("king", "queen", "cat", "dog") for ending in ("", "s", "ly", "ish")]
SENTENCES = [np.random.default_rng(n).choice(WORDS, 12).tolist() for n in range(300)]


def rows_of(words):
    """A row for each word, one for its stem and one for its ending, and their mean."""
    pieces = sorted({piece for word in words for piece in split(word)})
    lists = [[i, *(len(words) + pieces.index(piece) for piece in split(word))] for i, word in enumerate(words)]
    lengths = np.array([len(one) for one in lists])
    shares = (1 / lengths).astype(np.float32)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return WordRows(offsets, np.concatenate(lists).astype(np.int32), shares, np.ones_like(shares))


def split(word):
    stem = next(stem for stem in ("king", "queen", "cat", "dog") if word.startswith(stem))
    return [stem, "-" + word.removeprefix(stem)]


def new_model(**settings):
    config = TrainConfig(**{"vector_size": 20, "window": 3, "threads": 1, "epochs": 3, "sample": 0.01, **settings})
    model = Word2Vec.from_config(config)
    model.build_vocab(SENTENCES)
    model.use_rows(rows_of(model.vocab.words))
    return model


def digest(model):
    return hashlib.sha256(b"".join(rows.tobytes() for rows in model.weights)).hexdigest()


def test_vectors_are_made_of_the_rows_after_training(kind):
    model = new_model(**kind)
    model.wv  # noqa: B018 - made before, and to be right after
    before = model.weights.inputs.copy()
    model.train(SENTENCES)
    rows, inputs = model.word_rows, model.weights.inputs[:, :20]
    assert len(inputs) == len(WORDS) + 8 and (inputs != before[:, :20]).any(axis=1).all()
    for i in range(len(WORDS)):
        ids = rows.row_ids[rows.offsets[i] : rows.offsets[i + 1]]
        np.testing.assert_allclose(model.wv.vectors[i], inputs[ids].mean(axis=0), atol=1e-6)


@pytest.mark.parametrize("deterministic", [False, True])
def test_the_same_bytes_again_and_after_an_interruption(tmp_path, kind, deterministic):
    found = set()
    for threads in (1, 2) if deterministic else (1, 1):
        model = new_model(**kind, deterministic=deterministic, threads=threads)
        model.train(SENTENCES)
        found.add(digest(model))
    model = new_model(**kind, deterministic=deterministic)
    with pytest.raises(Interrupted):
        model.train(SENTENCES, progress=StopsAt(70), checkpoint=tmp_path / "c")
    resumed = Word2Vec.resume(tmp_path / "c", SENTENCES)
    assert found == {digest(resumed)}


def test_a_file_gives_rows_and_vectors_back(tmp_path):
    model = new_model()
    model.train(SENTENCES)
    model.save(tmp_path / "m.w2v")
    again = Word2Vec.load(tmp_path / "m.w2v")
    assert digest(again) == digest(model)
    for one, other in zip(again.word_rows, model.word_rows, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(KeyedVectors.load(tmp_path / "m.w2v").vectors, model.wv.vectors)
    for one in (model, again):
        one.train(SENTENCES, epochs=1, start_alpha=0.01)
    assert digest(again) == digest(model)
    assert read_vectors(tmp_path / "m.w2v", limit=5).input_rows is None


@pytest.mark.parametrize(
    "damage",
    [
        {"row_ids": None},
        {"input_rows": None},
        {"row_offsets": np.arange(len(WORDS) + 1)},
        {"row_ids": np.full(3 * len(WORDS), 99, np.int32)},
        {"row_ids": np.full(3 * len(WORDS), -1, np.int32)},
        {"row_offsets": np.array([0, *[5, 2] * 7, 3, 3 * len(WORDS)])},
        {"row_shares": np.full(len(WORDS), np.nan, np.float32)},
    ],
    ids=["no ids", "no rows", "too short", "too large", "negative", "falling", "nan"],
)
def test_rows_that_do_not_fit_are_refused(tmp_path, damage):
    model = new_model()
    write_vectors(tmp_path / "m.w2v", model.to_table()._replace(**damage), "w2v")
    with pytest.raises(FormatError, match="(row|list).*damaged"):
        Word2Vec.load(tmp_path / "m.w2v")


def test_single_vectors_cannot_be_kept_set_or_added():
    model = new_model()
    model.wv.vectors_lockf = np.zeros(len(WORDS))
    with pytest.raises(ConfigError, match="share input rows"):
        model.train(SENTENCES)
    with pytest.raises(ConfigError, match="share input rows"):
        model.build_vocab([["new", "words"] * 5], update=True)
    with pytest.raises(ConfigError, match="share input rows"):
        model.start_from(model.to_table())


def test_a_new_vocabulary_has_rows_of_its_own_again():
    model = new_model()
    model.build_vocab([["a", "b", "c"] * 5] * 9)
    model.train([["a", "b", "c"] * 5] * 9)
    assert model.word_rows is None and model.weights.inputs.shape == (3, 32)


def test_lists_that_do_not_fit_are_refused_and_memory_counts_the_rows(monkeypatch):
    model, rows = new_model(), rows_of(WORDS)
    for unfit in (
        rows._replace(offsets=rows.offsets[:-1]),
        rows._replace(offsets=rows.offsets + 1),
        rows._replace(shares=rows.shares[1:]),
        rows._replace(row_ids=rows.row_ids - 1),
    ):
        with pytest.raises(ValueError, match="lists"):
            model.use_rows(unfit)
    monkeypatch.setattr("w2v.training.memory.usable_memory", lambda: 10_000)
    with pytest.raises(W2VError, match="need 0.0 GB of memory"):
        model.use_rows(rows._replace(row_ids=rows.row_ids + 1000))


def test_frozen_words_are_let_go_when_rows_are_given():
    model = new_model()
    model.word_rows = None
    model.build_vocab(SENTENCES)
    model.start_from(model.to_table(), freeze=True)
    model.use_rows(rows_of(model.vocab.words))
    model.train(SENTENCES)
    assert model.frozen is None


def test_a_list_of_one_row_learns_as_a_row_of_its_own():
    plain = Word2Vec.from_config(TrainConfig(vector_size=20, threads=1, sample=0.0, **KINDS["sg-ns"]))
    plain.build_vocab(SENTENCES)
    n = len(plain.vocab)
    listed = Word2Vec.from_config(plain.config)
    listed.build_vocab(SENTENCES)
    ones = np.ones(n, np.float32)
    listed.use_rows(WordRows(np.arange(n + 1), np.arange(n, dtype=np.int32), ones, ones))
    for model in (plain, listed):
        model.train(SENTENCES, epochs=3, start_alpha=0.01)
    # Vectors that are held do not see what another token of the same word learned meanwhile.
    np.testing.assert_allclose(listed.wv.vectors, plain.wv.vectors, atol=3e-3)
    assert listed.history.epochs[-1].mean_loss == pytest.approx(plain.history.epochs[-1].mean_loss, rel=1e-3)
