"""Compiled text scanning: bytes → provisional ids.

A segment is gone through in pieces, each in three steps, so that no step waits for the one before it: where tokens
begin and end, 64 bytes at a time; each token as two numbers and its slot in the table, which is asked for; the
look-ups.

Nothing here calls, or is called by, the training kernels.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.bits import GROUP, ask_for, count_bits, lowest_bit, newline_bits, pointer, white_bits
from w2v.compiled.jit import entry, inlined, not_inlined
from w2v.corpus.stream import BREAK
from w2v.corpus.wordtable import (
    COUNT,
    WORD,
    Text,
    WordTable,
    find,
    grown,
    home,
    insert,
    key,
    number_of,
    opened,
)

PIECE = 64 * GROUP  # bytes: what is kept of a piece fits into the first cache
_USUAL_EDGES = 16  # of tokens among 64 bytes
_U64 = np.uint64
_ONE, _TOP, _ALL = _U64(1), _U64(63), _U64(0xFFFFFFFFFFFFFFFF)


class ScanBuffers(NamedTuple):
    """What is kept of a piece, and the ids of a segment. It is made outside of the compiled code, which frees an array
    after its last use by name, though pointers to it are still in use."""

    edges: NDArray[np.int64]  # (PIECE + 2 GROUP,): where each token of the piece begins and ends, in turn
    newlines: NDArray[np.int64]  # (PIECE + GROUP + 1,): where its newlines are, and the text's end behind them
    keys: NDArray[np.uint64]  # (3 (PIECE / 2 + GROUP),): of each token its two numbers and its home slot
    ids: NDArray[np.int32]  # (bytes of the segment + 1,): provisional ids and BREAKs


def scan_buffers(n_bytes: int) -> ScanBuffers:
    """Room for a piece, the group of bytes that reaches over its end, and the writing of `_USUAL_EDGES` at a time; and
    for the ids of a segment of `n_bytes`."""
    return ScanBuffers(
        np.empty(PIECE + 2 * GROUP, np.int64),
        np.empty(PIECE + GROUP + 1, np.int64),
        np.empty(3 * (PIECE // 2 + GROUP), np.uint64),
        np.empty(n_bytes + 1, np.int32),  # never too few; pages that are not written take no memory
    )


@not_inlined
def _last_bits(text, start):
    """`white_bits` and `newline_bits` of the fewer than 64 bytes from `start` on; what is behind counts as white.

    text: `Text`. start: int64. Returns two uint64, bit k for the byte at start + k.
    """
    white, newline = _ALL << _U64(text.size - start), _U64(0)
    for k in range(text.size - start):
        byte = text.bytes[start + k]
        white |= _U64(byte == 32 or 9 <= byte <= 13) << _U64(k)
        newline |= _U64(byte == 10) << _U64(k)
    return white, newline


@inlined
def _find_edges(text, start, end, edges, newlines):
    """Token n of about text[start:end] is text[edges[2n] : edges[2n + 1]]; also, where the newlines are.

    text: `Text`. start, end: int64; `start` must lie at white space or where a token begins. edges, newlines: pointers
    to what `ScanBuffers` has of these names; of the newlines one more is written, the text's end. Returns (tokens,
    where the next piece starts), int64.
    """
    n_edges, n_newlines, before, i = 0, 0, _ONE, start
    while i < end:
        if i + GROUP <= text.size:
            white, newline = white_bits(text.bytes, i), newline_bits(text.bytes, i)
        else:
            white, newline = _last_bits(text, i)
        while newline != 0:
            newlines[n_newlines] = i + lowest_bit(newline)
            newline &= newline - _ONE
            n_newlines += 1
        changes = white ^ (white << _ONE | before)
        before = white >> _TOP
        n = count_bits(changes)
        for k in range(_USUAL_EDGES):  # without asking each time whether there is one more
            edges[n_edges + k] = i + lowest_bit(changes)
            changes &= changes - _ONE
        for k in range(_USUAL_EDGES, n):
            edges[n_edges + k] = i + lowest_bit(changes)
            changes &= changes - _ONE
        n_edges += n
        i += GROUP
    if n_edges % 2 == 1:  # the last token is longer than the piece
        i = edges[n_edges] = _token_end(text, i)
    newlines[n_newlines] = text.size
    return (n_edges + 1) // 2, min(i, text.size)


@not_inlined
def _token_end(text, i):
    """The first white space from `i` on, or the end of the text. text: `Text`. i, and what is returned: int64."""
    while i < text.size:
        white = white_bits(text.bytes, i) if i + GROUP <= text.size else _last_bits(text, i)[0]
        if white != 0:
            return i + lowest_bit(white)
        i += GROUP
    return text.size


@inlined
def _make_keys(text, edges, n_tokens, table, keys):
    """Write each token's key and home slot to `keys` (3 numbers a token), and ask for the slot.

    text: `Text`. edges, keys: pointers to int64 and uint64, see `ScanBuffers`. n_tokens: int64. table: `OpenTable`.
    """
    for n in range(n_tokens):
        start = edges[2 * n]
        low, high = key(text, start, edges[2 * n + 1] - start, table.seeds)
        slot = home(low, high, table.last, table.seeds)
        keys[3 * n], keys[3 * n + 1], keys[3 * n + 2] = low, high, _U64(slot)
        ask_for(table.slots, slot)


@inlined
def _look_up(text, position, table, edges, n_tokens, newlines, keys, out_ids, n_out):
    """Write the ids of a piece's tokens, and a BREAK per run of newlines.

    text: `Text`. position: int64, offset of the text in the corpus. table: `OpenTable`. edges, newlines: pointers to
    int64, and keys: to uint64, see `ScanBuffers`. n_tokens: int64. out_ids: pointer to int32, which is written from
    `n_out` on. Returns (tokens done, entries of `out_ids`), int64; not all are done when the table is full.
    """
    n_newlines = 0
    for n in range(n_tokens):
        start, low, high, length = edges[2 * n], keys[3 * n], keys[3 * n + 1], edges[2 * n + 1] - edges[2 * n]
        while newlines[n_newlines] < start:
            n_newlines += 1
            n_out = end_sentence(out_ids, n_out)
        slot = find(table, np.int64(keys[3 * n + 2]), low, high, text, start, length)
        is_new = table.slots[slot + WORD] == 0
        if is_new and not insert(table, slot, low, high, text, start, length, position + start):
            return n, n_out
        table.slots[slot + COUNT] += _ONE
        out_ids[n_out] = np.int32(number_of(table.slots[slot + WORD]))
        n_out += 1
    if newlines[n_newlines] < text.size:
        n_out = end_sentence(out_ids, n_out)
    return n_tokens, n_out


@inlined
def end_sentence(out_ids, n_out):
    """Write BREAK behind the `n_out` entries of `out_ids` (pointer to int32), unless it is there or nothing is; returns
    how many entries there are then, int64."""
    if n_out == 0 or out_ids[n_out - 1] != BREAK:
        out_ids[n_out] = BREAK
        n_out += 1
    return n_out


@entry
def scan_segment(segment, start, position, table, buffers, n_out):
    """Split segment[start:] at ASCII white space, write one id per token and BREAK per newline to the ids of
    `buffers` from `n_out` on.

    segment: uint8 (bytes,). start: int64, at white space or where a token begins. position: int64, offset of the
    segment in the corpus, for the order of first appearance; a table has to see segments in that order. table:
    `WordTable`. buffers: `ScanBuffers` for this many bytes or more. n_out: int64.

    Of several newlines in a row one counts. Returns (bytes consumed, entries written), int64; not all bytes are
    consumed when the table is full: then the caller grows it and goes on.
    """
    open_table, text, out = opened(table), Text(pointer(segment), len(segment)), pointer(buffers.ids)
    edges, newlines, keys = pointer(buffers.edges), pointer(buffers.newlines), pointer(buffers.keys)
    while start < text.size:
        n_tokens, end = _find_edges(text, start, min(start + PIECE, text.size), edges, newlines)
        _make_keys(text, edges, n_tokens, open_table, keys)
        n_done, n_out = _look_up(text, position, open_table, edges, n_tokens, newlines, keys, out, n_out)
        if n_done < n_tokens:
            return edges[2 * n_done], n_out
        start = end
    return start, n_out


def scan_text(
    data: bytes | bytearray | NDArray[np.uint8], offset: int, table: WordTable, buffers: ScanBuffers | None = None
) -> tuple[WordTable, NDArray[np.int32]]:
    """`scan_segment` over all of `data`, in a table that grows as needed; returns that table and the ids, int32.

    offset: of `data` in the corpus, in bytes. buffers: the same for many segments spare the system clearing new memory
    for each; the ids are in them until they are used again.
    """
    segment = np.frombuffer(bytearray(data) if isinstance(data, bytes) else data, np.uint8)
    if buffers is None or len(buffers.ids) <= len(segment):
        buffers = scan_buffers(len(segment))
    done, n_ids = 0, 0
    with np.errstate(over="ignore"):  # hashes wrap around; without the compiler NumPy would warn
        while (step := scan_segment(segment, done, offset, table, buffers, n_ids))[0] < len(segment):
            table, (done, n_ids) = grown(table), step
    n_ids = step[1]
    return table, buffers.ids[:n_ids]
