"""Do intervals hold what they say? Simulated files whose true score is known, and comparisons of equal models.

    python -m bench.intervals [--files 2000] [--resamples 2000] [--json FILE]

Each row is the share of simulated files whose 95 % interval holds the true score (it should be 93 to 97 %), or of
comparisons of two equal models that see a difference (3 to 7 %). `w2v.evaluation.resampling` makes the intervals.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from w2v.evaluation.permutation import permutation_test
from w2v.evaluation.resampling import Resampling, Sample, difference, score_interval
from w2v.evaluation.statistics import pearson, share, spearman

COVERAGE, ERRORS = (0.93, 0.97), (0.03, 0.07)


class Row(NamedTuple):
    """What was simulated, how often it held, and between which bounds that should be; None where it cannot be."""

    what: str
    rate: float
    bounds: tuple[float, float] | None

    def __str__(self) -> str:
        if self.bounds is None:
            return f"| {self.what} | {100 * self.rate:.1f} % | |"
        low, high = self.bounds
        mark = "✓" if low <= self.rate <= high else "✗"
        return f"| {self.what} | {100 * self.rate:.1f} % | {100 * low:.0f} to {100 * high:.0f} % {mark} |"


Draw = Callable[[np.random.Generator], tuple[Sample, float]]


def covered(n_files: int, resamples: int, draw: Draw, over: str) -> float:
    """The share of files whose interval holds the true score; draw: a sample and that score."""
    held = 0
    for number in range(n_files):
        sample, truth = draw(np.random.default_rng([1, number]))
        low, high = score_interval(sample, Resampling(resamples, number, over))
        held += low <= truth <= high
    return held / n_files


Pair = Callable[[np.random.Generator], Sample]  # draws what two models say


def told(n_files: int, resamples: int, draw: Pair, over: str = "questions") -> float:
    """The share of comparisons of two equal models that see a difference. The labels of the models are permuted item by
    item; where items share pairs the models are equal by how they are drawn, and the labels stay."""
    seen = 0
    for number in range(n_files):
        generator = np.random.default_rng([2, number])
        sample = draw(generator)
        swaps = generator.random((len(sample.values), 1)) < (0.5 if sample.pairs is None else 0)
        swapped = np.where(swaps, sample.values[:, ::-1], sample.values)
        _, (low, high), _ = difference(replace(sample, values=swapped), 1, Resampling(resamples, number, over))
        seen += low > 0 or high < 0
    return seen / n_files


def answers(n: int, rate: float) -> Draw:
    """Independent questions, in four categories of other difficulty, whose mean rate is `rate`."""
    groups = np.arange(n) % 4
    rates = rate * np.array([0.5, 0.9, 1.1, 1.5])[groups] if rate <= 0.6 else np.full(n, rate)

    def draw(generator: np.random.Generator) -> tuple[Sample, float]:
        right = (generator.random(n) < rates).astype(float)
        return Sample(np.zeros(n), right[:, None], groups, share), float(rates.mean())

    return draw


def correlated(n: int, rho: float, statistic: object) -> Draw:
    """Normal pairs; the true Spearman correlation follows from Pearson's."""
    truth = rho if statistic is pearson else 6 / np.pi * np.arcsin(rho / 2)

    def draw(generator: np.random.Generator) -> tuple[Sample, float]:
        human, noise = generator.normal(size=(2, n))
        model = rho * human + np.sqrt(1 - rho**2) * noise
        return Sample(human, model[:, None], np.zeros(n, int), statistic), float(truth)  # type: ignore[arg-type]

    return draw


def dyadic(n_pairs: int, spread: float) -> Draw:
    """All questions of some pairs of words; each pair is harder or easier for all questions that it is in."""
    first, second = (side.ravel() for side in np.indices((n_pairs, n_pairs)))
    different = first != second
    pairs = np.column_stack([first, second])[different]
    many = np.random.default_rng(0).normal(0, spread, (2, 2_000_000))
    truth = float(np.mean(_logistic(many.sum(axis=0))))

    def draw(generator: np.random.Generator) -> tuple[Sample, float]:
        asked_from, asked = generator.normal(0, spread, (2, n_pairs))
        rates = _logistic(asked_from[pairs[:, 0]] + asked[pairs[:, 1]])
        right = (generator.random(len(pairs)) < rates).astype(float)
        return Sample(np.zeros(len(pairs)), right[:, None], np.zeros(len(pairs), int), share, pairs), truth

    return draw


def two_dyadic(n_pairs: int, spread: float) -> Callable[[np.random.Generator], Sample]:
    """Two models on all questions of some pairs: each pair is harder or easier for both, and for each of them anew,
    so that neither is better on all the pairs there are."""
    first, second = (side.ravel() for side in np.indices((n_pairs, n_pairs)))
    pairs = np.column_stack([first, second])[first != second]

    def draw(generator: np.random.Generator) -> Sample:
        common, *own = generator.normal(0, spread, (3, 2, n_pairs))
        rates = [_logistic((common + one)[0][pairs[:, 0]] + (common + one)[1][pairs[:, 1]]) for one in own]
        right = (generator.random((len(pairs), 2)) < np.column_stack(rates)).astype(float)
        return Sample(np.zeros(len(pairs)), right, np.zeros(len(pairs), int), share, pairs)

    return draw


def _logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def two_models(n: int, statistic: object) -> Callable[[np.random.Generator], Sample]:
    """Answers of two unequal models that agree more often than chance; `told` makes them equal."""

    def draw(generator: np.random.Generator) -> Sample:
        human, common, *own = generator.normal(size=(4, n))
        values = np.column_stack([0.6 * human + common + 0.8 * own[0], 0.5 * human + common + own[1]])
        if statistic is share:
            values = (values > 0.5).astype(float)
        return Sample(human, values, np.zeros(n, int), statistic)  # type: ignore[arg-type]

    return draw


def rows(n_files: int, resamples: int) -> Iterator[Row]:
    """Simulate everything."""
    for n in (80, 400, 2000):
        for rate in (0.1, 0.4, 0.6, 0.9):
            found = covered(n_files, resamples, answers(n, rate), "questions")
            yield Row(f"share right, {n:,} questions, rate {rate}", found, COVERAGE)
    for statistic, name in ((spearman, "Spearman"), (pearson, "Pearson")):
        for n in (80, 353):
            for rho in (0.3, 0.7):
                found = covered(n_files, resamples, correlated(n, rho, statistic), "questions")
                yield Row(f"{name}, {n} pairs, ρ = {rho}", found, COVERAGE)
    for n_pairs in (25, 50):
        for over in ("questions", "pairs"):
            found = covered(n_files, resamples, dyadic(n_pairs, 1.0), over)
            what = f"all questions of {n_pairs} pairs that differ in difficulty, interval over {over}"
            yield Row(what, found, COVERAGE if over == "pairs" else None)
    for statistic, name, n in ((share, "share right", 400), (share, "share right", 2000), (spearman, "Spearman", 353)):
        yield Row(f"equal models, {name}, {n:,} items", told(n_files, resamples, two_models(n, statistic)), ERRORS)
    for n_pairs in (25, 50):
        for over in ("questions", "pairs"):
            found = told(n_files, resamples, two_dyadic(n_pairs, 1.0), over)
            what = f"equal models, all questions of {n_pairs} pairs, comparison over {over}"
            yield Row(what, found, ERRORS if over == "pairs" else None)
    values = np.random.default_rng(3).normal(size=(n_files, 16))
    p = [one.one_sided for one in permutation_test(values, 8, 1000, 1)]
    yield Row("WEAT of 8 + 8 unrelated words", float(np.mean(np.array(p) <= 0.05)), ERRORS)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser("python -m bench.intervals", description=__doc__)
    parser.add_argument("--files", type=int, default=2000, help="simulated files of each row (default 2000)")
    parser.add_argument("--resamples", type=int, default=2000, help="of each file (default 2000)")
    parser.add_argument("--json", type=Path, help="also write the rows")
    args = parser.parse_args(arguments)
    print(f"{args.files:,} simulated files a row, {args.resamples:,} resamples each\n", flush=True)
    print("| what | held, or seen | should be |\n|---|---|---|", flush=True)
    found = []
    for row in rows(args.files, args.resamples):
        print(row, flush=True)
        found.append(row._asdict())
    if args.json:
        args.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
