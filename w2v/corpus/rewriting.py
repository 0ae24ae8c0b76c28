"""A stream of provisional ids → one of final ids, piece by piece and in parallel."""

import threading
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.raw_ids import RawSegment, RawStream
from w2v.corpus.replacements import NewIds, Replacements, rewrite_ids
from w2v.corpus.sentences import Ends
from w2v.corpus.stream import BREAK
from w2v.system.parallel import ordered_map


class Piece(NamedTuple):
    """Of the rewritten stream. There is one BREAK after each sentence, but perhaps another at the piece's beginning."""

    ids: NDArray[np.int32]
    breaks: NDArray[np.int64]  # where there is a BREAK
    ends: Ends  # the sentences that end here, those too of which nothing is left


def rewritten(raw: RawStream, replacements: Replacements, n_threads: int) -> Generator[Piece, None, None]:
    """The pieces, in order, each only until the next; then the raw files are closed."""
    rooms, turn, n_most = deque[NDArray[np.int32]](), threading.Lock(), max(segment.n_ids for segment in raw.segments)

    def with_new_ids() -> Iterator[tuple[RawSegment, NewIds]]:
        new_ids: dict[int, NewIds] = {}
        for segment in raw.segments:
            if segment.table not in new_ids:
                if len(new_ids) == raw.n_at_once:
                    new_ids.clear()
                with turn:  # the numbers may lie in a raw file
                    new_ids[segment.table] = replacements.of(raw.numbers[segment.table])
            yield segment, new_ids[segment.table]

    def rewrite(item: tuple[RawSegment, NewIds]) -> tuple[NDArray[np.int32], NDArray[np.int64], Ends, NDArray[Any]]:
        segment, new_ids = item
        with turn:
            room = rooms.popleft() if rooms else np.empty(n_most, np.int32)
            raw_ids = raw.read(segment, room)
        ends = Ends.of(raw_ids)
        ids = rewrite_ids(raw_ids, *new_ids)
        return ids, np.flatnonzero(ids == BREAK), ends, room

    with closing(ordered_map(rewrite, with_new_ids(), n_threads)) as pieces:
        for ids, breaks, ends, room in pieces:
            yield Piece(ids, breaks, ends)
            rooms.append(room)
    for raw_file in raw.files:
        raw_file.close()
