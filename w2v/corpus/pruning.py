"""Counting words in bounded memory: rare ones are dropped while the text is read.

Lossy counting (Manku & Motwani 2002, "Approximate Frequency Counts over Data Streams", section 4.2): each time the
table is full the floor rises, and a word goes whose count, with the floor at its entry, is not above the floor. So no
count is low by more than the floor, however often its word went and came again.
"""

from collections.abc import Callable
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig
from w2v.corpus import wordtable
from w2v.corpus.lexicon import token_counts
from w2v.corpus.wordtable import WordTable

_TABLE_SHARE = 3  # the table may take this part of the memory: choosing the words takes the rest
_FULL = 0.75  # of the room when words are dropped, so that a segment's new words still find room
_SEGMENT_SHARE = 512
_SMALLEST_SEGMENT = 1 << 14


class Dropped(NamedTuple):
    """What was dropped while counting, and by how much a count may be low."""

    n_strings: int = 0
    n_tokens: int = 0
    n_undecodable: int = 0  # of the tokens
    n_undecodable_bytes: int = 0
    floor: int = 0

    def __str__(self) -> str:
        return (
            f"vocab-memory held: {self.n_strings:,} times a rare word was dropped while counting, {self.n_tokens:,} "
            f"tokens in all, which count as rare; a word that is near the min-count may be missing, and a word's count "
            f"(and its tokens) may be low by up to {self.floor:,}"
        )


class Pruner:
    """Keeps a table below a number of bytes."""

    def __init__(self, memory: int, text: TextConfig, place: Callable[[int], str]) -> None:
        self.limit, self.text, self.place = memory // _TABLE_SHARE, text, place
        self.segment_bytes = min(max(memory // _SEGMENT_SHARE, _SMALLEST_SEGMENT), 1 << 20)
        self.dropped = Dropped()
        # Of the words that were there at the last pruning: the floor at their entry.
        self.floors = np.zeros(0, np.int32)

    def pruned(self, table: WordTable) -> tuple[WordTable, NDArray[np.int32] | None]:
        """The table with room for a segment of text; and if words had to go, their new ids by the old ones, −1 for
        those that went. Raises `CorpusError` for an undecodable one if the text is strict."""
        n_words, n_bytes = table.sizes.tolist()
        if 2 * _size(table) <= self.limit or (
            n_words < _FULL * len(table.entries) and n_bytes < _FULL * len(table.arena) and _size(table) <= self.limit
        ):
            return table, None
        counts = wordtable.word_counts(table)
        floors = np.full(n_words, self.dropped.floor, np.int32)
        floors[: len(self.floors)] = self.floors
        weights = counts + floors
        floor = max(self.dropped.floor + 1, int(np.partition(weights, n_words // 2)[n_words // 2]))
        stays = weights > floor
        self._count(table, counts, np.flatnonzero(~stays), floor)
        new_ids = np.where(stays, np.cumsum(stays) - 1, -1).astype(np.int32)
        self.floors = floors[stays]
        return _with_words(table, counts, np.flatnonzero(stays)), new_ids

    def _count(self, table: WordTable, counts: NDArray[np.int64], gone: NDArray[np.int64], floor: int) -> None:
        n_tokens, n_undecodable, n_bytes = token_counts(table, gone, counts[gone], self.text, self.place)
        before = self.dropped
        self.dropped = Dropped(
            before.n_strings + len(gone),
            before.n_tokens + n_tokens,
            before.n_undecodable + n_undecodable,
            before.n_undecodable_bytes + n_bytes,
            floor,
        )


def _size(table: WordTable) -> int:
    return table.slots.nbytes + table.entries.nbytes + table.arena.nbytes


def _with_words(table: WordTable, counts: NDArray[np.int64], kept: NDArray[np.int64]) -> WordTable:
    """A table of these words, in this order."""
    entries = table.entries[kept]
    n_slots = 1 << max(16, (4 * len(kept)).bit_length())
    room = wordtable.word_table(
        min(n_slots, len(table.slots) // wordtable.WIDTH), max(1 << 16, 2 * int(entries[:, 1].sum()))
    )
    view = table._replace(entries=entries, sizes=np.array([len(kept), table.sizes[1]]))
    with np.errstate(over="ignore"):
        wordtable.merge_table(room, view, counts[kept], np.empty(len(kept), np.int64), 0)
    return room


class Generations:
    """Between two prunings ids mean the same: for each such time, its ids → ids of the last, −1 for what was dropped.

    They lie in the file of the raw ids, so that memory does not grow with the number of prunings.
    """

    def __init__(self, file: IO[bytes], places: list[tuple[int, int]], n_last: int) -> None:
        self.file, self.places, self.n_last = file, places, n_last
        later = np.arange(n_last, dtype=np.int32)
        for number in reversed(range(len(places))):
            new_ids = self[number]
            later = np.append(later, np.int32(-1))[new_ids]
            file.seek(places[number][0])
            file.write(later.data)

    def __getitem__(self, number: int) -> NDArray[np.integer]:
        if number == len(self.places):
            return np.arange(self.n_last)
        place, n_ids = self.places[number]
        self.file.seek(place)
        return np.frombuffer(self.file.read(4 * n_ids), np.int32)
