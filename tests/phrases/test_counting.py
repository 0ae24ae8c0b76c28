"""Counting and joining on ids: memory, shares and pieces change nothing."""

import contextlib
import io
import random
import tempfile

import numpy as np
import pytest

from w2v.config import ENGLISH_CONNECTOR_WORDS, PhraseConfig, TextConfig
from w2v.corpus.stream import BREAK, Tokens
from w2v.errors import CorpusError
from w2v.phrases import counting, joining, parts, runs
from w2v.phrases.counting import count_candidates
from w2v.phrases.joining import joined_stream, joins_of, numbered
from w2v.phrases.learning import PhraseStep


def tokens_of(sentences):
    """As reading gives them."""
    words = sorted({word for sentence in sentences for word in sentence})
    ids = [number for sentence in sentences for number in [*map(words.index, sentence), BREAK]]
    stream = np.array(ids, np.int32)
    return Tokens(stream, words, np.bincount(stream[stream >= 0], minlength=len(words)))


@pytest.fixture(scope="module")
def sentences():
    generator = random.Random(4)
    words = [f"w{int(generator.expovariate(0.01))}" for _ in range(200)] + ["of", "the", "in"] * 30
    return [generator.choices(words, k=generator.randrange(60)) for _ in range(1500)]


def as_set(found):
    between = {run: tuple(found.runs.words_of(run)) for run in set(found.run.tolist())}
    rows = zip(found.first.tolist(), found.run.tolist(), found.last.tolist(), found.counts.tolist(), strict=True)
    return {(first, between[run], last, count) for first, run, last, count in rows}


@pytest.mark.parametrize("connectors", [frozenset(), ENGLISH_CONNECTOR_WORDS], ids=["plain", "connectors"])
def test_little_memory_and_many_threads_count_the_same(sentences, connectors):
    tokens = tokens_of(sentences)
    whole = count_candidates(tokens, connectors, "_", 1, 10**9, 1)
    assert len(whole.first) > 10_000
    for memory, n_threads in ((10**9, 3), (100_000, 1), (60_000, 2)):
        part = count_candidates(tokens, connectors, "_", 1, memory, n_threads)
        assert as_set(part) == as_set(whole) and part.n_strings == whole.n_strings
        few = count_candidates(tokens, connectors, "_", 3, memory, n_threads)
        assert as_set(few) == {row for row in as_set(whole) if row[3] >= 3} and few.n_strings == whole.n_strings


def test_keys_and_tables_keep_to_their_memory(sentences, monkeypatch):
    """There are a quarter of it for keys, and a half for all tables at a time."""
    tokens, n_keys, n_bytes = tokens_of(sentences), [], []

    class Watched(parts._Counting):
        def _counted(self, part, laid):
            n_keys.append(len(laid.keys))
            self.tables[part] = table = super()._counted(part, laid)
            n_bytes.append(sum(one.slots.nbytes for one in list(self.tables.values())))
            return table

    monkeypatch.setattr(parts, "_Counting", Watched)
    expected = count_candidates(tokens, frozenset(), "_", 1, 10**9, 1)
    monkeypatch.setattr(parts, "_PART", 1 << 8)
    for memory, n_threads in ((100_000, 2), (10**6, 2), (10**7, 1)):
        n_keys.clear(), n_bytes.clear()
        assert as_set(count_candidates(tokens, frozenset(), "_", 1, memory, n_threads)) == as_set(expected)
        assert 4 * 8 * max(n_keys) <= memory and 2 * max(n_bytes) <= memory and len(n_keys) > 4


def test_strings_that_hash_alike_are_compared(monkeypatch):
    """With hashes that are all equal, only candidates of the same string are counted together."""
    real = counting.word_hashes

    def alike(*arguments):
        hashes = real(*arguments)
        hashes[:] = 1, 1, 0
        return hashes

    tokens = tokens_of([["a", "b_c", "x"], ["a_b", "c", "x"], ["a_b_c", "a"]])
    expected = count_candidates(tokens, frozenset(), "_", 1, 10**8, 1)
    monkeypatch.setattr(counting, "word_hashes", alike)
    found = count_candidates(tokens, frozenset(), "_", 1, 10**8, 1)
    assert as_set(found) == as_set(expected) and found.n_strings == expected.n_strings
    assert found.words.tolist() == expected.words.tolist() and max(found.counts) == 3


def test_more_runs_than_can_be_numbered_are_refused(monkeypatch):
    monkeypatch.setattr(counting, "KEY_BITS", 5)
    tokens = tokens_of([["x", "of", "y"], ["x", "of", "the", "y"]])
    with pytest.raises(CorpusError, match="connector words"):
        count_candidates(tokens, ENGLISH_CONNECTOR_WORDS, "_", 1, 10**8, 1)


def test_runs_that_outgrow_their_table():
    ids = np.concatenate([[0], np.full(2000, 1), [0, BREAK, 1, 0]]).astype(np.int32)
    found = runs.runs_of(ids, np.array([False, True]))
    assert found.sizes[0] == 2001 and found.words_of(2000) == [1] * 2000
    again, numbers = runs.runs_from([[1] * n for n in (0, 600, 3)])
    assert numbers == [0, 600, 3] and again.words_of(600) == [1] * 600


@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
def test_pieces_join_as_the_whole(sentences, size, monkeypatch):
    phrases = [
        ("w1", "w2"),
        ("w3", "of", "the", "w4"),
        ("w5", "w5"),
        ("w2", "w1"),
        ("w7", "of", "w8"),
        ("w1", "nothing"),
    ]
    phrases += [(f"w{a}", f"w{b}") for a in range(60) for b in range(0, 60, 3)]
    monkeypatch.setattr(joining, "_CHUNK", size)
    tokens = tokens_of(sentences[:300])
    joins, words = joins_of(numbered(phrases, tokens.words), ENGLISH_CONNECTOR_WORDS, "_", tokens.words)
    pieces = []
    counts = joined_stream(tokens, joins, 3, lambda piece: pieces.append(piece.copy()))
    found = np.concatenate(pieces)
    model = {tuple(phrase): 1.0 for phrase in phrases}
    from w2v.phrases.model import PhraseModel

    twin = PhraseModel((model,), ENGLISH_CONNECTOR_WORDS)
    expected = [word for sentence in sentences[:300] for word in [*twin.joined(sentence), "\n"]]
    assert ["\n" if number == BREAK else words[number] for number in found] == expected
    assert counts.tolist() == np.bincount(found[found >= 0], minlength=len(words)).tolist()
    assert len(found) < len(tokens.ids) - 100


def test_a_phrase_that_is_a_word_already_has_its_number():
    tokens = tokens_of([["new", "york", "new_york", "york"]] * 8)
    with tempfile.TemporaryFile() as file:
        step = PhraseStep(PhraseConfig(phrases=1, phrases_threshold=0.1, phrases_min_count=1), TextConfig(), 1)
        changed = step(tokens, lambda: file)
    assert isinstance(changed.file, io.BufferedRandom)
    assert len(set(changed.tokens.words)) == len(changed.tokens.words)
    assert changed.tokens.counts.sum() == (changed.tokens.ids != BREAK).sum()


def test_counted_phrases_join_as_those_of_a_model(sentences):
    """By the numbers that they were counted with, or by their words."""
    tokens = tokens_of([*sentences, ["w1_w2", "w1_of", "of_w2"]])
    config = PhraseConfig(phrases=3, phrases_threshold=1, phrases_min_count=2, phrases_connectors="english")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as files:

        def new_file():
            return files.enter_context(tempfile.TemporaryFile(dir=folder))

        counted = PhraseStep(config, TextConfig(), 2)
        first = counted(tokens, new_file).tokens
        again = PhraseStep(config, TextConfig(), 2, counted.model)(tokens, new_file).tokens
        assert first.ids.tolist() == again.ids.tolist() and first.counts.tolist() == again.counts.tolist()
    assert list(first.words) == list(again.words) and any(word.count("_of_") for word in first.words)
