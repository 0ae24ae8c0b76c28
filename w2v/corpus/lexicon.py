"""The distinct strings of a corpus → the tokens that they stand for: all Unicode work, once per distinct string."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig
from w2v.corpus import scan, wordtable
from w2v.corpus.sources import ESCAPE, scans_file_bytes, undecodable_bytes
from w2v.corpus.tokens import normaliser, numbering, splitter
from w2v.errors import CorpusError

_BATCH = 1 << 16  # strings
_ESCAPED = re.compile(r"[\udc01-\udcff]")


class Lexicon(NamedTuple):
    """String i stands for the tokens `token_ids[offsets[i]:offsets[i + 1]]`; a token's id here is its place in
    `words`, where unused places may lie between."""

    counts: NDArray[np.int64]  # (n,) occurrences of each string
    first_seen: NDArray[np.int64]  # (n,) where each first occurs: a byte offset, or any other order
    offsets: NDArray[np.int64]  # (n + 1,)
    token_ids: NDArray[np.int64]
    n_places: int
    words: Callable[[NDArray[np.int64]], list[Any]]  # ids of tokens that are there → words
    n_undecodable: int = 0  # tokens that are left out
    n_undecodable_bytes: int = 0


def text_lexicon(table: wordtable.WordTable, text: TextConfig, place: Callable[[int], str]) -> Lexicon:
    """The tokens of the byte strings of a text.

    A string of plain ASCII is a token as it stands, and no Python object is made of it. Any other is decoded,
    normalised and split at Unicode white space (or into words), and its tokens are entered in the same table, as
    UTF-8: so equal tokens get equal ids. place: names the place in the corpus with that byte offset. Raises
    `CorpusError` for the first undecodable token if `text` is strict.
    """
    n_strings = int(table.sizes[0])
    counts, first_seen = wordtable.word_counts(table), table.entries[:n_strings, wordtable.FIRST].copy()
    is_special = wordtable.holds_any(table, _special_bytes(text))
    special = np.flatnonzero(is_special)
    facts, special_ids = np.zeros((0, 3), np.int64), [np.zeros(0, np.int32)]
    for batch, contents in _parsed(table, special, text, place):
        joined = " ".join(token for one in contents for token in one.tokens)
        table, ids = scan.scan_text(bytearray(joined, "utf-8", "surrogatepass"), 0, table)
        special_ids.append(ids)
        facts = np.concatenate([facts, batch])
    lengths = np.ones(n_strings, np.int64)
    lengths[special] = facts[:, 0]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    token_ids = np.repeat(np.arange(n_strings), lengths)
    token_ids[np.repeat(is_special, lengths)] = np.concatenate(special_ids)
    return Lexicon(
        counts,
        first_seen,
        offsets,
        token_ids,
        int(table.sizes[0]),
        lambda numbers: _joined(table, numbers).decode("utf-8", "surrogatepass").split("\n")[:-1],
        *(counts[special] @ facts[:, 1:]).tolist(),
    )


def token_counts(
    table: wordtable.WordTable,
    numbers: NDArray[np.int64],
    counts: NDArray[np.int64],
    text: TextConfig,
    place: Callable[[int], str],
) -> list[int]:
    """Tokens that these strings of a table stand for, undecodable tokens, and undecodable bytes; counts: (n,), how
    often each string is there."""
    is_special = wordtable.holds_any(table, _special_bytes(text))[numbers]
    special = np.flatnonzero(is_special)
    total = np.array([int(counts[~is_special].sum()), 0, 0])
    done = 0
    for facts, _ in _parsed(table, numbers[special], text, place):
        total += counts[special[done : done + len(facts)]] @ facts
        done += len(facts)
    total[0] += total[1]
    return total.tolist()


def _parsed(
    table: wordtable.WordTable, special: NDArray[np.int64], text: TextConfig, place: Callable[[int], str]
) -> Iterator[tuple[NDArray[np.int64], list["_Contents"]]]:
    """For `_BATCH` strings at a time, which are Python objects meanwhile: (tokens, undecodable tokens, undecodable
    bytes) of each, and what it holds. Raises `CorpusError` for the first undecodable one if `text` is strict."""
    parse, first_seen, undecodable = _text_parser(text), table.entries[:, wordtable.FIRST], special[:0]
    for start in range(0, len(special), _BATCH):
        batch = special[start : start + _BATCH]
        contents = [parse(string) for string in _strings(table, batch)]
        rows = [(len(one.tokens), one.n_undecodable, one.n_bad_bytes) for one in contents]
        facts = np.array(rows, np.int64).reshape(-1, 3)
        undecodable = np.concatenate([undecodable, batch[facts[:, 2] > 0]])
        yield facts, contents
    if text.errors == "strict" and len(undecodable):
        first = undecodable[first_seen[undecodable].argmin()]
        where, string = place(first_seen[first]), _strings(table, [first])[0][:60]
        raise CorpusError(
            f"{where}: {string!r} cannot be decoded as {text.encoding}; "
            "name the text's --encoding, or leave such tokens out with --errors skip"
        )


def python_lexicon(keys: list[Any], counts: NDArray[np.int64], text: TextConfig) -> Lexicon:
    """Tokens that came as Python objects, in order of first appearance: `lower` and `nfc` apply to str."""
    normalise, places = normaliser(text), numbering()
    token_ids = np.array([places[normalise(key) if isinstance(key, str) else key] for key in keys], np.int64)
    words = list(places)
    every = np.arange(len(keys) + 1)
    return Lexicon(
        counts, every[:-1], every, token_ids, len(words), lambda numbers: [words[number] for number in numbers]
    )


def _strings(table: wordtable.WordTable, numbers: Any) -> list[bytes]:
    return _joined(table, numbers).split(b"\n")[:-1]  # white space is in none of them


def _joined(table: wordtable.WordTable, numbers: Any) -> bytes:
    text: bytes = wordtable.joined(table, np.asarray(numbers, np.int64)).tobytes()
    return text


def _special_bytes(text: TextConfig) -> NDArray[np.bool_]:
    """bool (256,): the bytes that keep a string from being a token as it stands."""
    plain = np.zeros(256, np.bool_)
    plain[33:127] = True
    for byte in range(33, 127):
        character = chr(byte)
        if text.lower and character.isupper() or text.tokenize and not character.isalnum():
            plain[byte] = False
    return ~plain


class _Contents(NamedTuple):
    """What one byte string holds."""

    tokens: list[str]
    n_undecodable: int = 0  # tokens that were left out
    n_bad_bytes: int = 0


def _text_parser(text: TextConfig) -> Callable[[bytes], _Contents]:
    """How a byte string becomes tokens."""
    normalise, split = normaliser(text), splitter(text)
    decoding = (text.encoding, ESCAPE) if scans_file_bytes(text) else ("utf-8", "surrogatepass")

    def parse(string: bytes) -> _Contents:
        word = string.decode(*decoding)
        n_bad_bytes = undecodable_bytes(word)
        if not n_bad_bytes:
            return _Contents(split(normalise(word)))
        parts = word.split()
        if text.errors == "replace":
            kept = [_ESCAPED.sub("\ufffd", part) for part in parts]
        elif text.errors == "ignore":
            kept = [part for part in (_ESCAPED.sub("", part) for part in parts) if part]
        else:
            kept = [part for part in parts if not _ESCAPED.search(part)]
        return _Contents(split(normalise(" ".join(kept))), len(parts) - len(kept), n_bad_bytes)

    return parse
