"""Any source → token ids with sentence breaks, in a memory-mapped file.

The text is read once. While it is read each distinct byte string gets a provisional id, and the ids go to a temporary
file; all Unicode work (decoding, lower case, NFC, tokenising) is then done once per distinct string instead of once
per token, the vocabulary is chosen, and the provisional ids are rewritten as final ones.
"""

import bisect
import contextlib
import dataclasses
import logging
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from w2v import scan, sources, wordtable
from w2v.config import TextConfig, TrainConfig
from w2v.errors import ConfigError, CorpusError
from w2v.fingerprint import Fingerprint
from w2v.lexicon import Lexicon, python_lexicon, text_lexicon
from w2v.pruning import Dropped, Generations, Pruner
from w2v.replacements import NewIds, Replacements
from w2v.sources import Block, expand_paths, read_blocks, splits_as_bytes
from w2v.space import check_space
from w2v.tokens import numbering
from w2v.vocab import Vocabulary, choose_words

logger = logging.getLogger("w2v")
BREAK = scan.BREAK
_BATCH = 1 << 20  # tokens of a Python iterable encoded at a time


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
    Close it (or use it in a `with` block) to delete the temporary file behind it.
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


class RawBlock(NamedTuple):
    """Where the provisional ids of a block are; they are those of one thread's table."""

    offset: int  # of the block in the corpus
    place: int  # bytes, in the raw file
    n_ids: int
    table: int  # or the time between two prunings of it


class Numbers(Protocol):
    """A sequence of arrays of ids, −1 for what was dropped; made when they are asked for."""

    def __getitem__(self, index: int, /) -> NDArray[Any]: ...


class RawStream(NamedTuple):
    """Provisional ids on disk, block by block."""

    file: IO[bytes]
    blocks: list[RawBlock]  # in the order of the corpus
    numbers: Numbers  # per table, or time between two prunings: its ids → provisional ids of the lexicon
    n_at_once: int  # of the numbers that blocks side by side need
    dropped: Dropped = Dropped()


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
        with _writing():
            place = files.enter_context(tempfile.TemporaryDirectory(prefix="w2v-", dir=folder))
            raw_file = files.enter_context(tempfile.TemporaryFile(dir=place))
        with ThreadPoolExecutor(config.n_threads) as pool:
            if is_paths(source):
                raw, lexicon = _read_text(source, text, pool, config.n_threads, raw_file, report)
            else:
                raw, lexicon = _read_sentences(source, text, raw_file)
            vocab, replacements, ledger = _choose_vocabulary(lexicon, config, vocab, extends, raw.dropped)
            if raw.dropped.n_strings:
                logger.warning("%s", raw.dropped)
            corpus = _write_ids(raw, vocab, replacements, ledger, pool, Path(place) / "tokens.int32")
        return dataclasses.replace(corpus, _files=files.pop_all())


def is_paths(source: object) -> bool:
    """Whether a source is a list of paths, not of sentences."""
    return isinstance(source, list | tuple) and bool(source) and all(isinstance(i, str | os.PathLike) for i in source)


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CorpusError(
            f"cannot write the encoded corpus ({error}); make room in its folder, or name another (--cache-dir, TMPDIR)"
        ) from error


# ---- reading


def _read_text(
    files: Sequence[str],
    text: TextConfig,
    pool: ThreadPoolExecutor,
    n_threads: int,
    raw_file: IO[bytes],
    report: Any,
) -> tuple[RawStream, Lexicon]:
    """Scan blocks of text in parallel; a table of words is used by one thread at a time.

    With a cap on memory there is one table and one thread at a time, so that what is dropped depends on the text alone.
    """
    starts = [(0, "")]

    def place(offset: int) -> str:
        start, file = starts[bisect.bisect(starts, offset, key=itemgetter(0)) - 1]
        return f"{file}, byte {offset - start}" if splits_as_bytes(text.encoding) else file

    pruner = None if text.vocab_memory is None else Pruner(text.vocab_memory, text, place)
    tables = [wordtable.word_table() for _ in range(1 if pruner else n_threads)]
    block_size = pruner.block_size if pruner else sources.BLOCK_SIZE
    scratches = [scan.new_scratch(block_size + block_size // 4) for _ in tables]
    free, waiting, turn = deque(range(len(tables))), deque[Block](), threading.Lock()

    def scan_next(_: Block) -> tuple[Block, NDArray[np.int32], int, NDArray[np.int32] | None]:
        with turn:  # handed out together, so that a table sees blocks in the order of the corpus
            block, number = waiting.popleft(), free.popleft()
        try:
            tables[number], ids = scan.scan_text(block.data, block.offset, tables[number], scratches[number])
            new_ids = None
            if pruner:
                tables[number], new_ids = pruner.pruned(tables[number])
        finally:
            free.append(number)
        return block, ids, number, new_ids

    blocks, prunings, n_written = [], list[tuple[int, int]](), 0

    def handed_out() -> Iterator[Block]:
        for block in read_blocks(files, text.encoding, block_size):
            if block.file != starts[-1][1]:
                starts.append((block.offset, block.file))
            waiting.append(block)
            yield block

    for _, (block, ids, number, new_ids) in _ordered_map(pool, scan_next, handed_out(), 1 if pruner else 2 * n_threads):
        with _writing():
            blocks.append(RawBlock(block.offset, n_written, len(ids), len(prunings) if pruner else number))
            n_written += raw_file.write(ids.data)
            if new_ids is not None:
                prunings.append((n_written, len(new_ids)))
                n_written += raw_file.write(new_ids.data)
        report(len(block.data))

    table, numbers = wordtable.merged(tables)
    if pruner:
        later = Generations(raw_file, prunings, len(numbers[0]))
        return RawStream(raw_file, blocks, later, 1, pruner.dropped), text_lexicon(table, text, place)
    return RawStream(raw_file, sorted(blocks), numbers, n_threads), text_lexicon(table, text, place)


def _read_sentences(sentences: Iterable[Any], text: TextConfig, raw_file: IO[bytes]) -> tuple[RawStream, Lexicon]:
    """Encode Python sentences; a one-shot iterator is read once, so it needs no other spool than this."""
    if text.vocab_memory is not None:
        raise ConfigError("vocab_memory is for text in files; leave it out for sentences, whose words Python holds")
    if text.tokenize:
        raise ConfigError("tokenize is for text, and these sentences are lists of tokens already; leave it out")
    numbers = numbering()
    blocks, counts, n_all = [], np.zeros(0, np.int64), 0
    for batch in _batches(sentences, numbers):
        ids = np.array(batch, np.int32)
        counts = np.bincount(ids[ids >= 0], minlength=len(numbers)) + np.pad(counts, (0, len(numbers) - len(counts)))
        with _writing():
            raw_file.write(ids.data)
        blocks.append(RawBlock(n_all, ids.itemsize * n_all, len(ids), 0))
        n_all += len(ids)
    lexicon = python_lexicon(plain_keys(numbers), counts, text)
    return RawStream(raw_file, blocks, [np.arange(len(numbers))], 1), lexicon


def plain_keys(keys: Iterable[Any]) -> list[Any]:
    """All str or all int, NumPy's own kinds of them turned into Python's. Raises `CorpusError`."""
    plain = [key.item() if isinstance(key, np.integer | np.str_) else key for key in keys]
    kinds = {type(key) for key in plain}
    if kinds <= {int} or all(issubclass(kind, str) for kind in kinds):
        return plain
    names = ", ".join(sorted(kind.__name__ for kind in kinds))
    raise CorpusError(f"the tokens are of the type {names}; give all str or all int")


def _batches(sentences: Iterable[Any], numbers: dict[Any, int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for position, sentence in enumerate(sentences, 1):
        if isinstance(sentence, str | bytes):
            raise CorpusError(
                f"sentence {position} is {'a str' if isinstance(sentence, str) else 'bytes'}, which would train "
                "on letters; give lists of tokens, for example sentence.split()"
            )
        if isinstance(sentence, np.ndarray):
            sentence = sentence.tolist()
        try:
            batch.extend(map(numbers.__getitem__, sentence))
        except TypeError as error:
            raise CorpusError(f"sentence {position} is not a sequence of str or int tokens ({error})") from error
        batch.append(BREAK)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    yield batch


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
    pool: ThreadPoolExecutor,
    path: Path,
) -> EncodedCorpus:
    """Rewrite provisional ids as final ones, block by block, and map the result into memory."""

    def raw_blocks() -> Iterator[tuple[NDArray[np.int32], NewIds]]:
        new_ids: dict[int, NewIds] = {}
        for block in raw.blocks:
            if block.table not in new_ids:
                if len(new_ids) == raw.n_at_once:
                    new_ids.clear()
                new_ids[block.table] = replacements.of(raw.numbers[block.table])
            raw.file.seek(block.place)
            yield np.frombuffer(raw.file.read(4 * block.n_ids), np.int32), new_ids[block.table]

    def rewrite(block: tuple[NDArray[np.int32], NewIds]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        raw_ids, new_ids = block
        ids = scan.rewrite_ids(raw_ids, *new_ids)
        return ids, np.flatnonzero(ids == BREAK)

    fingerprint = Fingerprint()
    last, n_sentences, open_length, longest = BREAK, 0, 0, 0
    with _writing(), open(path, "wb") as file:
        for _, (ids, breaks) in _ordered_map(pool, rewrite, raw_blocks(), 2 * pool._max_workers):
            if len(ids) and ids[0] == BREAK and last == BREAK:
                ids, breaks = ids[1:], breaks[1:] - 1
            if len(ids) == 0:
                continue
            n_sentences += len(breaks)
            lengths = np.diff(breaks, prepend=-1 - open_length, append=len(ids)) - 1
            longest, open_length, last = max(longest, int(lengths.max())), int(lengths[-1]), ids[-1]
            file.write(ids.data)
            fingerprint.add(ids)
    raw.file.close()
    ids = np.memmap(path, np.int32, "r")
    return EncodedCorpus(ids, vocab, ledger, n_sentences, longest, fingerprint.finish(vocab.words), raw.dropped)


def _ordered_map(
    pool: ThreadPoolExecutor, function: Callable[[Any], Any], items: Iterator[Any], ahead: int
) -> Iterator[tuple[Any, Any]]:
    """(item, function(item)) in the order of the items, with up to `ahead` of them in work."""
    waiting: list[tuple[Any, Future[Any]]] = []
    try:
        for item in items:
            waiting.append((item, pool.submit(function, item)))
            if len(waiting) >= ahead:
                item, future = waiting.pop(0)
                yield item, future.result()
        for item, future in waiting:
            yield item, future.result()
    finally:
        for _, future in waiting:
            future.cancel()
