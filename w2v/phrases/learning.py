"""Phrases learned from a text of numbers, or taken from a model, and joined in it."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.config import PhraseConfig, TextConfig
from w2v.corpus.all_tokens import Changed, IdFile, NewFile
from w2v.corpus.stream import Tokens
from w2v.phrases.counting import Candidates, count_candidates
from w2v.phrases.joining import Numbered, joined_stream, joins_of, numbered
from w2v.phrases.model import Pass, PhraseModel
from w2v.phrases.scoring import SCORERS, Scorer, scores
from w2v.system.wording import quantity

logger = logging.getLogger("w2v")


class Report(NamedTuple):
    """What a pass did."""

    n_phrases: int
    n_joined: int  # tokens, without the first of each phrase
    commonest: list[tuple[str, int]]  # that are no words before

    def __str__(self) -> str:
        return f"{quantity(self.n_phrases, 'phrase')}, {quantity(self.n_joined, 'token')} joined"


class PhraseStep:
    """What `encode_corpus` calls with all tokens: joins the phrases of a model, or learns them first."""

    def __init__(
        self, config: PhraseConfig, text: TextConfig, n_threads: int, model: PhraseModel | None = None
    ) -> None:
        self.config, self.text, self.n_threads, self.model = config, text, n_threads, model
        self.passes: list[Report] = []

    def __call__(self, tokens: Tokens, new_file: NewFile) -> Changed:
        known, passes = self.model, list[Pass]()
        n_passes = self.config.phrases if known is None else len(known.passes)
        connectors = self.config.connectors if known is None else known.connectors
        delimiter = self.config.phrases_delimiter if known is None else known.delimiter
        changed = None
        for number in range(max(n_passes, 1)):
            if known is None:
                phrases, found = learned(tokens, self.config, self.n_threads)
            else:
                phrases = known.passes[number] if known.passes else {}
                found = numbered(phrases, tokens.words)
            passes.append(phrases)
            before, changed = changed, _join(tokens, found, connectors, delimiter, self.n_threads, new_file)
            if before is not None:
                before.file.close()  # the disk has room for one text that is joined to another, however many passes
            self.passes.append(_report(len(phrases), tokens, changed.tokens))
            logger.info("phrases, pass %d: %s", number + 1, self.passes[-1])
            tokens = changed.tokens
        if known is None:
            self.model = PhraseModel.of(self.config, self.text, passes)
        assert changed is not None
        return changed


def learned(tokens: Tokens, config: PhraseConfig, n_threads: int) -> tuple[Pass, Numbered]:
    """The phrases of one pass, also as numbers."""
    connectors, delimiter = config.connectors, config.phrases_delimiter
    found = count_candidates(tokens, connectors, delimiter, config.phrases_min_count, config.phrases_memory, n_threads)
    return above(found, tokens.words, SCORERS[config.phrases_scoring], config.threshold, config.phrases_min_count)


def above(
    found: Candidates, words: Sequence[str], scorer: Scorer, threshold: float, min_count: int
) -> tuple[Pass, Numbered]:
    """The candidates whose score is above the threshold, also as numbers."""
    counts = np.array([found.words[found.first], found.words[found.last], found.counts])
    all_scores = scores(scorer, counts, threshold, found.n_strings, min_count, found.n_tokens)
    kept = np.flatnonzero(all_scores > threshold)
    phrases = dict(zip(words_of(found, words, kept), all_scores[kept].tolist(), strict=True))
    return phrases, Numbered(phrases.keys(), found.first[kept], found.last[kept], found.run[kept], found.runs)


def words_of(found: Candidates, words: Sequence[str], rows: NDArray[np.int64]) -> list[tuple[str, ...]]:
    """The words of each of some candidates."""
    runs, result = {0: tuple[str, ...]()}, []
    columns = (column[rows].tolist() for column in (found.first, found.run, found.last))
    for first, run, last in zip(*columns, strict=True):
        if run not in runs:
            runs[run] = tuple(words[word] for word in found.runs.words_of(run))
        result.append((words[first], *runs[run], words[last]))
    return result


def _join(
    tokens: Tokens, found: Numbered, connectors: frozenset[str], delimiter: str, n_threads: int, new_file: NewFile
) -> Changed:
    joins, words = joins_of(found, connectors, delimiter, tokens.words)
    file = IdFile(new_file())
    counts = joined_stream(tokens, joins, n_threads, file.write)
    return Changed(Tokens(file.mapped(), words, counts), file.file)


def _report(n_phrases: int, before: Tokens, after: Tokens) -> Report:
    n_before = len(before.words)
    order = n_before + np.argsort(-after.counts[n_before:], kind="stable")[:10]
    commonest = [(after.words[number], int(after.counts[number])) for number in order if after.counts[number]]
    return Report(n_phrases, int(before.counts.sum() - after.counts.sum()), commonest)
