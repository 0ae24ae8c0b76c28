"""Hashes of words such that those of joined words follow from them: a joined string is hashed without being made."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import entry

LEFT, POWER, RIGHT = 0, 1, 2  # numbers of a word
WIDTH = 3
_U64 = np.uint64


def word_hashes(words: Sequence[Any], delimiter: str) -> NDArray[np.uint64]:
    """(V, WIDTH), for each word: its hash; the factor that makes room for the delimiter and the word behind a hash, and
    what is added then. hash(a + delimiter + b) = LEFT(a) · POWER(b) + RIGHT(b) modulo 2^64."""
    joined = "".join(words)
    texts = words if joined.isascii() else [word.encode("utf-8", "surrogatepass") for word in words]
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)))  # bytes: of ASCII, one a character
    hashes = np.empty((len(texts), WIDTH), np.uint64)
    between = np.frombuffer(delimiter.encode("utf-8", "surrogatepass"), np.uint8)
    factor = np.frombuffer(os.urandom(8), np.uint64)[0] | _U64(1)  # nobody can write words of one hash
    with np.errstate(over="ignore"):
        _hash_words(
            np.frombuffer(joined.encode("utf-8", "surrogatepass") or b" ", np.uint8), ends, between, factor, hashes
        )
    return hashes


@entry
def _hash_words(text, ends, between, factor, hashes):
    """text: uint8, all words. ends: int64 (V,), of each. between: uint8, the delimiter. factor: uint64. hashes: uint64
    (V, WIDTH), which is written."""
    one = np.uint64(1)
    first, first_power = np.uint64(0), one
    for byte in between:
        first, first_power = first * factor + np.uint64(byte) + one, first_power * factor
    start = 0
    for word in range(len(ends)):
        alone, behind, power = np.uint64(0), first, first_power
        for k in range(start, ends[word]):
            letter = np.uint64(text[k]) + one
            alone, behind, power = alone * factor + letter, behind * factor + letter, power * factor
        hashes[word, LEFT], hashes[word, POWER], hashes[word, RIGHT] = alone, power, behind
        start = ends[word]
