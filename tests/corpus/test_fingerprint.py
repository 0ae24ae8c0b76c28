"""The fingerprint of encoded corpora against a slow twin; checkpoints depend on it, so it is pinned.

That it tells corpora apart is in `test_encode.py`.
"""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import encode_corpus
from w2v.corpus.fingerprint import Fingerprint, hash_numbers
from w2v.data.datasets import registry_folder

LEAF = 1 << 18  # ids
WORDS = ["a", "é", 7]
HASH_OF_0_TO_5 = [12030013990654901131, 15755400384260043839, 11400714819323198485, 6018027440424182931]


def slow_hash(numbers):
    """Numbers of 64 bits, dealt out to four lanes, what is left over to the first: in Python's integers."""
    lanes = [1, 2, 3, 4]
    for place, number in enumerate(numbers):
        lane = place % 4 if place < len(numbers) // 4 * 4 else 0
        mixed = lanes[lane] ^ number
        lanes[lane] = (mixed ^ (mixed >> 32)) * 0x9E3779B97F4A7C15 % 2**64
    return lanes


def slow_fingerprint(ids, words):
    """Two ids of 32 bits are one number, the first its low half; a last one alone has zero beside it."""
    digest = hashlib.blake2b(digest_size=16)
    for start in range(0, len(ids), LEAF):
        leaf = [word_id % 2**32 for word_id in ids[start : start + LEAF]]
        leaf += [0] * (len(leaf) % 2)
        numbers = [low + 2**32 * high for low, high in zip(leaf[::2], leaf[1::2], strict=True)]
        digest.update(b"".join(lane.to_bytes(8, "little") for lane in slow_hash(numbers)))
    digest.update(f"{len(ids)}\n".encode() + "\n".join(map(str, words)).encode())
    return digest.hexdigest()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=20))
def test_hash_equals_the_twin(numbers):
    assert hash_numbers(np.array(numbers, np.uint64)).tolist() == slow_hash(numbers)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=20), st.integers(0, 19), st.integers(1, 2**64 - 1))
def test_hash_sees_every_bit_and_place(numbers, place, change):
    """The same for equal numbers, another for any one that is changed, and for two that change places."""
    one = np.array(numbers, np.uint64)
    assert hash_numbers(one).tolist() == hash_numbers(one.copy()).tolist()
    if place < len(one):
        other = one.copy()
        other[place] ^= np.uint64(change)
        assert hash_numbers(other).tolist() != hash_numbers(one).tolist()
    swapped = one[::-1].copy()
    assert (swapped.tolist() == numbers) == (hash_numbers(swapped).tolist() == hash_numbers(one).tolist())


@pytest.mark.parametrize("n_ids", [0, 1, LEAF - 1, LEAF, LEAF + 1, 3 * LEAF + 17])
def test_fingerprint_equals_the_twin_however_ids_are_cut(n_ids):
    ids = np.random.default_rng(0).integers(-1, 1000, n_ids).astype(np.int32)
    expected = slow_fingerprint(ids.tolist(), WORDS)
    for size in (1000, LEAF, 4 * LEAF):
        found = Fingerprint()
        for start in range(0, n_ids, size):
            found.add(ids[start : start + size])
        assert found.finish(WORDS) == expected


def test_the_fingerprint_is_what_it_was():
    """Checkpoints hold it: with another one none could be resumed."""
    assert hash_numbers(np.arange(6, dtype=np.uint64)).tolist() == HASH_OF_0_TO_5
    with encode_corpus([["the", "king"], ["the", "queen"]], TextConfig(), TrainConfig(min_count=1)) as corpus:
        assert (corpus.ids.tolist(), corpus.vocab.words) == ([0, 1, -1, 0, 2, -1], ["the", "king", "queen"])
        assert corpus.fingerprint == "b9b689650065b97c922a80e78b8731d7"


@pytest.mark.parametrize("threads", [1, 2])
def test_the_fingerprint_of_the_sample_corpus_is_what_it_was(threads):
    with encode_corpus([registry_folder() / "kingdom.txt"], TextConfig(), TrainConfig(threads=threads)) as corpus:
        assert (len(corpus.ids), len(corpus.vocab)) == (374_314, 577)
        assert corpus.fingerprint == "a3116653cd74090f4df94c8c3014e3b4"
