"""Documents as numbers: token ids, weighted sums and means, against slow twins."""

import numpy as np
import pytest
from labelled import tokens_of

from w2v.classify.documents import Document
from w2v.classify.features import make_means, read_tokens
from w2v.config import TextConfig
from w2v.documents.lists import Lists, shares, weighted_sums
from w2v.documents.means import SIF_A
from w2v.errors import CorpusError
from w2v.vectors.keyed_vectors import KeyedVectors

DOCUMENTS = [("a b a c", ("x",)), ("", ("y",)), ("b", ("x", "z")), ("c c b", ("y",))]


def tokens(documents=DOCUMENTS, labels=None):
    return read_tokens((Document(*document, "here") for document in documents), str.split, labels)


def as_lists(lists):
    """A Python list for each document."""
    return [part.tolist() for part in np.split(lists.ids, lists.offsets[1:-1])]


def vectors_of(words, size=4, seed=1, counts=None):
    vectors = KeyedVectors(size)
    matrix = np.random.default_rng(seed).normal(1, 1, (len(words), size)).astype(np.float32)
    vectors.index_to_key, vectors.vectors = list(words), matrix
    if counts is not None:
        vectors.expandos["count"] = np.array(counts)
    return vectors


def test_tokens_are_numbered_in_order_and_labels_by_name():
    found = tokens()
    assert found.words == ["a", "b", "c"] and as_lists(found.ids) == [[0, 1, 0, 2], [], [1], [2, 2, 1]]
    assert found.labels == ["x", "y", "z"] and as_lists(found.label_ids) == [[0], [1], [0, 2], [1]]


def test_known_labels_keep_their_numbers_and_others_are_refused():
    assert as_lists(tokens(DOCUMENTS[:2], {"y": 0, "x": 1}).label_ids) == [[1], [0]]
    with pytest.raises(CorpusError, match=r"here: the label 'z' is not one of the model's 2 \(y, x\)"):
        tokens(labels={"y": 0, "x": 1})


def test_text_options_apply_to_documents(tmp_path):
    (tmp_path / "a.txt").write_text("__label__a The King's, the END.\n")
    assert tokens_of(tmp_path / "a.txt", TextConfig(lower=True, tokenize=True)).words == ["the", "king's", "end"]


def test_choosing_and_keeping_entries_of_lists():
    lists = tokens().ids
    assert as_lists(lists.chosen(np.array([3, 1, 0]))) == [[2, 2, 1], [], [0, 1, 0, 2]]
    assert as_lists(lists.kept(lists.ids != 2)) == [[0, 1, 0], [], [1], [1]]
    assert lists.owners.tolist() == [0, 0, 0, 0, 2, 3, 3, 3] and len(lists) == 4


def means(matrix, lists, weights, by):
    return weighted_sums(matrix, lists, weights, shares(lists, weights, by)).tolist()


def test_weighted_sums_of_rows():
    matrix, weights = np.array([[1, 0], [3, 4], [0, 8]], np.float32), np.array([1, 3, 1], np.float32)
    lists = Lists(np.array([0, 1, 1, 2], np.int32), np.array([0, 2, 2, 4]))
    for by in ("number", "sum"):
        assert means(matrix, lists, np.ones(3, np.float32), by) == [[2, 2], [0, 0], [1.5, 6]]
    assert means(matrix, lists, weights, "sum") == [[2.5, 3], [0, 0], [2.25, 5]]
    assert means(matrix, lists, weights, "number") == [[5, 6], [0, 0], [4.5, 10]]
    large, ids = np.zeros((1000, 2), np.float16), np.array([7, 500, 999], np.int32)[lists.ids]
    large[[7, 500, 999]] = matrix  # of float16 only the rows in use are made float32
    assert means(large, Lists(ids, lists.offsets), np.ones(1000, np.float32), "sum") == [[2, 2], [0, 0], [1.5, 6]]


def slow_means(documents, vectors, weight, by_weight):
    rows = []
    for text, _ in documents:
        known = [word for word in text.split() if word in vectors]
        total = sum(weight(word) for word in known) if by_weight else len(known)
        rows.append(sum(weight(word) * vectors[word].astype(float) for word in known) / total)
    return np.array(rows)


KNOWN = [("a b a c new", ("x",)), ("b", ("x",)), ("c c b", ("y",)), ("a", ("y",))]


def assert_scaled(found, raw):
    assert found == pytest.approx((raw - raw.mean(axis=0)) / raw.std(axis=0), abs=2e-4)


@pytest.mark.parametrize("weighting", ["uniform", "tfidf", "sif"])
def test_means_against_their_definitions(weighting):
    vectors, counts = vectors_of("abcd", counts=[50, 30, 15, 5]), {"a": 50, "b": 30, "c": 15}
    documents = tokens(KNOWN)
    means = make_means(vectors, weighting, documents)
    holding = {word: sum(word in text.split() for text, _ in KNOWN) for word in "abc"}
    weight = {
        "uniform": lambda word: 1.0,
        "tfidf": lambda word: np.log((1 + len(KNOWN)) / (1 + holding[word])) + 1,
        "sif": lambda word: SIF_A / (SIF_A + counts[word] / 100),
    }[weighting]
    raw = slow_means(KNOWN, vectors, weight, weighting != "sif")
    if weighting == "sif":
        common = np.linalg.svd(raw)[2][0]
        raw = raw - np.outer(raw @ common, common)
        assert abs(means.component @ common) == pytest.approx(1, abs=1e-5)
    assert_scaled(means.features(means.lists(documents)), raw)


def test_sif_without_counts_takes_them_from_the_documents():
    means = make_means(vectors_of("abcd"), "sif", tokens(KNOWN))
    assert means.word_weights[:3] == pytest.approx([SIF_A / (SIF_A + n / 9) for n in (3, 3, 3)])
    assert means.word_weights[3] == 1  # never seen


def test_documents_without_a_known_word_do_not_shift_the_scale():
    with_strangers = [*KNOWN, ("strange", ("x",)), ("", ("y",))]
    one, other = (make_means(vectors_of("abcd"), "uniform", tokens(items)) for items in (KNOWN, with_strangers))
    assert (one.center == other.center).all() and (one.scale == other.scale).all()


def test_vectors_of_another_language_are_refused():
    with pytest.raises(CorpusError, match="no word of the documents has a vector"):
        make_means(vectors_of("xyz"), "uniform", tokens(KNOWN))
