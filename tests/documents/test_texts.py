"""Texts as numbers, and sums of rows: scanner, batches and compiled code give what the plain way gives."""

import random

import numpy as np
import pytest

from w2v.config import TextConfig
from w2v.documents import lists, scanned, texts
from w2v.documents.lists import DROPPED, Lists, looked_up, plain_sums, weighted_sums
from w2v.documents.texts import Cutter, numbered, numbered_plainly

PIECES = ["a", "B", "Über", "don't", "x\u2003y", "e\u0301", "", "\n", "z,w", "..", "\r", "ΣΑΣ", "long" * 9]


def made(n, seed=1):
    chosen = random.Random(seed)
    return [" ".join(chosen.choices(PIECES, k=chosen.randint(0, 9))) for _ in range(n)]


def assert_same(found, wanted, is_in_order=True):
    """`numbered` against `numbered_plainly`: words and their counts, lists, and lists of some of the words."""
    words, ids = wanted
    assert found.words == words if is_in_order else sorted(found.words) == sorted(words)
    place_of = {word: place for place, word in enumerate(found.words)}
    ids = looked_up(ids, np.array([place_of[word] for word in words], np.int32))
    assert found.counts.tolist() == np.bincount(ids.ids, minlength=len(words)).tolist()
    new_ids = np.where(np.arange(len(words)) % 3 == 1, DROPPED, 7 + np.arange(len(words))).astype(np.int32)
    for own, plain in ((found.lists(), ids), (found.lists(new_ids), looked_up(ids, new_ids))):
        assert own.ids.tolist() == plain.ids.tolist() and own.offsets.tolist() == plain.offsets.tolist()
        assert own.ids.dtype == np.int32 and own.offsets.dtype == np.int64


@pytest.mark.parametrize(
    "config", [TextConfig(), TextConfig(lower=True), TextConfig(lower=True, nfc=True, tokenize=True)]
)
def test_scanned_texts_are_those_of_the_plain_way(config, monkeypatch):
    monkeypatch.setattr(texts, "_SCANNED", 1)
    given, calls = made(120), []
    own = scanned.Scanner.scan
    monkeypatch.setattr(scanned.Scanner, "scan", lambda *args: calls.append(own(*args)) or calls[-1])
    cut = Cutter(config)
    for n_characters in (200, 1 << 20):
        assert_same(numbered(iter(given), cut, 2, n_characters), numbered_plainly(given, cut))
    assert len(calls) > 5 and None not in calls


@pytest.mark.parametrize("odd", [["a", "b c"], "\0 a", "half \ud800"])
@pytest.mark.parametrize("n_characters", [20, 1 << 20])
def test_what_is_not_to_be_scanned_goes_the_plain_way(odd, n_characters, monkeypatch):
    monkeypatch.setattr(texts, "_SCANNED", 1)
    given, cut = [*made(5), odd, "a", *made(5, 2)], Cutter(TextConfig())
    assert_same(numbered(given, cut, 2, n_characters), numbered_plainly(given, cut), n_characters > 20)


def test_no_text_and_errors_of_the_source():
    assert_same(numbered([], Cutter(TextConfig())), numbered_plainly([], Cutter(TextConfig())))

    def failing():
        yield "a"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        numbered(failing(), Cutter(TextConfig()))


@pytest.mark.parametrize("size", [3, 16, 29, 200])
@pytest.mark.parametrize("kind", ["<f4", "<f2", "columns"])
def test_compiled_sums_are_those_of_numpy(size, kind, monkeypatch):
    generator = np.random.default_rng(size)
    matrix = generator.normal(size=(40, 2 * size)).astype("<f4" if kind == "columns" else kind)
    matrix = matrix[:, :size] if kind == "columns" else matrix[:, :size].copy()
    lengths = np.array([0, 3, 1, 0, 30, 2, 0])
    given = Lists(generator.integers(0, 40, lengths.sum(), np.int32), np.concatenate([[0], np.cumsum(lengths)]))
    weights, shares = generator.random(40, np.float32), generator.random(len(lengths), np.float32)
    monkeypatch.setattr(lists, "_COMPILED", 0)
    found = weighted_sums(matrix, given, weights, shares)
    slow = [
        shares[n] * (weights[ids, None] * matrix[ids]).sum(axis=0)
        for n in range(len(given))
        for ids in [given.ids[given.offsets[n] : given.offsets[n + 1]]]
    ]
    assert found.dtype == np.float32 and found.flags.c_contiguous
    np.testing.assert_allclose(found, slow, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(plain_sums(matrix, given, weights, shares), slow, rtol=1e-4, atol=1e-5)
