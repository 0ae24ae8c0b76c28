"""Candidates counted part by part: a part of all hashes has a table that fits into the processor's cache.

Each stretch of the stream is laid out, part beside part, in at most a quarter of the memory. Tables, those
of all parts where they are met again in the next stretch, take at most a half. Where that is too little, the stream is
gone through 2, 4, 8 … times, for a share of the hashes each time: the counts stay exact.
"""

import itertools
from collections import deque
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.phrases import pairtable
from w2v.phrases.pairtable import MIN_SLOTS, ROW, SLOT_BYTES, Table, pair_table
from w2v.phrases.records import RECORD_BYTES, Laid, Parts, Stream, find_parts, laid_out
from w2v.system.parallel import ordered_map

_PART = 1 << 14  # keys, more or less
_MOST_PARTS, _MOST_SHARES = 1 << 10, 1 << 20


class Counted(NamedTuple):
    """What was seen."""

    rows: NDArray[np.int64]  # (n, ROW), of `take_candidates`
    n_candidates: int  # different ones, those too that have no row
    is_alike: NDArray[np.bool_]  # (V,): words whose string has the hash of a candidate's


class _Full(Exception):
    """A table does not fit into its memory."""


class Plan(NamedTuple):
    """How the memory is used."""

    stretches: list[tuple[int, int]]  # of the stream
    n_parts: int  # of a share
    n_shares: int
    most_bytes: int  # of a table
    n_threads: int

    @classmethod
    def of(cls, n_ids: int, memory: int, n_threads: int, n_shares: int) -> "Plan":
        """memory: bytes."""
        stretch, n_parts = max(memory // (4 * RECORD_BYTES), MIN_SLOTS), 1
        most = min(_MOST_PARTS, min(stretch, n_ids) // (_PART * n_shares), memory // (8 * SLOT_BYTES * MIN_SLOTS))
        while 2 * n_parts <= most:
            n_parts *= 2
        stretches = [(begin, min(begin + stretch, n_ids)) for begin in range(0, n_ids, stretch)]
        n_tables = n_threads if len(stretches) == 1 else n_parts  # at a time
        return cls(stretches, n_parts, n_shares, memory // (2 * n_tables), n_threads)

    def parts(self, share: int) -> Parts:
        """Those of a share."""
        return Parts(share * self.n_parts, self.n_parts, 64 - (self.n_shares * self.n_parts - 1).bit_length())


def count_parts(stream: Stream, doubtful: NDArray[np.int64] | None, least: int, memory: int, n_threads: int) -> Counted:
    """Count the candidates. Those that occur at least `least` times have a row, and those that have the hash of another
    one or of a word.

    doubtful: ids of the words that may be the string of a candidate; None where no two strings can be the same, and the
    stream needs no names. memory: bytes, without the rows.
    """
    n_shares = 1
    while True:
        plan = Plan.of(len(stream.ids), memory, n_threads, n_shares)
        counting = _Counting(stream, doubtful, least, plan)
        try:
            for share in range(n_shares):
                counting.count(share)
        except _Full:
            n_shares *= 2
            continue
        return Counted(np.concatenate(counting.rows), counting.n_candidates, counting.is_alike)


class _Counting:
    """One try."""

    def __init__(self, stream: Stream, doubtful: NDArray[np.int64] | None, least: int, plan: Plan) -> None:
        self.stream, self.doubtful, self.least, self.plan = stream, doubtful, least, plan
        self.rows, self.n_candidates = [np.empty((0, ROW), np.int64)], 0
        self.is_alike = np.zeros(len(stream.connects), bool)
        self.tables: dict[int, Table] = {}  # by the part, between two stretches
        self.spare = deque[Table]()  # empty ones

    def count(self, share: int) -> None:
        """Raises `_Full`."""
        plan = self.plan
        parts = plan.parts(share)
        words = [None] * plan.n_parts if self.doubtful is None else self._by_part(self.doubtful, parts)
        for begin, end in plan.stretches:
            laid = laid_out(self.stream, begin, end, parts, plan.n_threads)

            def work(part: int, laid: Laid = laid, is_last: bool = end == len(self.stream.ids)) -> Any:
                self.tables[part] = self._counted(part, laid)
                return self._taken(part, words[part]) if is_last else None

            for found in ordered_map(work, range(plan.n_parts), plan.n_threads):
                if found is not None:
                    self.rows.append(found[0])
                    self.n_candidates += found[1]

    def _by_part(self, words: NDArray[np.int64], parts: Parts) -> list[NDArray[np.int64]]:
        found = np.empty(len(words), np.int64)
        with np.errstate(over="ignore"):
            find_parts(self.stream.names, words, parts.shift, found)
        order = np.argsort(found, kind="stable")
        borders = np.searchsorted(found[order], np.arange(parts.first, parts.first + parts.number + 1))
        return [words[order[begin:end]] for begin, end in itertools.pairwise(borders.tolist())]

    def _counted(self, part: int, laid: Laid) -> Table:
        """The part's table with the records of a stretch."""
        try:
            table = self.tables.pop(part, None) or self.spare.pop()
        except IndexError:
            table = pair_table(MIN_SLOTS)
        place, end = int(laid.begins[part]), int(laid.ends[part])
        with np.errstate(over="ignore"):
            while (place := pairtable.count_keys(laid.keys, place, end, table)) < end:
                if 3 * table.slots.nbytes > self.plan.most_bytes and self.plan.n_shares < _MOST_SHARES:
                    raise _Full
                table = pairtable.grown(table)
        return table

    def _taken(self, part: int, words: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], int]:
        """The rows of a part, and how many candidates it has; its table is empty then."""
        table = self.tables.pop(part)
        with np.errstate(over="ignore"):
            if words is not None:
                hashes, index = np.empty(len(table.slots) // 2, np.uint64), np.empty(len(table.slots) // 2, np.int64)
                pairtable.mark_alike(self.stream, words, table, hashes, index, self.is_alike)
            none = np.empty((0, ROW), np.int64)
            taken = np.empty((pairtable.take_candidates(self.stream, table, self.least, none), ROW), np.int64)
            pairtable.take_candidates(self.stream, table, self.least, taken)
        n_candidates = int(table.used[0])
        table.slots[:], table.used[:] = 0, 0
        self.spare.append(table)
        return taken, n_candidates
