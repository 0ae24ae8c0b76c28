"""The hash table of candidates: a word, a run of connector words, a word; and how often each was seen.

An open-addressing table with linear probing. A slot is two numbers: the two words; and the run, a mark, and the count.
Its place follows from the hash of the joined string, so that candidates which make the same string are neighbours.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.bits import ask_for, pointer
from w2v.compiled.jit import entry, inlined
from w2v.compiled.randomness import mix
from w2v.corpus.stream import BREAK
from w2v.phrases.hashes import CONNECTS, LEFT, POWER, RIGHT, WIDTH
from w2v.phrases.runs import NO_RUN, longer_run

BATCH = 64  # candidates whose slots are asked for before they are looked at
SLOT_BYTES = 16
AT, START, RUN, USED = 0, 1, 2, 3  # numbers of `Table.state`
_U64 = np.uint64
_HALF, _LOW_HALF = _U64(32), _U64(0xFFFFFFFF)
_RUN_SHIFT = _U64(41)
_MARK = _U64(1 << 40)
_COUNT = _U64((1 << 40) - 1)


class Names(NamedTuple):
    """What a hash is made of. words: uint64 (V, WIDTH), from `word_hashes`. runs: uint64 (R, 2), a factor and what is
    added, for each run behind a word."""

    words: NDArray[np.uint64]
    runs: NDArray[np.uint64]


class Table(NamedTuple):
    """Of the candidates of a share of all hashes."""

    slots: NDArray[np.uint64]  # (2 × 2^k,)
    state: NDArray[np.int64]  # (4,): where counting goes on in the stream, the word and run there, slots in use
    waiting: NDArray[np.uint64]  # (3 × BATCH,)


def pair_table(n_slots: int) -> Table:
    """An empty one; n_slots: a power of two, at least 4 × BATCH."""
    state = np.array([0, BREAK, NO_RUN, 0], np.int64)
    return Table(np.zeros(2 * n_slots, np.uint64), state, np.empty(3 * BATCH, np.uint64))


def grown(table: Table, names: Names) -> Table:
    """A copy with twice the room."""
    larger = table._replace(slots=np.zeros(2 * len(table.slots), np.uint64))
    with np.errstate(over="ignore"):
        _move(table.slots, larger.slots, names)
    return larger


@inlined
def _hash(names, pair, run):
    """Of the joined string of a candidate. names: `Names`. pair: uint64. run: int64."""
    words, runs = pointer(names.words), pointer(names.runs)
    first, second = np.int64(pair >> _HALF) * WIDTH, np.int64(pair & _LOW_HALF) * WIDTH
    prefix = words[first + LEFT] * runs[2 * run] + runs[2 * run + 1]
    return mix(prefix * words[second + POWER] + words[second + RIGHT])


@inlined
def _home(hash, last):
    """The first slot to look in: int64, the index of its first number."""
    return np.int64(hash & _U64(last)) & ~np.int64(1)


@inlined
def _is_in(hash, share, n_shares):
    """Whether a hash is of this share."""
    return np.int64(((hash >> _HALF) * _U64(n_shares)) >> _HALF) == share


@entry
def _move(old_slots, new_slots, names):
    """Enter the slots in use among new ones, more and all zero."""
    old, new, last = pointer(old_slots), pointer(new_slots), len(new_slots) - 1
    for k in range(0, len(old_slots), 2):
        if old[k + 1] != 0:
            slot = _home(_hash(names, old[k], np.int64(old[k + 1] >> _RUN_SHIFT)), last)
            while new[slot + 1] != 0:
                slot = (slot + 2) & last
            new[slot], new[slot + 1] = old[k], old[k + 1]


@inlined
def _count_waiting(slots, last, waiting, n_waiting, used):
    """Count candidates; returns the slots in use. slots, waiting: pointers to uint64."""
    for n in range(0, 3 * n_waiting, 3):
        pair, run, slot = waiting[n], waiting[n + 1], np.int64(waiting[n + 2])
        while slots[slot + 1] != 0 and (slots[slot] != pair or slots[slot + 1] >> _RUN_SHIFT != run):
            slot = (slot + 2) & last
        if slots[slot + 1] == 0:
            slots[slot], slots[slot + 1] = pair, run << _RUN_SHIFT
            used += 1
        slots[slot + 1] += _U64(1)
    return used


@entry
def count_candidates(ids, names, runs, share, n_shares, table):
    """Count the candidates of a share until the table is nearly full; returns whether the stream is done.

    ids: int32, BREAK after each sentence. names: `Names`. runs: `Runs`, those of the stream. share, n_shares: int64.
    table: `Table`.
    """
    words, slots, last = pointer(names.words), pointer(table.slots), len(table.slots) - 1
    of_runs, waiting, state = pointer(names.runs), pointer(table.waiting), pointer(table.state)
    start, run, used, n_waiting = state[START], state[RUN], state[USED], 0
    limit = len(table.slots) // 16 * 5 - BATCH  # five eighths of the slots
    prefix = _U64(0)
    if start >= 0:
        prefix = words[start * WIDTH + LEFT] * of_runs[2 * run] + of_runs[2 * run + 1]
    for k in range(state[AT], len(ids)):
        token = np.int64(ids[k])
        if token == BREAK:
            start = np.int64(BREAK)
            continue
        word = token * WIDTH
        if words[word + CONNECTS] != 0:
            if start >= 0:
                run, prefix = longer_run(runs, run, token), prefix * words[word + POWER] + words[word + RIGHT]
            continue
        if start >= 0:
            hash = mix(prefix * words[word + POWER] + words[word + RIGHT])
            if _is_in(hash, share, n_shares):
                n = 3 * n_waiting
                waiting[n], waiting[n + 1] = _U64(start) << _HALF | _U64(token), _U64(run)
                waiting[n + 2] = _U64(_home(hash, last))
                ask_for(slots, _home(hash, last))
                n_waiting += 1
        start, run, prefix = token, np.int64(NO_RUN), words[word + LEFT]
        if n_waiting == BATCH:
            used = _count_waiting(slots, last, waiting, n_waiting, used)
            n_waiting = 0
            if used > limit:
                state[AT], state[START], state[RUN], state[USED] = k + 1, start, run, used
                return False
    state[AT], state[USED] = len(ids), _count_waiting(slots, last, waiting, n_waiting, used)
    return True


@entry
def mark_alike(names, share, n_shares, counts, table, is_alike):
    """Mark the candidates whose string has the hash of another's or of a word's.

    counts: int64 (V,), occurrences of each word, 0 for those that are none. is_alike: bool (V,), written for such words
    of the share.
    """
    words, slots, last = pointer(names.words), pointer(table.slots), len(table.slots) - 1
    for k in range(0, len(table.slots), 2):
        if slots[k + 1] == 0:
            continue
        hash = _hash(names, slots[k], np.int64(slots[k + 1] >> _RUN_SHIFT))
        slot = _home(hash, last)
        while slots[slot + 1] != 0:
            if slot != k and _hash(names, slots[slot], np.int64(slots[slot + 1] >> _RUN_SHIFT)) == hash:
                slots[k + 1] |= _MARK
            slot = (slot + 2) & last
    for word in range(len(counts)):
        hash = mix(words[word * WIDTH + LEFT])
        if counts[word] == 0 or not _is_in(hash, share, n_shares):
            continue
        slot = _home(hash, last)
        while slots[slot + 1] != 0:
            if _hash(names, slots[slot], np.int64(slots[slot + 1] >> _RUN_SHIFT)) == hash:
                slots[slot + 1] |= _MARK
                is_alike[word] = True
            slot = (slot + 2) & last


@entry
def take_candidates(table, least, taken):
    """Write those that were seen at least `least` times, and the marked ones; returns how many these are.

    taken: int64 (n, 5) or (0, 5): first word, run, last word, count, whether it is marked.
    """
    slots, n = pointer(table.slots), 0
    for k in range(0, len(table.slots), 2):
        number = slots[k + 1]
        if number & _COUNT >= _U64(least) and number != 0 or number & _MARK != 0:
            if n < len(taken):
                taken[n, 0], taken[n, 2] = np.int64(slots[k] >> _HALF), np.int64(slots[k] & _LOW_HALF)
                taken[n, 1], taken[n, 3] = np.int64(number >> _RUN_SHIFT), np.int64(number & _COUNT)
                taken[n, 4] = np.int64(number & _MARK != 0)
            n += 1
    return n
