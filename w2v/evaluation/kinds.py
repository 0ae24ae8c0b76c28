"""The table of kinds of evaluation files: who answers the questions, and what scores are made of the answers.

A further kind is a reader in `benchmarks`, a function in `answering` and an entry here.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.evaluation import answering, statistics
from w2v.evaluation.answering import Answers, Rules
from w2v.evaluation.benchmarks import Benchmark
from w2v.evaluation.statistics import Floats, Statistic


class Measure(NamedTuple):
    """A score, and how it is made of the values."""

    name: str
    statistic: Statistic
    is_share: bool  # shown in percent


class Kind(NamedTuple):
    """A kind of evaluation file."""

    title: str
    measures: tuple[Measure, ...]
    answer: Callable[[Any, Sequence[Any], Floats, Rules], Answers]  # items, keys, vectors, rules
    categories: Callable[[Any], list[tuple[str, int]]]  # items -> names, and how many questions each has
    fixed: Callable[[Any], list[float]]  # items -> what the file says of each question
    pairs: Callable[[Any], NDArray[np.int64]] | None = None  # items -> numbers (n, 2) of the pairs of each question


def answer(benchmark: Benchmark, model: Any, rules: Rules) -> Answers:
    """Answer all questions. model: has `index_to_key` and `matrix`, as `KeyedVectors`, and where it has vectors for
    unknown words, `composed_if_unknown`. Raises `ConfigError` for rules out of range."""
    rules = rules._replace(compose=getattr(model, "composed_if_unknown", None))
    return KINDS[benchmark.kind].answer(benchmark.items, model.index_to_key, model.matrix, rules)


_ACCURACY = Measure("accuracy", statistics.share, True)
_SPEARMAN = Measure("Spearman", statistics.spearman, False)


def _all(items: Any) -> list[tuple[str, int]]:
    return [("all", len(items))]


def _zeros(items: Any) -> list[float]:
    return [0.0] * len(items)


def _question_pairs(items: Any) -> NDArray[np.int64]:
    numbers: dict[tuple[str, str], int] = {}
    rows = [
        [numbers.setdefault(pair, len(numbers)) for pair in (question[:2], question[2:])]
        for section in items
        for question in section.questions
    ]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


KINDS = {
    "analogies": Kind(
        "analogies",
        (_ACCURACY,),
        answering.answer_analogies,
        lambda items: [(section.name, len(section.questions)) for section in items],
        lambda items: [0.0] * sum(len(section.questions) for section in items),
        _question_pairs,
    ),
    "similarity": Kind(
        "similarity",
        (_SPEARMAN, Measure("Pearson", statistics.pearson, False)),
        answering.answer_similarity,
        _all,
        lambda items: [score for _, _, score in items],
    ),
    "labels": Kind(
        "labels",
        (_ACCURACY, Measure("purity", statistics.share, True)),
        answering.answer_labels,
        _all,
        _zeros,
    ),
    "choices": Kind("choice", (_ACCURACY,), answering.answer_choices, _all, _zeros),
    "outliers": Kind(
        "outliers",
        (_ACCURACY, Measure("position", statistics.share, True)),
        answering.answer_outliers,
        lambda items: [(some.name, len(some.outliers)) for some in items],
        lambda items: [0.0] * sum(len(some.outliers) for some in items),
    ),
    "relations": Kind(
        "relations",
        (Measure("Spearman", statistics.mean_spearman, False),),
        answering.answer_relations,
        lambda items: [(relation.name, len(relation.pairs)) for relation in items],
        lambda items: [rating for relation in items for *_, rating in relation.pairs],
    ),
}
