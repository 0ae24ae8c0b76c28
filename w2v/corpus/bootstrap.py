"""A corpus drawn anew from itself: the bootstrap, which says what another text of the same kind would give.

Embeddings depend on which documents happen to be in a corpus, more than on the seed (Antoniak & Mimno 2018). Sentences
of a document belong together, so drawing them one by one makes texts that are too much alike; where the borders of
documents are not known, stretches of text stand for them (the block bootstrap; Künsch 1989).
"""

import contextlib
import io
import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from w2v.config import BOOTSTRAP_UNITS
from w2v.corpus.disk_space import writing
from w2v.corpus.encode import EncodedCorpus, written
from w2v.corpus.rewriting import Piece
from w2v.corpus.selection import TokenLedger
from w2v.corpus.sentences import Ends
from w2v.corpus.stream import BREAK
from w2v.errors import CorpusError
from w2v.system.wording import quantity

STRETCH = 1000  # tokens that stand for a document
_LEAST = 30  # units: with fewer, resamples say nothing
_PIECE = 1 << 20  # tokens written at a time


def resampled(corpus: EncodedCorpus, unit: str, seed: int, folder: str | Path | None = None) -> EncodedCorpus:
    """As many units as a corpus has, drawn with replacement, in the order of the text; the vocabulary and its counts
    stay. Close what is returned: it is another temporary file, in `folder`.

    unit: "sentences", or "documents", for which stretches of whole sentences stand, of about `STRETCH` tokens (longer
    sentences are cut). Raises `CorpusError` for a text of fewer than 30 of them.
    """
    starts, ends = _bounds(corpus.ids, unit)
    if len(starts) < _LEAST:
        is_long = unit == BOOTSTRAP_UNITS[0] and len(corpus.ids) > _LEAST * STRETCH
        advice = "draw --bootstrap documents" if is_long else "give more text, or leave --bootstrap out"
        amount = quantity(len(starts), unit[:-1])
        raise CorpusError(f"a text of {amount} gives no resamples; {advice}")
    drawn = np.sort(np.random.default_rng([seed, BOOTSTRAP_UNITS.index(unit)]).integers(0, len(starts), len(starts)))
    with contextlib.ExitStack() as files:
        with writing():
            file = cast(io.BufferedRandom, files.enter_context(tempfile.TemporaryFile(dir=folder)))
        pieces = _pieces(corpus.ids, starts[drawn], ends[drawn])
        found = written(pieces, corpus.vocab, corpus.ledger, file, corpus.dropped)
        ledger = TokenLedger(len(found.ids) - found.n_sentences, 0, 0, 0)
        return replace(found, ledger=ledger, origin=corpus.origin, _files=files.pop_all())


def _bounds(ids: NDArray[np.int32], unit: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each unit begins and ends in the stream (without the BREAK at its end)."""
    breaks = np.flatnonzero(ids == BREAK)
    starts = np.concatenate([[0], breaks + 1])
    ends = np.concatenate([breaks, [len(ids)]])
    starts, ends = starts[starts < ends], ends[starts < ends]
    if unit == BOOTSTRAP_UNITS[0]:
        return starts, ends
    n_parts = np.maximum(1, (ends - starts + STRETCH // 2) // STRETCH)
    within = np.arange(n_parts.sum()) - np.repeat(np.cumsum(n_parts) - n_parts, n_parts)
    first, length, n = (np.repeat(some, n_parts) for some in (starts, ends - starts, n_parts))
    parts, part_ends = first + within * length // n, first + (within + 1) * length // n
    opens = np.flatnonzero(np.diff(parts // STRETCH, prepend=-1))
    return parts[opens], part_ends[np.append(opens[1:], len(parts)) - 1]


def _pieces(ids: NDArray[np.int32], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Iterator[Piece]:
    """The units one after the other, a BREAK behind each."""
    lengths = ends - starts + 1
    after = np.cumsum(lengths)
    cuts = np.unique([*np.searchsorted(after, np.arange(0, after[-1], _PIECE)).tolist(), len(starts)])
    for low, high in itertools.pairwise(cuts.tolist()):
        some, size = starts[low:high], lengths[low:high]
        last = np.cumsum(size)
        places = np.arange(last[-1]) + np.repeat(some - (last - size), size)
        piece = ids[np.minimum(places, len(ids) - 1)]
        piece[last - 1] = BREAK
        yield Piece(piece, np.flatnonzero(piece == BREAK), Ends.of(piece))
