"""`Word2Vec` against gensim's, and the obvious formulas."""

import tempfile
import warnings

import numpy as np
import pytest

from w2v.errors import ConfigError, CorpusError, FormatError, UnknownWordError
from w2v.formats.vector_files import VectorTable, write_vectors
from w2v.objectives.huffman import huffman_tree
from w2v.training.model import Word2Vec
from w2v.training.state import Callback
from w2v.vectors.keyed_vectors import KeyedVectors

SMALL = dict(vector_size=12, min_count=1, workers=1, epochs=2, seed=3)
N_GROUPS, GROUP = 6, 8


def planted(n=3000, length=8, seed=0):
    """Sentences of words of one group each: `g2w5` has the other words of group 2 as its nearest neighbours."""
    generator = np.random.default_rng(seed)
    groups = generator.integers(0, N_GROUPS, n)
    return [[f"g{group}w{word}" for word in generator.integers(0, GROUP, length)] for group in groups]


SENTENCES = planted(300)


@pytest.fixture(scope="module")
def trained():
    return Word2Vec(SENTENCES, **SMALL)


@pytest.fixture
def corpus_file(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(map(" ".join, SENTENCES)) + "\n")
    return path


def same_vectors(one, other):
    assert one.wv.index_to_key == other.wv.index_to_key
    return np.array_equal(one.wv.vectors, other.wv.vectors) and np.array_equal(one.output_vectors, other.output_vectors)


# ---- ways to train


def test_all_ways_give_the_same_vectors(trained, corpus_file):
    step_by_step = Word2Vec(**SMALL)
    step_by_step.build_vocab(SENTENCES)
    n_trained, n_read = step_by_step.train(SENTENCES, total_examples=step_by_step.corpus_count, epochs=2)
    assert step_by_step.corpus_count == 300 and step_by_step.corpus_total_words == 2400
    assert n_read == 4800 and 0 < n_trained <= 4800
    for model in (
        step_by_step,
        Word2Vec((line for line in SENTENCES), **SMALL),
        Word2Vec(corpus_file=corpus_file, **SMALL),
        Word2Vec(corpus_file=str(corpus_file), **SMALL),
        Word2Vec(str(corpus_file), **SMALL),
        Word2Vec([corpus_file], **SMALL),
    ):
        assert same_vectors(model, trained)
    assert not same_vectors(Word2Vec(SENTENCES, **{**SMALL, "seed": 4}), trained)


def test_two_runs_write_the_same_bytes(tmp_path, trained):
    for number, model in enumerate((trained, Word2Vec(SENTENCES, **SMALL))):
        model.save(tmp_path / f"{number}.w2v")
        model.wv.save(tmp_path / f"{number}.wv.w2v")
        model.wv.save_word2vec_format(tmp_path / f"{number}.txt")
    for suffix in ("w2v", "wv.w2v", "txt"):
        assert (tmp_path / f"0.{suffix}").read_bytes() == (tmp_path / f"1.{suffix}").read_bytes()


def test_both_sources_or_none(corpus_file):
    with pytest.raises(ConfigError, match="not both or neither"):
        Word2Vec(SENTENCES, corpus_file=corpus_file)
    model = Word2Vec(**SMALL)
    for call in (model.build_vocab, lambda: model.build_vocab(SENTENCES, corpus_file)):
        with pytest.raises(ConfigError, match="not both or neither"):
            call()


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ("the king and the queen", "no such file.*list of tokens"),
        (["the king", "the queen"], "no such file.*list of tokens"),
        (iter(["the king", "the queen"]), "sentence 1 is a str"),
        (5, "of type int"),
        ([], "the corpus is empty"),
        ([[1, "a"]], "int, str"),
        ([["a", "b"]] * 3, "commonest, 'a', occurs 3 times"),
    ],
)
def test_what_cannot_be_trained_on(sentences, message):
    with pytest.raises((ConfigError, CorpusError), match=message) as error:
        Word2Vec(sentences)
    assert "\n" not in str(error.value)


def test_an_untrained_model_says_so(tmp_path):
    model = Word2Vec()
    for call in (
        lambda: model.output_vectors,
        lambda: model.train(SENTENCES),
        lambda: model.save(tmp_path / "m.w2v"),
        lambda: model.predict_output_word(["a"]),
        lambda: Word2Vec(hs=1, negative=0).score([["a"]]),
    ):
        with pytest.raises(ConfigError, match="vocabulary"):
            call()
    assert repr(model) == "<Word2Vec cbow, ns: no vocabulary x 100, 0 epochs>" and len(model.wv) == 0
    assert model.get_latest_training_loss() == 0.0
    assert not list(tmp_path.iterdir())


def test_no_temporary_files_are_left(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def broken():
        yield ["a", "b"]
        raise RuntimeError("gone")

    Word2Vec([["a", "b"]], **SMALL)
    with pytest.raises(RuntimeError, match="gone"):
        Word2Vec(broken(), **SMALL)
    assert not list(tmp_path.iterdir())


def test_integer_ids():
    ids = np.random.default_rng(0).integers(0, 9, (50, 6))
    model = Word2Vec(ids, **SMALL)
    assert set(model.wv.index_to_key) == set(range(9)) and type(model.wv.index_to_key[0]) is int
    row = model.wv.index_to_key.index(5)
    np.testing.assert_array_equal(model.wv[5], model.wv.vectors[row])
    assert model.wv.get_vecattr(5, "count") == np.count_nonzero(ids == 5)
    assert same_vectors(model, Word2Vec([list(map(int, row)) for row in ids], **SMALL))


def test_integer_ids_survive_a_file(tmp_path):
    model = Word2Vec([[4, 2, 9], [9, 2, 4, 4]], **SMALL)
    model.save(tmp_path / "m.w2v")
    loaded = Word2Vec.load(tmp_path / "m.w2v")
    assert loaded.wv.index_to_key == [4, 2, 9] and same_vectors(loaded, model)
    np.testing.assert_array_equal(KeyedVectors.load(tmp_path / "m.w2v")[9], model.wv[9])


# ---- vocabulary


def test_build_vocab_from_freq(trained):
    counts = dict(zip(trained.wv.index_to_key, trained.wv.expandos["count"].tolist(), strict=True))
    model = Word2Vec(**SMALL)
    model.build_vocab_from_freq(counts, corpus_count=300)
    model.train(SENTENCES)
    assert model.corpus_count == 300 and same_vectors(model, trained)
    model = Word2Vec(min_count=3, max_final_vocab=2)
    model.build_vocab_from_freq({"rare": 1, "b": 5, "a": 5, "c": np.int64(4), "d": 9})
    assert model.wv.index_to_key == ["d", "b"]


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({}, "fewer than two"),
        ({"a": 9, "b": 1}, "fewer than two"),
        ({"a": 9, "b": 8.5}, "count of 'b' is 8.5"),
        ({"a": 9, "b": -1}, "count of 'b' is -1"),
        ({"a": 9, 1: 9}, "int, str"),
    ],
)
def test_frequencies_that_make_no_vocabulary(counts, message):
    with pytest.raises(CorpusError, match=message):
        Word2Vec().build_vocab_from_freq(counts)


def test_words_outside_the_vocabulary_are_left_out_of_further_training(trained, caplog):
    model = Word2Vec(SENTENCES, **SMALL)
    model.train([["new", "g0w1", "g0w2", "words"]] * 20, epochs=1, start_alpha=0.01)
    assert "new" not in model.wv and len(model.wv) == len(trained.wv)
    before = model.wv.vectors.copy()
    assert model.train([["new", "words"]], epochs=1, start_alpha=0.01) == (0, 2)
    np.testing.assert_array_equal(model.wv.vectors, before)
    assert "nothing is trained: no word of these sentences is in the vocabulary" in caplog.text


# ---- settings


def test_old_names_are_deprecated():
    for old, new in (("size", "vector_size"), ("iter", "epochs")):
        with pytest.warns(DeprecationWarning, match=f"use {new}=") as caught:
            model = Word2Vec(**{old: 17})
        assert getattr(model.config, new) == 17
        assert caught[0].filename == __file__


def test_keywords():
    with pytest.raises(TypeError, match="unexpected keyword argument 'vector'"):
        Word2Vec(vector=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Word2Vec(
            batch_words=10000, hashfxn=hash, compute_loss=True, comment="", null_word=0, sorted_vocab=1, trim_rule=None
        )
    model = Word2Vec(lower=True, nfc=True, encoding="latin-1", loss="sampled", negative_sharing="pair", workers=3)
    assert model.text.lower and model.text.nfc and model.text.encoding == "latin-1"
    assert (model.config.loss, model.config.negative_sharing, model.config.threads) == ("sampled", "pair", 3)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("cbow", "ns", 0.05)),
        ({"sg": 1}, ("sg", "ns", 0.025)),
        ({"hs": 1}, ("cbow", "hs+ns", 0.05)),
        ({"hs": 1, "negative": 0}, ("cbow", "hs", 0.05)),
        ({"sg": True, "hs": 1, "alpha": 0.1}, ("sg", "hs+ns", 0.1)),
        ({"model": "sg", "loss": "softmax"}, ("sg", "softmax", 0.025)),
        ({"loss": "hs", "negative": 0}, ("cbow", "hs", 0.05)),
    ],
)
def test_which_model(options, expected):
    config = Word2Vec(**options).config
    assert (config.model, config.loss, config.start_alpha) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"negative": 0}, "no objective"),
        ({"hs": 1, "loss": "ns"}, "loss and hs"),
        ({"sg": 1, "model": "cbow"}, "model and sg"),
        ({"workers": 2, "threads": 3}, "threads and workers"),
        ({"max_final_vocab": 20, "max_vocab": 30}, "max_vocab and max_final_vocab"),
        ({"sg": 2}, "sg is 2"),
        ({"sg": "cbow"}, "sg is 'cbow'"),
        ({"cbow_mean": 3}, "cbow_mean is 3"),
        ({"window": 0}, "window is 0"),
        ({"alpha": float("nan")}, "alpha is nan"),
        ({"vector_size": -5}, "vector_size is -5"),
        ({"vector_size": 50.0}, "vector_size is 50.0"),
        ({"min_count": -1}, "min_count is -1"),
        ({"encoding": "utf-99"}, "unknown encoding"),
        ({"errors": "warn"}, "errors is 'warn'"),
    ],
)
def test_settings_that_do_not_fit(options, message):
    with pytest.raises(ConfigError, match=message):
        Word2Vec(SENTENCES, **options)


def test_full_softmax_over_too_many_words_is_refused_before_memory_is_taken():
    model = Word2Vec(loss="softmax", min_count=1, vector_size=1_000_000)
    with pytest.raises(ConfigError, match="20,001 words are more than 20,000"):
        model.build_vocab_from_freq({f"w{n}": 1 for n in range(20_001)})


# ---- wv is a view


def test_further_training_shows_in_wv():
    model = Word2Vec(SENTENCES, **SMALL)
    wv = model.wv
    before, norms = wv.vectors.copy(), wv.norms.copy()
    neighbours = wv.most_similar("g0w0", topn=3)
    model.train(SENTENCES, epochs=2, start_alpha=0.05)
    assert model.wv is wv and not np.array_equal(wv.vectors, before)
    np.testing.assert_allclose(wv.norms, np.linalg.norm(wv.vectors, axis=1), rtol=1e-6)
    assert not np.array_equal(wv.norms, norms) and wv.most_similar("g0w0", topn=3) != neighbours
    assert len(wv.metadata["epochs"]) == 4  # what `wv.save` would write


def test_every_query_works_on_padded_rows(tmp_path, trained):
    """Rows of 12 numbers lie 16 apart in memory; the answers are those of a packed copy."""
    wv = trained.wv
    assert wv.vectors.shape[1] == 12 and not wv.vectors.flags.c_contiguous
    packed = KeyedVectors.from_table(VectorTable(wv.index_to_key, wv.vectors.copy(), wv.expandos["count"]))
    queries = [
        lambda kv: kv.most_similar("g0w0"),
        lambda kv: kv.most_similar(positive=["g0w0", "g1w1"], negative=["g2w2"]),
        lambda kv: kv.most_similar_cosmul(positive=["g0w0", "g1w1"], negative=["g2w2"]),
        lambda kv: kv.most_similar_many(["g0w0", "g1w1"])[1],
        lambda kv: kv.most_similar("g0w0", topn=None),
        lambda kv: kv.similar_by_vector(kv["g0w0"]),
        lambda kv: kv.similarity("g0w0", "g1w1"),
        lambda kv: kv.distances("g0w0"),
        lambda kv: kv.doesnt_match(["g0w0", "g0w1", "g1w1"]),
        lambda kv: kv.n_similarity(["g0w0", "g0w1"], ["g1w1"]),
        lambda kv: kv.rank("g0w0", "g1w1"),
        lambda kv: kv.get_normed_vectors(),
        lambda kv: kv.get_mean_vector(["g0w0", "g1w1"]),
        lambda kv: kv[["g0w0", "g1w1"]],
        lambda kv: kv.vectors_for_all(["g0w0", "g1w1"]).vectors,
        lambda kv: kv.get_vector("g0w0", norm=True),
    ]
    for query in queries:
        ours, expected = query(wv), query(packed)
        if isinstance(expected, list) and isinstance(expected[0], tuple):
            assert [key for key, _ in ours] == [key for key, _ in expected]
            ours, expected = ([score for _, score in answer] for answer in (ours, expected))
        if isinstance(expected, str):
            assert ours == expected
        else:
            np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)
    wv.save(tmp_path / "a.w2v")
    np.testing.assert_array_equal(KeyedVectors.load(tmp_path / "a.w2v").vectors, packed.vectors)
    for binary in (True, False):
        wv.save_word2vec_format(tmp_path / "a", binary=binary)
        packed.save_word2vec_format(tmp_path / "b", binary=binary)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_changes_of_wv_are_changes_of_the_model(tmp_path):
    model = Word2Vec(SENTENCES, **SMALL)
    outputs = dict(zip(model.vocab.words, model.output_vectors.copy(), strict=True))
    model.wv.set_vecattr("g0w0", "count", 1)
    model.wv.add_vector("new", np.ones(12, "f"))
    model.wv.sort_by_descending_frequency()
    vectors = {word: model.wv[word].copy() for word in model.wv.index_to_key}
    assert model.vocab.words == model.wv.index_to_key and model.vocab.words[-2:] == ["g0w0", "new"]
    assert model.vocab.counts.tolist()[-2:] == [1, 0] and "new" in model.vocab
    for word, output in zip(model.vocab.words, model.output_vectors, strict=True):
        np.testing.assert_array_equal(output, outputs.get(word, np.zeros(12)))
    model.save(tmp_path / "m.w2v")
    for word, vector in vectors.items():
        np.testing.assert_array_equal(Word2Vec.load(tmp_path / "m.w2v").wv[word], vector)
    model.train([["new", *SENTENCES[0]]] * 50, epochs=1, start_alpha=0.01)
    assert (model.wv["new"] != 1).any()
    assert model.wv.output_vectors.shape == model.wv.vectors.shape


def test_unknown_words(trained):
    with pytest.raises(UnknownWordError, match="did you mean g0w0"):
        trained.wv["G0w0"]


# ---- further training


def test_further_training_needs_epochs(trained, caplog):
    for options in ({}, {"start_alpha": 0.01}):
        with pytest.raises(ConfigError, match=r"trained for 2 epochs already.*it ended at 0.0001"):
            trained.train(SENTENCES, **options)
    model = Word2Vec(SENTENCES, **SMALL)
    model.train(SENTENCES, epochs=1)
    assert "goes from 0.05 to 0.0001, the last ended at 0.0001" in caplog.text and "start_alpha=" in caplog.text
    caplog.clear()
    model.train(SENTENCES, epochs=1, start_alpha=1e-4)
    assert not caplog.text and model.alpha == 1e-4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": 1.5}, "epochs is 1.5"),
        ({"epochs": True}, "epochs is True"),
        ({"start_alpha": float("nan")}, "start_alpha is nan"),
        ({"start_alpha": -0.1}, "start_alpha is -0.1"),
        ({"start_alpha": 0}, "start_alpha is 0"),
        ({"start_alpha": "x"}, "start_alpha is 'x'"),
        ({"start_alpha": 0.01, "end_alpha": 0.02}, "decays"),
        ({"end_alpha": float("inf")}, "end_alpha is inf"),
    ],
)
def test_settings_of_a_run(options, message):
    model = Word2Vec(**SMALL)
    model.build_vocab(SENTENCES)
    with pytest.raises(ConfigError, match=message):
        model.train(SENTENCES, **options)


def test_learning_rates(trained):
    assert trained.history.alphas[0][0] == 0.05 and trained.history.alphas[-1][1] == pytest.approx(1e-4)
    model = Word2Vec(**SMALL)
    model.build_vocab(SENTENCES)
    model.train(SENTENCES, epochs=np.int64(4), start_alpha=np.float32(0.5), end_alpha=0.1)
    starts, ends = zip(*model.history.alphas, strict=True)
    np.testing.assert_allclose(starts, [0.5, 0.4, 0.3, 0.2])
    np.testing.assert_allclose(ends, [0.4, 0.3, 0.2, 0.1])
    model.train(SENTENCES, epochs=1, start_alpha=1e-6)  # below min_alpha: it does not rise
    assert model.history.alphas[-1] == (1e-6, 1e-6)


def test_a_loaded_model_goes_on_like_the_one_that_was_saved(tmp_path, trained):
    model = Word2Vec(SENTENCES, **SMALL)
    model.save(tmp_path / "m.w2v")
    loaded = Word2Vec.load(tmp_path / "m.w2v")
    assert same_vectors(loaded, model) and loaded.config == model.config and loaded.text == model.text
    assert loaded.history.epochs == model.history.epochs and loaded.corpus_count == 300
    assert loaded.vocab.counts.tolist() == model.vocab.counts.tolist()
    for one in (model, loaded):
        one.train(SENTENCES, epochs=1, start_alpha=0.05)
    assert same_vectors(loaded, model) and not same_vectors(model, trained)
    loaded.save(tmp_path / "m.w2v")  # over the file it was mapped from
    assert same_vectors(Word2Vec.load(tmp_path / "m.w2v"), loaded)


def test_files_without_training_state(tmp_path, trained):
    trained.wv.save_word2vec_format(tmp_path / "v.txt")
    with pytest.raises(FormatError, match="no training state"):
        Word2Vec.load(tmp_path / "v.txt")
    with pytest.raises(FormatError):
        (tmp_path / "v.w2v").write_bytes(b"nothing of the kind\n" * 3)
        Word2Vec.load(tmp_path / "v.w2v")


@pytest.mark.parametrize(
    "change",
    [
        lambda meta: meta.pop("text"),
        lambda meta: meta.update(config=[1]),
        lambda meta: meta["config"].update(model="glove"),
        lambda meta: meta["config"].update(vector_size=13),
        lambda meta: meta["config"].update(loss="hs"),
        lambda meta: meta.update(epochs=5),
        lambda meta: meta.update(epochs=[[1, 2, 3, 4, 5, 6]]),
        lambda meta: meta.update(corpus=None),
    ],
)
def test_malformed_training_state(tmp_path, trained, change):
    table = trained.to_table()
    change(table.metadata)
    write_vectors(tmp_path / "m.w2v", table)
    with pytest.raises(FormatError, match="m.w2v") as error:
        Word2Vec.load(tmp_path / "m.w2v")
    assert "\n" not in str(error.value)


def test_settings_of_later_versions_are_passed_over(tmp_path, trained):
    table = trained.to_table()
    table.metadata["config"]["from_the_future"] = 1
    write_vectors(tmp_path / "m.w2v", table)
    assert Word2Vec.load(tmp_path / "m.w2v").config == trained.config


# ---- callbacks


EVENTS = ["train_begin", "epoch_begin", "epoch_end", "epoch_begin", "epoch_end", "train_end"]


def recorder(base):
    class Recorder(base):
        def __init__(self):
            self.events, self.losses = [], []

        def on_train_begin(self, model):
            self.events.append("train_begin")

        def on_epoch_begin(self, model):
            self.events.append("epoch_begin")

        def on_epoch_end(self, model):
            self.events.append("epoch_end")
            self.losses.append((model.get_latest_training_loss(), model.mean_loss))
            assert len(model.wv.most_similar("g0w0", topn=2)) == 2

        def on_train_end(self, model):
            self.events.append("train_end")

    return Recorder()


def test_callbacks():
    ours = recorder(Callback)
    model = Word2Vec(SENTENCES, callbacks=[ours], **SMALL)
    assert ours.events == EVENTS
    (first, first_mean), (both, second_mean) = ours.losses
    assert [first_mean, second_mean] == [epoch.mean_loss for epoch in model.history.epochs] and first_mean > second_mean
    assert [first, both - first] == pytest.approx([epoch.loss for epoch in model.history.epochs])
    assert (model.get_latest_training_loss(), model.mean_loss) == (both, second_mean)
    further = recorder(object)
    model.train(SENTENCES, epochs=2, start_alpha=0.01, callbacks=[further])
    assert further.events == ours.events == EVENTS  # as in gensim, a callback is that of the call it was given to
    assert further.losses[0][0] < both, "the sum begins anew with each run"


def test_gensims_callbacks():
    theirs = recorder(pytest.importorskip("gensim.models.callbacks").CallbackAny2Vec)
    Word2Vec(SENTENCES, callbacks=[theirs], **SMALL)
    assert theirs.events == EVENTS


def test_an_error_in_a_callback_comes_through():
    class Stop(Callback):
        def on_epoch_end(self, model):
            raise StopIteration("enough")

    with pytest.raises(StopIteration, match="enough"):
        Word2Vec(SENTENCES, callbacks=[Stop()], **SMALL)


# ---- results


@pytest.mark.parametrize("cbow_mean", [0, 1])
def test_predict_output_word_is_gensims_formula(cbow_mean):
    model = Word2Vec(SENTENCES, cbow_mean=cbow_mean, **{**SMALL, "epochs": 5})
    gensim = pytest.importorskip("gensim")
    theirs = gensim.models.Word2Vec(vector_size=12, min_count=1, cbow_mean=cbow_mean)
    theirs.build_vocab_from_freq({w: int(c) for w, c in zip(model.vocab.words, model.vocab.counts, strict=True)})
    order = [model.vocab.ids[word] for word in theirs.wv.index_to_key]
    theirs.wv.vectors[:], theirs.syn1neg[:] = model.wv.vectors[order], model.output_vectors[order]
    context = ["g0w0", "g0w1", "unknown", "g3w2"]
    ours, expected = model.predict_output_word(context, topn=20), theirs.predict_output_word(context, topn=20)
    assert [word for word, _ in ours] == [word for word, _ in expected]
    np.testing.assert_allclose([p for _, p in ours], [p for _, p in expected], rtol=1e-4)
    assert sum(p for _, p in model.predict_output_word(context, topn=100)) == pytest.approx(1)
    assert model.predict_output_word(["unknown"]) is None


@pytest.mark.parametrize("options", [{"sg": 1}, {}, {"cbow_mean": 0}])
def test_score_is_the_log_probability_of_the_paths(options):
    model = Word2Vec(SENTENCES[:60], hs=1, negative=0, window=2, **options, **SMALL)
    tree, vocab = huffman_tree(model.vocab.counts), model.vocab
    sentence = ["g0w0", "unknown", "g0w1", "g1w2", "g0w3", "g2w2"]
    known = [word for word in sentence if word in vocab]
    expected = 0.0
    for position, center in enumerate(known):
        context = [known[i] for i in range(len(known)) if i != position and abs(i - position) <= 2]
        inputs = [model.wv[word].astype(float) for word in context]
        if "sg" not in options:
            inputs = [sum(inputs) / (len(inputs) if "cbow_mean" not in options else 1)]
        start, end = tree.offsets[vocab.ids[center] : vocab.ids[center] + 2]
        for vector in inputs:
            for node, code in zip(tree.points[start:end], tree.codes[start:end], strict=True):
                right = 1 / (1 + np.exp(-vector @ model.output_vectors[node].astype(float)))
                expected += np.log(1 - right if code else right)
    scores = model.score([sentence, ["g0w0"], []])
    assert scores[0] == pytest.approx(expected, rel=1e-9) and scores[1:].tolist() == [0, 0]


def test_what_an_objective_cannot_do(trained):
    with pytest.raises(ConfigError, match="hierarchical softmax"):
        trained.score([["a"]])
    with pytest.raises(ConfigError, match="output vectors of words"):
        Word2Vec(SENTENCES[:20], hs=1, negative=0, **SMALL).predict_output_word(["g0w0"])


def test_estimate_memory(trained):
    estimate = trained.estimate_memory()
    assert estimate["vectors"] == trained.weights.inputs.nbytes
    assert estimate["syn1neg"] == trained.weights.outputs.nbytes
    assert estimate["total"] == sum(value for name, value in estimate.items() if name != "total")
    assert trained.estimate_memory(1_000_000)["vectors"] == 64_000_000
    hs = Word2Vec(hs=1, negative=0, vector_size=16)
    assert hs.estimate_memory(11)["syn1"] == 640
    both = Word2Vec(hs=1, negative=5, vector_size=16).estimate_memory(11)
    assert (both["syn1neg"], both["syn1"]) == (704, 640)


def test_small_attributes(trained):
    assert trained.vector_size == trained.layer1_size == 12 and trained.epochs == 2
    tokens = "2,400 read = 655 trained + 1,745 subsampled + 0 rare"
    assert repr(trained) == f"<Word2Vec cbow, ns: 48 words x 12, 2 epochs, the last of {tokens}>"
    assert repr(Word2Vec()) == "<Word2Vec cbow, ns: no vocabulary x 100, 0 epochs>"


@pytest.mark.parametrize("options", [{}, {"sg": 1}, {"hs": 1, "negative": 0}, {"sg": 1, "hs": 1, "negative": 0}])
def test_neighbours_are_the_planted_ones_here_and_in_gensim(tmp_path, options):
    gensim = pytest.importorskip("gensim")
    settings = dict(vector_size=16, min_count=1, workers=1, epochs=5, seed=1, window=4, sample=0, alpha=0.05, **options)
    sentences = planted()
    ours, theirs = Word2Vec(sentences, **settings), gensim.models.Word2Vec(sentences, **settings)
    assert set(ours.wv.index_to_key) == set(theirs.wv.index_to_key)
    for model in (ours, theirs):
        for word in model.wv.index_to_key:
            neighbours = [near for near, _ in model.wv.most_similar(word, topn=GROUP - 1)]
            assert {near[:2] for near in neighbours} == {word[:2]}, (type(model), word, neighbours)
    ours.wv.save_word2vec_format(tmp_path / "v.bin", binary=True)
    loaded = gensim.models.KeyedVectors.load_word2vec_format(tmp_path / "v.bin", binary=True)
    np.testing.assert_array_equal(loaded.vectors, ours.wv.vectors)
    assert loaded.index_to_key == ours.wv.index_to_key


# ---- gensim's attributes and keywords


def test_settings_have_gensims_names():
    model = Word2Vec(SENTENCES, **{**SMALL, "window": 3, "sg": 1, "alpha": 0.03, "workers": 2})
    assert (model.window, model.sg, model.hs, model.alpha, model.workers, model.negative) == (3, 1, 0, 0.03, 2, 5)
    assert model.syn1neg.shape == model.wv.vectors.shape
    model.workers, model.alpha = 1, 0.01
    assert model.config.threads == 1 and model.config.start_alpha == 0.01
    with pytest.raises(ConfigError, match="make a new Word2Vec"):
        model.hs = 1
    with pytest.raises(ConfigError, match="workers|threads"):
        model.workers = 0
    with pytest.raises(AttributeError, match="no_such"):
        model.no_such  # noqa: B018


def test_train_takes_gensims_keywords_and_no_others():
    model = Word2Vec(**SMALL)
    model.build_vocab(SENTENCES, progress_per=10, keep_raw_vocab=False)
    model.train(SENTENCES, total_examples=len(SENTENCES), epochs=1, report_delay=2.0, compute_loss=True)
    with pytest.raises(TypeError, match="end_alhpa"):
        model.train(SENTENCES, epochs=1, start_alpha=0.05, end_alhpa=0.01)


def test_the_first_log_line_names_the_model(caplog):
    with caplog.at_level("INFO", logger="w2v"):
        Word2Vec(SENTENCES, **SMALL)
    assert "CBOW" in caplog.messages[0] and "negative sampling" in caplog.messages[0]


@pytest.mark.parametrize(
    ("settings", "exact"),
    [({"workers": 1}, True), ({"workers": 4}, False), ({"workers": 4, "deterministic": True}, True)],
)
def test_the_first_line_says_whether_the_bytes_come_again(caplog, settings, exact):
    with caplog.at_level("INFO", logger="w2v"):
        Word2Vec(SENTENCES, **{**SMALL, **settings})
    said = "the same bytes again with this seed" if exact else "not bit-reproducible"
    assert f"threads {settings['workers']} ({said})" in caplog.messages[0]
