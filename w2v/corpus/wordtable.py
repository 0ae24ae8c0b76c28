"""The hash table of a corpus's distinct byte strings: words → ids in order of first appearance, with their counts.

What is done for every token of a corpus is in `scan`; here is what is done for every word.
"""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.bits import ask_for, load_8, pointer
from w2v.compiled.jit import entry, inlined, not_inlined

START, LENGTH, FIRST = 0, 1, 2  # columns of WordTable.entries
N_COLUMNS = 3
LOW, HIGH, WORD, COUNT = 0, 1, 2, 3  # numbers of a slot
WIDTH = 4
_SHORT = 16  # bytes of a word that a slot holds
_AHEAD = 8  # words whose slots are asked for before they are looked at, when tables are merged

_U64 = np.uint64
_HALF, _LOW_HALF = _U64(32), _U64(0xFFFFFFFF)
_GOLDEN = _U64(0x9E3779B97F4A7C15)
# The bytes of a word among the first 8, and among the second 8, by the word's length.
_LOW_BYTES = np.array([(1 << 8 * min(n, 8)) - 1 for n in range(_SHORT + 1)], np.uint64)
_HIGH_BYTES = np.array([(1 << 8 * max(n - 8, 0)) - 1 for n in range(_SHORT + 1)], np.uint64)


class WordTable(NamedTuple):
    """Open-addressing hash table of byte strings, with linear probing.

    A slot is four numbers, half a cache line, so that a look-up of a word of up to 16 bytes touches nothing else: its
    first 8 bytes; its next 8 bytes (of a longer word, a hash of the rest); its length (17 for a longer one) in the
    high half and its number + 1 in the low half, 0 for a free slot; how often it was seen.
    """

    slots: NDArray[np.uint64]  # (4 × 2^k,)
    entries: NDArray[np.int64]  # (capacity, N_COLUMNS): place in the arena, length, offset of the first appearance
    arena: NDArray[np.uint8]  # the words' bytes, one after the other
    sizes: NDArray[np.int64]  # (2,): words in the table, bytes used in the arena
    # (2,) odd, random: nobody can write a text whose words all want the same slot. Ids do not depend on them.
    seeds: NDArray[np.uint64]


def word_table(n_slots: int = 1 << 16, arena_size: int = 1 << 20) -> WordTable:
    """An empty table for `n_slots` / 2 words; n_slots: a power of two, at least 2."""
    return WordTable(
        np.zeros(WIDTH * n_slots, np.uint64),
        np.empty((n_slots // 2, N_COLUMNS), np.int64),
        np.empty(arena_size, np.uint8),
        np.zeros(2, np.int64),
        np.frombuffer(os.urandom(16), np.uint64) | _U64(1),
    )


def grown(table: WordTable) -> WordTable:
    """A copy with twice the room of what is full: words, or bytes."""
    n_words, n_bytes = table.sizes.tolist()
    if n_words < len(table.entries):
        arena = np.empty(2 * len(table.arena), np.uint8)
        arena[:n_bytes] = table.arena[:n_bytes]
        return table._replace(arena=arena)
    larger = word_table(2 * len(table.slots) // WIDTH, 1)
    larger = larger._replace(arena=table.arena, sizes=table.sizes, seeds=table.seeds)
    larger.entries[:n_words] = table.entries[:n_words]
    with np.errstate(over="ignore"):
        _move_slots(table.slots, larger.slots, table.seeds)
    return larger


class Text(NamedTuple):
    """Bytes, as compiled functions hand them on."""

    bytes: Any  # pointer to uint8
    size: int


class OpenTable(NamedTuple):
    """A `WordTable`, as compiled functions hand it on: pointers to its arrays, and their lengths."""

    slots: Any  # pointer to uint64
    last: int  # the largest index of a slot's number: a mask
    entries: Any  # pointer to int64, N_COLUMNS a word
    capacity: int  # words
    arena: Text
    sizes: Any  # pointer to int64
    seeds: Any  # two uint64


@not_inlined
def opened(table):
    """The `OpenTable` of a `WordTable`, which has to outlive it: a pointer keeps nothing alive."""
    return OpenTable(
        pointer(table.slots),
        len(table.slots) - 1,
        pointer(table.entries),
        len(table.entries),
        Text(pointer(table.arena), len(table.arena)),
        pointer(table.sizes),
        (table.seeds[0], table.seeds[1]),
    )


@entry
def _move_slots(old_slots, new_slots, seeds):
    """Enter the slots in use among new ones. Both: uint64 (4 × 2^k,) as in `WordTable`; there are more new ones, all
    zero. seeds: uint64 (2,), of both."""
    old, new, last = pointer(old_slots), pointer(new_slots), len(new_slots) - 1
    for k in range(0, len(old_slots), WIDTH):
        if old[k + WORD] != 0:
            slot = home(old[k + LOW], old[k + HIGH], last, seeds)
            while new[slot + WORD] != 0:
                slot = (slot + WIDTH) & last
            for n in range(WIDTH):
                new[slot + n] = old[k + n]


@inlined
def mixed(number):
    """64 bits to 64 bits (uint64), one to one; the upper ones depend on all."""
    return (number ^ (number >> _HALF)) * _GOLDEN


@inlined
def home(low, high, last, seeds):
    """The first slot in which to look for a word: int64, the index of its first number.

    low, high: uint64, see `key`. last, seeds: those of `OpenTable`.
    """
    number = low ^ (high * seeds[0])
    return np.int64(((number ^ (number >> _HALF)) * seeds[1]) >> _HALF) * WIDTH & last


@not_inlined
def _up_to_8(text, start, n):
    """The `n` <= 8 bytes of a `Text` from `start` on as one number, uint64; never reads behind the text."""
    if start + 8 <= text.size:
        return load_8(text.bytes, start) & _LOW_BYTES[n]
    number = _U64(0)
    for k in range(n):
        number |= _U64(text.bytes[start + k]) << _U64(8 * k)
    return number


@inlined
def key(text, start, length, seeds):
    """A word as two numbers: equal words have equal ones, and up to 16 bytes different words of one length do not.

    The word is text[start : start + length]: `Text`, int64, int64 of at least 1. seeds: those of `OpenTable`. Returns
    (low, high), uint64.
    """
    if length <= _SHORT and start + _SHORT <= text.size:
        return load_8(text.bytes, start) & _LOW_BYTES[length], load_8(text.bytes, start + 8) & _HIGH_BYTES[length]
    return _unusual_key(text, start, length, seeds)


@not_inlined
def _unusual_key(text, start, length, seeds):
    """`key` of a long word, or one at the text's end: `Text`, int64, int64, two uint64 → two uint64."""
    low, high = _up_to_8(text, start, min(length, 8)), _U64(0)
    if length <= _SHORT:
        return low, _up_to_8(text, start + 8, length - 8) if length > 8 else high
    for k in range(8, length, 8):
        high ^= _up_to_8(text, start + k, min(length - k, 8))
        high = (high ^ (high >> _HALF)) * seeds[1]
    return low, high


@not_inlined
def _same_bytes(one, start, other, other_start, length):
    """Whether one[start : start + length] is other[other_start : other_start + length]; both are `Text`."""
    for k in range(0, length, 8):
        n = min(length - k, 8)
        if _up_to_8(one, start + k, n) != _up_to_8(other, other_start + k, n):
            return False
    return True


@inlined
def find(table, slot, low, high, text, start, length):
    """The slot of the word text[start : start + length], or the free one where it belongs, from its home slot on.

    table: `OpenTable`. slot: int64, from `home`. low, high: uint64, from `key`. text: `Text`. start, length: int64.
    Returns the index of the slot's first number, int64.
    """
    slots, tag = table.slots, _U64(min(length, _SHORT + 1))
    while True:
        word = slots[slot + WORD]
        if slots[slot + LOW] == low and slots[slot + HIGH] == high and word >> _HALF == tag:
            if length <= _SHORT or _is_long_word(table, number_of(word), text, start, length):
                return slot
        elif word == 0:
            return slot
        slot = (slot + WIDTH) & table.last


@not_inlined
def _is_long_word(table, number, text, start, length):
    """Whether the word of this number is text[start : start + length], which is longer than a slot can hold. table:
    `OpenTable`. text: `Text`."""
    entry = N_COLUMNS * number
    if table.entries[entry + LENGTH] != length:
        return False
    return _same_bytes(text, start, table.arena, table.entries[entry + START], length)


@inlined
def number_of(word):
    """The number of a word, int64, from its slot's number `WORD`, uint64."""
    return np.int64(word & _LOW_HALF) - 1


@not_inlined
def insert(table, slot, low, high, text, start, length, first):
    """Put the new word text[start : start + length] into a free slot; returns whether there was room for it.

    table: `OpenTable`. slot: int64, from `find`. low, high: uint64, from `key`. text: `Text`. start, length: int64.
    first: int64, the offset of the first appearance in the corpus.
    """
    slots, entries, arena, sizes = table.slots, table.entries, table.arena, table.sizes
    word, used = sizes[0], sizes[1]
    if word == table.capacity or used + length > arena.size:
        return False
    slots[slot + LOW], slots[slot + HIGH], slots[slot + COUNT] = low, high, 0
    slots[slot + WORD] = _U64(min(length, _SHORT + 1)) << _HALF | _U64(word + 1)
    entry = N_COLUMNS * word
    entries[entry + START], entries[entry + LENGTH], entries[entry + FIRST] = used, length, first
    for k in range(length):
        arena.bytes[used + k] = text.bytes[start + k]
    sizes[0], sizes[1] = word + 1, used + length
    return True


# ---- whole tables ----------------------------------------------------------------------------------------------------


def merged(tables: Sequence[WordTable]) -> tuple[WordTable, list[NDArray[np.int64]]]:
    """One table of all words, made of the first, and for each table its ids → ids there, int64 (words,)."""
    whole = tables[0]
    numbers = [np.arange(int(table.sizes[0])) for table in tables]
    with np.errstate(over="ignore"):
        for table, number in zip(tables[1:], numbers[1:], strict=True):
            counts, done = word_counts(table), 0
            while (done := merge_table(whole, table, counts, number, done)) < len(number):
                whole = grown(whole)
    return whole, numbers


@entry
def merge_table(into, other, counts, numbers, done):
    """Add the words of `other` from number `done` on to `into`, and write each one's number there to `numbers`.

    into, other: `WordTable`. counts: int64 (words of `other`,). numbers: int64 of the same shape. done: int64. Returns
    how many words are done: not all when `into` is full.
    """
    table, text = opened(into), opened(other).arena
    for word in range(done, other.sizes[0]):
        ahead = min(word + _AHEAD, other.sizes[0] - 1)
        low, high = key(text, other.entries[ahead, START], other.entries[ahead, LENGTH], table.seeds)
        ask_for(table.slots, home(low, high, table.last, table.seeds))
        start, length, first = other.entries[word, START], other.entries[word, LENGTH], other.entries[word, FIRST]
        low, high = key(text, start, length, table.seeds)
        slot = find(table, home(low, high, table.last, table.seeds), low, high, text, start, length)
        is_new = table.slots[slot + WORD] == 0
        if is_new and not insert(table, slot, low, high, text, start, length, first):
            return word
        number = number_of(table.slots[slot + WORD])
        table.slots[slot + COUNT] += _U64(counts[word])
        into.entries[number, FIRST] = min(into.entries[number, FIRST], first)
        numbers[word] = number
    return len(numbers)


# Memory is taken by Python: compiled code that takes memory compiles longer.


def word_counts(table: WordTable) -> NDArray[np.int64]:
    """How often each word was seen: int64 (n,)."""
    counts = np.empty(table.sizes[0], np.int64)
    _write_counts(table, counts)
    return counts


@entry
def _write_counts(table, counts):
    """table: `WordTable`. counts: int64 (words,), which is written."""
    slots = pointer(table.slots)
    for slot in range(0, len(table.slots), WIDTH):
        if slots[slot + WORD] != 0:
            counts[number_of(slots[slot + WORD])] = slots[slot + COUNT]


def holds_any(table: WordTable, is_wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each word of the table, whether one of its bytes is wanted: bool (n,). is_wanted: bool (256,)."""
    found = np.zeros(table.sizes[0], np.bool_)
    _find_any(table, is_wanted, found)
    return found


@entry
def _find_any(table, is_wanted, found):
    """table: `WordTable`. is_wanted: bool (256,). found: bool (words,), all False, which is written."""
    for word in range(len(found)):
        start = table.entries[word, START]
        for k in range(start, start + table.entries[word, LENGTH]):
            found[word] |= is_wanted[table.arena[k]]


def joined(table: WordTable, numbers: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The bytes of the words of these numbers, with a newline after each. numbers: int64 (n,). Returns uint8."""
    text = np.empty(len(numbers) + int(table.entries[numbers, LENGTH].sum()), np.uint8)
    _join(table, numbers, text)
    return text


@entry
def _join(table, numbers, text):
    """table: `WordTable`. numbers: int64 (n,). text: uint8, as long as all is, which is written."""
    end = 0
    for word in numbers:
        start, length = table.entries[word, START], table.entries[word, LENGTH]
        for k in range(length):
            text[end + k] = table.arena[start + k]
        text[end + length] = 10
        end += length + 1
