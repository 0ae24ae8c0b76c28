"""Texts as numbers of tokens, by the compiled scanner of corpora: Unicode work is done once per distinct string."""

from threading import get_ident
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.compiled.jit import entry
from w2v.compiled.matrix import read_only
from w2v.config import TextConfig
from w2v.corpus.lexicon import text_lexicon
from w2v.corpus.scan import ScanBuffers, scan_buffers, scan_text
from w2v.corpus.wordtable import WordTable, merged, word_table
from w2v.documents.lists import Lists, looked_up

_MARK = "\0"  # stands before each text; it is the string number 0 of each table
_BATCH_BITS = 40  # of a place in all texts; above them stands the batch's number


class Strings(NamedTuple):
    """A batch of texts as strings between white space."""

    thread: int  # in whose table they are
    numbers: NDArray[np.int32]  # of strings there, 0 where a text begins; `stream.BREAK` where a line ends
    n_texts: int


class Scanner:
    """Finds the strings of batches of texts, several at once; and, when all are found, the tokens they stand for."""

    def __init__(self, config: TextConfig) -> None:
        self._config = TextConfig(config.lower, config.nfc, config.tokenize)  # of text that is decoded
        self._of_threads: dict[int, tuple[WordTable, ScanBuffers]] = {}
        self._tokens: dict[int, Lists] = {}  # of a thread's strings, each token's place among `words`

    def scan(self, texts: list[str], batch: int) -> Strings | None:
        """The strings of texts. batch: its number; a thread gets them in this order. None for texts that are not to be
        scanned: with the mark, or with half of a surrogate pair."""
        joined = f"{_MARK} " + f" {_MARK} ".join(texts)
        if joined.count(_MARK) != len(texts):
            return None
        try:
            data = bytearray(joined, "utf-8")
        except UnicodeEncodeError:
            return None
        thread = get_ident()
        table, buffers = self._of_threads.get(thread) or (word_table(), scan_buffers(len(data)))
        if len(buffers.ids) <= len(data):
            buffers = scan_buffers(len(data))
        table, numbers = scan_text(data, batch << _BATCH_BITS, table, buffers)
        self._of_threads[thread] = table, buffers
        return Strings(thread, numbers.copy(), len(texts))

    def words(self) -> tuple[list[str], NDArray[np.int64]]:
        """The distinct tokens, in order of first appearance, and how often each occurs; asked once, at the end."""
        table, numbers = merged([table for table, _ in self._of_threads.values()])
        lexicon = text_lexicon(table, self._config, str)
        strings = Lists(lexicon.token_ids.astype(np.int32), lexicon.offsets)
        strings = strings.kept(np.arange(len(strings.ids)) >= strings.offsets[1])  # without the mark
        order = lexicon.first_seen.argsort()
        used, first = np.unique(strings.chosen(order).ids, return_index=True)
        used = used[first.argsort()]
        place_of = np.zeros(lexicon.n_places, np.int32)
        place_of[used] = np.arange(len(used))
        tokens = Lists(place_of[strings.ids], strings.offsets)
        self._tokens = {thread: tokens.chosen(own) for thread, own in zip(self._of_threads, numbers, strict=True)}
        counts = np.bincount(tokens.ids, np.repeat(lexicon.counts, tokens.lengths), len(used))
        return lexicon.words(used.astype(np.int64)), counts.astype(np.int64)

    def lists(self, batches: list[Strings], new_ids: NDArray[np.int32]) -> list[Lists]:
        """The new id of each token of the texts, for each batch. new_ids: (words,); those without one (`DROPPED`) are
        left out."""
        tokens = {thread: looked_up(own, new_ids) for thread, own in self._tokens.items()}
        return [_lists(batch, tokens[batch.thread]) for batch in batches]


def _lists(batch: Strings, tokens: Lists) -> Lists:
    n_of_string = np.append(tokens.lengths, 0).astype(np.int32)  # the last is that of BREAK
    found = Lists(np.empty(n_of_string[batch.numbers].sum(), np.int32), np.zeros(batch.n_texts + 1, np.int64))
    write_lists(read_only(batch.numbers), read_only(tokens.ids), read_only(tokens.offsets), found.ids, found.offsets)
    return found


@entry
def write_lists(strings, token_ids, token_offsets, ids, ends):
    """Put the tokens of strings in a row, and note where each text's begin.

    strings: int32, 0 where a text begins, below it what is left out. token_ids: int32; token_offsets: int64; string s
    stands for `token_ids[token_offsets[s]:token_offsets[s + 1]]`. ids: int32, as many as there are, and ends: int64
    (texts + 1,), are written.
    """
    n, text = 0, 0
    for place in range(len(strings)):
        string = strings[place]
        if string == 0:
            ends[text] = n
            text += 1
        elif string > 0:
            for k in range(token_offsets[string], token_offsets[string + 1]):
                ids[n] = token_ids[k]
                n += 1
    ends[text] = n
