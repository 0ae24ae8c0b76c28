"""The n-grams of a whole vocabulary as lists of numbers: what `ngrams` does for a word, compiled, in all threads."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import entry, inlined
from w2v.corpus.ngrams import (
    BEGIN,
    END,
    END_OF_SENTENCE,
    FNV_OFFSET,
    FNV_PRIME,
    MURMUR_1,
    MURMUR_2,
    MURMUR_ADD_1,
    MURMUR_ADD_2,
    MURMUR_MIX_1,
    MURMUR_MIX_2,
    MURMUR_SEED,
    Ngrams,
    encoded,
)
from w2v.errors import ConfigError
from w2v.system.memory import usable_memory
from w2v.system.parallel import ordered_map
from w2v.system.wording import quantity

_WORDS_AT_ONCE = 20_000
_BYTES_EACH = 4 * 3  # of an n-gram of a word: its bucket, its number, and its place among the rows of the word
_FEW = 8  # so many times fewer buckets than numbers are sorted instead of looked up
_U = np.uint64
_OFFSET, _PRIME, _SEED, _NEGATIVE = _U(FNV_OFFSET), _U(FNV_PRIME), _U(MURMUR_SEED), _U(0xFFFFFF00)
_C1, _C2, _M1, _M2 = _U(MURMUR_1), _U(MURMUR_2), _U(MURMUR_MIX_1), _U(MURMUR_MIX_2)
_N1, _N2 = _U(MURMUR_ADD_1), _U(MURMUR_ADD_2)
_5, _8, _32, _33, _64, _LOW = _U(5), _U(8), _U(32), _U(33), _U(64), _U(0xFFFFFFFF)


def ngram_lists(words: Sequence[str], ngrams: Ngrams) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """(offsets, buckets): those of word i are `buckets[offsets[i]:offsets[i + 1]]`. offsets: (V + 1,).

    Raises `ConfigError` for more n-grams than there is memory for.
    """
    begin, end = encoded(BEGIN), encoded(END)
    marked = [begin + encoded(word) + end for word in words]
    starts = np.concatenate([[0], np.cumsum(np.fromiter(map(len, marked), np.int64, len(marked)))])
    text = np.frombuffer(b"".join(marked), np.uint8)
    lengths = _list_lengths(text, starts, ngrams)
    if ngrams.has_word_rows and END_OF_SENTENCE in words:
        lengths[list(words).index(END_OF_SENTENCE)] = 0
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    needed, there = _BYTES_EACH * int(offsets[-1]), usable_memory()
    if there is not None and needed > there:
        raise ConfigError(
            f"the n-grams of {quantity(len(words), 'word')} need {needed / 1e9:,.1f} GB of memory and this machine has "
            f"{there / 1e9:,.1f} GB; use a smaller --max-n, or leave out the longest words"
        )
    buckets = np.empty(offsets[-1], np.int32)
    numbers = np.array([max(ngrams.min_n, 1), ngrams.max_n, ngrams.bucket, ngrams.hash_count])

    def fill(first: int) -> None:
        with np.errstate(over="ignore"):  # hashes wrap around
            hash_ngrams(text, starts, offsets, first, min(first + _WORDS_AT_ONCE, len(words)), numbers, buckets)

    for _ in ordered_map(fill, range(0, len(words), _WORDS_AT_ONCE)):
        pass
    return offsets, buckets


def _list_lengths(text: NDArray[np.uint8], starts: NDArray[np.int64], ngrams: Ngrams) -> NDArray[np.int64]:
    """(V,) how many buckets each word's list has."""
    if len(starts) == 1:
        return np.zeros(0, np.int64)
    n_chars = np.add.reduceat((text & 0xC0) != 0x80, starts[:-1], dtype=np.int64)
    n = np.zeros(len(n_chars), np.int64)
    for size in range(max(ngrams.min_n, 1), min(ngrams.max_n, int(n_chars.max())) + 1):
        n += np.maximum(n_chars - size + 1, 0) - (2 if size == 1 else 0)
    return n if ngrams.hash_count == 0 else (n + 1) * ngrams.hash_count


def numbered(buckets: NDArray[np.int32], known: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(numbers, used): each bucket's number in the order in which buckets first come, and which bucket each number is;
    `known` are numbered first.

    The words are the commonest first, so that rows in this order have those of common words close together, and those
    that one rare word alone has, side by side.
    """
    n_most, n = int(max(buckets.max(initial=-1), known.max(initial=-1))) + 1, len(known) + len(buckets)
    if n_most > _FEW * n:  # a place for each number would be room for next to nothing
        distinct, dense = np.unique(np.concatenate([known, buckets]), return_inverse=True)
        numbers, used = numbered(*np.split(dense.astype(np.int32), [len(known)])[::-1])
        return numbers, distinct[used]
    places = np.full(n_most, -1, np.int32)
    used = np.empty(min(n_most, n), np.int32)
    used[: len(known)] = known
    places[known] = np.arange(len(known))
    numbers = np.empty_like(buckets)
    n_used = number_buckets(buckets, places, used, len(known), numbers)
    return numbers, used[:n_used].copy()


# ---- compiled


@entry
def number_buckets(buckets, places, used, n_used, numbers):
    """Write each bucket's number to `numbers` (int32, as `buckets`); returns how many have one.

    places: int32, by bucket, −1 for one that did not come yet. used: int32, by number, of which `n_used` are there.
    """
    for i in range(len(buckets)):
        bucket = buckets[i]
        if places[bucket] < 0:
            places[bucket], used[n_used] = n_used, bucket
            n_used += 1
        numbers[i] = places[bucket]
    return n_used


@entry
def hash_ngrams(text, starts, offsets, first, last, numbers, buckets):
    """Write the lists of the words `first` … `last` − 1.

    text: uint8, the marked words in UTF-8, word i from `starts[i]` on (int64). offsets: int64, where the lists begin in
    `buckets` (int32). numbers: int64 (4,), min_n, max_n, bucket, hash_count.
    """
    min_n, max_n, n_buckets, hash_count = numbers[0], numbers[1], _U(numbers[2]), numbers[3]
    for word in range(first, last):
        start, end, place = starts[word], starts[word + 1], offsets[word]
        if place == offsets[word + 1]:
            continue
        if hash_count > 0:
            place = put_murmur(text, start, end, n_buckets, hash_count, buckets, place)
        for i in range(start, end):
            if text[i] & 0xC0 == 0x80:
                continue
            number, j = _OFFSET, i
            for n in range(1, max_n + 1):
                if j >= end:
                    break
                number = fnv_step(number, text[j])
                j += 1
                while j < end and text[j] & 0xC0 == 0x80:
                    number = fnv_step(number, text[j])
                    j += 1
                if n < min_n or (n == 1 and (i == start or j == end)):
                    continue
                if hash_count > 0:
                    place = put_murmur(text, i, j, n_buckets, hash_count, buckets, place)
                else:
                    buckets[place] = np.int32(number % n_buckets)
                    place += 1


@inlined
def fnv_step(number, byte):
    """One byte of `ngrams.fnv`. number: uint64. byte: uint8."""
    wide = _U(byte) | _NEGATIVE if byte >= 128 else _U(byte)
    return ((number ^ wide) * _PRIME) & _LOW


@inlined
def put_murmur(text, start, end, n_buckets, hash_count, buckets, place):
    """Write the buckets of the n-gram text[start:end] from `place` on; returns the place after them."""
    one = two = _SEED
    block = start
    while block + 16 <= end:
        one ^= scrambled(word_of(text, block, block + 8), _C1, _U(31), _C2)
        one = (turned(one, _U(27)) + two) * _5 + _N1
        two ^= scrambled(word_of(text, block + 8, block + 16), _C2, _33, _C1)
        two = (turned(two, _U(31)) + one) * _5 + _N2
        block += 16
    two ^= scrambled(word_of(text, block + 8, end), _C2, _33, _C1)
    one ^= scrambled(word_of(text, block, min(block + 8, end)), _C1, _U(31), _C2)
    one, two = one ^ _U(end - start), two ^ _U(end - start)
    one += two
    two += one
    one, two = mixed(one), mixed(two)
    one += two
    two += one
    for k in range(hash_count):
        half = one if k < 2 else two
        buckets[place + k] = np.int32(((half >> _32) if k % 2 == 1 else (half & _LOW)) % n_buckets)
    return place + hash_count


@inlined
def word_of(text, start, end):
    """The bytes text[start:end], at most 8, the first one lowest; 0 for none. uint64."""
    number = _U(0)
    for i in range(end - 1, start - 1, -1):
        number = (number << _8) | _U(text[i])
    return number


@inlined
def turned(number, n_bits):
    """The 64 bits, turned to the left."""
    return (number << n_bits) | (number >> (_64 - n_bits))


@inlined
def scrambled(number, first, n_bits, second):
    """What MurmurHash3 does to 8 bytes before it takes them in."""
    return turned(number * first, n_bits) * second


@inlined
def mixed(number):
    """MurmurHash3's last mixing."""
    number = (number ^ (number >> _33)) * _M1
    number = (number ^ (number >> _33)) * _M2
    return number ^ (number >> _33)
