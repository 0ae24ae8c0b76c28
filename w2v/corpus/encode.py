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
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig, TrainConfig
from w2v.corpus.all_tokens import NewFile, Step, all_tokens, stepped
from w2v.corpus.disk_space import check_space, writing
from w2v.corpus.fingerprint import Fingerprint
from w2v.corpus.lexicon import Lexicon
from w2v.corpus.likely_encoding import likely_encoding
from w2v.corpus.pruning import Dropped
from w2v.corpus.raw_ids import RawStream, read_sentences, read_text
from w2v.corpus.replacements import Replacements
from w2v.corpus.rewriting import Piece, rewritten
from w2v.corpus.selection import TokenLedger, choose_vocabulary, nothing_read
from w2v.corpus.sentences import Sentences
from w2v.corpus.soundness import Finding, markup, rare, subsampled, table, undecodable, without_context
from w2v.corpus.sources import expand_paths, is_paths
from w2v.corpus.stream import Tokens
from w2v.corpus.vocabulary import NO_RULES, Rules, Vocabulary
from w2v.errors import CorpusError, NoWordsError

logger = logging.getLogger("w2v")
_Source: TypeAlias = Any  # paths, or an iterable of sentences
Result = TypeVar("Result")


class Origin(NamedTuple):
    """Where a corpus came from."""

    files: Sequence[str] = ()
    encoding: str = "utf-8"
    is_column: bool = False  # only that of the text in tables was read


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
            *(() if self.origin.is_column else table(self.origin.files)),
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
    step: Step | None = None,
) -> EncodedCorpus:
    """Read a corpus, choose the vocabulary, and write the token ids to a memory-mapped file.

    source: paths (files, folders, patterns, `-`), or an iterable of sentences, each a sequence of str or of int.
    vocab: use these words instead of choosing; with `extends`, these and all that are chosen, with the sums of their
    counts. folder: where the file goes (deleted on `close`). report: called with the bytes, or the sentences, read
    since the last call. rules: more of how words are chosen. step: changes the tokens before words are chosen, as
    joining phrases does. Raises `CorpusError` when there is nothing to read or no word is left.
    """
    with contextlib.ExitStack() as files:
        source, new_file, raw, lexicon = _read(source, text, config.n_threads, folder, report, files)
        n_joined, n_sentences_read = 0, None
        if step is not None:
            raw, lexicon, n_joined, n_sentences_read = stepped(raw, lexicon, step, config.n_threads, new_file)
        origin = Origin(source if is_paths(source) else (), text.encoding, text.text_column is not None)
        vocab, replacements, ledger = choose_vocabulary(
            lexicon, config, vocab, extends, raw.dropped, lambda: likely_encoding(origin.files, origin.encoding), rules
        )
        if raw.dropped.n_strings:
            logger.warning("%s", raw.dropped)
        ledger = dataclasses.replace(ledger, n_read=ledger.n_read + n_joined, n_joined=n_joined)
        corpus = _write_ids(raw, vocab, replacements, ledger, config.n_threads, new_file())
        if n_sentences_read is not None:
            corpus = dataclasses.replace(corpus, n_sentences_read=n_sentences_read)
        return dataclasses.replace(corpus, origin=origin, _files=files.pop_all())


def look_at_corpus(
    source: Any,
    text: TextConfig,
    look: Callable[[Tokens, NewFile], Result],
    n_threads: int,
    folder: str | Path | None = None,
    report: Callable[[int], object] = lambda n_bytes: None,
) -> tuple[Result, TokenLedger]:
    """Read a corpus and hand all its tokens to `look`; returns what that returns, and how many tokens there are. The
    arguments, and what is raised, are those of `encode_corpus`."""
    with contextlib.ExitStack() as files:
        _, new_file, raw, lexicon = _read(source, text, n_threads, folder, report, files)
        tokens, _ = all_tokens(raw, lexicon, n_threads, new_file)
        if not len(tokens.ids):
            raise NoWordsError(nothing_read(lexicon, lambda: None))
        n_bad, n_bytes = lexicon.n_undecodable, lexicon.n_undecodable_bytes
        return look(tokens, new_file), TokenLedger(int(tokens.counts.sum()) + n_bad, 0, n_bad, n_bytes)


def _read(
    source: Any, text: TextConfig, n_threads: int, folder: str | Path | None, report: Any, files: contextlib.ExitStack
) -> tuple[_Source, NewFile, RawStream, Lexicon]:
    """The source with its files named, what makes temporary files, and what was read; `files` closes them."""
    text.validate()
    if is_paths(source):
        source = expand_paths(source, logger.warning)
        check_space(source, folder)

    def new_file() -> io.BufferedRandom:
        with writing():
            return cast(io.BufferedRandom, files.enter_context(tempfile.TemporaryFile(dir=folder)))

    if is_paths(source):
        return source, new_file, *read_text(source, text, n_threads, new_file, report)
    return source, new_file, *read_sentences(source, text, new_file(), report)


def _write_ids(
    raw: RawStream,
    vocab: Vocabulary,
    replacements: Replacements,
    ledger: TokenLedger,
    n_threads: int,
    file: io.BufferedRandom,
) -> EncodedCorpus:
    """Rewrite provisional ids as final ones, segment by segment, in `file`, and map that into memory."""
    with writing(), closing(rewritten(raw, replacements, n_threads)) as pieces:
        return written(pieces, vocab, ledger, file, raw.dropped)


def written(
    pieces: Iterable[Piece],
    vocab: Vocabulary,
    ledger: TokenLedger,
    file: io.BufferedRandom,
    dropped: Dropped,
) -> EncodedCorpus:
    """The pieces of a stream, in order, written to `file` and mapped into memory, with what is counted on the way."""
    sentences, fingerprint = Sentences(), Fingerprint()
    with writing():
        for ids, breaks, ends in pieces:
            sentences.read(ends)
            ids = sentences.kept(ids, breaks)
            if len(ids):
                file.write(ids.data)
                fingerprint.add(ids)
        file.flush()
    return EncodedCorpus(
        np.memmap(file, np.int32, "r"),
        vocab,
        ledger,
        sentences.n_kept,
        sentences.n_read,
        sentences.longest,
        fingerprint.finish(vocab.words),
        sentences.n_alone,
        dropped,
    )
