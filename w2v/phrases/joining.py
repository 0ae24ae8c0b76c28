"""Phrases joined in a stream of ids, left to right: a word that ended a phrase begins none."""

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.bits import pointer
from w2v.compiled.jit import entry, inlined
from w2v.compiled.randomness import GOLDEN, mix
from w2v.corpus.stream import BREAK, Tokens
from w2v.phrases.runs import NO_RUN, UNKNOWN, Runs, are_connectors, longer_run, runs_from
from w2v.system.parallel import ordered_map

CONNECTS, BEGINS, ENDS = 1, 2, 4  # what a word may do
_CHUNK = 1 << 18  # ids
_U64 = np.uint64
_HALF, _LOW_HALF = _U64(32), _U64(0xFFFFFFFF)


class Numbered(NamedTuple):
    """Phrases of words that are numbers."""

    phrases: Collection[tuple[str, ...]]  # (n,): the words of each; all but the first and the last are connector words
    first: NDArray[np.int64]  # (n,) ids of words
    last: NDArray[np.int64]
    run: NDArray[np.int64]  # what stands between
    runs: Runs


class Joins(NamedTuple):
    """What to look for in a stream."""

    roles: NDArray[np.uint8]  # (V,)
    runs: Runs
    slots: NDArray[np.int64]  # (2 × 2^k,): first word << 32 | last word; run << 32 | new id + 1, 0 for a free slot


def numbered(phrases: Iterable[tuple[str, ...]], words: Sequence[Any]) -> Numbered:
    """Those of the phrases whose words are all there."""
    ids: dict[Any, int] = dict(zip(words, itertools.count()))
    numbers = ((phrase, [ids.get(word, -1) for word in phrase]) for phrase in phrases)
    known = {phrase: of_words for phrase, of_words in numbers if min(of_words) >= 0}
    ends = np.array([(of_words[0], of_words[-1]) for of_words in known.values()], np.int64).reshape(-1, 2)
    runs, run = runs_from(of_words[1:-1] for of_words in known.values())
    return Numbered(known.keys(), ends[:, 0], ends[:, 1], np.array(run, np.int64), runs)


def joins_of(
    found: Numbered, connectors: frozenset[str], delimiter: str, words: Sequence[Any]
) -> tuple[Joins, list[Any]]:
    """What joins these phrases, and the words, longer by the phrases that are no words already."""
    joined = list(map(delimiter.join, found.phrases))
    ids: dict[str, int] = dict.fromkeys(joined, -1)
    ids.update(itertools.compress(zip(words, itertools.count()), map(ids.__contains__, words)))
    new = [string for string, number in ids.items() if number < 0]
    ids.update(zip(new, itertools.count(len(words))))
    longer = [*words, *new]
    roles = np.zeros(len(longer), np.uint8)
    roles[np.flatnonzero(are_connectors(words, connectors))] = CONNECTS
    roles[found.first] |= BEGINS
    roles[found.last] |= ENDS
    slots = np.zeros(2 << max(2, (2 * len(joined)).bit_length()), np.int64)
    new_ids = np.array([ids[string] for string in joined], np.int64)
    with np.errstate(over="ignore"):
        _enter(slots, np.column_stack([found.first, found.last, new_ids, found.run]))
    return Joins(roles, found.runs, slots), longer


def joined_stream(
    tokens: Tokens, joins: Joins, n_threads: int, write: Callable[[NDArray[np.int32]], object]
) -> NDArray[np.int64]:
    """Hand the joined ids to `write`, piece by piece; returns the counts of the words, those of `joins_of`, int64."""
    ids, counts = tokens.ids, np.zeros(len(joins.roles), np.int64)

    def join(begin: int) -> NDArray[np.int32]:
        end = min(begin + _CHUNK, len(ids))
        out = np.empty(end - begin, np.int32)
        with np.errstate(over="ignore"):
            return out[: join_piece(ids, begin, end, joins, out)]

    with closing(ordered_map(join, range(0, len(ids), _CHUNK), n_threads)) as pieces:
        for piece in pieces:
            count_words(piece, counts)
            write(piece)
    return counts


@inlined
def _hash(pair, run):
    """Of two words and a run: int64, int64 → uint64."""
    return mix(_U64(pair) + _U64(run) * GOLDEN)


@entry
def _enter(slots, rows):
    """Enter phrases in an empty table; of equal ones the last counts. rows: int64 (n, 4): words, new id, run."""
    last = len(slots) - 1
    for k in range(len(rows)):
        pair, run = rows[k, 0] << 32 | rows[k, 1], rows[k, 3]
        slot = np.int64(_hash(pair, run) & _U64(last)) & ~np.int64(1)
        while slots[slot + 1] != 0 and (slots[slot] != pair or slots[slot + 1] >> 32 != run):
            slot = (slot + 2) & last
        slots[slot], slots[slot + 1] = pair, run << 32 | (rows[k, 2] + 1)


@inlined
def _new_id(joins, first, run, word):
    """The id of a phrase; −1 for a candidate that is none."""
    slots, last, pair = pointer(joins.slots), len(joins.slots) - 1, first << 32 | word
    slot = np.int64(_hash(pair, run) & _U64(last)) & ~np.int64(1)
    while slots[slot + 1] != 0:
        if slots[slot] == pair and slots[slot + 1] >> 32 == run:
            return np.int64(_U64(slots[slot + 1]) & _LOW_HALF) - 1
        slot = (slot + 2) & last
    return np.int64(-1)


@entry
def join_piece(ids, begin, end, joins, out):
    """Write what becomes of ids[begin:end]: a phrase is where its first word was. Returns how many ids that are.

    ids: int32. joins: `Joins`. out: int32, at least end − begin. The way goes from the last word before that ends no
    phrase: whatever came before it, it is free to begin one.
    """
    roles, stream = pointer(joins.roles), pointer(ids)
    k = begin
    while k > 0 and stream[k] != BREAK and stream[k - 1] != BREAK and roles[stream[k]] & (CONNECTS | ENDS):
        k -= 1
    n_out, start, run = 0, np.int64(-1), np.int64(NO_RUN)  # start: the place of a word that may begin a phrase
    while k < end or 0 <= start < end:
        token = np.int64(stream[k]) if k < len(ids) else np.int64(BREAK)
        role = roles[token] if token != BREAK else np.uint8(0)
        if role & CONNECTS and start >= 0:
            run = longer_run(joins.runs, run, token)
            k += 1
            continue
        new_id = np.int64(-1)
        if start >= 0 and role & ENDS and run != UNKNOWN:
            new_id = _new_id(joins, np.int64(stream[start]), run, token)
        if new_id >= 0:
            if begin <= start < end:
                out[n_out] = new_id
                n_out += 1
            start = np.int64(-1)
        else:
            if start >= 0:
                for place in range(max(start, begin), min(k, end)):
                    out[n_out] = stream[place]
                    n_out += 1
            start = np.int64(-1)
            if role & BEGINS and not role & CONNECTS:
                start, run = k, np.int64(NO_RUN)
            elif begin <= k < end:
                out[n_out] = token
                n_out += 1
        k += 1
    return n_out


@entry
def count_words(ids, counts):
    """Add the occurrences of each word. ids: int32. counts: int64 (V,)."""
    for token in ids:
        if token != BREAK:
            counts[token] += 1
