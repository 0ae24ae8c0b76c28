"""Records of scores and comparisons; what is said of a comparison in a sentence."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from w2v.evaluation.answering import Answers, Coverage, Rules
from w2v.evaluation.benchmarks import Benchmark
from w2v.evaluation.resampling import Interval, Resampling
from w2v.evaluation.statistics import deviation

ALL, SEMANTIC, SYNTACTIC = "all", "semantic", "syntactic"


@dataclass(frozen=True)
class Score:
    """A score of a model on a file, or on a category of it.

    value: the mean of its runs, NaN where it is not defined. interval: over the questions, at 95 %. runs: one number
    for each run. n_items: the questions that a run answered, all runs together. is_share: from 0 to 1; else a
    correlation.
    """

    measure: str
    category: str
    value: float
    interval: Interval
    runs: tuple[float, ...]
    n_items: int
    is_share: bool

    @property
    def deviation(self) -> float | None:
        """Standard deviation over the runs; None for one."""
        return deviation(self.runs)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`; None for what is not defined."""
        return {
            "measure": self.measure,
            "category": self.category,
            "score": _or_none(self.value),
            "interval": [_or_none(end) for end in self.interval],
            "runs": [_or_none(run) for run in self.runs],
            "deviation": None if self.deviation is None else _or_none(self.deviation),
            "answered": self.n_items,
        }


@dataclass(frozen=True)
class ModelScores:
    """The scores of a model, and what its runs answered. coverages: of each run."""

    model: str
    coverages: tuple[Coverage, ...]
    scores: tuple[Score, ...]
    answers: tuple[Answers, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`."""
        return {
            "model": self.model,
            "coverage": [coverage._asdict() for coverage in self.coverages],
            "scores": [score.to_dict() for score in self.scores],
        }


@dataclass(frozen=True)
class Comparison:
    """A paired comparison of two models on the questions that both answered.

    difference: of the first less the second. n_comparisons: of how many it is one; the intervals hold all of them
    together 95 % of the time. over: what was drawn; over_seeds: the runs were drawn, too.
    """

    measure: str
    first: str
    second: str
    difference: float
    interval: Interval
    n_items: int
    is_share: bool
    n_comparisons: int = 1
    over_seeds: bool = False
    over: str = "questions"

    @property
    def is_told(self) -> bool:
        """Whether the interval leaves no doubt which one is better."""
        return self.interval.low > 0 or self.interval.high < 0

    def __str__(self) -> str:
        if self.n_items == 0 or np.isnan(self.difference):
            return f"{self.first} and {self.second} cannot be compared: there is no question that both answered"
        low, high, by = (end * (100 if self.is_share else 1) for end in (*self.interval, self.difference))
        first, second = self.first, self.second
        if self.is_told and by < 0:
            first, second, low, high, by = second, first, -high, -low, -by
        digits = 1 if self.is_share else 3
        if self.is_told and min(abs(low), abs(high)) < 0.5 * 10**-digits:
            digits += 1  # an interval that leaves out 0 is not shown as if it began there
        numbers = [f"{number + 0:.{digits}f}".replace("-", "−") for number in (by, low, high)]
        level = "95 %" if self.n_comparisons == 1 else f"95 % for all {self.n_comparisons} comparisons"
        over = f" over {self.over}{' and seeds' * self.over_seeds}"
        over = "" if over == " over questions" else over
        about = f"{level}{over}: {numbers[1]} to {numbers[2]}; {self.measure}, {self.n_items:,} questions both answered"
        by_how_much = f"{numbers[0]} point{'s' * (numbers[0] != '1.0')}" if self.is_share else numbers[0]
        if self.is_told:
            return f"{first} beats {second} by {by_how_much} ({about})"
        return f"no difference between {first} and {second} can be told: {by_how_much} ({about})"

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`."""
        return {
            "measure": self.measure,
            "first": self.first,
            "second": self.second,
            "difference": _or_none(self.difference),
            "interval": [_or_none(end) for end in self.interval],
            "questions": self.n_items,
            "comparisons": self.n_comparisons,
            "over": self.over,
            "over_seeds": self.over_seeds,
            "told": self.is_told,
            "sentence": str(self),
        }


@dataclass(frozen=True)
class FileScores:
    """All models on one file."""

    benchmark: Benchmark
    models: tuple[ModelScores, ...]
    comparisons: tuple[Comparison, ...]
    rules: Rules
    resampling: Resampling

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`; of one run of one model with all that its report says."""
        found: dict[str, Any] = {"file": self.benchmark.path, "kind": self.benchmark.kind}
        if len(self.models) == 1 and len(self.models[0].answers) == 1:
            only = self.models[0].answers[0]
            found |= vars(only.rules) if only.report is None else only.report.to_dict()
        return {
            **found,
            "models": [model.to_dict() for model in self.models],
            "comparisons": [comparison.to_dict() for comparison in self.comparisons],
        }


@dataclass(frozen=True)
class Evaluation:
    """Result of `evaluate`."""

    files: tuple[FileScores, ...]

    def __str__(self) -> str:
        from w2v.evaluation.tables import shown

        return "\n\n".join(shown(file) for file in self.files)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for `json.dumps`."""
        return {"results": [file.to_dict() for file in self.files]}


def _or_none(number: float) -> float | None:
    return None if np.isnan(number) else float(number)
