"""Texts as numbers of tokens, by the compiled scanner of corpora: Unicode work is done once per distinct string."""

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig
from w2v.corpus.lexicon import text_lexicon
from w2v.corpus.scan import scan_text
from w2v.corpus.stream import BREAK
from w2v.corpus.wordtable import word_table
from w2v.documents.lists import Lists

_MARK = "\0"  # stands before each text, since of several line ends in a row one counts; it is the string number 0


def scanned(texts: list[str], config: TextConfig) -> tuple[list[str], Lists] | None:
    """What `texts.numbered` gives; None for texts that are not to be scanned: with the mark, or with half of a
    surrogate pair."""
    joined = _lines(texts)
    if joined.count("\n") >= len(texts):
        joined = _lines([text.replace("\n", " ") for text in texts])
    if joined.count(_MARK) != len(texts):
        return None
    try:
        data = bytearray(joined, "utf-8")
    except UnicodeEncodeError:
        return None
    table, raw = scan_text(data, 0, word_table())
    starts, is_token = np.flatnonzero(raw == 0), (raw != BREAK) & (raw != 0)
    strings = raw[is_token]
    lexicon = text_lexicon(table, _of_strings(config), str)
    n_tokens = np.diff(lexicon.offsets)
    if (n_tokens == 1).all():
        ids, n_of_raw = lexicon.token_ids[strings], is_token.view(np.int8)
    else:
        each = n_tokens[strings]
        n_of_raw = np.zeros(len(raw), np.int64)
        n_of_raw[is_token] = each
        firsts = np.repeat(lexicon.offsets[strings] - (np.cumsum(each) - each), each)
        ids = lexicon.token_ids[firsts + np.arange(len(firsts))]
    places, numbers = _by_appearance(ids, lexicon.n_places)
    ends = np.cumsum(np.add.reduceat(n_of_raw, starts, dtype=np.int64))
    return lexicon.words(places), Lists(numbers, np.concatenate([[0], ends]))


def _by_appearance(ids: NDArray[np.int64], n_ids: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The ids that are there, in order of first appearance, and for each id of `ids` its place among these."""
    first = np.full(n_ids, len(ids))
    first[ids[::-1]] = np.arange(len(ids))[::-1]  # the last one written stays
    used = np.flatnonzero(first < len(ids))
    used = used[np.argsort(first[used], kind="stable")]
    place_of = np.empty(n_ids, np.int32)
    place_of[used] = np.arange(len(used))
    return used, place_of[ids]


def _of_strings(config: TextConfig) -> TextConfig:
    """The same for text that is decoded."""
    return TextConfig(config.lower, config.nfc, config.tokenize)


def _lines(texts: list[str]) -> str:
    """Each on a line, behind the mark."""
    return f"{_MARK} " + f"\n{_MARK} ".join(texts)
