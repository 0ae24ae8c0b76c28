"""The vocabulary: words, their counts, and which of them are kept."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.word_counts import read_word_counts, write_word_counts
from w2v.errors import CorpusError, FormatError

NULL_WORD = "\0"
DISCARD, KEEP = 1, 2  # what gensim's trim rules answer; anything else: as the count says


@dataclass(frozen=True)
class Rules:
    """How words are chosen beside min-count and max-vocab, in gensim's ways."""

    trim_rule: Callable[[Any, int, int], Any] | None = None  # (word, count, min_count) → DISCARD, KEEP or neither
    is_sorted: bool = True  # by falling count; else in order of first appearance
    has_null_word: bool = False  # one word more, that no text has, with the count 1: gensim's null_word


NO_RULES = Rules()


class Vocabulary:
    """Words in order of falling count, ties in order of first appearance, unless `Rules` or words that were added later
    say otherwise; a word's id is its place.

    words: str, or int for corpora of integer ids. counts: int64 (V,), occurrences in the corpus.
    """

    def __init__(self, words: Sequence[str] | Sequence[int], counts: NDArray[np.int64]) -> None:
        self.words: list[Any] = list(words)
        self.counts = np.asarray(counts, dtype=np.int64)

    @cached_property
    def ids(self) -> dict[str | int, int]:
        """Word → id."""
        return {word: word_id for word_id, word in enumerate(self.words)}

    @property
    def n_tokens(self) -> int:
        """Occurrences of all words of the vocabulary."""
        return int(self.counts.sum())

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self.ids

    def __repr__(self) -> str:
        return f"<Vocabulary: {len(self):,} words, {self.n_tokens:,} tokens>"

    def pruned(self, min_count: int, max_vocab: int | None, rules: Rules = NO_RULES) -> "Vocabulary":
        """The words with at least `min_count` occurrences, at most `max_vocab` of them, the commonest first."""
        chosen = choose_words(self.counts, np.arange(len(self)), min_count, max_vocab, rules, self._words_of)
        return Vocabulary([self.words[i] for i in chosen], self.counts[chosen])

    def extended(
        self,
        words: Sequence[Any],
        counts: NDArray[np.int64],
        first_seen: NDArray[np.int64],
        min_count: int,
        max_vocab: int | None,
        rules: Rules = NO_RULES,
    ) -> "Vocabulary":
        """All words, in their places, and behind them those of `words` that have at least `min_count` of `counts`, in
        order of first appearance as in gensim, with the sums of the counts; `max_vocab` leaves out new words only."""
        ids = np.array([self.ids.get(word, -1) for word in words])
        known, total = ids >= 0, self.counts.copy()
        total[ids[known]] += counts[known]
        most = None if max_vocab is None else max(max_vocab - len(self), 0)
        others = Vocabulary(words, np.where(known, 0, counts))
        by_place = replace(rules, is_sorted=False)
        new = choose_words(others.counts, first_seen, min_count, most, by_place, others._words_of)
        return Vocabulary(self.words + others._words_of(new), np.concatenate([total, counts[new]]))

    def with_null_word(self) -> "Vocabulary":
        """One word more, as gensim's `null_word` adds it."""
        return Vocabulary([*self.words, NULL_WORD], np.append(self.counts, 1))

    def _words_of(self, ids: NDArray[np.int64]) -> list[Any]:
        return [self.words[i] for i in ids]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one line `word count` per word, as word2vec.c's -save-vocab does; compressed if the suffix says so.

        Raises `FormatError` for a word that such a file cannot hold: with white space, or that is not valid Unicode.
        """
        for word in self.words:
            if isinstance(word, str) and (not word or word.split() != [word]):
                raise FormatError(
                    f"cannot write {path}: the word {word!r} has white space, and a vocabulary file splits on it"
                )
        try:
            words = [str(word).encode() for word in self.words]
        except UnicodeEncodeError as error:
            raise FormatError(f"cannot write {path}: {error.object[:60]!r} is not valid Unicode") from error
        write_word_counts(path, words, self.counts)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Vocabulary":
        """Read `word count` lines (word2vec.c, `save`); its sentence marker `</s>` with the count 0 is left out.

        Raises `FormatError` naming the line that is not a word and a count, or that repeats a word, `CorpusError` for a
        file that cannot be opened.
        """
        counts: dict[str, int] = {}
        try:
            with open(path, "rb") as file:
                for number, word, count in read_word_counts(path, opened=file):
                    if (word, count) == ("</s>", 0):
                        continue
                    if word in counts:
                        raise FormatError(
                            f"{path}: line {number}: the word {word!r} stands there twice; keep one of the lines"
                        )
                    counts[word] = count
        except OSError as error:
            raise CorpusError(f"cannot read the vocabulary {path}: {error.strerror or error}") from error
        if not counts:
            raise FormatError(f"{path} holds no words; expected lines of a word and its count")
        if sum(counts.values()) >= 2**63:
            raise FormatError(f"{path}: the counts add up to over 2^63 tokens; the file is damaged")
        words = sorted(counts, key=lambda word: -counts[word])  # stable: ties stay in the file's order
        return cls(words, np.array([counts[word] for word in words], np.int64))


def choose_words(
    counts: NDArray[np.int64],
    first_seen: NDArray[np.int64],
    min_count: int,
    max_vocab: int | None,
    rules: Rules = NO_RULES,
    words: Callable[[NDArray[np.int64]], list[Any]] = list,
) -> NDArray[np.int64]:
    """Which candidates become words, in vocabulary order.

    counts, first_seen: int64 (n,), occurrences and place of first appearance of each candidate. Returns the
    candidates' indices: those with at least `min_count` occurrences, by falling count and then by first appearance,
    at most `max_vocab`; or as the rules say. words: candidates' indices → words, for a trim rule.
    """
    kept = np.flatnonzero(counts >= max(min_count, 1))
    if rules.trim_rule is not None:
        there = np.flatnonzero(counts >= 1)
        answers = map(rules.trim_rule, words(there), counts[there].tolist(), [min_count] * len(there))
        common = counts[there] >= min_count
        kept = there[[n == KEEP or n != DISCARD and fits for n, fits in zip(answers, common, strict=True)]]
    by_count = np.lexsort((first_seen[kept], -counts[kept]))[:max_vocab]
    return kept[by_count if rules.is_sorted else by_count[np.argsort(first_seen[kept[by_count]])]]
