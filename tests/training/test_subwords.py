"""Models with character n-grams: trained, written, read, interrupted, extended, frozen; words that were never seen."""

import dataclasses
import unicodedata

import numpy as np
import pytest
from support import StopsAt

import w2v
from w2v.cli.commands import main
from w2v.config import TrainConfig
from w2v.corpus.ngrams import Ngrams
from w2v.errors import ConfigError, FormatError, UnknownWordError
from w2v.formats.vector_files import read_vectors, write_vectors
from w2v.system.interrupts import Interrupted
from w2v.training.model import Word2Vec
from w2v.vectors.subword_vectors import SubwordVectors

# Korean nouns with their particles: generated, so that n-grams are cut at characters of three bytes.
STEMS = ["왕", "여왕", "고양이", "강아지", "king", "naïve"]
ENDINGS = ["", "은", "을", "에게", "s", "ly"]
WORDS = [stem + ending for stem in STEMS for ending in ENDINGS]
SENTENCES = [np.random.default_rng(n).choice(WORDS, 12).tolist() for n in range(200)]
NGRAMS = {"min_n": 2, "max_n": 4, "bucket": 1_000_000}
KINDS = {
    "sg": {"model": "sg"}, "cbow": {"model": "cbow"}, "hs": {"model": "sg", "loss": "hs"},
    "cbow-hs": {"loss": "hs"}, "pair": {"model": "sg", "negative_sharing": "pair"},
    "window": {"negative_sharing": "window"}, "floret": {"model": "sg", "bucket": 60, "hash_count": 2},
}  # fmt: skip


def new_model(sentences=SENTENCES, **settings):
    config = {"vector_size": 20, "window": 3, "threads": 1, "epochs": 2, "sample": 0.01, "min_count": 1}
    model = Word2Vec.from_config(TrainConfig(**{**config, **NGRAMS, **settings}))
    model.build_vocab(sentences)
    return model


def bytes_of(model):
    return b"".join(rows.tobytes() for rows in model.weights)


def slow_vector(model, word):
    """The mean of a word's rows, by the definition."""
    ngrams = Ngrams(*(getattr(model.config, name) for name in Ngrams._fields))
    buckets, inputs = model.ngram_buckets.tolist(), model.weights.inputs[:, :20]
    rows = [inputs[len(inputs) - len(buckets) + buckets.index(b)] if b in buckets else np.zeros(20)
            for b in ngrams.buckets(word)]  # fmt: skip
    if word in model.vocab and ngrams.has_word_rows:
        rows.insert(0, inputs[model.vocab.ids[word]])
    return np.mean(rows, axis=0)


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_means_of_the_rows_of_n_grams(kind):
    model = new_model(**KINDS[kind])
    before = model.weights.inputs.copy()
    model.train(SENTENCES)
    assert (model.weights.inputs != before)[:, :20].any(axis=1).all()
    for word in [*WORDS, "왕들은", "kingly", "naïves"]:
        np.testing.assert_allclose(model.wv[word], slow_vector(model, word), atol=1e-6)


@pytest.mark.parametrize("kind", ["sg", "cbow", "floret"])
@pytest.mark.parametrize("deterministic", [False, True])
def test_the_same_bytes_again_and_after_an_interruption(tmp_path, kind, deterministic):
    found = set()
    for threads in (1, 2) if deterministic else (1, 1):
        model = new_model(**KINDS[kind], deterministic=deterministic, threads=threads)
        model.train(SENTENCES)
        found.add(bytes_of(model))
    model = new_model(**KINDS[kind], deterministic=deterministic)
    with pytest.raises(Interrupted):
        model.train(SENTENCES, progress=StopsAt(40), checkpoint=tmp_path / "c")
    assert isinstance(w2v.load(tmp_path / "c"), SubwordVectors)
    assert found == {bytes_of(Word2Vec.resume(tmp_path / "c", SENTENCES))}


def test_a_file_gives_all_back(tmp_path):
    model = new_model()
    model.train(SENTENCES)
    model.save(tmp_path / "m.w2v")
    again, vectors = Word2Vec.load(tmp_path / "m.w2v"), w2v.load(tmp_path / "m.w2v")
    assert bytes_of(again) == bytes_of(model) and again.ngram_buckets.tolist() == model.ngram_buckets.tolist()
    for word in ("왕", "왕들은"):
        assert vectors[word].tolist() == model.wv[word].tolist() == again.wv[word].tolist()
    vectors.save(tmp_path / "v.w2v")  # as keyed vectors, and still whole
    assert bytes_of(Word2Vec.load(tmp_path / "v.w2v")) == bytes_of(model)
    for one in (model, again):
        one.train(SENTENCES, epochs=1, start_alpha=0.01)
    assert bytes_of(again) == bytes_of(model)
    assert model.wv["왕들은"].tolist() == again.wv["왕들은"].tolist() != vectors["왕들은"].tolist()


def test_without_n_grams_nothing_is_new(tmp_path):
    model = new_model(max_n=0)
    model.train(SENTENCES)
    assert model.word_rows is model.ngram_buckets is None and len(model.weights.inputs) == len(WORDS)
    model.save(tmp_path / "m.w2v")
    assert type(w2v.load(tmp_path / "m.w2v")) is w2v.KeyedVectors
    with pytest.raises(UnknownWordError):
        model.wv["왕들은"]


@pytest.mark.parametrize("kind", ["sg", "floret"])
def test_new_words_join_and_old_ones_keep_their_rows(kind):
    model = new_model(**KINDS[kind])
    model.train(SENTENCES)
    before = {word: model.wv[word] for word in [*WORDS, "왕들은"]}
    model.build_vocab([["queen", "queens", "왕들은"] * 9, ["kingdom", "왕"] * 9], update=True)
    assert len(model.vocab) == len(WORDS) + 4
    for word in WORDS:
        np.testing.assert_allclose(model.wv[word], before[word], atol=1e-6)
    assert kind == "floret" or not np.allclose(model.wv["왕들은"], before["왕들은"])
    assert not model.wv.is_composed("왕들은") and model.wv.is_composed("queenly")
    model.train([["queen", "queens", "왕들은", "kingdom"] * 9] * 9, epochs=1, start_alpha=0.02)
    for word in ("queen", "queenly"):
        np.testing.assert_allclose(model.wv[word], slow_vector(model, word), atol=1e-6)


def test_another_model_s_rows_are_taken_and_kept(tmp_path):
    old = new_model()
    old.train(SENTENCES)
    more = [*SENTENCES, *[["queen", "왕들은", "king"] * 4] * 9]
    model = new_model(more)
    assert model.start_from(old.to_table(), freeze=True) == len(WORDS)
    np.testing.assert_allclose(model.wv["여왕"], old.wv["여왕"], atol=1e-6)
    n_frozen = int(model.frozen.sum())
    assert n_frozen == len(old.weights.inputs) and len(model.frozen) == len(model.weights.inputs) > n_frozen
    with pytest.raises(Interrupted):
        model.train(more, progress=StopsAt(50), checkpoint=tmp_path / "c")
    model = Word2Vec.resume(tmp_path / "c", more)
    np.testing.assert_allclose(model.wv["여왕"], old.wv["여왕"], atol=1e-6)
    assert (model.weights.outputs != 0).any()
    other = new_model(more, bucket=999)
    assert other.start_from(old.to_table()) == len(WORDS)  # by the words' own rows
    np.testing.assert_allclose(other.wv["여왕"], old.wv["여왕"], atol=1e-6)
    for unfit in (new_model(more, bucket=999), new_model(more, **KINDS["floret"])):
        with pytest.raises(ConfigError, match="same n-grams"):
            unfit.start_from(old.to_table(), freeze=True)


@pytest.mark.parametrize("kind", ["sg", "floret"])
def test_words_in_another_order_keep_their_rows(tmp_path, kind):
    """gensim's `sort_by_descending_frequency`; `save` refused a model with n-grams after it."""
    model = new_model(**KINDS[kind])
    model.train(SENTENCES)
    outputs = dict(zip(model.vocab.words, model.output_vectors.copy(), strict=True))
    before, unseen = {word: model.wv[word].copy() for word in WORDS}, model.wv["kingdoms"]
    for count, word in enumerate(WORDS, 1):
        model.wv.set_vecattr(word, "count", count)
    model.wv.sort_by_descending_frequency()
    model.save(tmp_path / "m.w2v")
    for found in (model, Word2Vec.load(tmp_path / "m.w2v")):
        assert found.vocab.words == found.wv.index_to_key == WORDS[::-1]
        for word, row in before.items():
            np.testing.assert_array_equal(found.wv[word], row)
            np.testing.assert_allclose(slow_vector(found, word), row, atol=1e-6)
            np.testing.assert_array_equal(found.output_vectors[found.vocab.ids[word]], outputs[word])
        np.testing.assert_array_equal(found.wv["kingdoms"], unseen)
        found.train(SENTENCES, epochs=1, start_alpha=0.01)
        assert (found.wv["kings"] != before["kings"]).any()
    model.wv.index_to_key[:2] = model.wv.index_to_key[1::-1]  # two words change places, not their vectors
    model.wv.key_to_index = None
    with pytest.raises(ConfigError, match=r"share input rows, .* a copy of the vectors"):
        model.save(tmp_path / "m.w2v")


def test_a_word_without_a_vector_says_so():
    model = new_model(min_n=3)
    model.train(SENTENCES)
    vectors = model.wv
    assert "왕에게는" in vectors and vectors.is_composed("왕에게는") and not vectors.is_composed("왕")
    assert vectors.known_ngrams("왕에xyz") == ["<왕에"]
    assert vectors.known_ngrams("kinglys")[:3] == ["<ki", "<kin", "kin"]
    for word, why in (("", "too short"), ("zzzz", "met none"), (7_000_000, "only text")):
        assert word not in vectors
        with pytest.raises(UnknownWordError, match=why):
            vectors[word]
    with pytest.raises(KeyError, match="met none"):
        vectors.most_similar("zzzz")
    assert vectors.most_similar("zzzz", missing="skip") == []
    assert len(vectors.most_similar("왕에게는")) == 10
    assert not np.shares_memory(vectors["왕에게는"], vectors.ngram_rows)
    decomposed = unicodedata.normalize("NFD", "naïve")
    assert vectors.is_composed(decomposed) and vectors[decomposed].tolist() != vectors["naïve"].tolist()


def test_keys_may_be_added_and_the_rest_still_composes(tmp_path):
    model = new_model()
    vectors, composed = model.wv, model.wv["왕들은"].tolist()
    vectors.add_vector("왕들은", np.ones(20))
    assert vectors["왕들은"].tolist() == [1] * 20
    vectors.add_vector("more", np.ones(20))
    vectors.save(tmp_path / "v.w2v")
    again = w2v.load(tmp_path / "v.w2v")
    assert again["왕들은"].tolist() == [1] * 20 and again.is_composed("왕들을")
    assert again.vectors_for_all(["왕들을", "zz-zz", "왕"]).index_to_key == ["왕들을", "왕"]
    assert composed != [1] * 20
    with pytest.raises(FormatError, match="no training state"):
        Word2Vec.load(tmp_path / "v.w2v")


@pytest.mark.parametrize("damage", [
    {"ngram_buckets": None},
    {"ngram_buckets": np.zeros(5, np.int32)},
    {"ngram_buckets": np.array([1_000_000], np.int32)},
    {"ngram_buckets": np.array([-1], np.int32)},
    {"ngram_buckets": np.arange(900, dtype=np.int32)},
    {"row_ids": None},
], ids=["none", "twice", "large", "negative", "many", "no lists"])  # fmt: skip
def test_damaged_files_are_refused(tmp_path, damage):
    table = new_model().to_table()._replace(**damage)
    write_vectors(tmp_path / "m.w2v", table, "w2v")
    with pytest.raises(FormatError, match="damaged"):
        Word2Vec.load(tmp_path / "m.w2v")


@pytest.mark.parametrize("settings", [
    {"max_n": -1}, {"max_n": "6"}, {"bucket": 0}, {"hash_count": 7}, {"min_n": 9}, {"bucket": 1 << 60}, None,
])  # fmt: skip
def test_settings_that_no_model_has_leave_plain_vectors(tmp_path, settings):
    table = new_model().to_table()
    config = {} if settings is None else {**table.metadata["config"], **settings}
    write_vectors(tmp_path / "m.w2v", table._replace(metadata={"config": config}), "w2v")
    vectors = w2v.load(tmp_path / "m.w2v")
    assert len(vectors) == len(WORDS) and "왕들은" not in vectors


def test_a_few_words_of_a_file_compose_as_all_do(tmp_path):
    model = new_model()
    model.save(tmp_path / "m.w2v")
    few = w2v.KeyedVectors.load(tmp_path / "m.w2v").from_table(read_vectors(tmp_path / "m.w2v", limit=3))
    assert len(few) == 3 and few.output_vectors is None
    for word in [*few.index_to_key, "여왕들", "kinglys"]:
        assert np.allclose(few[word], model.wv[word], atol=1e-6)
    left_out = next(word for word in WORDS if word not in few.key_to_index and len(word) > 3)
    assert few.is_composed(left_out)


def test_numbers_have_no_n_grams():
    with pytest.raises(ConfigError, match="numbers"):
        new_model([np.arange(10)] * 9)


def test_the_log_says_what_is_trained():
    assert "n-grams of 2 to 4 characters in 1,000,000 rows, 20 dimensions" in w2v.training.keywords.describe(
        dataclasses.replace(new_model().config)
    )


def test_ngrams_that_do_not_fit_their_rows_are_a_damaged_file(tmp_path, capsys):
    """Each of these was an `IndexError` or the like, in a question, a start or a change."""
    model = new_model()
    table = model.to_table()
    n_words, n_ngrams, n_rows = len(model.vocab), len(table.ngram_buckets), len(table.input_rows)
    damages = {
        "few": {"input_rows": table.input_rows[:10]}, "none": {"input_rows": None},
        "own": {"input_rows": table.input_rows[1:]},
        "more": {"ngram_buckets": np.arange(n_rows + 5, dtype=np.int32)},
        "negative": {"ngram_buckets": np.arange(n_ngrams, dtype=np.int32) - 1},
        "twice": {"ngram_buckets": np.zeros(n_ngrams, np.int32)},
        "large": {"ngram_buckets": np.arange(n_ngrams, dtype=np.int32) + NGRAMS["bucket"]},
        "short": {"vectors": table.vectors[:, :8], "trained_vectors": table.vectors},
    }  # fmt: skip
    for name, damage in damages.items():
        path = tmp_path / f"{name}.w2v"
        write_vectors(path, table._replace(**damage))
        with pytest.raises(FormatError, match=f"{name}.w2v: .*the file is damaged"):
            read_vectors(path)
    assert main(["nn", str(tmp_path / "few.w2v"), "kingly"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    write_vectors(tmp_path / "own.w2v", table._replace(ngram_buckets=None))
    own = read_vectors(tmp_path / "own.w2v")
    again = new_model(seed=2)
    assert again.start_from(own, False) == n_words  # by the words' own rows
    np.testing.assert_allclose(again.input_vectors, table.vectors, atol=1e-5)
