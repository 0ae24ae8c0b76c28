"""What gensim's `Word2Vec` does, run with both libraries: the same program gives the same result."""

import copy
import inspect
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from w2v.errors import ConfigError
from w2v.training.listeners import Progress
from w2v.training.model import Word2Vec

gensim = pytest.importorskip("gensim")
KINDS = {"gensim": gensim.models.Word2Vec, "w2v": Word2Vec}
S = [list("abcd"), list("cdef")] * 200
NEW = [list("abxy"), list("yyzz")] * 5
SETTINGS = {"vector_size": 4, "min_count": 1, "sample": 0, "workers": 1}
DISCARD, KEEP = gensim.utils.RULE_DISCARD, gensim.utils.RULE_KEEP
P = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request):
    return request.param


def built(kind, **settings):
    model = kind(**{**SETTINGS, **settings})
    model.build_vocab(S)
    return model


def train(model, sentences=S, epochs=1, **settings):
    return model.train(sentences, total_examples=len(S), epochs=epochs, **settings)


def moved(model, before):
    return (model.wv.vectors[: len(before)] != before).any(axis=1)


# ---- one store (rows 1, 2, 3 and 8 of the issue)


def test_training_starts_from_the_vectors_that_were_assigned(kind):
    model = built(kind)
    model.wv.vectors = P.copy()
    train(model, start_alpha=1e-3, end_alpha=1e-3)
    assert moved(model, P).all() and np.abs(model.wv.vectors - P).max() < 0.3
    model.wv.vectors[2] = 7  # in place
    train(model, start_alpha=1e-6, end_alpha=1e-6)
    np.testing.assert_allclose(model.wv.vectors[2], 7, atol=0.1)


def test_vectors_and_words_that_were_put_in_are_saved(kind, tmp_path):
    model = built(kind)
    train(model)
    model.wv.vectors = P.copy()
    model.wv.add_vector("UNK", np.full(4, 5, "f"))
    model.save(str(tmp_path / "m"))
    loaded = kind.load(str(tmp_path / "m"))
    np.testing.assert_array_equal(loaded.wv.vectors[:6], P)
    np.testing.assert_array_equal(loaded.wv["UNK"], np.full(4, 5))
    model.build_vocab(S, update=True)  # in gensim too, training needs an output vector for the word
    train(model, start_alpha=0.02)
    np.testing.assert_array_equal(model.wv["UNK"], np.full(4, 5))
    assert moved(model, P).all() and "UNK" in model.wv


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_trains_its_own_vectors(kind, copied, tmp_path):
    model = built(kind)
    train(model)
    before = model.wv.vectors.copy()
    other = copied(model)
    train(other, start_alpha=0.02)
    assert moved(other, before).all() and not moved(model, before).any()
    other.save(str(tmp_path / "m"))
    np.testing.assert_array_equal(kind.load(str(tmp_path / "m")).wv.vectors, other.wv.vectors)


def test_a_copy_goes_on_like_the_model():
    for settings in ({}, {"hs": 1, "negative": 0}, {"hs": 1}):
        model = built(Word2Vec, **settings)
        train(model)
        other = copy.deepcopy(model)
        for one in (model, other):
            train(one, start_alpha=0.02)
        np.testing.assert_array_equal(model.wv.vectors, other.wv.vectors)
        np.testing.assert_array_equal(model.output_vectors, other.output_vectors)


def test_locks(kind, tmp_path):
    model = built(kind)
    before = model.wv.vectors.copy()
    model.wv.vectors_lockf = np.zeros(6, "f")
    train(model)
    assert not moved(model, before).any()
    given = KINDS["w2v"](vector_size=4)
    given.wv.add_vectors(["a", "e", "other"], P[:3])
    given.wv.save_word2vec_format(tmp_path / "given.txt")
    model = built(kind)
    before = model.wv.vectors.copy()
    model.wv.vectors_lockf = np.ones(6, "f")
    model.wv.intersect_word2vec_format(str(tmp_path / "given.txt"), lockf=0.0)
    train(model)
    np.testing.assert_allclose(model.wv["a"], P[0], rtol=1e-6)
    np.testing.assert_allclose(model.wv["e"], P[1], rtol=1e-6)
    assert moved(model, before).all()


@pytest.mark.parametrize("settings", [{}, {"hs": 1, "negative": 0}])
def test_new_words_come_behind_the_old_ones(kind, settings):
    model = built(kind, **settings)
    train(model)
    held, before = model.wv, model.wv.vectors.copy()
    held.set_vecattr("a", "colour", 3)
    order = list(held.index_to_key)
    model.build_vocab(NEW, update=True)
    assert model.wv is held and held.index_to_key == [*order, "x", "y", "z"] and not moved(model, before).any()
    assert held.get_vecattr("a", "colour") == 3 and held.get_vecattr("y", "count") == 15
    assert held.get_vecattr("a", "count") == 205 and model.corpus_count == len(NEW)
    model.train(NEW, total_examples=model.corpus_count, epochs=model.epochs)
    assert held.most_similar("x", topn=2) and moved(model, before)[[order.index("a"), order.index("b")]].all()
    model.build_vocab_from_freq({"q": 3, "a": 1}, update=True)
    assert held.index_to_key[-1] == "q" and held.get_vecattr("a", "count") == 206 and held["q"].any()


def test_wv_is_there_from_the_start(kind):
    model = kind(**SETTINGS)
    held = model.wv
    assert hasattr(model, "wv") and len(held) == 0
    model.build_vocab(S)
    assert model.wv is held and len(held) == 6 and held["a"].shape == (4,)


def test_another_store_is_trained(kind):
    model = built(kind)
    train(model)
    other = type(model.wv)(4)
    other.add_vectors(model.wv.index_to_key, P.copy())
    if kind is not Word2Vec:
        other.vectors_lockf = np.ones(1, "f")
    model.wv = other
    train(model, start_alpha=0.02)
    assert model.wv is other and moved(model, P).all()
    untrained = kind(**SETTINGS)
    untrained.wv = other
    assert untrained.wv.most_similar("a") == other.most_similar("a")
    if kind is Word2Vec:  # gensim's threads end, and the call waits for them
        with pytest.raises(RuntimeError, match="no output vectors, which further training needs"):
            train(untrained)


def test_vectors_that_do_not_fit_are_refused():
    model = built(Word2Vec)
    model.wv.vectors = P[:, :3]
    with pytest.raises(ConfigError, match=r"shape \(6, 3\), and the model 6 words x 4"):
        train(model)
    model.wv.vectors = P
    model.wv.index_to_key[1] = model.wv.index_to_key[0]
    with pytest.raises(ConfigError, match="has a word twice"):
        train(model)


def test_callbacks_may_change_vectors_but_not_words(tmp_path):
    class Sets:
        def on_epoch_end(self, model):
            model.wv.vectors = np.zeros((6, 4), "f")

    class Adds:
        def on_epoch_begin(self, model):
            model.wv.add_vector("new", np.zeros(4))

    model = built(Word2Vec)
    train(model, epochs=2, start_alpha=1e-6, callbacks=[Sets()])
    assert not model.wv.vectors.any()
    with pytest.raises(ConfigError, match="a callback changed the words"):
        train(model, callbacks=[Adds()])


# ---- sentences that are made anew (row 4)


class Walks:
    """Other sentences each time, over the same words."""

    def __init__(self):
        self.n_read = 0

    def __iter__(self):
        self.n_read += 1
        generator = np.random.default_rng(self.n_read)
        yield from (list(generator.choice(list("abcdef"), 3 + self.n_read)) for _ in range(50))


def test_sentences_are_read_for_each_epoch(kind):
    walks = Walks()
    model = kind(**SETTINGS)
    model.build_vocab(walks)
    n_trained, n_words = model.train(walks, total_examples=50, epochs=5)
    assert walks.n_read == 6 and n_words == n_trained == 50 * sum(range(5, 10))
    kind(walks, **{**SETTINGS, "epochs": 3})
    assert walks.n_read == 6 + 3 + (kind is not Word2Vec)  # here the vocabulary and the first epoch take one reading


def test_reading_anew_what_stays_the_same_trains_the_same_bytes(caplog, tmp_path):
    class Same:
        def __iter__(self):
            return iter(S)

    for settings in ({}, {"deterministic": True, "workers": 2}):
        model, expected = (Word2Vec(source, **{**SETTINGS, **settings}) for source in (Same(), S))
        np.testing.assert_array_equal(model.wv.vectors, expected.wv.vectors)
        assert model.history.alphas == expected.history.alphas
    walks = Walks()
    Word2Vec(walks, checkpoint=tmp_path / "c", **SETTINGS)
    assert walks.n_read == 1 and "read once, for all epochs" in caplog.text


# ---- callbacks and losses (rows 6 and 9)


class Records(gensim.models.callbacks.CallbackAny2Vec):
    def __init__(self):
        self.events, self.losses = [], []

    def on_train_begin(self, model):
        self.events.append("train_begin")

    def on_train_end(self, model):
        self.events.append("train_end")

    def on_epoch_begin(self, model):
        self.events.append("epoch_begin")

    def on_epoch_end(self, model):
        self.events.append("epoch_end")
        self.losses.append(model.get_latest_training_loss())


EPOCH, RUN = ["epoch_begin", "epoch_end"], ["train_begin", "train_end"]


def test_losses_add_up_and_begin_anew_with_each_run(kind):
    record, model = Records(), built(kind, sg=1)
    train(model, epochs=3, compute_loss=True, callbacks=[record])
    per_epoch = np.diff(record.losses, prepend=0)
    assert (per_epoch > 0).all() and per_epoch[0] > per_epoch[2]
    assert per_epoch[0] / (400 * 4 * 3) == pytest.approx(6 * np.log(2), rel=0.8), "nats, over pairs"
    train(model, compute_loss=True, callbacks=[record])
    assert record.losses[3] < record.losses[2]


def test_a_callback_is_called_in_the_call_that_it_was_given_to(kind, caplog):
    one, two = Records(), Records()
    model = kind(S, callbacks=[one], **{**SETTINGS, "epochs": 2})
    expected = [RUN[0], *EPOCH, *EPOCH, RUN[1]]
    assert one.events == expected
    train(model, epochs=2, callbacks=[two])
    assert one.events == two.events == expected
    caplog.clear()
    kind(callbacks=[one], **SETTINGS)
    assert "callbacks" in caplog.text.lower()


# ---- both objectives (row 7)


@pytest.mark.parametrize("sg", [0, 1])
def test_both_objectives_are_trained_and_a_warning_says_so(kind, caplog, sg, tmp_path):
    model = kind(S, hs=1, negative=5, sg=sg, **SETTINGS)
    assert "Both hierarchical softmax and negative sampling are activated" in caplog.text
    assert model.syn1.shape == model.syn1neg.shape == (6, 4) and model.hs == 1 and model.negative == 5
    assert model.syn1[:5].any(axis=1).all() and model.syn1neg.any(axis=1).all()
    assert len(model.predict_output_word(["a", "b"], topn=3)) == 3
    model.save(str(tmp_path / "m"))
    loaded = kind.load(str(tmp_path / "m"))
    np.testing.assert_array_equal(loaded.syn1, model.syn1)
    np.testing.assert_array_equal(loaded.syn1neg, model.syn1neg)
    assert not hasattr(kind(S, **SETTINGS), "syn1") and not hasattr(kind(S, hs=1, negative=0, **SETTINGS), "syn1neg")


# ---- how a vocabulary is built (rows 12 and 13)

TEXT = ["dd", *["a", "a", "a", "a", "b", "b", "b", "c", "c", "c", "dd", "dd", "e", "f", "f"], "rare"]


def rule(word, count, min_count):
    assert min_count == 2 and count == TEXT.count(word)
    return {"rare": KEEP, "a": DISCARD}.get(word)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"max_final_vocab": 4}, {"a", "b", "c", "dd"}),
        ({"max_final_vocab": 100}, {"a", "b", "c", "dd", "f"}),
        ({"trim_rule": rule}, {"b", "c", "dd", "f", "rare"}),
        ({"trim_rule": None}, {"a", "b", "c", "dd", "f"}),
        ({"null_word": 1}, {"\0", "a", "b", "c", "dd", "f"}),
        ({"sorted_vocab": 0}, ["dd", "a", "b", "c", "f"]),
        ({"sorted_vocab": 0, "null_word": 1}, ["dd", "a", "b", "c", "f", "\0"]),
        ({"max_vocab_size": 3}, None),
        ({"sample": None}, {"a", "b", "c", "dd", "f"}),
        ({"seed": None}, {"a", "b", "c", "dd", "f"}),
    ],
    ids=lambda case: "-".join(case) if isinstance(case, dict) else "",
)
@pytest.mark.parametrize("how", ["constructor", "attributes", "from counts"])
def test_vocabularies(settings, expected, how):
    found = []
    for kind in KINDS.values():
        given = {"vector_size": 4, "min_count": 2, "workers": 1, **settings}
        if how == "constructor":
            model = kind([TEXT], **given)
        else:
            rules = {"trim_rule": given.pop("trim_rule")} if "trim_rule" in given else {}
            model = kind(vector_size=given.pop("vector_size"))
            for name, value in given.items():
                setattr(model, name, value)
            if how == "attributes":
                model.build_vocab([TEXT], **rules)
            else:
                model.build_vocab_from_freq({word: TEXT.count(word) for word in TEXT}, **rules)
        found.append([*model.wv.index_to_key])
        assert all(model.wv.get_vecattr(w, "count") == max(TEXT.count(w), 1) for w in model.wv.index_to_key)
    assert set(found[0]) == set(found[1])
    if expected is not None:
        assert found[1] == expected if isinstance(expected, list) else set(found[1]) == expected
    if isinstance(expected, list):
        assert found[0] == found[1]


def test_ties_at_max_final_vocab_are_said(caplog):
    """Here as many words as asked for; gensim leaves out all that are as common as the first one left out."""
    text = [["a", "a", "b", "c", "d"]]
    caplog.set_level("INFO")
    sizes = [len(kind(text, max_final_vocab=2, min_count=1, vector_size=4, workers=1).wv) for kind in KINDS.values()]
    assert sizes == [1, 2] and "2 more occur as often as the last of them (gensim leaves all" in caplog.text


def test_the_three_steps(kind):
    model = kind(**SETTINGS)
    assert model.scan_vocab([TEXT]) == (len(TEXT), 1) and model.raw_vocab["a"] == 4
    report = model.prepare_vocab(min_count=2, dry_run=True)
    assert (report["num_retained_words"], report["drop_unique"], report["retain_total"]) == (5, 2, 15)
    model.prepare_vocab(min_count=2)
    model.prepare_weights()
    assert len(model.wv) == 5 and model.wv.vectors.shape == (5, 4) and model.min_count == 2


def test_the_three_steps_from_a_file(tmp_path):
    (tmp_path / "c.txt").write_text("a b\na c c\n")
    model = Word2Vec(**SETTINGS)
    assert model.scan_vocab(corpus_file=tmp_path / "c.txt") == (5, 2) and model.raw_vocab == {"a": 2, "c": 2, "b": 1}
    with pytest.raises(RuntimeError, match="call scan_vocab first"):
        Word2Vec().prepare_vocab()


def test_predictions_by_row_numbers(kind):
    model = built(kind)
    train(model)
    rows = [model.wv.get_index("a"), model.wv.get_index("b")]
    expected = model.predict_output_word(["a", "b"], topn=3)
    assert model.predict_output_word(rows, topn=3) == model.predict_output_word([rows[0], "b"], topn=3) == expected
    assert model.predict_output_word(["nobody"]) is None


# ---- learning rates


def test_alpha_loops(kind, caplog):
    for alpha_first in (True, False):
        model = built(kind, alpha=0.025, min_alpha=0.025)
        for _ in range(3):
            train(model)
            if alpha_first:
                model.alpha -= 0.002
                model.min_alpha = model.alpha
            else:
                model.min_alpha = model.alpha - 0.002
                model.alpha = model.min_alpha
        assert model.alpha == pytest.approx(0.019) and model.min_alpha_yet_reached == pytest.approx(0.021)
    assert "Effective 'alpha' higher" not in caplog.text
    model.alpha = 0.05
    train(model)
    assert "Effective 'alpha' higher than previous training cycles" in caplog.text


def test_what_train_is_told_becomes_the_models(kind):
    model = built(kind)
    train(model, epochs=3, start_alpha=0.02, end_alpha=0.01)
    assert (model.epochs, model.alpha, model.min_alpha) == (3, 0.02, 0.01)
    assert 0.01 <= model.min_alpha_yet_reached < 0.02


def test_a_second_run_needs_nothing_more_than_in_gensim(kind, tmp_path, caplog):
    model = kind(S, **SETTINGS)
    model.train([["a", "b"]], total_examples=1, epochs=1)  # the example in the class's documentation
    model.save(str(tmp_path / "m"))
    loaded = kind.load(str(tmp_path / "m"))
    before = loaded.wv.vectors.copy()
    loaded.train(S, total_examples=loaded.corpus_count, epochs=loaded.epochs)
    assert moved(loaded, before).all() and loaded.epochs == 1
    assert "Effective 'alpha' higher" in caplog.text


def test_a_rate_below_min_alpha_survives_a_file(tmp_path):
    model = built(Word2Vec)
    train(model, start_alpha=1e-6)
    model.save(tmp_path / "m")
    loaded = Word2Vec.load(tmp_path / "m")
    assert loaded.alpha == 1e-6 < loaded.min_alpha
    train(loaded)
    assert loaded.history.alphas[-1] == (1e-6, 1e-6)


def test_the_log_says_that_alpha_is_not_gensims(caplog):
    caplog.set_level("INFO", "w2v")
    Word2Vec(S, **SETTINGS)
    assert "alpha 0.05 (gensim: 0.025) to 0.0001" in caplog.text
    caplog.clear()
    Word2Vec(S, sg=1, **SETTINGS)
    Word2Vec(S, alpha=0.05, **SETTINGS)
    assert "gensim" not in caplog.text


# ---- errors


def untrained(kind):
    return kind(**SETTINGS)


ERRORS = [
    (RuntimeError, lambda kind, tmp: untrained(kind).train(S, total_examples=1, epochs=1)),
    (RuntimeError, lambda kind, tmp: kind([])),
    (RuntimeError, lambda kind, tmp: kind(S, min_count=10_000)),
    (ValueError, lambda kind, tmp: kind(S, hs=0, negative=0)),
    (ValueError, lambda kind, tmp: kind(S, epochs=0)),
    (ValueError, lambda kind, tmp: train(built(kind), epochs=0)),
    (TypeError, lambda kind, tmp: untrained(kind).build_vocab()),
    (TypeError, lambda kind, tmp: untrained(kind).build_vocab(S, corpus_file="c.txt")),
    (TypeError, lambda kind, tmp: built(kind).train(5, total_examples=1, epochs=1)),
    (TypeError, lambda kind, tmp: kind(corpus_file=str(tmp / "none.txt"))),
    (TypeError, lambda kind, tmp: kind((None, "x"))),
    (TypeError, lambda kind, tmp: kind(((word for word in "ab") for _ in [0]).__next__)),
    (FileNotFoundError, lambda kind, tmp: kind(gensim.models.word2vec.LineSentence(str(tmp / "none.txt")))),
    (RuntimeError, lambda kind, tmp: kind(S, hs=1, negative=0, **SETTINGS).predict_output_word(["a"])),
    (RuntimeError, lambda kind, tmp: kind(S, **SETTINGS).score([["a"]])),
    (AttributeError, lambda kind, tmp: kind().load("x")),
    (AttributeError, lambda kind, tmp: kind(S, **SETTINGS).no_such_name),
    (KeyError, lambda kind, tmp: kind(S, **SETTINGS).wv["nobody"]),
    (TypeError, lambda kind, tmp: kind(S, no_such_setting=1)),
    (TypeError, lambda kind, tmp: kind(S, **SETTINGS).save(str(tmp / "m"), no_such_option=1)),
]


@pytest.mark.parametrize(("error", "call"), ERRORS, ids=range(len(ERRORS)))
def test_errors_are_of_the_class_that_gensim_raises(kind, error, call, tmp_path):
    with pytest.raises(error) as caught:
        call(kind, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_file_of_vectors_is_no_model(kind, tmp_path):
    vectors = type(kind().wv)(4)
    vectors.add_vectors(["a", "b"], P[:2])
    vectors.save(str(tmp_path / "kv"))
    with pytest.raises(AttributeError):
        kind.load(str(tmp_path / "kv"))


@pytest.mark.parametrize(
    ("call", "way_out"),
    [
        (lambda: Word2Vec([[("new", "york"), ("a", "b")]]), r"'_'.join\(token\)"),
        (lambda: Word2Vec([[b"a", b"b"]]), r"token.decode\(\)"),
        (lambda: Word2Vec([["a"] * 9], min_count=1), "training needs two: give more text"),
        (lambda: Word2Vec(S, sample=5), r"count / corpus_total_words"),
        (lambda: Word2Vec(S, workers=0), "must be at least 1"),
        (lambda: Word2Vec(S, window=5.0), "give a whole number"),
        (lambda: Word2Vec(S, alpha=0.01, min_alpha=0.05), "decays from alpha to min_alpha"),
        (lambda: Word2Vec(S, **SETTINGS).__setattr__("hs", 1), "make a new Word2Vec"),
        (lambda: Word2Vec(["the king", "the queen"]), "a sentence is a list of tokens"),
        (lambda: Word2Vec(S, **SETTINGS).train(S), "say epochs= for more"),
    ],
)
def test_what_is_not_taken_is_said_with_the_way_out(call, way_out):
    with pytest.raises(ConfigError.__mro__[1], match=way_out):
        call()


# ---- small things


@pytest.mark.parametrize("name", ["__init__", "build_vocab", "build_vocab_from_freq", "train", "score", "scan_vocab"])
def test_arguments_stand_in_gensims_order(name):
    theirs, ours = (list(inspect.signature(getattr(kind, name)).parameters) for kind in KINDS.values())
    theirs = [argument for argument in theirs if argument != "kwargs"]
    assert ours[1 : len(theirs)] == theirs[1:]


def test_options_of_gensims_files_are_taken(kind, tmp_path):
    model = kind(S, **SETTINGS)
    model.save(str(tmp_path / "m"), sep_limit=0, pickle_protocol=4)
    np.testing.assert_array_equal(kind.load(str(tmp_path / "m"), mmap="r").wv.vectors, model.wv.vectors)


@pytest.mark.parametrize("sg", [0, 1])
def test_a_window_wider_than_any_sentence(kind, sg):
    model = kind(S, window=10**6, sg=sg, **{**SETTINGS, "workers": 2})
    assert model.window == 10**6 and len(model.wv) == 6


def test_a_wide_window_trains_as_one_that_just_reaches():
    for settings in ({"sg": 1}, {"sg": 0}, {"sg": 1, "deterministic": True}):
        one, other = (Word2Vec(S, window=w, shrink_windows=False, **SETTINGS, **settings) for w in (3, 10**6))
        np.testing.assert_array_equal(one.wv.vectors, other.wv.vectors)


def test_vocabulary_of_another_model(kind):
    model, other = built(kind), kind(NEW, **SETTINGS)
    model.reset_from(other)
    assert model.wv.key_to_index == other.wv.key_to_index and model.wv.vectors.shape == (5, 4)
    if kind is Word2Vec:  # gensim 4.4 waits for ever: its new store has no vectors_lockf
        train(model, NEW)


def test_settings_as_attributes(kind):
    model = kind(S, comment="mine", **SETTINGS)
    names = SimpleNamespace(vector_size=4, layer1_size=4, min_count=1, sample=0, workers=1, window=5, sg=0, hs=0)
    for name, value in vars(names).items():
        assert getattr(model, name) == value, name
    assert model.comment == "mine" and model.sorted_vocab == 1 and model.null_word == 0
    assert model.max_final_vocab is None and model.max_vocab_size is None and model.batch_words == 10_000
    assert f"{model}".startswith("Word2Vec<vocab=6, vector_size=4, alpha=")
    model.sg, model.negative, model.window = 1, 7, 3
    train(model)
    assert (model.sg, model.negative, model.window) == (1, 7, 3)


def test_a_corpus_is_encoded_with_the_words_in_the_models_order():
    """Neither sorted again nor without the words that no corpus has counted."""
    model = built(Word2Vec)
    model.build_vocab([["x", "y"]] * 500, update=True)
    model.wv.add_vector("uncounted", np.ones(4))
    with model._encode([["uncounted", "x", "a"]], None, model.vocab, Progress()) as corpus:
        assert corpus.ids.tolist() == [model.wv.key_to_index[word] for word in ("uncounted", "x", "a")] + [-1]
        assert corpus.vocab.words == model.wv.index_to_key
