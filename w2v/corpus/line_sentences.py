"""gensim's iterables over text files: `LineSentence`, `PathLineSentences`, `Text8Corpus`.

They cut long sentences and refuse what is not UTF-8, as gensim's do. A path, given to `Word2Vec` in their place, is
read by compiled code, many times as fast, and a long sentence stays whole.
"""

import itertools
import os
from collections.abc import Iterator
from typing import Any

from w2v.system.files import PathLike, decompressing_reader

MAX_WORDS_IN_BATCH = 10_000  # gensim's: tokens of a sentence
_BLOCK_BYTES = 8192


class LineSentence:
    """A sentence on each line, tokens with white space between them, in a file (packed or not) or a file object."""

    def __init__(self, source: Any, max_sentence_length: int = MAX_WORDS_IN_BATCH, limit: int | None = None) -> None:
        """source: a path, or an object with lines of str or bytes and `seek`. max_sentence_length: tokens at which
        a line is cut. limit: read so many lines only."""
        self.source, self.max_sentence_length, self.limit = source, max_sentence_length, limit

    def __iter__(self) -> Iterator[list[str]]:
        """Raises `UnicodeDecodeError` for what is not UTF-8, `W2VError` for a file that cannot be read."""
        if hasattr(self.source, "seek"):
            self.source.seek(0)
            yield from self._sentences(self.source)
        else:
            with decompressing_reader(self.source) as lines:
                yield from self._sentences(lines)

    def _sentences(self, lines: Any) -> Iterator[list[str]]:
        for line in itertools.islice(lines, self.limit):
            words = (line if isinstance(line, str) else line.decode("utf-8")).split()
            for start in range(0, len(words), self.max_sentence_length):
                yield words[start : start + self.max_sentence_length]


class PathLineSentences:
    """`LineSentence` over all files of a folder in the order of their names, not those of folders in it; `limit` lines
    of each."""

    def __init__(
        self, source: PathLike, max_sentence_length: int = MAX_WORDS_IN_BATCH, limit: int | None = None
    ) -> None:
        """source: a folder, or a single file. Raises `ValueError` for what is neither."""
        self.source, self.max_sentence_length, self.limit = source, max_sentence_length, limit
        if os.path.isfile(source):
            self.input_files = [os.fspath(source)]
        elif os.path.isdir(source):
            self.input_files = [os.path.join(source, name) for name in sorted(os.listdir(source))]
        else:
            raise ValueError(f"{source!r} is no file and no folder; check the path")

    def __iter__(self) -> Iterator[list[str]]:
        for file in self.input_files:
            yield from LineSentence(file, self.max_sentence_length, self.limit)


class Text8Corpus:
    """A text without lines, such as text8, in sentences of `max_sentence_length` tokens."""

    def __init__(self, fname: PathLike, max_sentence_length: int = MAX_WORDS_IN_BATCH) -> None:
        self.fname, self.max_sentence_length = fname, max_sentence_length

    def __iter__(self) -> Iterator[list[str]]:
        """Raises `UnicodeDecodeError` for what is not UTF-8, `W2VError` for a file that cannot be read."""
        sentence: list[str] = []
        with decompressing_reader(self.fname) as stream:
            for words in _words(stream):
                sentence += words
                while len(sentence) >= self.max_sentence_length:
                    yield sentence[: self.max_sentence_length]
                    sentence = sentence[self.max_sentence_length :]
        if sentence:
            yield sentence


def _words(stream: Any) -> Iterator[list[str]]:
    """The words of a stream, a block at a time; a block is cut at a blank."""
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        whole, blank, last = (rest + block).rpartition(b" ")
        rest = last
        if blank:
            yield whole.decode("utf-8").split()
    yield rest.decode("utf-8").split()
