"""A corpus as all its tokens, for a step that changes them before words are chosen, and back to what reading gives."""

import io
from collections.abc import Callable
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import entry
from w2v.corpus.disk_space import writing
from w2v.corpus.lexicon import Lexicon
from w2v.corpus.pruning import Dropped
from w2v.corpus.raw_ids import RawSegment, RawStream
from w2v.corpus.replacements import Replacements
from w2v.corpus.rewriting import rewritten
from w2v.corpus.sentences import Sentences
from w2v.corpus.stream import BREAK, Tokens
from w2v.errors import ConfigError

NewFile = Callable[[], io.BufferedRandom]
_SEGMENT = 1 << 20  # ids


class Changed(NamedTuple):
    """What a step makes of all tokens."""

    tokens: Tokens
    file: io.BufferedRandom  # that holds the ids


Step = Callable[[Tokens, NewFile], Changed]


class IdFile:
    """Ids that are written one piece after the other, and then mapped."""

    def __init__(self, file: io.BufferedRandom) -> None:
        self.file = file

    def write(self, ids: NDArray[np.int32]) -> None:
        """Add ids at the end."""
        with writing():
            self.file.write(ids.data)

    def mapped(self) -> NDArray[np.int32]:
        """(n,) all of them, read-only."""
        with writing():
            self.file.flush()
        return np.memmap(self.file, np.int32, "r")


def stepped(
    raw: RawStream, lexicon: Lexicon, step: Step, n_threads: int, new_file: NewFile
) -> tuple[RawStream, Lexicon, int, int]:
    """The corpus as if it had been read with the tokens that `step` makes; how many tokens fewer they are, and how many
    sentences were read."""
    tokens, n_sentences = all_tokens(raw, lexicon, n_threads, new_file)
    if not len(tokens.ids):  # what that means is said where words are chosen
        return raw, lexicon, 0, 0
    changed = step(tokens, new_file)
    new_raw, new_lexicon = _as_read(changed, lexicon, raw.dropped)
    return new_raw, new_lexicon, int(tokens.counts.sum() - changed.tokens.counts.sum()), n_sentences


def all_tokens(raw: RawStream, lexicon: Lexicon, n_threads: int, new_file: NewFile) -> tuple[Tokens, int]:
    """All tokens that the strings stand for, and how many sentences were read. Raises `ConfigError` for integers."""
    occurrences = np.repeat(lexicon.counts, np.diff(lexicon.offsets))
    counts = np.bincount(lexicon.token_ids, occurrences, lexicon.n_places).astype(np.int64)
    used = np.flatnonzero(counts)
    words = lexicon.words(used)
    if not words:
        return Tokens(np.zeros(0, np.int32), words, counts[used]), 0
    if isinstance(words[0], int):
        raise ConfigError("phrases are words joined to one, and the tokens of this corpus are integers; leave them out")
    numbers = np.zeros(lexicon.n_places, np.int32)
    numbers[used] = np.arange(len(used))
    replacements = Replacements(lexicon.offsets, numbers[lexicon.token_ids])
    file, sentences = IdFile(new_file()), Sentences()
    with closing(rewritten(raw, replacements, n_threads)) as pieces:
        for ids, breaks, ends in pieces:
            sentences.read(ends)
            file.write(sentences.kept(ids, breaks))
    return Tokens(file.mapped(), words, counts[used]), sentences.n_read


def _as_read(changed: Changed, lexicon: Lexicon, dropped: Dropped) -> tuple[RawStream, Lexicon]:
    """Tokens as reading gives them; lexicon: of the strings that were read, whose undecodable ones stay."""
    ids, words, new_counts = changed.tokens.ids, list(changed.tokens.words), changed.tokens.counts
    first = np.full(len(words), np.iinfo(np.int64).max)
    _find_first(ids, first)
    begins = range(0, len(ids), _SEGMENT)
    segments = [RawSegment(0, ids.itemsize * begin, min(_SEGMENT, len(ids) - begin), 0) for begin in begins]
    every = np.arange(len(words) + 1)

    def named(numbers: NDArray[np.int64]) -> list[Any]:
        return [words[number] for number in numbers]

    new_lexicon = lexicon._replace(
        counts=new_counts, first_seen=first, offsets=every, token_ids=every[:-1], n_places=len(words), words=named
    )
    return RawStream([changed.file], segments, [every[:-1]], 1, dropped), new_lexicon


@entry
def _find_first(ids, first):
    """Write where each id appears first. ids: int32. first: int64 (V,)."""
    for k in range(len(ids) - 1, -1, -1):
        if ids[k] != BREAK:
            first[ids[k]] = k
