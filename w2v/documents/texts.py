"""Texts as numbers of tokens.

`numbered` is the plain way. `numbered_in_batches` gives the same, some batches at once, and has the words of large
ones found by the compiled scanner of corpora: ten times as fast.
"""

import itertools
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from w2v.config import TextConfig
from w2v.corpus.tokens import normaliser, numbering, splitter
from w2v.documents.lists import Lists
from w2v.errors import CorpusError
from w2v.phrases.model import PhraseModel
from w2v.system.parallel import ordered_map

Text = str | Sequence[str]  # as it was written, or its tokens
Cut = Callable[[Text], list[str]]

_BATCH = 1 << 22  # characters: distinct words of a batch become Python objects
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


def numbered(texts: Iterable[Text], cut: Cut) -> tuple[list[str], Lists]:
    """The distinct tokens of all texts, in order of first appearance, and for each text the places of its own there."""
    words, ids, ends = numbering(), array("i"), array("q", [0])
    for text in texts:
        ids.extend(map(words.__getitem__, cut(text)))
        ends.append(len(ids))
    return list(words), Lists(np.array(ids, np.int32), np.array(ends))


def numbered_in_batches(
    texts: Iterable[Text], cut: Cutter, threads: int | None = None, n_characters: int = _BATCH
) -> tuple[list[str], Lists]:
    """`numbered`, for many texts. n_characters: of a batch, at least. Raises `CorpusError` for what is no text."""
    words, ids, lengths = numbering(), [np.zeros(0, np.int32)], [np.zeros(1, np.int64)]

    def work(batch: list[Text]) -> tuple[list[str], Lists]:
        if cut.phrases is None and set(map(type, batch)) == {str} and sum(map(len, batch)) >= _SCANNED:
            from w2v.documents.scanned import scanned

            found = scanned(batch, cut.text)  # type: ignore[arg-type]
            if found is not None:
                return found
        return numbered(batch, cut)

    for own_words, lists in ordered_map(work, _batches(texts, n_characters), threads):
        numbers = np.fromiter(map(words.__getitem__, own_words), np.int32, len(own_words))
        ids.append(numbers[lists.ids])
        lengths.append(lists.lengths)
    return list(words), Lists(np.concatenate(ids), np.cumsum(np.concatenate(lengths)))


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
