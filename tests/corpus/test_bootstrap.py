"""A text drawn anew: whole units, as many as there were, in order; a twin in lists; what cannot be drawn."""

import dataclasses

import numpy as np
import pytest

from w2v.config import TextConfig, TrainConfig
from w2v.corpus import bootstrap
from w2v.corpus.bootstrap import resampled
from w2v.corpus.encode import encode_corpus
from w2v.errors import CorpusError


@pytest.fixture(scope="module")
def corpus():
    """200 sentences of 1 to 20 words; the first words of each say which it is."""
    rng = np.random.default_rng(0)
    text = [[f"s{i}", *rng.choice(["a", "b", "c"], rng.integers(0, 20))] for i in range(200)]
    with encode_corpus(text, TextConfig(), TrainConfig(min_count=1)) as found:
        yield found


def sentences(corpus):
    text = " ".join("|" if i < 0 else corpus.vocab.words[i] for i in corpus.ids.tolist())
    return [tuple(part.split()) for part in text.split("|") if part.strip()]


def test_whole_sentences_are_drawn_in_the_order_of_the_text(corpus, monkeypatch):
    monkeypatch.setattr(bootstrap, "_PIECE", 64)
    old = sentences(corpus)
    with resampled(corpus, "sentences", 1) as found, resampled(corpus, "sentences", 2) as other:
        new = sentences(found)
        expected = np.sort(np.random.default_rng([1, 0]).integers(0, 200, 200))
        assert new == [old[i] for i in expected] and sentences(other) != new
        assert found.vocab is corpus.vocab and found.fingerprint not in (corpus.fingerprint, other.fingerprint)
        assert found.ledger.n_read == found.ledger.n_stream == sum(map(len, new)) and found.n_sentences == 200
        assert found.longest_sentence == max(map(len, new)) and found.n_alone == sum(len(s) == 1 for s in new)
        with resampled(corpus, "sentences", 1) as again:
            assert again.fingerprint == found.fingerprint and np.array_equal(again.ids, found.ids)


@pytest.mark.parametrize("stretch", [7, 50])
def test_documents_are_stretches_of_whole_sentences_or_parts_of_long_ones(corpus, monkeypatch, stretch):
    monkeypatch.setattr(bootstrap, "STRETCH", stretch)
    starts, ends = bootstrap._bounds(corpus.ids, "documents")
    covered = np.zeros(len(corpus.ids), int)
    for start, end in zip(starts, ends, strict=True):
        covered[start:end] += 1
    assert np.array_equal(covered[corpus.ids >= 0], np.ones((corpus.ids >= 0).sum())) and covered.max() == 1
    assert 0.5 * stretch < np.median(ends - starts) < 2 * stretch
    if stretch == 50:  # longer than any sentence: none is cut
        assert all(start == 0 or corpus.ids[start - 1] < 0 for start in starts)
    with resampled(corpus, "documents", 1) as found:
        old = set(sentences(corpus))
        assert stretch == 7 or all(sentence in old for sentence in sentences(found))
        assert 0.5 < found.ledger.n_read / corpus.ledger.n_read < 2


def test_too_few_units(corpus):
    one = dataclasses.replace(corpus, ids=np.zeros(40_000, np.int32))
    with pytest.raises(CorpusError, match="a text of 1 sentence gives no resamples; draw --bootstrap documents"):
        resampled(one, "sentences", 1)
    with pytest.raises(CorpusError, match="give more text"):
        resampled(dataclasses.replace(corpus, ids=corpus.ids[:5]), "documents", 1)
