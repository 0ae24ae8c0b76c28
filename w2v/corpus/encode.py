"""Any source → token ids with sentence breaks, in a memory-mapped file.

The text is read once. While it is read each distinct byte string gets a provisional id, and the ids go to a temporary
file; all Unicode work (decoding, lower case, NFC, tokenising) is then done once per distinct string instead of once
per token, the vocabulary is chosen, and the provisional ids are rewritten as final ones.
"""

import contextlib
import dataclasses
import io
import logging
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig, TrainConfig
from w2v.corpus import scan
from w2v.corpus.disk_space import check_space
from w2v.corpus.fingerprint import Fingerprint
from w2v.corpus.lexicon import Lexicon
from w2v.corpus.pruning import Dropped
from w2v.corpus.raw_ids import RawSegment, RawStream, read_sentences, read_text, writing
from w2v.corpus.replacements import NewIds, Replacements
from w2v.corpus.sources import expand_paths
from w2v.corpus.stream import BREAK
from w2v.corpus.vocabulary import Vocabulary, choose_words
from w2v.errors import CorpusError
from w2v.system.parallel import ordered_map

logger = logging.getLogger("w2v")


@dataclass(frozen=True)
class TokenLedger:
    """What became of every token that was read: read = in the stream + rare + undecodable."""

    n_read: int
    n_rare: int  # below min-count, beyond max-vocab, or not in the given vocabulary
    n_undecodable: int
    n_undecodable_bytes: int

    @property
    def n_stream(self) -> int:
        """Tokens left to train on, before subsampling."""
        return self.n_read - self.n_rare - self.n_undecodable


@dataclass(frozen=True)
class EncodedCorpus:
    """The corpus as integers.

    ids: int32 memory map, word ids with BREAK (−1) after each sentence. fingerprint: hex digest of ids and words.
    Close it (or use it in a `with` statement) to delete the temporary file behind it.
    """

    ids: NDArray[np.int32]
    vocab: Vocabulary
    ledger: TokenLedger
    n_sentences: int
    longest_sentence: int  # tokens, after rare words were left out
    fingerprint: str
    dropped: Dropped = Dropped()
    _files: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False, compare=False)

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
) -> EncodedCorpus:
    """Read a corpus, choose the vocabulary, and write the token ids to a memory-mapped file.

    source: paths (files, folders, patterns, `-`), or an iterable of sentences, each a sequence of str or of int.
    vocab: use these words instead of choosing; with `extends`, these and all that are chosen, with the sums of their
    counts. folder: where the file goes (deleted on `close`). report: called with
    the bytes read since the last call. Raises `CorpusError` when there is nothing to read or no word is left.
    """
    text.validate()
    if is_paths(source):
        source = expand_paths(source)
        check_space(source, folder)
    with contextlib.ExitStack() as files:
        with writing():
            place = files.enter_context(tempfile.TemporaryDirectory(prefix="w2v-", dir=folder))

        def new_file() -> io.BufferedRandom:
            with writing():
                return cast(io.BufferedRandom, files.enter_context(tempfile.TemporaryFile(dir=place)))

        if is_paths(source):
            raw, lexicon = read_text(source, text, config.n_threads, new_file, report)
        else:
            raw, lexicon = read_sentences(source, text, new_file())
        vocab, replacements, ledger = _choose_vocabulary(lexicon, config, vocab, extends, raw.dropped)
        if raw.dropped.n_strings:
            logger.warning("%s", raw.dropped)
        corpus = _write_ids(raw, vocab, replacements, ledger, config.n_threads, Path(place) / "tokens.int32")
        return dataclasses.replace(corpus, _files=files.pop_all())


def is_paths(source: object) -> bool:
    """Whether a source is a list of paths, not of sentences."""
    return isinstance(source, list | tuple) and bool(source) and all(isinstance(i, str | os.PathLike) for i in source)


# ---- vocabulary


def _choose_vocabulary(
    lexicon: Lexicon, config: TrainConfig, vocab: Vocabulary | None, extends: bool, dropped: Dropped
) -> tuple[Vocabulary, Replacements, TokenLedger]:
    """Count the tokens that the distinct strings stand for, choose the words, and say what each string becomes."""
    offsets, token_ids = lexicon.offsets, lexicon.token_ids
    lengths = np.diff(offsets)
    place_in_string = np.arange(len(token_ids)) - np.repeat(offsets[:-1], lengths)
    counts = np.bincount(token_ids, np.repeat(lexicon.counts, lengths), lexicon.n_places).astype(np.int64)
    first_seen = np.full(lexicon.n_places, np.iinfo(np.int64).max)
    np.minimum.at(first_seen, token_ids, np.repeat(lexicon.first_seen, lengths) + place_in_string)
    if not counts.any():
        raise CorpusError(_nothing_read(lexicon))
    if vocab is None:
        vocab, word_ids = _select(lexicon, counts, first_seen, config)
    else:
        words = lexicon.words(np.arange(lexicon.n_places))
        vocab = _extended(vocab, words, counts, first_seen, config) if extends else _given(vocab, config)
        word_ids = np.array([vocab.ids.get(word, -1) for word in words], np.int32)
        if not counts[word_ids >= 0].any():
            raise CorpusError("no word of the given vocabulary occurs in the corpus; check --read-vocab")
    replaced = word_ids[token_ids]
    kept = replaced >= 0
    n_kept = np.concatenate([[0], np.cumsum(kept)])[offsets]
    ledger = TokenLedger(
        int(counts.sum()) + lexicon.n_undecodable + dropped.n_tokens,
        int(counts[word_ids < 0].sum()) + dropped.n_tokens - dropped.n_undecodable,
        lexicon.n_undecodable + dropped.n_undecodable,
        lexicon.n_undecodable_bytes + dropped.n_undecodable_bytes,
    )
    return vocab, Replacements(n_kept, replaced[kept]), ledger


def _nothing_read(lexicon: Lexicon) -> str:
    if lexicon.n_undecodable:
        return f"none of the {lexicon.n_undecodable:,} tokens of the corpus can be decoded; name its --encoding"
    return "the corpus is empty: it holds no token; give a text with words in it"


def _select(
    lexicon: Lexicon, counts: NDArray[np.int64], first_seen: NDArray[np.int64], config: TrainConfig
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """Choose by min-count and max-vocab; returns the vocabulary and each token's word id, −1 for a rare one."""
    chosen = choose_words(counts, first_seen, config.min_count, config.max_vocab)
    words = lexicon.words(chosen)
    if len(chosen) == 0:
        top = choose_words(counts, first_seen, 1, 1)
        n_top = int(counts[top[0]])
        times = "once" if n_top == 1 else f"{n_top:,} times"
        raise CorpusError(
            f"no word occurs at least {config.min_count} times: the commonest, {lexicon.words(top)[0]!r}, occurs "
            f"{times}; try --min-count {min(n_top, 2)}"
        )
    if len(chosen) == 1:
        times = "at all" if config.min_count <= 1 else f"at least {config.min_count} times"
        raise CorpusError(
            f"only one word, {words[0]!r}, occurs {times}; training needs two: give more text or a smaller --min-count"
        )
    word_ids = np.full(len(counts), -1, np.int32)
    word_ids[chosen] = np.arange(len(chosen))
    return Vocabulary(words, counts[chosen]), word_ids


def _extended(
    vocab: Vocabulary, words: list[Any], counts: NDArray[np.int64], first_seen: NDArray[np.int64], config: TrainConfig
) -> Vocabulary:
    """All words of a vocabulary and those of the corpus that occur at least min-count times in it, with the sums of
    their counts; max-vocab leaves out new words only."""
    ids = np.array([vocab.ids.get(word, -1) for word in words])
    known, total = ids >= 0, vocab.counts.copy()
    total[ids[known]] += counts[known]
    most = None if config.max_vocab is None else max(config.max_vocab - len(vocab), 0)
    new = choose_words(np.where(known, 0, counts), first_seen, config.min_count, most)
    merged, all_counts = vocab.words + [words[i] for i in new], np.concatenate([total, counts[new]])
    order = np.argsort(-all_counts, kind="stable")  # of words as common as each other the old ones come first
    return Vocabulary([merged[i] for i in order], all_counts[order])


def _given(vocab: Vocabulary, config: TrainConfig) -> Vocabulary:
    """A vocabulary read from a file, with min-count and max-vocab applied to its own counts."""
    vocab = vocab.pruned(config.min_count, config.max_vocab)
    if len(vocab) < 2:
        raise CorpusError(
            f"fewer than two words of the given vocabulary have a count of at least {config.min_count}; "
            "lower --min-count"
        )
    return vocab


# ---- writing


def _write_ids(
    raw: RawStream,
    vocab: Vocabulary,
    replacements: Replacements,
    ledger: TokenLedger,
    n_threads: int,
    path: Path,
) -> EncodedCorpus:
    """Rewrite provisional ids as final ones, segment by segment, and map the result into memory."""
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

    def rewrite(item: tuple[RawSegment, NewIds]) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
        segment, new_ids = item
        with turn:
            room = rooms.popleft() if rooms else np.empty(n_most, np.int32)
            raw_ids = raw.read(segment, room)
        ids = scan.rewrite_ids(raw_ids, *new_ids)
        return ids, np.flatnonzero(ids == BREAK), room

    fingerprint = Fingerprint()
    last, n_sentences, open_length, longest = BREAK, 0, 0, 0
    with writing(), open(path, "wb") as file, closing(ordered_map(rewrite, with_new_ids(), n_threads)) as rewritten:
        for ids, breaks, room in rewritten:
            if len(ids) and ids[0] == BREAK and last == BREAK:
                ids, breaks = ids[1:], breaks[1:] - 1
            if len(ids):
                n_sentences += len(breaks)
                lengths = np.diff(breaks, prepend=-1 - open_length, append=len(ids)) - 1
                longest, open_length, last = max(longest, int(lengths.max())), int(lengths[-1]), ids[-1]
                file.write(ids.data)
                fingerprint.add(ids)
            rooms.append(room)
    for raw_file in raw.files:
        raw_file.close()
    ids = np.memmap(path, np.int32, "r")
    return EncodedCorpus(ids, vocab, ledger, n_sentences, longest, fingerprint.finish(vocab.words), raw.dropped)
