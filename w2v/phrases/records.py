"""The candidates of a stretch of the stream as numbers of 64 bits, those of a part of all hashes side by side.

Such a number, a key, is the first word, the last word, and the run of connector words between. Parts are by the upper
bits of a hash, so that a part's table fits into the cache: by the key's, or where different candidates may make the
same string by that of the joined string, which puts these into the same part.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.bits import pointer
from w2v.compiled.jit import entry, inlined
from w2v.compiled.randomness import mix
from w2v.corpus.stream import BREAK
from w2v.phrases.hashes import LEFT, POWER, RIGHT, WIDTH
from w2v.phrases.runs import NO_RUN, Runs, longer_run
from w2v.system.parallel import ordered_map

RECORD_BYTES = 8
_SEGMENT = 1 << 19  # ids that a thread lays out at a time
_U64 = np.uint64


class Names(NamedTuple):
    """What the hash of a string is made of. words: uint64 (V, WIDTH), from `word_hashes`. runs: uint64 (R, 2), a factor
    and what is added, for each run behind a word. Both are empty where no two candidates make the same string."""

    words: NDArray[np.uint64]
    runs: NDArray[np.uint64]


NO_NAMES = Names(np.empty((0, WIDTH), np.uint64), np.empty((0, 2), np.uint64))


class Stream(NamedTuple):
    """What is counted in."""

    ids: NDArray[np.int32]  # BREAK after each sentence
    connects: NDArray[np.uint8]  # (V,), 1 for a connector word
    runs: Runs  # of the connector words between its words
    word_bits: int  # of a key
    run_bits: int
    names: Names


class Parts(NamedTuple):
    """Some of the parts that hashes are in by their upper bits."""

    first: int
    number: int
    shift: int  # 64 − the bits


class Laid(NamedTuple):
    """The keys of a stretch."""

    keys: NDArray[np.uint64]  # (n,)
    begins: NDArray[np.int64]  # (parts,), of 0 … n
    ends: NDArray[np.int64]


def laid_out(stream: Stream, begin: int, end: int, parts: Parts, n_threads: int) -> Laid:
    """The candidates that end in ids[begin:end], each part in the order of the stream."""
    places = np.zeros((-(-(end - begin) // _SEGMENT), parts.number), np.int64)
    keys = np.empty(0, np.uint64)

    def lay(segment: int) -> None:
        first = begin + segment * _SEGMENT
        with np.errstate(over="ignore"):
            _lay_out(stream, first, min(first + _SEGMENT, end), parts, places[segment], keys)

    deque(ordered_map(lay, range(len(places)), n_threads), 0)  # counts, for the places
    ends = np.cumsum(places.T).reshape(places.T.shape)
    places[:] = (ends - places.T).T
    begins = places[0].copy()
    keys = np.empty(int(ends[-1, -1]), np.uint64)
    deque(ordered_map(lay, range(len(places)), n_threads), 0)
    return Laid(keys, begins, ends[:, -1])


@inlined
def string_hash(stream, key):
    """Of the joined string of a candidate. stream: `Stream`. key: uint64."""
    words, runs = pointer(stream.names.words), pointer(stream.names.runs)
    word_bits, run_bits = _U64(stream.word_bits), _U64(stream.run_bits)
    run = np.int64(key & ((_U64(1) << run_bits) - _U64(1)))
    pair = key >> run_bits
    first, last = np.int64(pair >> word_bits) * WIDTH, np.int64(pair & ((_U64(1) << word_bits) - _U64(1))) * WIDTH
    prefix = words[first + LEFT] * runs[2 * run] + runs[2 * run + 1]
    return mix(prefix * words[last + POWER] + words[last + RIGHT])


@entry
def _lay_out(stream, begin, end, parts, places, keys):
    """Write the keys of the candidates that end in ids[begin:end], each at the place of its part; or only count them.

    stream: `Stream`. parts: `Parts`. places: int64 (parts,), where the next key of each part goes, moved on. keys:
    uint64 (n,), (0,) to count only.
    """
    ids, connects, of_parts, out = (
        pointer(stream.ids), pointer(stream.connects), pointer(places), pointer(keys),
    )  # fmt: skip
    words, by_string, writes = pointer(stream.names.words), len(stream.names.words) > 0, len(keys) > 0
    word_bits, run_bits, shift = _U64(stream.word_bits), _U64(stream.run_bits), _U64(parts.shift & 63)
    first_part, n_parts, one_part = np.int64(parts.first), np.int64(parts.number), parts.shift == 64
    k = begin
    while k > 0 and ids[k - 1] != BREAK:  # back to the word that may begin a candidate which ends here
        k -= 1
        if connects[ids[k]] == 0:
            break
    start, run, prefix = np.int64(BREAK), np.int64(NO_RUN), _U64(0)
    while k < end:
        token = np.int64(ids[k])
        k += 1
        if token == BREAK:
            start = np.int64(BREAK)
            continue
        if connects[token] != 0:
            if start >= 0:
                run = longer_run(stream.runs, run, token)
                if by_string:
                    prefix = prefix * words[token * WIDTH + POWER] + words[token * WIDTH + RIGHT]
            continue
        if start >= 0 and k > begin:
            key = (_U64(start) << word_bits | _U64(token)) << run_bits | _U64(run)
            hash = mix(prefix * words[token * WIDTH + POWER] + words[token * WIDTH + RIGHT]) if by_string else mix(key)
            part = np.int64(0) if one_part else np.int64(hash >> shift) - first_part
            if 0 <= part < n_parts:
                place = of_parts[part]
                of_parts[part] = place + 1
                if writes:
                    out[place] = key
        start, run = token, np.int64(NO_RUN)
        if by_string:
            prefix = words[token * WIDTH + LEFT]


@entry
def find_parts(names, words, shift, found):
    """Write the part of each of some words, by the hash of its string. names: `Names`. words: int64 (n,). shift: of
    `Parts`. found: int64 (n,)."""
    of_words = pointer(names.words)
    for k in range(len(words)):
        hash = mix(of_words[words[k] * WIDTH + LEFT])
        found[k] = np.int64(hash >> _U64(shift & 63)) if shift < 64 else np.int64(0)
