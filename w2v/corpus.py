"""Any source → token ids with sentence breaks, in a memory-mapped file.

The text is read once. While it is read each distinct byte string gets a provisional id, and the ids go to a temporary
file; all Unicode work (decoding, lower case, NFC, tokenising) is then done once per distinct string instead of once
per token, the vocabulary is chosen, and the provisional ids are rewritten as final ones.
"""

import contextlib
import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v import scan
from w2v.config import TextConfig, TrainConfig
from w2v.errors import CorpusError
from w2v.sources import Block, expand_paths, read_blocks, splits_as_bytes
from w2v.vocab import Vocabulary, choose_words

BREAK = scan.BREAK
_BATCH = 1 << 20  # tokens of a Python iterable encoded at a time
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


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
    _files: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False, compare=False)

    def close(self) -> None:
        """Delete the temporary file."""
        self._files.close()

    def __enter__(self) -> "EncodedCorpus":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Lexicon(NamedTuple):
    """The distinct strings of a corpus as they were read, by provisional id."""

    strings: list[Any]  # bytes from text; str or int from Python
    counts: NDArray[np.int64]
    first_seen: NDArray[np.int64]  # byte or token offset of the first occurrence


class RawStream(NamedTuple):
    """Provisional ids on disk, block by block; each block's ids are those of one thread's table."""

    file: IO[bytes]
    blocks: list[tuple[int, int]]  # (number of ids, table)
    numbers: list[NDArray[np.int64]]  # per table: its ids → provisional ids of the lexicon


class Replacements(NamedTuple):
    """What each provisional id becomes: word ids `ids[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int64]
    ids: NDArray[np.int32]


def encode_corpus(
    source: Any,
    text: TextConfig,
    config: TrainConfig,
    vocab: Vocabulary | None = None,
    folder: str | Path | None = None,
    report: Callable[[int], object] = lambda n_bytes: None,
) -> EncodedCorpus:
    """Read a corpus, choose the vocabulary, and write the token ids to a memory-mapped file.

    source: paths (files, folders, patterns, `-`), or an iterable of sentences, each a sequence of str or of int.
    vocab: use these words instead of choosing. folder: where the file goes (deleted on `close`). report: called with
    the bytes read since the last call. Raises `CorpusError` when there is nothing to read or no word is left.
    """
    text.validate()
    with contextlib.ExitStack() as files:
        place = files.enter_context(tempfile.TemporaryDirectory(prefix="w2v-", dir=folder))
        raw_file = files.enter_context(tempfile.TemporaryFile(dir=place))
        with ThreadPoolExecutor(config.n_threads) as pool:
            if is_paths(source):
                raw, lexicon = _read_text(expand_paths(source), text, pool, config.n_threads, raw_file, report)
                tokens_of = _text_tokens(text)
            else:
                raw, lexicon = _read_sentences(source, raw_file)
                tokens_of = _python_tokens(text)
            vocab, replacements, ledger = _choose_vocabulary(lexicon, tokens_of, config, vocab)
            return _write_ids(raw, vocab, replacements, ledger, pool, Path(place) / "tokens.int32", files.pop_all())


def is_paths(source: object) -> bool:
    """Whether a source is a list of paths, not of sentences."""
    return isinstance(source, list | tuple) and len(source) > 0 and all(isinstance(item, str | Path) for item in source)


# ---- reading
# ---------------------------------------------------------------------------------------------------------------


def _read_text(
    files: Sequence[str],
    text: TextConfig,
    pool: ThreadPoolExecutor,
    n_threads: int,
    raw_file: IO[bytes],
    report: Any,
) -> tuple[RawStream, Lexicon]:
    """Scan blocks of text in parallel; a table of words is used by one thread at a time."""
    tables = [scan.word_table() for _ in range(n_threads)]
    free: SimpleQueue[int] = SimpleQueue()
    for number in range(n_threads):
        free.put(number)

    def scan_one(block: Block) -> tuple[NDArray[np.int32], int]:
        number = free.get()
        try:
            tables[number], ids = _scan_block(block, tables[number])
        finally:
            free.put(number)
        return ids, number

    blocks = []
    for block, (ids, number) in _ordered_map(pool, scan_one, read_blocks(files, text.encoding), 2 * n_threads):
        raw_file.write(ids.data)
        blocks.append((len(ids), number))
        report(len(block.data))
    table, numbers = _merged(tables)
    return RawStream(raw_file, blocks, numbers), _lexicon(table)


def _scan_block(block: Block, table: scan.WordTable) -> tuple[scan.WordTable, NDArray[np.int32]]:
    data = np.frombuffer(block.data, np.uint8)
    ids = np.empty(len(data) + 1, np.int32)
    done, n_ids, full = scan.scan_block(data, 0, block.offset, table, ids, 0)
    while full:
        table = scan.grown(table, need_words=full == 1)
        done, n_ids, full = scan.scan_block(data, done, block.offset, table, ids, n_ids)
    return table, ids[:n_ids].copy()


def _merged(tables: list[scan.WordTable]) -> tuple[scan.WordTable, list[NDArray[np.int64]]]:
    """One table of all words, and for each table its ids → ids there."""
    n_words, n_bytes = (sum(int(table.sizes[i]) for table in tables) for i in range(2))
    whole = scan.word_table(1 << (2 * n_words + 2).bit_length(), n_bytes + 1)
    numbers = [np.empty(int(table.sizes[0]), np.int64) for table in tables]
    for table, number in zip(tables, numbers, strict=True):
        scan.merge_table(whole, table, number)
    return whole, numbers


def _lexicon(table: scan.WordTable) -> Lexicon:
    n_words, n_bytes = map(int, table.sizes)
    arena, entries = table.arena[:n_bytes].tobytes(), table.entries[:n_words]
    starts = entries[:, scan.START]
    ends = starts + entries[:, scan.LENGTH]
    strings = [arena[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    return Lexicon(strings, entries[:, scan.COUNT].copy(), entries[:, scan.FIRST].copy())


def _read_sentences(sentences: Iterable[Any], raw_file: IO[bytes]) -> tuple[RawStream, Lexicon]:
    """Encode Python sentences; a one-shot iterator is read once, so it needs no other spool than this."""
    numbers: dict[Any, int] = _Numbering()
    first_seen: list[int] = []
    blocks, counts, offset = [], np.zeros(0, np.int64), 0
    for batch in _batches(sentences, numbers):
        ids = np.array(batch, np.int32)
        counts = np.bincount(ids[ids >= 0], minlength=len(numbers)) + np.pad(counts, (0, len(numbers) - len(counts)))
        first_seen += range(offset + len(first_seen), offset + len(numbers))  # only their order matters
        raw_file.write(ids.data)
        blocks.append((len(ids), 0))
        offset += len(ids)
    kinds = {type(key) for key in numbers}
    if not kinds <= {int} and not kinds <= {str}:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise CorpusError(f"the tokens are of the types {names}; give all str or all int")
    lexicon = Lexicon(list(numbers), counts, np.arange(len(numbers)))
    return RawStream(raw_file, blocks, [np.arange(len(numbers))]), lexicon


class _Numbering(dict[Any, int]):
    """Numbers new keys in order of first look-up."""

    def __missing__(self, key: Any) -> int:
        self[key] = number = len(self)
        return number


def _batches(sentences: Iterable[Any], numbers: dict[Any, int]) -> Iterator[list[int]]:
    batch: list[int] = []
    for position, sentence in enumerate(sentences, 1):
        if isinstance(sentence, str | bytes):
            raise CorpusError(
                f"sentence {position} is {'a str' if isinstance(sentence, str) else 'bytes'}, which would train "
                "on letters; "
                "give lists of tokens, for example sentence.split()"
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
# ------------------------------------------------------------------------------------------------------------


class _Tokens(NamedTuple):
    """What one distinct string holds: its tokens, or that it cannot be decoded."""

    tokens: list[Any]
    undecodable: bool = False
    bad_bytes: int = 0


def _normaliser(text: TextConfig) -> Callable[[str], str]:
    if text.nfc and text.lower:
        return lambda word: unicodedata.normalize("NFC", word.lower())
    if text.nfc:
        return lambda word: unicodedata.normalize("NFC", word)
    return str.lower if text.lower else str


def _text_tokens(text: TextConfig) -> Callable[[bytes], _Tokens]:
    """How a byte string of the text becomes tokens: decode, normalise, split at Unicode white space or into words."""
    normalise = _normaliser(text)
    split: Callable[[str], list[str]] = _WORD.findall if text.tokenize else str.split
    as_bytes = splits_as_bytes(text.encoding)
    encoding = text.encoding if as_bytes else "utf-8"

    def tokens_of(string: bytes) -> _Tokens:
        try:
            word, bad_bytes = string.decode(encoding), 0
            if not as_bytes and "�" in word:  # put there by the transcoder
                bad_bytes = word.count("�")
        except UnicodeDecodeError:
            bad_bytes = _count_bad_bytes(string, encoding)
            word = string.decode(encoding, "replace")
        if bad_bytes:
            if text.errors == "skip":
                return _Tokens([], True, bad_bytes)
            if text.errors == "strict":
                raise CorpusError(
                    f"the text is not valid {text.encoding}: {string[:60]!r} cannot be decoded; name its --encoding, "
                    "or leave such tokens out with --errors skip"
                )
            if text.errors == "ignore":
                word = string.decode(encoding, "ignore") if as_bytes else word.replace("�", "")
        tokens = split(normalise(word))
        return _Tokens(tokens, bad_bytes > 0 and not tokens, bad_bytes)

    return tokens_of


def _count_bad_bytes(string: bytes, encoding: str) -> int:
    n_bad, start = 0, 0
    while start < len(string):
        try:
            string[start:].decode(encoding)
            break
        except UnicodeDecodeError as error:
            n_bad += error.end - error.start
            start += error.end
    return n_bad


def _python_tokens(text: TextConfig) -> Callable[[Any], _Tokens]:
    normalise = _normaliser(text)
    return lambda key: _Tokens([normalise(key) if isinstance(key, str) else key])


def _choose_vocabulary(
    lexicon: Lexicon, tokens_of: Callable[[Any], _Tokens], config: TrainConfig, vocab: Vocabulary | None
) -> tuple[Vocabulary, Replacements, TokenLedger]:
    """Count the tokens that the distinct strings stand for, choose the words, and say what each string becomes."""
    candidates = _Numbering()
    candidate_ids: list[int] = []
    n_tokens, bad_counts, bad_bytes = np.zeros(len(lexicon.strings), np.int64), 0, 0
    for i, string in enumerate(lexicon.strings):
        tokens, undecodable, n_bad = tokens_of(string)
        n_tokens[i] = len(tokens)
        candidate_ids += map(candidates.__getitem__, tokens)
        if n_bad:
            bad_counts += int(lexicon.counts[i]) if undecodable else 0
            bad_bytes += n_bad * int(lexicon.counts[i])
    candidate_of, offsets = np.array(candidate_ids, np.int64), np.concatenate([[0], np.cumsum(n_tokens)])
    place_in_string = np.arange(len(candidate_of)) - np.repeat(offsets[:-1], n_tokens)
    counts = np.bincount(candidate_of, np.repeat(lexicon.counts, n_tokens), len(candidates)).astype(np.int64)
    first_seen = np.full(len(candidates), np.iinfo(np.int64).max)
    np.minimum.at(first_seen, candidate_of, np.repeat(lexicon.first_seen, n_tokens) + place_in_string)
    if vocab is None:
        vocab, word_ids = _select(list(candidates), counts, first_seen, config)
    else:
        vocab = _given(vocab, config)
        word_ids = np.array([vocab.ids.get(word, -1) for word in candidates], np.int32)
        if not (word_ids >= 0).any():
            raise CorpusError("no word of the given vocabulary occurs in the corpus; check --read-vocab")
    replaced = word_ids[candidate_of]
    kept = replaced >= 0
    n_kept = np.concatenate([[0], np.cumsum(kept)])[offsets]
    ledger = TokenLedger(int(counts.sum()) + bad_counts, int(counts[word_ids < 0].sum()), bad_counts, bad_bytes)
    return vocab, Replacements(n_kept, replaced[kept].astype(np.int32)), ledger


def _select(
    words: list[Any], counts: NDArray[np.int64], first_seen: NDArray[np.int64], config: TrainConfig
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """Choose by min-count and max-vocab; returns the vocabulary and each candidate's word id, −1 for a rare one."""
    if not words:
        raise CorpusError("the corpus is empty: it holds no token")
    chosen = choose_words(counts, first_seen, config.min_count, config.max_vocab)
    if len(chosen) == 0:
        top = choose_words(counts, first_seen, 1, 1)[0]
        times = "once" if counts[top] == 1 else f"{counts[top]:,} times"
        raise CorpusError(
            f"no word occurs at least {config.min_count} times: the commonest, {words[top]!r}, occurs {times}; "
            f"try --min-count {counts[top] if counts[top] < 3 else 1}"
        )
    if len(chosen) == 1:
        raise CorpusError(
            f"only one word, {words[chosen[0]]!r}, occurs at least {config.min_count} times; "
            "training needs two: give more text or a smaller --min-count"
        )
    word_ids = np.full(len(words), -1, np.int32)
    word_ids[chosen] = np.arange(len(chosen))
    return Vocabulary([words[i] for i in chosen], counts[chosen]), word_ids


def _given(vocab: Vocabulary, config: TrainConfig) -> Vocabulary:
    """A vocabulary read from a file, with min-count and max-vocab applied to its own counts."""
    chosen = choose_words(vocab.counts, np.arange(len(vocab)), config.min_count, config.max_vocab)
    if len(chosen) < 2:
        raise CorpusError(
            f"fewer than two words of the given vocabulary have a count of at least {config.min_count}; "
            "lower --min-count"
        )
    return Vocabulary([vocab.words[i] for i in chosen], vocab.counts[chosen])


# ---- writing
# ---------------------------------------------------------------------------------------------------------------


def _write_ids(
    raw: RawStream,
    vocab: Vocabulary,
    replacements: Replacements,
    ledger: TokenLedger,
    pool: ThreadPoolExecutor,
    path: Path,
    files: contextlib.ExitStack,
) -> EncodedCorpus:
    """Rewrite provisional ids as final ones, block by block, and map the result into memory."""
    per_table = [_take(replacements, numbers) for numbers in raw.numbers]
    raw.file.seek(0)

    def raw_blocks() -> Iterator[tuple[NDArray[np.int32], int]]:
        for n_ids, table in raw.blocks:
            yield np.frombuffer(raw.file.read(4 * n_ids), np.int32), table

    def rewrite(block: tuple[NDArray[np.int32], int]) -> NDArray[np.int32]:
        ids, (offsets, new_ids) = block[0], per_table[block[1]]
        growth = int(np.diff(offsets).max(initial=1))
        out = np.empty(growth * len(ids), np.int32)
        return out[: scan.rewrite_ids(ids, offsets, new_ids, out)]

    digest, last, n_sentences, open_length, longest = hashlib.blake2b(digest_size=16), BREAK, 0, 0, 0
    with open(path, "wb") as file:
        for _, ids in _ordered_map(pool, rewrite, raw_blocks(), 2 * pool._max_workers):
            if len(ids) and ids[0] == BREAK and last == BREAK:
                ids = ids[1:]
            if len(ids) == 0:
                continue
            breaks = np.flatnonzero(ids == BREAK)
            n_sentences += len(breaks)
            lengths = np.diff(breaks, prepend=-1 - open_length, append=len(ids)) - 1
            longest, open_length, last = max(longest, int(lengths.max())), int(lengths[-1]), ids[-1]
            file.write(ids.data)
            digest.update(ids.data)
    raw.file.close()
    digest.update("\n".join(map(str, vocab.words)).encode("utf-8", "surrogatepass"))
    ids = np.memmap(path, np.int32, "r")
    return EncodedCorpus(ids, vocab, ledger, n_sentences, longest, digest.hexdigest(), files)


def _take(replacements: Replacements, numbers: NDArray[np.int64]) -> Replacements:
    """The replacements of the provisional ids `numbers`, in that order."""
    starts = replacements.offsets[numbers]
    lengths = replacements.offsets[numbers + 1] - starts
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    within = np.arange(offsets[-1]) - np.repeat(offsets[:-1], lengths)
    return Replacements(offsets, replacements.ids[np.repeat(starts, lengths) + within])


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
