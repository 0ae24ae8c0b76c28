"""What an evaluation found: counts, scores, a plain-text table and a dictionary for JSON."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from w2v.evaluation.questions import Pair, Question
from w2v.system.console import columns as columns_of
from w2v.system.console import padded

SKIPPED, WRONG, CORRECT = -1, 0, 1  # outcome of one question


class Tally(NamedTuple):
    """Counts of one section or of several. `skipped` are the questions with an unknown word."""

    asked: int
    skipped: int
    answered: int
    correct: int

    @property
    def of_answered(self) -> float | None:
        """Correct / answered, between 0 and 1; None when nothing was answered."""
        return self.correct / self.answered if self.answered else None

    @property
    def of_all(self) -> float | None:
        """Correct / asked, between 0 and 1; None when nothing was asked."""
        return self.correct / self.asked if self.asked else None

    def to_dict(self) -> dict[str, Any]:
        return {**self._asdict(), "accuracy_of_answered": self.of_answered, "accuracy_of_all": self.of_all}


class SectionResult(NamedTuple):
    """The outcome of every question of one section, in file order."""

    name: str
    is_syntactic: bool
    questions: list[Question]
    outcomes: np.ndarray  # int8 (n_questions,): SKIPPED, WRONG or CORRECT
    predictions: list[Any]  # the key found for each question; None where there is none
    n_unknown: int  # questions with an unknown word; they are WRONG, not SKIPPED, under dummy4unknown

    @property
    def tally(self) -> Tally:
        answered = int(np.count_nonzero(self.outcomes != SKIPPED))
        correct = int(np.count_nonzero(self.outcomes == CORRECT))
        return Tally(len(self.questions), self.n_unknown, answered, correct)


@dataclass(frozen=True)
class SearchRules:
    """The rules a score depends on; printed above every table."""

    restrict_vocab: int | None
    n_searched: int  # rows really searched: min(restrict_vocab, vocabulary)
    case_insensitive: bool
    dummy4unknown: bool

    def __str__(self) -> str:
        limit = "no limit" if self.restrict_vocab is None else f"limit {self.restrict_vocab}"
        case = "case ignored, the first spelling wins" if self.case_insensitive else "case as written"
        unknown = "unknown words count as " + ("wrong" if self.dummy4unknown else "skipped")
        return f"vocabulary: the first {self.n_searched} words ({limit}); {case}; {unknown}"


@dataclass(frozen=True)
class AnalogyReport:
    """Result of `w2v.evaluation.scoring.evaluate_analogies`."""

    sections: list[SectionResult]
    similarity: str  # "3cosadd" or "3cosmul"
    rules: SearchRules
    n_composed: int = 0  # questions with a word whose vector was composed

    @property
    def semantic(self) -> Tally:
        return _total(section.tally for section in self.sections if not section.is_syntactic)

    @property
    def syntactic(self) -> Tally:
        return _total(section.tally for section in self.sections if section.is_syntactic)

    @property
    def total(self) -> Tally:
        return _total(section.tally for section in self.sections)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`."""
        return {
            "kind": "analogies",
            "similarity": self.similarity,
            **vars(self.rules),
            "sections": [
                {"name": section.name, "syntactic": section.is_syntactic, **section.tally.to_dict()}
                for section in self.sections
            ],
            "semantic": self.semantic.to_dict(),
            "syntactic": self.syntactic.to_dict(),
            "total": self.total.to_dict(),
        }

    def __str__(self) -> str:
        return self.table()

    def table(self, intervals: Sequence[tuple[float, float]] | None = None) -> str:
        """The table, one line per section, then the totals. intervals: of the share of those answered, in the order of
        the rows: a further column."""
        rows = [(section.name, section.tally) for section in self.sections]
        rows += [("semantic", self.semantic), ("syntactic", self.syntactic), ("all", self.total)]
        width = max(columns_of(name) for name, _ in rows)
        names = ("asked", "skipped", "answered", "correct", "of answered", "of all")
        lines = [
            f"analogies, {self.similarity}; {self.rules}",
            " ".join([" " * width, *(f"{c:>11}" for c in names), *[f"{'95 %':>16}"] * bool(intervals)]),
        ]
        for position, (name, tally) in enumerate(rows):
            if position == len(self.sections):
                lines.append("-" * len(lines[1]))
            cells = [f"{n:>11}" for n in tally] + [
                f"{_percent(tally.of_answered):>11}",
                f"{_percent(tally.of_all):>11}",
            ]
            if intervals:
                cells.append(f"{_interval(intervals[position], 100, 2):>16}")
            lines.append(" ".join([padded(name, width), *cells]))
        return "\n".join(lines)


class Correlation(NamedTuple):
    """A correlation coefficient and its two-sided p-value; NaN where it is not defined."""

    statistic: float
    pvalue: float


@dataclass(frozen=True)
class SimilarityReport:
    """Result of `w2v.evaluation.scoring.evaluate_similarity`."""

    pearson: Correlation
    spearman: Correlation
    pairs: Sequence[Pair]
    similarities: np.ndarray  # float64 (n_pairs,): the cosine; NaN for a skipped pair, 0 under dummy4unknown
    unknown_words: tuple[str, ...]  # sorted, each once
    n_skipped: int  # pairs with an unknown word
    rules: SearchRules
    n_composed: int = 0  # pairs with a word whose vector was composed

    @property
    def n_used(self) -> int:
        """Pairs that entered the correlation."""
        return int(np.count_nonzero(~np.isnan(self.similarities)))

    @property
    def oov_percent(self) -> float:
        """Pairs with an unknown word, in percent of all pairs."""
        return 100.0 * self.n_skipped / len(self.pairs) if self.pairs else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`; None where a correlation is not defined."""
        numbers = {
            "spearman": self.spearman.statistic,
            "spearman_pvalue": self.spearman.pvalue,
            "pearson": self.pearson.statistic,
            "pearson_pvalue": self.pearson.pvalue,
        }
        return {
            "kind": "similarity",
            **vars(self.rules),
            "asked": len(self.pairs),
            "used": self.n_used,
            "skipped": self.n_skipped,
            "oov_percent": self.oov_percent,
            "unknown_words": list(self.unknown_words),
            **{name: None if np.isnan(number) else number for name, number in numbers.items()},
        }

    def __str__(self) -> str:
        return self.table()

    def table(self, intervals: Sequence[tuple[float, float]] | None = None) -> str:
        """Four lines: rules, both correlations (Spearman first), pairs used and skipped. intervals: of the two."""
        told = ["" if np.isnan(ends[0]) else f", 95 %: {_interval(ends, 1, 4)}" for ends in intervals or ()] or ["", ""]
        return "\n".join(
            [
                f"similarity; {self.rules}",
                f"Spearman {_shown(self.spearman)}{told[0]}",
                f"Pearson  {_shown(self.pearson)}{told[1]}",
                f"pairs: {len(self.pairs)} asked, {self.n_used} used, "
                f"{self.n_skipped} with an unknown word ({self.oov_percent:.1f} %)",
            ]
        )


def _shown(found: Correlation) -> str:
    if found.statistic != found.statistic:  # NaN: fewer than two pairs, or all scores alike
        return "not defined for these pairs"
    return f"{found.statistic:.4f} (p {found.pvalue:.2g})"


def _total(tallies: Iterable[Tally]) -> Tally:
    columns = list(zip(*tallies, strict=True))
    return Tally(*(sum(column) for column in columns)) if columns else Tally(0, 0, 0, 0)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"


def _interval(ends: tuple[float, float], times: float, digits: int) -> str:
    low, high = (f"{times * end:.{digits}f}" for end in ends)
    return "-" if np.isnan(ends[0]) else f"{low} to {high}"
