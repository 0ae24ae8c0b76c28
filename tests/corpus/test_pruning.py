"""Counting in bounded memory: what is lost is known, counted, and no more than the floor."""

import logging
import random
import tracemalloc
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from w2v import config as config_module
from w2v.cli.options import make_parsers
from w2v.config import TextConfig, TrainConfig
from w2v.corpus import pruning, wordtable
from w2v.corpus.encode import encode_corpus
from w2v.corpus.scan import scan_text
from w2v.corpus.stream import BREAK
from w2v.errors import ConfigError, CorpusError
from w2v.training.model import Word2Vec

FEW = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def tiny_tables(monkeypatch):
    """Memory is counted in words, three for each that a table may hold."""
    monkeypatch.setattr(config_module, "MIN_VOCAB_MEMORY", 1)
    monkeypatch.setattr(pruning, "_SMALLEST_SEGMENT", 300)
    monkeypatch.setattr(pruning, "_size", lambda table: int(table.sizes[0]))


def encoded(path, text, memory, threads=2, min_count=1, **options):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    config = TrainConfig(min_count=min_count, threads=threads)
    return encode_corpus([path], TextConfig(vocab_memory=memory, **options), config)


def zipf_text(seed, n_tokens=3000, n_words=400):
    choose = random.Random(seed)
    words = [f"w{n}" if n % 7 else f"é{n}" for n in range(n_words)]
    weights = [1 / (n + 1) for n in range(n_words)]
    tokens = choose.choices(words, weights, k=n_tokens)
    return " ".join(token + ("\n" if choose.random() < 0.1 else "") for token in tokens)


@FEW
@given(seed=st.integers(0, 10**6), min_count=st.integers(1, 6))
def test_no_count_is_low_by_more_than_the_floor(tmp_path, seed, min_count):
    text = zipf_text(seed)
    true = Counter(text.split())
    with encoded(tmp_path / "c", text, 450, min_count=min_count) as corpus:
        ledger, dropped = corpus.ledger, corpus.dropped
        found = dict(zip(corpus.vocab.words, corpus.vocab.counts.tolist(), strict=True))
        assert dropped.n_strings > 0 and dropped.floor > 0
        assert all(true[word] - dropped.floor <= n <= true[word] for word, n in found.items())
        assert {word for word, n in true.items() if n >= min_count + dropped.floor} <= set(found)
        assert ledger.n_read == true.total() == ledger.n_stream + ledger.n_rare
        assert ledger.n_stream == (corpus.ids != BREAK).sum() == corpus.vocab.n_tokens
        words = [corpus.vocab.words[word_id] for word_id in corpus.ids if word_id != BREAK]
        assert Counter(words) == found
        rest = iter(text.split())
        assert all(word in rest for word in words)  # the stream is the text with tokens left out


def test_enough_memory_changes_nothing(tmp_path):
    text = zipf_text(0)
    with encoded(tmp_path / "c", text, 100_000_000) as capped, encoded(tmp_path / "c", text, None) as free:
        assert capped.fingerprint == free.fingerprint and capped.ledger == free.ledger
        assert capped.dropped == pruning.Dropped() and np.array_equal(capped.ids, free.ids)


def test_what_is_dropped_does_not_depend_on_threads(tmp_path):
    text = zipf_text(1, 20_000, 5_000)
    with encoded(tmp_path / "c", text, 900, 1) as one, encoded(tmp_path / "c", text, 900, 4) as four:
        assert one.fingerprint == four.fingerprint and one.dropped == four.dropped


def test_a_vocabulary_that_was_chosen_is_met_again(tmp_path):
    text = zipf_text(2)
    with encoded(tmp_path / "c", text, 450, min_count=3) as first:
        given_words = encode_corpus(
            [tmp_path / "c"], TextConfig(vocab_memory=450), TrainConfig(min_count=3, threads=3), first.vocab
        )
        with given_words as second:
            assert first.fingerprint == second.fingerprint and first.ledger == second.ledger


@pytest.mark.parametrize("options", [{"tokenize": True}, {"errors": "replace"}, {"errors": "skip"}, {"lower": True}])
def test_the_ledger_adds_up_for_strings_of_several_tokens_or_none(tmp_path, options):
    choose = random.Random(3)
    parts = [b"a-b", b"\xff\xfe", b"x\xc2\xa0y", b"\xe9t\xe9", "é".encode(), b"--", b"Don't", b"z" * 20]
    text = b" ".join(
        choose.choice(parts) + b"%d" % choose.randrange(300) + choose.choice((b"", b"\n", b" a-b\n"))
        for _ in range(4000)
    )
    with (
        encoded(tmp_path / "c", text, 450, **options) as capped,
        encoded(tmp_path / "c", text, None, **options) as free,
    ):
        assert capped.dropped.n_strings > 0
        for name in ("n_read", "n_undecodable", "n_undecodable_bytes"):
            assert getattr(capped.ledger, name) == getattr(free.ledger, name)
        assert capped.ledger.n_stream == (capped.ids != BREAK).sum() == capped.vocab.n_tokens
        assert capped.ledger.n_stream < free.ledger.n_stream


def test_a_dropped_string_that_is_undecodable_is_named_if_the_text_is_strict(tmp_path):
    text = zipf_text(4).encode()
    place = text.index(b" ", 500) + 1
    with pytest.raises(CorpusError, match=f"byte {place}: .*cannot be decoded"):
        encoded(tmp_path / "c", text[:place] + b"\xff\xfe " + text[place:], 30, errors="strict")


def test_memory_stays_below_the_cap(tmp_path, monkeypatch):
    monkeypatch.undo()
    choose = random.Random(5)
    text = b" ".join(b"%09d" % choose.randrange(10**9) for _ in range(600_000)) + b" x x y y" * 50  # some 600,000 words
    used = {}
    for memory in (None, 16_000_000):
        tracemalloc.start()
        with encoded(tmp_path / "c", text, memory, threads=1, min_count=20) as corpus:
            used[memory] = tracemalloc.get_traced_memory()[1]
            assert corpus.ledger.n_read == 600_200
            assert corpus.vocab.words == ["x", "y"] and corpus.vocab.counts.tolist() == [100, 100]
        tracemalloc.stop()
    assert used[16_000_000] < 16_000_000 < used[None]


def test_a_token_beyond_the_cap_that_drops_all_others_is_no_empty_corpus(tmp_path, monkeypatch):
    """It was called one. The real sizes: a token of 40 MB and a cap of 16."""
    monkeypatch.undo()
    (tmp_path / "c").write_text("a" * 40_000_000 + " b c" * 5 + "\n")
    with pytest.raises(CorpusError, match="--vocab-memory holds none of the words: all 11 tokens were dropped"):
        encode_corpus([tmp_path / "c"], TextConfig(vocab_memory=16_000_000), TrainConfig(min_count=1))


def test_the_cost_is_said(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, "w2v"), encoded(tmp_path / "c", zipf_text(6), 450) as corpus:
        assert f"{corpus.dropped.n_tokens:,} tokens" in caplog.text
    assert corpus.dropped.n_tokens > 0


def test_pruned_words_keep_what_is_known_of_them():
    words = b"a b a c a b longer-than-sixteen-bytes longer-than-sixteen-bytes d"
    table, _ = scan_text(words, 0, wordtable.word_table())
    pruner = pruning.Pruner(1, TextConfig(), lambda offset: "?")
    small, new_ids = pruner.pruned(table)
    assert new_ids.tolist() == [0, -1, -1, -1, -1] and pruner.dropped[:2] == (4, 6) and pruner.dropped.floor == 2
    kept = [number for number in range(5) if new_ids[number] >= 0]
    assert wordtable.word_counts(small).tolist() == wordtable.word_counts(table)[kept].tolist()
    assert small.entries[: len(kept), wordtable.FIRST].tolist() == table.entries[kept, wordtable.FIRST].tolist()


def test_settings(monkeypatch):
    monkeypatch.setattr(config_module, "MIN_VOCAB_MEMORY", 16_000_000)
    with pytest.raises(ConfigError, match="vocab_memory is 5"):
        TextConfig(vocab_memory=5).validate()
    with pytest.raises(ConfigError, match="for text in files"):
        Word2Vec([["a", "b"]] * 5, vocab_memory=16_000_000)
    parser = make_parsers({})[1]["train"]
    assert parser.parse_args(["x", "--vocab-memory=512MB"]).vocab_memory == 512_000_000
    assert parser.parse_args(["x", "--vocab-memory=1.5g"]).vocab_memory == 1_500_000_000
    with pytest.raises(ConfigError, match="is no size"):
        parser.parse_args(["x", "--vocab-memory=much"])
