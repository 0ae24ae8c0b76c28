"""The corpus as all sides read it: the same sentences, whole or a slice, and its vocabulary."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.sides import say
from w2v.config import TextConfig, TrainConfig
from w2v.corpus.encode import EncodedCorpus, encode_corpus
from w2v.corpus.vocabulary import Vocabulary

SENTENCE = 9_000  # words; gensim drops what comes after the 10,000th
_BLOCK = 1 << 24


class Slice(NamedTuple):
    """A piece of the corpus as text."""

    path: Path
    n_words: int
    n_lines: int


class Texts:
    """The corpus cut into lines that no program shortens, and pieces from its beginning. Files go to `folder`."""

    def __init__(self, corpus: Path, folder: Path, files: ExitStack) -> None:
        self.corpus, self.folder, self._files = corpus, folder, files
        self._slices: dict[int, Slice] = {}

    @cached_property
    def whole(self) -> Slice:
        """The whole corpus."""
        return self._write("whole.txt", None)

    def slice(self, n_words: int) -> Slice:
        """The first `n_words` words, to a line's end."""
        if n_words not in self._slices:
            self._slices[n_words] = self._write(f"slice-{n_words}.txt", n_words)
        return self._slices[n_words]

    @cached_property
    def vocab(self) -> Vocabulary:
        """The words that occur at least five times in the whole corpus: matrices get their real size by it."""
        say("counting the words of the whole corpus")
        with encode_corpus([str(self.whole.path)], TextConfig(), TrainConfig()) as corpus:
            return corpus.vocab

    def repeated(self, piece: Slice, times: int) -> Slice:
        """A slice several times over."""
        path = self.folder / f"repeated-{piece.n_words}-{times}.txt"
        if not path.exists():
            with open(path, "wb") as file:
                for _ in range(times):
                    file.write(piece.path.read_bytes())
        return Slice(path, times * piece.n_words, times * piece.n_lines)

    def vocab_file(self, kind: str, piece: Slice) -> Path:
        """`vocab` as lines of word and count, the counts scaled to a slice, since programs take their sum for its
        length.

        kind: "plain", or "marked": first the sentence marker, which word2vec.c takes the first word for.
        """
        path, scale = self.folder / f"vocabulary-{kind}-{piece.n_words}.txt", piece.n_words / self.whole.n_words
        if not path.exists():
            counts = np.maximum(np.rint(self.vocab.counts * scale), 1).astype(np.int64)
            Vocabulary(self.vocab.words, counts).save(path)
            if kind == "marked":
                path.write_bytes(b"</s> %d\n" % piece.n_lines + path.read_bytes())
        return path

    def encoded(self, piece: Slice, vocab: Vocabulary) -> EncodedCorpus:
        """A slice as word ids, until the driver ends."""
        return self._files.enter_context(encode_corpus([str(piece.path)], TextConfig(), TrainConfig(), vocab))

    def own_vocab(self, piece: Slice, n_words: int) -> tuple[Vocabulary, int]:
        """A slice's own vocabulary of about `n_words` words, and the min-count that makes it so."""
        with encode_corpus([str(piece.path)], TextConfig(), TrainConfig(min_count=1)) as corpus:
            vocab = corpus.vocab
        min_count = min(range(1, 6), key=lambda count: abs(int(np.sum(vocab.counts >= count)) - n_words))
        return vocab.pruned(min_count, None), min_count

    def _write(self, name: str, limit: int | None) -> Slice:
        path, n_words, n_lines = self.folder / name, 0, 0
        with open(path, "wb") as file:
            for sentence in sentences(self.corpus):
                if limit is not None and n_words >= limit:
                    break
                if limit is not None:
                    sentence = sentence[: limit - n_words]
                file.write(b" ".join(sentence) + b"\n")
                n_words, n_lines = n_words + len(sentence), n_lines + 1
        return Slice(path, n_words, n_lines)


def sentences(path: Path) -> Iterator[list[bytes]]:
    """The lines of a text file as words, longer ones in several pieces; files of one long line are read in blocks."""
    with open(path, "rb") as file:
        rest = b""
        while block := file.read(_BLOCK):
            block = rest + block
            end = max(block.rfind(b"\n"), block.rfind(b" ")) + 1
            block, rest = block[:end], block[end:]
            yield from _pieces(block)
        yield from _pieces(rest)


def _pieces(block: bytes) -> Iterator[list[bytes]]:
    for line in re.split(rb"[\r\n]+", block):
        words = line.split()
        for start in range(0, len(words), SENTENCE):
            yield words[start : start + SENTENCE]
