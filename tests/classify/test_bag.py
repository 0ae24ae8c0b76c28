"""Bags of words and n-grams against slow twins."""

import zlib
from collections import Counter

import numpy as np
import pytest
from labelled import labelled_text, tokens_of

from w2v.classify.bag import found_in, make_bag, ngrams
from w2v.classify.config import MAX_BUCKETS, ClassifyConfig
from w2v.classify.documents import Document
from w2v.classify.features import read_tokens

DOCUMENTS = [("a b a c", ("x",)), ("", ("y",)), ("b", ("x", "z")), ("c c b", ("y",))]


def tokens(documents=DOCUMENTS):
    return read_tokens((Document(*document, "here") for document in documents), str.split)


def as_lists(lists):
    """A Python list for each document."""
    return [part.tolist() for part in np.split(lists.ids, lists.offsets[1:-1])]


def slow_ngrams(words, longest, n_buckets):
    found = []
    for n in range(2, longest + 1):
        for start in range(len(words) - n + 1):
            number = 0
            for word in words[start : start + n]:
                number = (number * 116049371 + zlib.crc32(word.encode())) % 2**64
            found.append(number % n_buckets)
    return found


@pytest.mark.parametrize("longest", [1, 2, 3, 5])
def test_ngrams_stay_within_their_document(longest):
    found = [as_lists(grams) for grams in ngrams(tokens(), longest, 1000)]
    expected = [slow_ngrams(text.split(), longest, 1000) for text, _ in DOCUMENTS]
    assert [sum(parts, []) for parts in zip(*found, strict=True)] == (expected if longest > 1 else [])


def bag_config(**settings):
    return ClassifyConfig(**{"finetune": True, "ngram_min_count": 1, "weights": "uniform", **settings})


def test_a_bag_has_words_by_count_then_the_buckets_that_occurred(tmp_path):
    (tmp_path / "a.txt").write_text(labelled_text(50))
    documents = tokens_of(tmp_path / "a.txt")
    bag, lists = make_bag(documents, bag_config(min_count=2, word_ngrams=3, buckets=5000))
    texts = [[documents.words[i] for i in part] for part in as_lists(documents.ids)]
    counts = {word: sum(text.count(word) for text in texts) for word in documents.words}
    assert list(bag.rows) == sorted((w for w in counts if counts[w] >= 2), key=lambda word: -counts[word])
    buckets = sorted({bucket for text in texts for bucket in slow_ngrams(text, 3, 5000)})
    assert bag.buckets.tolist() == buckets and bag.n_rows == len(bag.rows) + len(buckets)
    assert (bag.row_weights == 1).all() and as_lists(bag.lists(documents)) == as_lists(lists)
    for found, text in zip(as_lists(lists), texts, strict=True):
        grams = [len(bag.rows) + buckets.index(bucket) for bucket in slow_ngrams(text, 3, 5000)]
        assert found == [bag.rows[word] for word in text if word in bag.rows] + grams


def test_words_and_ngrams_of_other_documents_have_no_row():
    bag, _ = make_bag(tokens(), bag_config(word_ngrams=2))
    assert as_lists(bag.lists(tokens([("a new b a", ("x",))])))[0][:3] == [bag.rows["a"], bag.rows["b"], bag.rows["a"]]
    assert as_lists(bag.lists(tokens([("new words only", ())]))) == [[]]


@pytest.mark.parametrize("least", [1, 2, 3])
def test_rare_ngrams_have_no_row(tmp_path, least):
    (tmp_path / "a.txt").write_text(labelled_text(50))
    documents = tokens_of(tmp_path / "a.txt")
    texts = [[documents.words[i] for i in part] for part in as_lists(documents.ids)]
    counts = Counter(bucket for text in texts for bucket in slow_ngrams(text, 3, MAX_BUCKETS))
    bag, lists = make_bag(documents, bag_config(word_ngrams=3, ngram_min_count=least))
    assert bag.buckets.tolist() == sorted(bucket for bucket, n in counts.items() if n >= least)
    kept = [sum(counts[bucket] >= least for bucket in slow_ngrams(text, 3, MAX_BUCKETS)) for text in texts]
    assert lists.lengths.tolist() == [len(text) + n for text, n in zip(texts, kept, strict=True)]


def test_the_rows_of_a_bag_are_weighted_by_tfidf(tmp_path):
    (tmp_path / "a.txt").write_text(labelled_text(50))
    documents = tokens_of(tmp_path / "a.txt")
    bag, lists = make_bag(documents, bag_config(word_ngrams=2, weights=None))
    holding = Counter(row for rows in as_lists(lists) for row in set(rows))
    expected = [np.log(51 / (1 + holding[row])) + 1 for row in range(bag.n_rows)]
    assert bag.row_weights == pytest.approx(expected, rel=1e-6)


def test_a_document_of_tfidf_has_length_one(tmp_path):
    (tmp_path / "a.txt").write_text(labelled_text(50))
    bag, lists = make_bag(tokens_of(tmp_path / "a.txt"), bag_config(word_ngrams=2, weights="tfidf"))
    for rows, found in zip(as_lists(lists), bag.features(np.eye(bag.n_rows, dtype=np.float32), lists), strict=True):
        counts = np.bincount(rows, minlength=bag.n_rows) * bag.row_weights
        assert found == pytest.approx(counts / np.linalg.norm(counts), abs=1e-6)


@pytest.mark.parametrize("end", [1, 7, 1000, 1 << 20, 2_000_000, MAX_BUCKETS - 1, MAX_BUCKETS])
def test_numbers_are_found_as_a_search_finds_them(end):
    draw = np.random.default_rng(end)
    some = np.concatenate([draw.integers(0, end, 500), np.arange(min(end, 300)), [end - 1]])
    for numbers in (np.unique(some).astype(np.int32), np.zeros(0, np.int32)):
        keys = np.concatenate([some, draw.integers(0, end, 500), [0]]).astype(np.int32)
        places, is_there = found_in(numbers, keys, end)
        assert np.array_equal(is_there, np.isin(keys, numbers))
        assert np.array_equal(places, np.searchsorted(numbers, keys))
