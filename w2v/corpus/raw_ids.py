"""Text or sentences → provisional ids in temporary files, and the words they stand for.

A provisional id is the number of a distinct string in one thread's table; the tables are merged in the end.
"""

import bisect
import contextlib
import io
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig
from w2v.corpus import scan, sources, wordtable
from w2v.corpus.disk_space import writing
from w2v.corpus.lexicon import Lexicon, python_lexicon, text_lexicon
from w2v.corpus.pruning import Dropped, Generations, Pruner
from w2v.corpus.sources import Segment, joined, read_segments, scans_file_bytes
from w2v.corpus.stream import BREAK
from w2v.corpus.tokens import numbering, plain_keys
from w2v.errors import ConfigError, CorpusError, TokenError
from w2v.system.parallel import ordered_map

_BATCH = 1 << 20  # tokens of a Python iterable encoded at a time
_REPORTED = 1 << 10  # sentences


class RawSegment(NamedTuple):
    """Where the provisional ids of a segment are."""

    file: int  # the number of the raw file
    place: int  # bytes, in that file
    n_ids: int
    table: int  # whose numbers the ids are: one thread's, or that of the time between two prunings


class Numbers(Protocol):
    """A sequence of arrays of ids, −1 for what was dropped; made when they are asked for."""

    def __getitem__(self, index: int, /) -> NDArray[Any]: ...


class RawStream(NamedTuple):
    """Provisional ids on disk, segment by segment."""

    files: list[io.BufferedRandom]
    segments: list[RawSegment]  # in the order of the corpus
    numbers: Numbers  # per table: its ids → provisional ids of the lexicon
    n_at_once: int  # of the numbers that segments side by side need
    dropped: Dropped = Dropped()

    def read(self, segment: RawSegment, room: NDArray[np.int32]) -> NDArray[np.int32]:
        """The provisional ids of a segment, in `room`; for one thread at a time."""
        ids, file = room[: segment.n_ids], self.files[segment.file]
        file.seek(segment.place)
        if file.readinto(ids.data) < ids.nbytes:
            raise CorpusError("a temporary file of the encoded corpus was cut off by something else; run again")
        return ids


# ---- text


class _Scanner:
    """A table of words and the file of the ids that it gives, for one thread at a time."""

    def __init__(self, number: int, segment_bytes: int, file: io.BufferedRandom) -> None:
        self.number, self.file, self.n_written = number, file, 0
        n_bytes = segment_bytes + segment_bytes // 4
        self.table, self.text, self.buffers = (
            wordtable.word_table(), np.empty(n_bytes, np.uint8), scan.scan_buffers(n_bytes)
        )  # fmt: skip

    def scan(self, segment: Segment) -> RawSegment:
        """Write the ids of a segment's tokens; a table has to see segments in the order of the corpus."""
        self.table, ids = scan.scan_text(segment.read(self.text), segment.offset, self.table, self.buffers)
        return RawSegment(self.number, self.write(ids), len(ids), self.number)

    def write(self, ids: NDArray[np.int32]) -> int:
        """Put ids at the end of the file; returns where they lie."""
        place = self.n_written
        with writing():
            self.n_written += self.file.write(ids.data)
        return place


class _Places:
    """Names the place in the corpus with a byte offset, for messages."""

    def __init__(self, text: TextConfig) -> None:
        self.has_bytes = scans_file_bytes(text)  # otherwise the offset counts bytes that are not in the file
        self.starts = [(0, "")]  # (offset, file)

    def note(self, segment: Segment) -> None:
        """The next segment; the first of a file tells where that begins."""
        for start, file in segment.starts or [(0, segment.file)]:
            if file != self.starts[-1][1]:
                self.starts.append((segment.offset + start, file))

    def name(self, offset: int) -> str:
        """The file, and where the encoding allows it the byte there."""
        start, file = self.starts[bisect.bisect(self.starts, offset, key=itemgetter(0)) - 1]
        return f"{file}, byte {offset - start}" if self.has_bytes else file


def read_text(
    files: Sequence[str], text: TextConfig, n_threads: int, new_file: Callable[[], io.BufferedRandom], report: Any
) -> tuple[RawStream, Lexicon]:
    """Read and scan segments of text in parallel. report: called with the bytes of each segment.

    With a cap on memory there is one table and one thread, so that what is dropped depends on the text alone. Raises
    `CorpusError` for what cannot be read or written, and for an undecodable token if the text is strict.
    """
    places = _Places(text)
    pruner = None if text.vocab_memory is None else Pruner(text.vocab_memory, text, places.name)
    n_tables, segment_bytes = (1, pruner.segment_bytes) if pruner else (n_threads, sources.SEGMENT_BYTES)
    scanners = [_Scanner(number, segment_bytes, new_file()) for number in range(n_tables)]
    free, waiting, turn, prunings = deque(scanners), deque[Segment](), threading.Lock(), list[tuple[int, int]]()

    def noted() -> Iterator[Segment]:
        # What is dropped to save memory depends on where segments end, so there each file has its own.
        with contextlib.closing(
            read_segments(files, text.encoding, segment_bytes, None if pruner else n_threads, text.columns)
        ) as read:
            for segment in read:
                places.note(segment)
                yield segment

    def handed_out() -> Iterator[Segment]:
        for segment in noted() if pruner else joined(noted(), segment_bytes):
            waiting.append(segment)
            yield segment

    def scan_next(_: Segment) -> tuple[int, int, RawSegment]:
        with turn:  # handed out together, so that a table sees segments in the order of the corpus
            # The next one is not that of the argument when another thread came here first.
            segment, scanner = waiting.popleft(), free.popleft()
        try:
            raw_segment = scanner.scan(segment)
            if pruner:
                raw_segment = raw_segment._replace(table=len(prunings))
                scanner.table, new_ids = pruner.pruned(scanner.table)
                if new_ids is not None:
                    prunings.append((scanner.write(new_ids), len(new_ids)))
        finally:
            free.append(scanner)
        return segment.offset, segment.size, raw_segment

    scanned_at = []
    with contextlib.closing(ordered_map(scan_next, handed_out(), n_tables)) as scanned:
        for offset, n_bytes, raw_segment in scanned:
            scanned_at.append((offset, raw_segment))
            report(n_bytes)
    segments = [raw_segment for _, raw_segment in sorted(scanned_at)]
    raw_files = [scanner.file for scanner in scanners]
    table, numbers = wordtable.merged([scanner.table for scanner in scanners])
    if pruner:
        later = Generations(raw_files[0], prunings, len(numbers[0]))
        return RawStream(raw_files, segments, later, 1, pruner.dropped), text_lexicon(table, text, places.name)
    return RawStream(raw_files, segments, numbers, n_tables), text_lexicon(table, text, places.name)


# ---- sentences


def read_sentences(
    sentences: Iterable[Any], text: TextConfig, raw_file: io.BufferedRandom, report: Callable[[int], object]
) -> tuple[RawStream, Lexicon]:
    """Encode Python sentences; a one-shot iterator is read once, so it needs no other spool than this. report: called
    with the number of sentences read since the last call."""
    if text.vocab_memory is not None:
        raise ConfigError("vocab_memory is for text in files; leave it out for sentences, whose words Python holds")
    if text.text_column is not None:
        raise ConfigError("text_column is for tables in files; leave it out for sentences")
    if text.tokenize:
        raise ConfigError("tokenize is for text, and these sentences are lists of tokens already; leave it out")
    numbers = numbering()
    segments, counts, n_all = [], np.zeros(0, np.int64), 0
    for batch in _batches(sentences, numbers, report):
        ids = np.array(batch, np.int32)
        counts = np.bincount(ids[ids >= 0], minlength=len(numbers)) + np.pad(counts, (0, len(numbers) - len(counts)))
        with writing():
            raw_file.write(ids.data)
        segments.append(RawSegment(0, ids.itemsize * n_all, len(ids), 0))
        n_all += len(ids)
    lexicon = python_lexicon(plain_keys(numbers), counts, text)
    return RawStream([raw_file], segments, [np.arange(len(numbers))], 1), lexicon


def _batches(sentences: Iterable[Any], numbers: dict[Any, int], report: Callable[[int], object]) -> Iterator[list[int]]:
    batch: list[int] = []
    position = 0
    for position, sentence in enumerate(sentences, 1):
        if isinstance(sentence, str | bytes):
            raise TokenError(
                f"sentence {position} is {'a str' if isinstance(sentence, str) else 'bytes'}, which would train "
                "on letters; give lists of tokens, for example sentence.split()"
            )
        if isinstance(sentence, np.ndarray):
            sentence = sentence.tolist()
        try:
            batch.extend(map(numbers.__getitem__, sentence))
        except TypeError as error:
            raise TokenError(f"sentence {position} is not a sequence of str or int tokens ({error})") from error
        batch.append(BREAK)
        if position % _REPORTED == 0:
            report(_REPORTED)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    report(position % _REPORTED)
    yield batch
