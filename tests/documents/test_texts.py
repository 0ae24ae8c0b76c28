"""Texts as numbers: the scanner of corpora and batches give what the plain way gives."""

import random

import pytest

from w2v.config import TextConfig
from w2v.documents import scanned, texts
from w2v.documents.texts import Cutter, numbered, numbered_in_batches

PIECES = ["a", "B", "Über", "don't", "x\u2003y", "e\u0301", "", "\n", "z,w", "..", "\r", "ΣΑΣ", "long" * 9]


def made(n, seed=1):
    chosen = random.Random(seed)
    return [" ".join(chosen.choices(PIECES, k=chosen.randint(0, 9))) for _ in range(n)]


def assert_same(found, wanted):
    assert found[0] == wanted[0]
    assert found[1].ids.tolist() == wanted[1].ids.tolist() and found[1].offsets.tolist() == wanted[1].offsets.tolist()


@pytest.mark.parametrize(
    "config", [TextConfig(), TextConfig(lower=True), TextConfig(lower=True, nfc=True, tokenize=True)]
)
def test_scanned_texts_are_those_of_the_plain_way(config, monkeypatch):
    monkeypatch.setattr(texts, "_SCANNED", 1)
    given, calls = made(120), []
    monkeypatch.setattr(scanned, "scanned", lambda *args, own=scanned.scanned: calls.append(own(*args)) or calls[-1])
    cut = Cutter(config)
    for n_characters in (200, 1 << 20):
        assert_same(numbered_in_batches(iter(given), cut, 2, n_characters), numbered(given, cut))
    assert len(calls) > 5 and None not in calls


@pytest.mark.parametrize("odd", [["a", "b c"], "\0 a", "half \ud800"])
def test_what_is_not_to_be_scanned_goes_the_plain_way(odd, monkeypatch):
    monkeypatch.setattr(texts, "_SCANNED", 1)
    given = [*made(5), odd, "a"]
    assert_same(numbered_in_batches(given, Cutter(TextConfig())), numbered(given, Cutter(TextConfig())))


def test_no_text_and_errors_of_the_source():
    assert_same(numbered_in_batches([], Cutter(TextConfig())), numbered([], Cutter(TextConfig())))

    def failing():
        yield "a"
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        numbered_in_batches(failing(), Cutter(TextConfig()))
