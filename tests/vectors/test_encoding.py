"""Texts as weighted means of word vectors, against slow twins."""

import logging

import numpy as np
import pytest

import w2v
from w2v.corpus.ngrams import Ngrams
from w2v.documents.means import SIF_A
from w2v.errors import ConfigError, CorpusError, UnknownWordError
from w2v.formats.vector_files import VectorTable
from w2v.vectors import encoding
from w2v.vectors.encoding import Encoder
from w2v.vectors.subword_vectors import SubwordVectors
from w2v.vectors.text_search import TextSearch

TEXTS = ["the king rules", "the the queen", "", "unknown words only", "man or woman", "the queen of unknown"]
COUNTS = {"the": 50, "of": 30, "or": 9, "king": 5, "queen": 4, "man": 3, "woman": 2, "rules": 1}


@pytest.fixture(scope="module")
def vectors():
    made = w2v.KeyedVectors(6)
    made.add_vectors(list(COUNTS), np.random.default_rng(3).normal(0.4, 1, (len(COUNTS), 6)))
    made.expandos["count"] = np.array(list(COUNTS.values()))
    return made


def weight_of(rule, word):
    if rule == "sif":
        return SIF_A / (SIF_A + COUNTS[word] / sum(COUNTS.values()))
    n_with = sum(word in text.split() for text in TEXTS)
    return 1.0 if rule == "uniform" else np.log((1 + len(TEXTS)) / (1 + n_with)) + 1


def slow(vectors, rule):
    rows = []
    for text in TEXTS:
        words = [word for word in text.split() if word in vectors]
        weights = [weight_of(rule, word) for word in words]
        total = sum((weight * vectors[word] for weight, word in zip(weights, words, strict=True)), np.zeros(6))
        rows.append(total / ((len(words) if rule == "sif" else sum(weights)) or 1))
    found = np.array(rows)
    if rule == "sif":
        component = np.linalg.svd(found)[2][0]
        found -= np.outer(found @ component, component)
    return found


@pytest.mark.parametrize("rule", ["uniform", "tfidf", "sif"])
@pytest.mark.parametrize("batch", [2, 4096])
def test_means(vectors, rule, batch, monkeypatch):
    monkeypatch.setattr(encoding, "BATCH", batch)
    wanted = slow(vectors, rule)
    np.testing.assert_allclose(vectors.encode(iter(TEXTS), rule), wanted, atol=2e-6)
    found = vectors.encode([text.split() for text in TEXTS], rule, normalize=True, threads=2)
    lengths = np.linalg.norm(wanted, axis=1, keepdims=True)
    np.testing.assert_allclose(found, wanted / np.where(lengths > 0, lengths, 1), atol=2e-6)


def test_what_was_learned_from_texts_is_used_for_others(vectors):
    encoder = Encoder(vectors, "tfidf")
    encoder.fit(encoder.read(TEXTS))
    weights = [weight_of("tfidf", "king"), np.log(1 + len(TEXTS)) + 1]  # "man" is in one text, "of" in one, ...
    found = encoder.means(encoder.read(["king", "king of"]))
    np.testing.assert_allclose(found[0], vectors["king"], rtol=1e-6)
    share = weights[0] / (weights[0] + weight_of("tfidf", "of"))
    np.testing.assert_allclose(found[1], share * vectors["king"] + (1 - share) * vectors["of"], rtol=1e-5)
    encoder.fit(encoder.read(["man"]))
    share = 1 / (1 + np.log(2) + 1)  # a word of no text counts as one that is in none
    np.testing.assert_allclose(
        encoder.means(encoder.read(["man king"]))[0], share * vectors["man"] + (1 - share) * vectors["king"], rtol=1e-5
    )


def test_sif_without_counts_takes_those_of_the_texts(vectors):
    bare = w2v.KeyedVectors(6)
    bare.add_vectors(list(COUNTS), vectors.matrix)
    with_counts = w2v.KeyedVectors(6)
    with_counts.add_vectors(list(COUNTS), vectors.matrix)
    words = [word for text in TEXTS for word in text.split()]
    with_counts.expandos["count"] = np.array([words.count(word) for word in COUNTS])
    np.testing.assert_allclose(bare.encode(TEXTS, "sif"), with_counts.encode(TEXTS, "sif"), atol=1e-6)


def test_one_text_is_one_vector_and_unknown_words_are_counted(vectors, caplog):
    with caplog.at_level(logging.INFO, "w2v"):
        assert vectors.encode("the king").shape == (6,) and not caplog.records
        vectors.encode(TEXTS)
    assert caplog.messages == [
        "6 texts with 16 words, 4 of them unknown (25.0 %: unknown, words, only); 2 texts without a known word: zeros"
    ]
    assert vectors.encode([]).shape == (0, 6) and vectors.encode([], "sif").shape == (0, 6)
    for rule in ("tfidf", "sif"):
        assert not vectors.encode(["", "x"], rule).any()


def test_similarity_of_texts(vectors):
    one, other = vectors.encode(["the king", "queen"])
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert vectors.text_similarity("the king", ["queen"]) == pytest.approx(cosine, abs=1e-6)
    assert vectors.text_similarity("the king", "nobody") == 0


@pytest.mark.parametrize("texts", [[1], [["a", 2]], [b"a"]])
def test_what_is_no_text(vectors, texts):
    with pytest.raises(CorpusError, match="give a str, or a list of str"):
        vectors.encode(texts)


def test_weights_that_there_are_not(vectors):
    with pytest.raises(ConfigError, match="choose one of uniform, tfidf, sif"):
        vectors.encode(["a"], "bm25")


def test_texts_are_cut_as_training_did(vectors):
    vectors = vectors.vectors_for_all(COUNTS)
    assert not vectors.encode("The KING,").any()
    vectors.metadata = {"text": {"lower": True, "nfc": False, "tokenize": True}}
    np.testing.assert_array_equal(vectors.encode("The KING,"), vectors.encode(["the", "king"]).mean(axis=0))


def test_keys_that_are_numbers():
    vectors = w2v.KeyedVectors(2)
    vectors.add_vectors([7, 12], np.eye(2))
    assert vectors.encode(["7 12", "12 13", "-"]).tolist() == [[0.5, 0.5], [0, 1], [0, 0]]


def test_unknown_words_are_composed_of_ngrams():
    config = {"min_n": 3, "max_n": 3, "bucket": 50, "hash_count": 0}
    buckets = np.array(sorted(set(Ngrams(**config).buckets("kings"))), np.int32)
    rows = np.random.default_rng(0).normal(size=(1 + len(buckets), 4)).astype(np.float32)
    table = VectorTable(["king"], rows[:1], metadata={"config": config}, input_rows=rows, ngram_buckets=buckets)
    vectors = SubwordVectors.from_table(table)
    for rule in ("uniform", "tfidf", "sif"):
        found = Encoder(vectors, rule).read(["king kings", "€"])
        assert found.words == ["king", "kings"] and found.unknown == {"€": 1}
    np.testing.assert_allclose(vectors.encode("king kings"), (vectors["king"] + vectors["kings"]) / 2, rtol=1e-5)


def test_search(vectors):
    index = TextSearch(vectors, TEXTS, "uniform")
    rows = vectors.encode(TEXTS, normalize=True)
    asked = vectors.encode("queen", normalize=True)
    places, scores = zip(*index.nearest("queen nobody", 10), strict=True)
    assert sorted(places) == [0, 1, 4, 5] and list(scores) == sorted(scores, reverse=True)
    np.testing.assert_allclose(scores, rows[list(places)] @ asked, atol=1e-6)
    assert [place for place, _ in index.nearest("queen", 1)] == [places[0]]
    with pytest.raises(UnknownWordError, match="no word of 'nobody' has a vector"):
        index.nearest("nobody")
    with pytest.raises(ConfigError, match="topn is 0"):
        index.nearest("queen", 0)
