"""Compiled text scanning: bytes → ids, one hash table per thread; and ids → final ids, once the vocabulary is known.

Nothing here calls, or is called by, the training kernels.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

BREAK = -1  # ends a sentence
HASH, START, LENGTH, COUNT, FIRST = 0, 1, 2, 3, 4  # columns of WordTable.entries
N_COLUMNS = 5

jit_cached = njit(nogil=True, error_model="numpy", cache=True)


class WordTable(NamedTuple):
    """Open-addressing hash table of byte strings, with linear probing.

    One row of `entries` holds all that is known of a word, so that a hit costs one cache line beside the slot.
    """

    slots: NDArray[np.int64]  # (2^k,): −1, or the word's number in the low half and hash bits in the high half
    entries: NDArray[np.int64]  # (capacity, N_COLUMNS)
    arena: NDArray[np.uint8]  # the words' bytes, one after the other
    sizes: NDArray[np.int64]  # (2,): words in the table, bytes used in the arena


def word_table(n_slots: int = 1 << 16, arena_size: int = 1 << 20) -> WordTable:
    """An empty table for `n_slots` / 2 words."""
    return WordTable(
        np.full(n_slots, -1, np.int64),
        np.empty((n_slots // 2, N_COLUMNS), np.int64),
        np.empty(arena_size, np.uint8),
        np.zeros(2, np.int64),
    )


def grown(table: WordTable, need_words: bool) -> WordTable:
    """A copy with twice the words, or twice the bytes."""
    if not need_words:
        arena = np.empty(2 * len(table.arena), np.uint8)
        arena[: table.sizes[1]] = table.arena[: table.sizes[1]]
        return table._replace(arena=arena)
    n_words = int(table.sizes[0])
    larger = word_table(2 * len(table.slots), 1)._replace(arena=table.arena, sizes=table.sizes)
    larger.entries[:n_words] = table.entries[:n_words]
    _fill_slots(larger, n_words)
    return larger


@jit_cached
def _fill_slots(table, n_words):
    mask = len(table.slots) - 1
    for word in range(n_words):
        hashed = table.entries[word, HASH]
        slot = hashed & mask
        while table.slots[slot] >= 0:
            slot = (slot + 1) & mask
        table.slots[slot] = ((hashed >> 32) & 0x7FFFFFFF) << 32 | word


@jit_cached
def _mixed(bits):
    """64 bits to 64 bits, one to one."""
    bits *= np.int64(-7046029254386353131)  # 2^64 / golden ratio, odd
    return bits ^ (bits >> 32 & 0xFFFFFFFF)  # without the sign, or x and ~x would meet


@jit_cached
def scan_block(block, start, position, table, out_ids, n_out):
    """Split block[start:] at ASCII white space, write one id per token and BREAK per newline to `out_ids` from
    `n_out` on.

    position: offset of the block in the corpus, for the order of first appearance. Of several newlines in a row one
    counts. Stops early when the table is full. Returns (bytes consumed, entries written, full): full is 0 for done, 1
    when words, 2 when arena bytes are short; then the caller grows the table and goes on.
    """
    slots, entries, arena, sizes = table
    mask, i, n_bytes = len(slots) - 1, start, len(block)
    n_words, used = sizes[0], sizes[1]
    full = 0
    while i < n_bytes:
        byte = block[i]
        if byte <= 32 and (byte == 32 or 9 <= byte <= 13):
            if byte == 10 and (n_out == 0 or out_ids[n_out - 1] != BREAK):
                out_ids[n_out] = BREAK
                n_out += 1
            i += 1
            continue
        begin, hashed, packed = i, np.int64(0), np.int64(0)
        while i < n_bytes:
            byte = block[i]
            if byte <= 32 and (byte == 32 or 9 <= byte <= 13):
                break
            packed = (packed << 8) | np.int64(byte)
            i += 1
            if (i - begin) & 7 == 0:
                hashed, packed = _mixed(hashed ^ packed), np.int64(0)
        length = i - begin
        hashed = _mixed(hashed ^ packed)
        tag = (hashed >> 32) & 0x7FFFFFFF
        slot = hashed & mask
        word = -1
        while slots[slot] >= 0:
            if slots[slot] >> 32 == tag:
                candidate = slots[slot] & 0xFFFFFFFF
                if entries[candidate, LENGTH] == length and entries[candidate, HASH] == hashed:
                    # Of up to 8 bytes the hash is one-to-one: equal hashes are equal words, and nothing is read.
                    origin, k = entries[candidate, START], length if length <= 8 else 0
                    while k < length and arena[origin + k] == block[begin + k]:
                        k += 1
                    if k == length:
                        word = candidate
                        break
            slot = (slot + 1) & mask
        if word < 0:
            if n_words == len(entries):
                full, i = 1, begin
                break
            if used + length > len(arena):
                full, i = 2, begin
                break
            word = n_words
            slots[slot] = (tag << 32) | word
            entries[word, HASH], entries[word, START], entries[word, LENGTH] = hashed, used, length
            entries[word, COUNT], entries[word, FIRST] = 0, position + begin
            for k in range(length):
                arena[used + k] = block[begin + k]
            n_words += 1
            used += length
        entries[word, COUNT] += 1
        if position + begin < entries[word, FIRST]:  # a table need not see the blocks in order
            entries[word, FIRST] = position + begin
        out_ids[n_out] = word
        n_out += 1
    sizes[0], sizes[1] = n_words, used
    return i, n_out, full


def scan_text(data: bytes | bytearray, offset: int, table: WordTable) -> tuple[WordTable, NDArray[np.int32]]:
    """`scan_block` over all of `data`, in a table that grows as needed; returns that table and the ids."""
    block = np.frombuffer(data, np.uint8)
    ids = np.empty(len(block) + 1, np.int32)  # never too few; pages that are not written take no memory
    done, n_ids, full = scan_block(block, 0, offset, table, ids, 0)
    while full:
        table = grown(table, need_words=full == 1)
        done, n_ids, full = scan_block(block, done, offset, table, ids, n_ids)
    return table, ids[:n_ids].copy()


def merged(tables: Sequence[WordTable]) -> tuple[WordTable, list[NDArray[np.int64]]]:
    """One table of all words, and for each table its ids → ids there."""
    n_words, n_bytes = (sum(int(table.sizes[i]) for table in tables) for i in range(2))
    whole = word_table(1 << (2 * n_words + 2).bit_length(), n_bytes + 1)
    numbers = [np.empty(int(table.sizes[0]), np.int64) for table in tables]
    for table, number in zip(tables, numbers, strict=True):
        merge_table(whole, table, number)
    return whole, numbers


@jit_cached
def merge_table(into, other, numbers):
    """Add all words of `other` to `into`, which must have room for them; writes each one's number there to
    `numbers`."""
    slots, entries, arena, sizes = into
    mask = len(slots) - 1
    for word in range(other.sizes[0]):
        hashed, origin, length = (
            other.entries[word, HASH],
            other.entries[word, START],
            other.entries[word, LENGTH],
        )
        slot, found = hashed & mask, -1
        while slots[slot] >= 0 and found < 0:
            candidate = slots[slot] & 0xFFFFFFFF
            if entries[candidate, HASH] == hashed and entries[candidate, LENGTH] == length:
                start, k = entries[candidate, START], 0
                while k < length and arena[start + k] == other.arena[origin + k]:
                    k += 1
                if k == length:
                    found = candidate
            slot = (slot + 1) & mask if found < 0 else slot
        if found < 0:
            found = sizes[0]
            slots[slot] = ((hashed >> 32) & 0x7FFFFFFF) << 32 | found
            entries[found] = other.entries[word]
            entries[found, START] = sizes[1]
            for k in range(length):
                arena[sizes[1] + k] = other.arena[origin + k]
            sizes[0] += 1
            sizes[1] += length
        else:
            entries[found, COUNT] += other.entries[word, COUNT]
            entries[found, FIRST] = min(entries[found, FIRST], other.entries[word, FIRST])
        numbers[word] = found


@jit_cached
def holds_any(table, is_wanted):
    """For each word of the table, whether one of its bytes is wanted. is_wanted: bool (256,)."""
    found = np.zeros(table.sizes[0], np.bool_)
    for word in range(len(found)):
        start = table.entries[word, START]
        for k in range(start, start + table.entries[word, LENGTH]):
            if is_wanted[table.arena[k]]:
                found[word] = True
                break
    return found


@jit_cached
def rewrite_ids(ids, offsets, replacements, longest):
    """Replace each id by its `replacements[offsets[id]:offsets[id + 1]]` (none for a dropped token); BREAK stays.

    longest: the most replacements that an id has. Of several BREAKs in a row one is written.
    """
    size = len(ids)
    if longest > 1:
        for token in ids:
            if token != BREAK:
                size += offsets[token + 1] - offsets[token]
    out_ids, n_out = np.empty(size, np.int32), 0
    for token in ids:
        if token == BREAK:
            if n_out == 0 or out_ids[n_out - 1] != BREAK:
                out_ids[n_out] = BREAK
                n_out += 1
        else:
            for k in range(offsets[token], offsets[token + 1]):
                out_ids[n_out] = replacements[k]
                n_out += 1
    return out_ids[:n_out]
