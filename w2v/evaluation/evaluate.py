"""Scores of models on evaluation files: coverage, intervals, deviation over runs, and comparisons of two models.

import w2v

found = w2v.evaluate({"cbow": w2v.load("cbow.w2v"), "sg": w2v.load("sg.w2v")}, "questions-words.txt")
print(found.files[0].models[0].scores[-1].interval, found.files[0].comparisons[0])
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from w2v.errors import ConfigError
from w2v.evaluation.answering import Answers, Rules
from w2v.evaluation.benchmarks import Benchmark, read_benchmark
from w2v.evaluation.kinds import KINDS, Measure, answer
from w2v.evaluation.resampling import Resampling, Sample, difference, score_interval
from w2v.evaluation.scores import ALL, SEMANTIC, SYNTACTIC, Comparison, Evaluation, FileScores, ModelScores, Score
from w2v.system.files import PathLike

Models = Mapping[str, Sequence[Any]]  # name -> the runs of a model, each with `index_to_key` and `vectors`


def evaluate(
    models: Any,
    files: PathLike | Sequence[PathLike],
    *,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    similarity: str = "3cosadd",
    dummy4unknown: bool = False,
    hidden: int = 0,
    resamples: int = 10_000,
    seed: int = 1,
    over: str = "pairs",
) -> Evaluation:
    """Score models on evaluation files of any format that `w2v.evaluation.benchmarks` knows.

    models: `KeyedVectors`, or a list of them, the runs of one model; or a mapping of names to these, of which each two
    are compared. Words are looked up as they are written in the files, or in capitals (`case_insensitive`), among the
    first `restrict_vocab` keys. resamples, seed: of the bootstrap; over: "pairs" of words
    that analogies are made of, or "questions", as other files anyway. Raises `FormatError`, naming the line, for a file
    that is no evaluation file, `ConfigError` for settings out of range.
    """
    named = models if isinstance(models, Mapping) else {"model": models}
    runs = {name: tuple(some) if isinstance(some, list | tuple) else (some,) for name, some in named.items()}
    rules = Rules(restrict_vocab, case_insensitive, similarity, dummy4unknown, hidden)
    paths = list(files) if isinstance(files, list | tuple) else [files]
    benchmarks = [read_benchmark(path) for path in paths]  # type: ignore[arg-type]
    how = Resampling(resamples, seed, over)
    return Evaluation(tuple(score_file(benchmark, runs, rules, how) for benchmark in benchmarks))


def score_file(benchmark: Benchmark, models: Models, rules: Rules, how: Resampling) -> FileScores:
    """Have every run of every model answer the questions, and score and compare them. Raises `ConfigError`."""
    how.check()
    if not all(models.values()):
        raise ConfigError("a model without runs cannot be scored; give its vectors")
    answers = {name: tuple(answer(benchmark, run, rules) for run in runs) for name, runs in models.items()}
    return scored(benchmark, answers, rules, how)


def scored(
    benchmark: Benchmark, answers: Mapping[str, tuple[Answers, ...]], rules: Rules, how: Resampling
) -> FileScores:
    """Scores and comparisons of what the runs of each model answered."""
    kind = KINDS[benchmark.kind]
    found = []
    for name, runs in answers.items():
        scores = [score for measure in kind.measures for score in _scores(benchmark, measure, runs, how)]
        found.append(ModelScores(name, tuple(run.coverage for run in runs), tuple(scores), runs))
    pairs = list(itertools.combinations(answers, 2))
    comparisons = [
        _compared(benchmark, measure, pair, answers, how, len(pairs)) for pair in pairs for measure in kind.measures
    ]
    return FileScores(benchmark, tuple(found), tuple(comparisons), rules, how)


def one_score(benchmark: Benchmark, model: Any, rules: Rules) -> float:
    """The first measure of a file's kind on all of it, for a search; NaN where nothing could be answered."""
    measure = KINDS[benchmark.kind].measures[0]
    return float(_sample(benchmark, measure, [answer(benchmark, model, rules)]).observed()[0])


def categories(benchmark: Benchmark) -> list[tuple[str, np.ndarray]]:
    """Names of categories and the places of their questions; totals at the end."""
    parts = KINDS[benchmark.kind].categories(benchmark.items)
    ends = np.cumsum([n for _, n in parts])
    found = [(name, np.arange(end - n, end)) for (name, n), end in zip(parts, ends, strict=True)]
    everything = np.arange(ends[-1] if len(ends) else 0)
    if benchmark.kind == "analogies":
        is_syntactic = np.repeat([section.is_syntactic for section in benchmark.items], [n for _, n in parts])
        found += [(SEMANTIC, np.flatnonzero(~is_syntactic)), (SYNTACTIC, np.flatnonzero(is_syntactic))]
        return [*found, (ALL, everything)]
    return found if len(found) == 1 else [*found, (ALL, everything)]


def _sample(benchmark: Benchmark, measure: Measure, runs: Sequence[Answers]) -> Sample:
    kind = KINDS[benchmark.kind]
    sizes = [n for _, n in kind.categories(benchmark.items)]
    return Sample(
        np.array(kind.fixed(benchmark.items), dtype=np.float64),
        np.concatenate([run.values[measure.name] for run in runs], axis=1),
        np.repeat(np.arange(len(sizes)), sizes),
        measure.statistic,
        None if kind.pairs is None else kind.pairs(benchmark.items),
    )


def _scores(benchmark: Benchmark, measure: Measure, runs: tuple[Answers, ...], how: Resampling) -> list[Score]:
    sample, found = _sample(benchmark, measure, runs), []
    for name, places in categories(benchmark):
        part = sample.take(places)
        by_run = part.observed().reshape(len(runs), -1).mean(axis=1)
        n_items = int((~np.isnan(part.values)).any(axis=1).sum())
        value, interval = float(np.mean(by_run)), score_interval(part, how)
        runs_found = tuple(float(run) for run in by_run)
        found.append(Score(measure.name, name, value, interval, runs_found, n_items, measure.is_share))
    return found


def _compared(
    benchmark: Benchmark,
    measure: Measure,
    pair: tuple[str, str],
    answers: Mapping[str, tuple[Answers, ...]],
    how: Resampling,
    n_comparisons: int,
) -> Comparison:
    first, second = (answers[name] for name in pair)
    sample = _sample(benchmark, measure, [*first, *second])
    n_first = sum(run.values[measure.name].shape[1] for run in first)
    by, interval, n_items = difference(sample, n_first, how, n_comparisons)
    over_seeds = max(len(first), len(second)) > 1
    over = "pairs of words" if how.over == "pairs" and KINDS[benchmark.kind].pairs is not None else "questions"
    return Comparison(measure.name, *pair, by, interval, n_items, measure.is_share, n_comparisons, over_seeds, over)
