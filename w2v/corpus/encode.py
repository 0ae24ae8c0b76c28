"""Any source → token ids with sentence breaks, in a memory-mapped file.

The text is read once. While it is read each distinct byte string gets a provisional id, and the ids go to a temporary
file; all Unicode work (decoding, lower case, NFC, tokenising) is then done once per distinct string instead of once
per token, the vocabulary is chosen, and the provisional ids are rewritten as final ones.
"""

import contextlib
import dataclasses
import io
import logging
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig, TrainConfig
from w2v.corpus.disk_space import check_space, writing
from w2v.corpus.fingerprint import Fingerprint
from w2v.corpus.likely_encoding import likely_encoding
from w2v.corpus.pruning import Dropped
from w2v.corpus.raw_ids import RawSegment, RawStream, read_sentences, read_text
from w2v.corpus.replacements import NewIds, Replacements, rewrite_ids
from w2v.corpus.selection import TokenLedger, choose_vocabulary
from w2v.corpus.sentences import Ends, Sentences
from w2v.corpus.soundness import Finding, markup, rare, subsampled, table, undecodable, without_context
from w2v.corpus.sources import expand_paths, is_paths
from w2v.corpus.stream import BREAK
from w2v.corpus.vocabulary import NO_RULES, Rules, Vocabulary
from w2v.errors import CorpusError
from w2v.system.parallel import ordered_map

logger = logging.getLogger("w2v")


class Origin(NamedTuple):
    """Where a corpus came from."""

    files: Sequence[str] = ()
    encoding: str = "utf-8"


@dataclass(frozen=True)
class EncodedCorpus:
    """The corpus as integers.

    ids: int32 memory map, word ids with BREAK (−1) after each sentence. fingerprint: hex digest of ids and words.
    Close it (or use it in a `with` statement) to delete the temporary file behind it.
    """

    ids: NDArray[np.int32]
    vocab: Vocabulary
    ledger: TokenLedger
    n_sentences: int  # in `ids`
    n_sentences_read: int  # those too that no word of the vocabulary is left of
    longest_sentence: int  # tokens, after rare words were left out
    fingerprint: str
    n_alone: int = 0  # tokens that are a sentence by themselves then: they have no context
    dropped: Dropped = Dropped()
    origin: Origin = Origin()
    _files: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False, compare=False)

    def findings(self, sample: float) -> list[Finding]:
        """What shows that the text is not what it was taken for. sample: `TrainConfig.sample`."""
        return [
            *undecodable(self.ledger, self.origin.files, self.origin.encoding),
            *table(self.origin.files),
            *without_context(self.n_alone, self.ledger.n_stream),
            *rare(self.ledger),
            *subsampled(self.vocab.counts, sample),
            *markup(self.vocab.words),
        ]

    def check_sound(self, sample: float) -> None:
        """Log the findings. Raises `CorpusError` for one that leaves nothing to train on."""
        for sentence, is_fatal in self.findings(sample):
            if is_fatal:
                raise CorpusError(sentence)
            logger.warning("%s", sentence)

    def close(self) -> None:
        """Delete the temporary file."""
        self._files.close()

    def __enter__(self) -> "EncodedCorpus":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def encode_corpus(
    source: Any,
    text: TextConfig,
    config: TrainConfig,
    vocab: Vocabulary | None = None,
    folder: str | Path | None = None,
    report: Callable[[int], object] = lambda n_bytes: None,
    extends: bool = False,
    rules: Rules = NO_RULES,
) -> EncodedCorpus:
    """Read a corpus, choose the vocabulary, and write the token ids to a memory-mapped file.

    source: paths (files, folders, patterns, `-`), or an iterable of sentences, each a sequence of str or of int.
    vocab: use these words instead of choosing; with `extends`, these and all that are chosen, with the sums of their
    counts. folder: where the file goes (deleted on `close`). report: called with the bytes, or the sentences, read
    since the last call. rules: more of how words are chosen. Raises `CorpusError` when there is nothing to read or no
    word is left.
    """
    text.validate()
    if is_paths(source):
        source = expand_paths(source, logger.warning)
        check_space(source, folder)
    with contextlib.ExitStack() as files:

        def new_file() -> io.BufferedRandom:
            with writing():
                return cast(io.BufferedRandom, files.enter_context(tempfile.TemporaryFile(dir=folder)))

        if is_paths(source):
            raw, lexicon = read_text(source, text, config.n_threads, new_file, report)
        else:
            raw, lexicon = read_sentences(source, text, new_file(), report)
        origin = Origin(source if is_paths(source) else (), text.encoding)
        vocab, replacements, ledger = choose_vocabulary(
            lexicon, config, vocab, extends, raw.dropped, lambda: likely_encoding(*origin), rules
        )
        if raw.dropped.n_strings:
            logger.warning("%s", raw.dropped)
        corpus = _write_ids(raw, vocab, replacements, ledger, config.n_threads, new_file())
        return dataclasses.replace(corpus, origin=origin, _files=files.pop_all())


def _write_ids(
    raw: RawStream,
    vocab: Vocabulary,
    replacements: Replacements,
    ledger: TokenLedger,
    n_threads: int,
    file: io.BufferedRandom,
) -> EncodedCorpus:
    """Rewrite provisional ids as final ones, segment by segment, in `file`, and map that into memory."""
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

    sentences, fingerprint = Sentences(), Fingerprint()
    with writing(), closing(ordered_map(rewrite, with_new_ids(), n_threads)) as rewritten:
        for ids, breaks, ends, room in rewritten:
            sentences.read(ends)
            ids = sentences.kept(ids, breaks)
            if len(ids):
                file.write(ids.data)
                fingerprint.add(ids)
            rooms.append(room)
        file.flush()
    for raw_file in raw.files:
        raw_file.close()
    return EncodedCorpus(
        np.memmap(file, np.int32, "r"),
        vocab,
        ledger,
        sentences.n_kept,
        sentences.n_read,
        sentences.longest,
        fingerprint.finish(vocab.words),
        sentences.n_alone,
        raw.dropped,
    )
