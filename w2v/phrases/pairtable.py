"""The hash table of candidates: a word, a run of connector words, a word; and how often each was seen.

An open-addressing table with linear probing. A slot is two numbers: the key, and the count with a mark above it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.bits import pointer
from w2v.compiled.jit import entry, inlined
from w2v.compiled.randomness import mix
from w2v.phrases.hashes import LEFT, WIDTH
from w2v.phrases.records import string_hash

SLOT_BYTES = 16
MIN_SLOTS = 256
ROW = 5  # numbers of a candidate that is taken
_U64 = np.uint64
_MARK = _U64(1 << 63)
_COUNT = _U64((1 << 63) - 1)


class Table(NamedTuple):
    """Of the candidates of a part of all hashes."""

    slots: NDArray[np.uint64]  # (2 × 2^k,)
    used: NDArray[np.int64]  # (1,): slots in use


def pair_table(n_slots: int) -> Table:
    """An empty one; n_slots: a power of two, at least `MIN_SLOTS`."""
    return Table(np.zeros(2 * n_slots, np.uint64), np.zeros(1, np.int64))


def grown(table: Table) -> Table:
    """A copy with twice the room."""
    larger = pair_table(len(table.slots))
    larger.used[:] = table.used
    with np.errstate(over="ignore"):
        _move(table.slots, larger.slots)
    return larger


@inlined
def _home(key, last):
    """The first slot to look in: int64, the index of its first number. last: int64, a mask of such indexes."""
    return np.int64(mix(key) & _U64(last)) & ~np.int64(1)


@entry
def _move(old_slots, new_slots):
    """Enter the slots in use among new ones, more and all zero."""
    old, new, last = pointer(old_slots), pointer(new_slots), len(new_slots) - 1
    for k in range(0, len(old_slots), 2):
        if old[k + 1] != 0:
            slot = _home(old[k], last)
            while new[slot + 1] != 0:
                slot = (slot + 2) & last
            new[slot], new[slot + 1] = old[k], old[k + 1]


@entry
def count_keys(keys, begin, end, table):
    """Count keys[begin:end] until the table is nearly full; returns where it stopped. keys: uint64. table: `Table`."""
    found, slots, last, used = pointer(keys), pointer(table.slots), len(table.slots) - 1, table.used[0]
    limit = len(table.slots) // 16 * 5  # five eighths of the slots
    k = begin
    while k < end and used < limit:
        key = found[k]
        slot = _home(key, last)
        while slots[slot + 1] != 0 and slots[slot] != key:
            slot = (slot + 2) & last
        if slots[slot + 1] == 0:
            slots[slot] = key
            used += 1
        slots[slot + 1] += _U64(1)
        k += 1
    table.used[0] = used
    return k


@entry
def mark_alike(stream, words, table, hashes, index, is_alike):
    """Mark the candidates whose string has the hash of another's or of a word's.

    stream: `Stream`. words: int64 (n,), those of the part that may be the string of a candidate. hashes, index: uint64
    and int64, as many as the table has slots; overwritten. is_alike: bool (V,), written for such words.
    """
    slots, of_slots, places = pointer(table.slots), pointer(hashes), pointer(index)
    of_words, last = pointer(stream.names.words), len(index) - 1
    for k in range(len(index)):
        places[k] = -1
    for k in range(len(index)):
        if slots[2 * k + 1] == 0:
            continue
        hash = string_hash(stream, slots[2 * k])
        of_slots[k] = hash
        place = np.int64(hash & _U64(last))
        while places[place] >= 0:
            other = places[place]
            if of_slots[other] == hash:
                slots[2 * k + 1] |= _MARK
                slots[2 * other + 1] |= _MARK
            place = (place + 1) & last
        places[place] = k
    for word in words:
        hash = mix(of_words[word * WIDTH + LEFT])
        place = np.int64(hash & _U64(last))
        while places[place] >= 0:
            other = places[place]
            if of_slots[other] == hash:
                slots[2 * other + 1] |= _MARK
                is_alike[word] = True
            place = (place + 1) & last


@entry
def take_candidates(stream, table, least, taken):
    """Write those that were seen at least `least` times, and the marked ones; returns how many these are.

    stream: `Stream`. taken: int64 (n, ROW) or (0, ROW): first word, run, last word, count, whether it is marked.
    """
    slots, n = pointer(table.slots), 0
    word_bits, run_bits = _U64(stream.word_bits), _U64(stream.run_bits)
    run_mask, word_mask = (_U64(1) << run_bits) - _U64(1), (_U64(1) << word_bits) - _U64(1)
    for k in range(0, len(table.slots), 2):
        key, number = slots[k], slots[k + 1]
        if number & _COUNT >= _U64(least) and number != 0 or number & _MARK != 0:
            if n < len(taken):
                pair = key >> run_bits
                taken[n, 0], taken[n, 2] = np.int64(pair >> word_bits), np.int64(pair & word_mask)
                taken[n, 1], taken[n, 3] = np.int64(key & run_mask), np.int64(number & _COUNT)
                taken[n, 4] = np.int64(number & _MARK != 0)
            n += 1
    return n
