"""Models that start from vectors, keep some, or take new words."""

import hashlib

import numpy as np
import pytest
from support import KINDS, StopsAt, config_of, random_stream, train

from w2v.cli.commands import main
from w2v.errors import ConfigError
from w2v.formats.vector_files import VectorTable, write_vectors
from w2v.kernel.weights import initial_weights
from w2v.system.interrupts import Interrupted
from w2v.training.model import Word2Vec
from w2v.training.schedule import Schedule
from w2v.vectors.keyed_vectors import KeyedVectors

COUNTS = np.array([4000 // n for n in range(1, 100)])
STREAM = random_stream(10_000, COUNTS, 500)


def sentences(words, n, seed):
    """Sentences of ten words each."""
    return [list(row) for row in np.random.default_rng(seed).choice(words, (n, 10))]


OLD, NEW = sentences([f"a{n}" for n in range(60)], 400, 1), sentences([f"a{n}" for n in range(30, 90)], 400, 2)


def write(path, rows):
    path.write_text("\n".join(map(" ".join, rows)) + "\n")
    return str(path)


# ---- frozen rows


@pytest.mark.parametrize("mode", ["one thread", "two threads", "deterministic"])
def test_frozen_rows_keep_their_bytes_and_the_others_move(kind, mode):
    settings = {"threads": 1 if mode == "one thread" else 2, "deterministic": mode == "deterministic"}
    config, frozen = config_of(kind, alpha=0.02, **settings), np.arange(len(COUNTS)) % 3 == 0
    weights, before = initial_weights(len(COUNTS), config), initial_weights(len(COUNTS), config)
    train(STREAM, COUNTS, weights, config, Schedule(0.02, 1e-4, 2, len(STREAM)), frozen=frozen)
    np.testing.assert_array_equal(weights.inputs[frozen], before.inputs[frozen])
    assert (weights.inputs[~frozen] != before.inputs[~frozen]).any(axis=1).all()


def test_freezing_nothing_changes_nothing(kind):
    config, found = config_of(kind), []
    for frozen in (None, np.zeros(len(COUNTS), bool)):
        weights = initial_weights(len(COUNTS), config)
        train(STREAM, COUNTS, weights, config, Schedule(0.02, 1e-4, 1, len(STREAM)), frozen=frozen)
        found.append(hashlib.sha256(weights.inputs.tobytes() + weights.outputs.tobytes()).hexdigest())
    assert found[0] == found[1]


# ---- gensim's locks


SENTENCES = [[f"w{n}" for n in row] for row in np.random.default_rng(2).integers(0, 40, (400, 10))]


def locked_model(factors, **settings):
    model = Word2Vec(**{"vector_size": 16, "workers": 1, "min_count": 1, "epochs": 2, **settings})
    model.build_vocab(SENTENCES)
    model.wv.vectors_lockf = factors(len(model.wv)) if callable(factors) else factors
    before = model.wv.vectors.copy()
    model.train(SENTENCES)
    return model, (model.wv.vectors != before).any(axis=1)


@pytest.mark.parametrize("sg", [0, 1])
def test_words_locked_with_factor_0_keep_their_vectors(sg):
    _, moved = locked_model(lambda n: (np.arange(n) % 4 != 1).astype(np.float32), sg=sg)
    assert (moved == (np.arange(40) % 4 != 1)).all()
    assert not locked_model(np.zeros(1), sg=sg)[1].any()  # as in gensim, one factor is that of all words
    assert locked_model(np.ones(1), sg=sg)[1].all()


def test_locked_words_train_as_frozen_ones_and_can_be_let_go():
    locked, _ = locked_model(lambda n: (np.arange(n) >= 10).astype(np.float32))
    frozen = Word2Vec(vector_size=16, workers=1, min_count=1, epochs=2)
    frozen.build_vocab(SENTENCES)
    frozen.frozen = np.arange(40) < 10
    frozen.train(SENTENCES)
    np.testing.assert_array_equal(locked.wv.vectors, frozen.wv.vectors)
    locked.wv.vectors_lockf[:] = 1
    before = locked.wv.vectors.copy()
    locked.train(SENTENCES, epochs=1, start_alpha=0.02)
    assert (locked.wv.vectors != before).any(axis=1).all()


def test_locks_hold_when_words_are_added_and_a_warning_says_that_files_lose_them(tmp_path):
    locked, _ = locked_model((np.arange(40) % 2).astype(np.float32))
    before = {word: locked.wv[word].copy() for word in locked.wv.index_to_key}
    factors = dict(zip(locked.wv.index_to_key, locked.wv.vectors_lockf, strict=True))
    locked.build_vocab([*SENTENCES, ["new", "words"] * 9], update=True)
    locked.train(SENTENCES, epochs=1, start_alpha=0.02)
    for word, old in before.items():
        assert (locked.wv[word] == old).all() == (factors[word] == 0), word
    with pytest.warns(UserWarning, match="vectors_lockf is not stored"):
        locked.save(tmp_path / "m.w2v")
    assert locked.wv.vectors_lockf.sum() == 40 // 2 + 2


def test_locks_of_a_run_are_those_of_its_beginning(tmp_path):
    """A callback that changes them changes the next run, not what checkpoints of this one say."""

    class Unlocks:
        def on_epoch_end(self, model):
            model.wv.vectors_lockf = np.full(40, 0.5)

    factors = (np.arange(40) > 4).astype(np.float32)
    model = Word2Vec(vector_size=16, workers=1, min_count=1, epochs=200)
    model.build_vocab(SENTENCES)
    model.wv.vectors_lockf = factors
    with pytest.raises(Interrupted):
        model.train(SENTENCES, progress=StopsAt(70), checkpoint=tmp_path / "c", callbacks=[Unlocks()])
    resumed = Word2Vec.load_checkpoint(tmp_path / "c")
    np.testing.assert_array_equal(resumed.wv.vectors_lockf, factors)
    assert resumed.frozen is None


def test_vectors_that_were_put_in_with_a_lock_stay(tmp_path):
    model = Word2Vec(vector_size=16, workers=1, min_count=1)
    model.build_vocab(SENTENCES)
    given = np.random.default_rng(0).normal(size=(3, 16)).astype(np.float32)
    write_vectors(tmp_path / "given.txt", VectorTable(["w3", "w5", "unknown"], given))
    assert model.wv.intersect_word2vec_format(tmp_path / "given.txt", lockf=0.0) == 2
    model.train(SENTENCES)
    np.testing.assert_array_equal(model.wv.get_vectors(["w3", "w5"]), given[:2])


def test_other_factors_are_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"takes 0, which keeps a vector, and 1"):
        locked_model(np.full(40, 0.5))
    with pytest.raises(ConfigError, match=r"40 words and 7 factors"):
        locked_model(np.ones(7))


@pytest.mark.parametrize("mode", [{"workers": 1}, {"workers": 2, "deterministic": True}])
def test_an_interrupted_run_keeps_its_locks(tmp_path, mode):
    factors = (np.arange(40) % 3 > 0).astype(np.float32)
    expected, moved = locked_model(factors, **mode)
    model = Word2Vec(vector_size=16, min_count=1, epochs=2, **mode)
    model.build_vocab(SENTENCES)
    model.wv.vectors_lockf = factors
    with pytest.raises(Interrupted):
        model.train(SENTENCES, progress=StopsAt(20), checkpoint=tmp_path / "c")
    np.testing.assert_array_equal(Word2Vec.resume(tmp_path / "c", SENTENCES).wv.vectors, expected.wv.vectors)
    assert (moved == (factors > 0)).all()


def test_the_others_learn_from_frozen_rows_as_if_nothing_moved_them():
    """All rows frozen: the outputs learn a linear model of fixed inputs, and the loss still falls."""
    config = config_of(KINDS["sg-softmax"], alpha=0.1)
    weights = initial_weights(len(COUNTS), config)
    history = train(
        STREAM, COUNTS, weights, config, Schedule(0.1, 1e-4, 3, len(STREAM)), frozen=np.ones(len(COUNTS), bool)
    )
    assert history.epochs[-1].mean_loss < history.epochs[0].mean_loss < np.log(len(COUNTS))
    np.testing.assert_array_equal(weights.inputs, initial_weights(len(COUNTS), config).inputs)


# ---- a start from vectors


def test_start_from_vectors(tmp_path):
    model = Word2Vec(vector_size=8, min_count=1, workers=1)
    model.build_vocab(OLD)
    before, vectors = model.wv.vectors.copy(), np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    assert model.start_from(VectorTable(["a7", "none of ours", "a3"], vectors)) == 2
    expected = before.copy()
    expected[model.wv.key_to_index["a7"]], expected[model.wv.key_to_index["a3"]] = vectors[0], vectors[2]
    np.testing.assert_array_equal(model.wv.vectors, expected)
    assert model.frozen is None
    with pytest.raises(ConfigError, match="have 5 dimensions and the model 8; give --vector-size 5"):
        model.start_from(VectorTable(["a7"], np.zeros((1, 5), np.float32)))
    with pytest.raises(ConfigError, match="no word in common"):
        model.start_from(VectorTable(["b"], np.zeros((1, 8), np.float32)))


@pytest.mark.parametrize("suffix", ["w2v", "txt", "bin"])
def test_init_and_freeze_on_the_command_line(tmp_path, capsys, suffix):
    corpus, init, out = write(tmp_path / "c.txt", OLD), tmp_path / f"init.{suffix}", str(tmp_path / "out.w2v")
    vectors = np.random.default_rng(0).normal(size=(40, 16)).astype(np.float32)
    write_vectors(init, VectorTable([f"a{n}" for n in range(20, 60)], vectors))
    command = ["train", corpus, "-o", out, "--vector-size", "16", "--min-count", "1", "--init", str(init)]
    assert main(command) == 0
    assert f"40 of 60 words have their vectors from {init} at first" in capsys.readouterr().err
    found = KeyedVectors.load(out)
    assert np.abs(found["a25"] - vectors[5]).max() > 1e-3
    assert main([*command, "--freeze-init"]) == 0
    assert "and stay as they are" in capsys.readouterr().err
    found = KeyedVectors.load(out)
    for n in range(20, 60):
        np.testing.assert_array_equal(found[f"a{n}"], found[f"a{n}"])
        np.testing.assert_allclose(found[f"a{n}"], vectors[n - 20], rtol=1e-6)
    assert main([*command[:-2], "--freeze-init"]) == 2
    assert main([*command, "--vector-size", "17"]) == 2
    assert "give --vector-size 16" in capsys.readouterr().err


def test_frozen_rows_are_frozen_after_a_resume(tmp_path):
    model = Word2Vec(vector_size=8, min_count=1, workers=1)
    model.build_vocab(OLD)
    vectors = np.random.default_rng(0).normal(size=(2, 8)).astype(np.float32)
    model.start_from(VectorTable(["a7", "a3"], vectors), freeze=True)
    with pytest.raises(Interrupted):
        model.train(OLD, progress=StopsAt(1), checkpoint=tmp_path / "c")
    resumed = Word2Vec.resume(tmp_path / "c", OLD)
    np.testing.assert_array_equal(resumed.wv[["a7", "a3"]], vectors)
    assert resumed.frozen.sum() == 2 and len(resumed.history.epochs) == 5


# ---- new words


def test_new_words_are_added_and_old_ones_kept():
    model = Word2Vec(OLD, vector_size=16, min_count=3, workers=1, epochs=3)
    before, old_words = model.wv.vectors.copy(), list(model.wv.index_to_key)
    counts = {word: model.wv.get_vecattr(word, "count") for word in old_words}
    outputs = model.output_vectors.copy()
    model.build_vocab([*NEW, ["once"]], update=True)
    assert set(model.wv.index_to_key) == set(old_words) | {f"a{n}" for n in range(60, 90)}, "no word that is too rare"
    ids = [model.vocab.ids[word] for word in old_words]
    np.testing.assert_array_equal(model.wv.vectors[ids], before)
    np.testing.assert_array_equal(model.output_vectors[ids], outputs)
    new = [model.vocab.ids[f"a{n}"] for n in range(60, 90)]
    assert not model.output_vectors[new].any() and model.wv.vectors[new].any(axis=1).all()
    in_new = {word: sum(row.count(word) for row in NEW) for word in model.wv.index_to_key}
    assert all(model.wv.get_vecattr(word, "count") == counts.get(word, 0) + in_new[word] for word in in_new)
    assert model.wv.index_to_key[: len(old_words)] == old_words
    model.train(NEW, epochs=2, start_alpha=0.02)
    assert (model.wv.vectors[ids] != before).any() and len(model.history.epochs) == 5


def test_new_words_make_another_tree(caplog):
    """Words keep their vectors; inner nodes begin anew, and that is said. Of both objectives the words' part stays."""
    for negative in (0, 5):
        model = Word2Vec(OLD, vector_size=8, hs=1, negative=negative, epochs=1, min_count=1)
        before, outputs = model.wv.vectors.copy(), model.output_vectors.copy()
        caplog.clear()
        model.build_vocab(NEW, update=True)
        assert "the Huffman tree is another one" in caplog.text
        np.testing.assert_array_equal(model.wv.vectors[:60], before)
        n_words = len(model.wv) if negative else 0
        assert not model.output_vectors[n_words:].any() and len(model.output_vectors) == n_words + len(model.wv) - 1
        np.testing.assert_array_equal(model.output_vectors[: min(n_words, 60)], outputs[: min(n_words, 60)])
        model.train(NEW, epochs=1, start_alpha=0.02)
        assert model.output_vectors[n_words:].any()


def test_extending_on_the_command_line(tmp_path, capsys):
    old, new = write(tmp_path / "old.txt", OLD), write(tmp_path / "new.txt", NEW)
    first, second = str(tmp_path / "first.w2v"), str(tmp_path / "second.w2v")
    assert main(["train", old, "-o", first, "--vector-size", "16", "--min-count", "3", "--lower", "--model", "sg"]) == 0
    command = ["train", new, "-o", second, "--extend", first, "--epochs", "2", "--alpha", "0.01"]
    assert main([*command, "--threads", "1"]) == 0
    assert "the model's 60 words are kept, 30 are new" in capsys.readouterr().err
    found = Word2Vec.load(second)
    assert found.config.model == "sg" and found.text.lower and found.config.vector_size == 16
    assert len(found.history.epochs) == 7 and found.history.alphas[-2][0] == 0.01
    for wrong, said in (
        (["--vector-size", "20"], "contradicts the model to extend, which has 16"),
        (["--model", "cbow"], "contradicts the model"),
        (["--no-lower"], "lower was True"),
        (["--init", first], "leave out --read-vocab and --init"),
    ):
        assert main([*command, *wrong]) == 2
        assert said in capsys.readouterr().err
    assert main(command[:-2]) == 2
    assert "--extend needs --epochs and --alpha" in capsys.readouterr().err


def test_an_interrupted_extension_goes_on(tmp_path):
    expected, model = (Word2Vec(OLD, vector_size=8, min_count=1, workers=1, epochs=1) for _ in range(2))
    for one in (expected, model):
        one.build_vocab(NEW, update=True)
        one.min_count = 300  # says nothing about words that the model has
    expected.train(NEW, epochs=2, start_alpha=0.02)
    with pytest.raises(Interrupted):
        model.train(NEW, epochs=2, start_alpha=0.02, progress=StopsAt(1), checkpoint=tmp_path / "c")
    resumed = Word2Vec.resume(tmp_path / "c", NEW)
    np.testing.assert_array_equal(resumed.wv.vectors, expected.wv.vectors)
    assert len(resumed.history.epochs) == 3
