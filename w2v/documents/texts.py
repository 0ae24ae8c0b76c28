"""Texts as numbers of tokens."""

import itertools
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from w2v.config import TextConfig
from w2v.corpus.tokens import normaliser, numbering, splitter
from w2v.documents.lists import Lists, joined, looked_up
from w2v.errors import CorpusError
from w2v.phrases.model import PhraseModel
from w2v.system.parallel import ordered_map

if TYPE_CHECKING:
    from w2v.documents.scanned import Scanner, Strings

Text = str | Sequence[str]  # as it was written, or its tokens
Cut = Callable[[Text], list[str]]

_BATCH = 1 << 22  # characters
_AT_ONCE = 64  # texts taken at once
_SCANNED = 1 << 16  # characters, for fewer of which it is not worth it to load the compiler


class Cutter:
    """How the text of a document becomes tokens, phrases joined. What comes as tokens is normalised and not split."""

    def __init__(self, text: TextConfig, phrases: PhraseModel | None = None) -> None:
        self.text, self.phrases = text, phrases
        self._normalise, self._split = normaliser(text), splitter(text)

    def __call__(self, found: Text) -> list[str]:
        normalise = self._normalise
        tokens = self._split(normalise(found)) if isinstance(found, str) else list(map(normalise, found))
        return tokens if self.phrases is None else self.phrases.joined(tokens)


class Numbered:
    """Texts whose tokens have numbers."""

    words: list[str]  # distinct tokens, in order of first appearance; those of batches that were not scanned come first
    counts: NDArray[np.int64]  # (words,) how often each occurs

    def __init__(self, words: Mapping[str, int], parts: "list[Lists | Strings]", scanner: "Scanner | None") -> None:
        """words: numbers them as they are looked up. parts: batches of texts, as lists of places in `words`, or of the
        scanner's strings."""
        self._parts, self._strings = parts, [part for part in parts if not isinstance(part, Lists)]
        self._scanner = scanner if self._strings else None
        found, counts = self._scanner.words() if self._scanner else ([], np.zeros(0, np.int64))
        self._scanned, self.words = _places(found, words), list(words)
        ids = [part.ids for part in parts if isinstance(part, Lists)]
        self.counts = np.bincount(np.concatenate([np.zeros(0, np.int32), *ids]), minlength=len(self.words))
        self.counts[self._scanned] += counts

    def lists(self, new_ids: NDArray[np.int32] | None = None) -> Lists:
        """For each text the places of its tokens in `words`; or a new id of each, (words,), those that have none left
        out (`DROPPED`)."""
        new_ids = np.arange(len(self.words), dtype=np.int32) if new_ids is None else new_ids
        scanned = iter(self._scanner.lists(self._strings, new_ids[self._scanned]) if self._scanner else ())
        return joined([looked_up(part, new_ids) if isinstance(part, Lists) else next(scanned) for part in self._parts])


def numbered(texts: Iterable[Text], cut: Cut, threads: int | None = None, n_characters: int = _BATCH) -> Numbered:
    """Number the tokens of texts: those of many in batches, some at once, and by the compiled scanner of corpora, ten
    times as fast as one by one, where `cut` is a `Cutter` that joins no phrases.

    threads: None for one per processor. n_characters: of a batch, at least. Raises `CorpusError` for what is no text.
    """
    scanned_as = cut.text if isinstance(cut, Cutter) and cut.phrases is None else None
    scanner: Scanner | None = None

    def batches() -> "Iterator[tuple[int, Any, Scanner | None]]":
        nonlocal scanner
        for number, batch in enumerate(_batches(texts, n_characters)):
            if scanned_as is None or set(map(type, batch)) != {str} or sum(map(len, batch)) < _SCANNED:
                yield number, batch, None
                continue
            if scanner is None:
                from w2v.documents.scanned import Scanner

                scanner = Scanner(scanned_as)
            yield number, batch, scanner

    def work(item: "tuple[int, Any, Scanner | None]") -> "tuple[list[str], Lists | Strings]":
        number, batch, scanner = item
        strings = scanner.scan(batch, number) if scanner else None
        return ([], strings) if strings else numbered_plainly(batch, cut)

    words = numbering()
    parts: list[Lists | Strings] = []
    for own_words, part in ordered_map(work, batches(), threads):
        parts.append(looked_up(part, _places(own_words, words)) if isinstance(part, Lists) else part)
    return Numbered(words, parts, scanner)


def numbered_plainly(texts: Iterable[Text], cut: Cut) -> tuple[list[str], Lists]:
    """The distinct tokens of texts, in order of first appearance, and for each text the places of its own there."""
    words, ids, ends = numbering(), array("i"), array("q", [0])
    for text in texts:
        ids.extend(map(words.__getitem__, cut(text)))
        ends.append(len(ids))
    return list(words), Lists(np.array(ids, np.int32), np.array(ends))


def _places(own: list[str], words: Mapping[str, int]) -> NDArray[np.int32]:
    return np.fromiter(map(words.__getitem__, own), np.int32, len(own))


def _batches(texts: Iterable[Text], n_characters: int) -> Iterator[list[Text]]:
    rest, batch, size, step = iter(texts), list[Text](), 0, 1
    while some := list(itertools.islice(rest, step)):  # short ones many at a time
        if set(map(type, some)) != {str}:
            for text in some:
                _check(text)
        n_new = sum(map(len, some))
        step = min(2 * step, _AT_ONCE) if _AT_ONCE * n_new < n_characters else 1
        batch += some
        size += n_new
        if size >= n_characters:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _check(text: object) -> None:
    """Raises `CorpusError` for what is no text."""
    if not isinstance(text, str) and not (
        isinstance(text, list | tuple) and all(isinstance(token, str) for token in text)
    ):
        raise CorpusError(f"a text is {type(text).__name__}; give a str, or a list of str, its tokens")
