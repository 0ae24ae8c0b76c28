"""gensim 4's names for the evaluations in `w2v.evaluation`, with its return values.

These are functions of a `VectorStore`; `KeyedVectors` binds them as its methods.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from w2v.errors import FormatError
from w2v.evaluation.questions import read_questions, read_similarity
from w2v.evaluation.reports import CORRECT, WRONG, Correlation, SectionResult
from w2v.evaluation.scoring import evaluate_analogies, evaluate_similarity
from w2v.system.files import PathLike
from w2v.vectors.store import VectorStore

logger = logging.getLogger("w2v")
SIMILARITY_OF_METHOD = {
    "most_similar": "3cosadd",
    "most_similar_cosmul": "3cosmul",
}  # gensim's names for the two rules


def evaluate_word_analogies(
    store: VectorStore,
    analogies: PathLike,
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    similarity_function: str = "most_similar",
) -> tuple[float, list[dict[str, Any]]]:
    """gensim's (score, sections): each section's name and its correct and incorrect questions, then a
    total of all.

    `similarity_function` is "most_similar" (3CosAdd) or "most_similar_cosmul" (3CosMul; gensim ignores
    it). `w2v.evaluation.scoring.evaluate_analogies` gives the full report. Raises `FormatError`, `ConfigError`.
    """
    similarity = SIMILARITY_OF_METHOD.get(similarity_function, similarity_function)
    table = store.to_table()
    report = evaluate_analogies(
        table.keys,
        table.vectors,
        read_questions(analogies),
        restrict_vocab,
        case_insensitive,
        similarity,
        dummy4unknown,
    )
    sections = [_gensim_section(result, case_insensitive) for result in report.sections]
    total: dict[str, Any] = {"section": "Total accuracy"}
    for outcome in ("correct", "incorrect"):
        total[outcome] = [question for section in sections for question in section[outcome]]
    return report.total.of_answered or 0.0, [*sections, total]


def evaluate_word_pairs(
    store: VectorStore,
    pairs: PathLike,
    delimiter: str | None = None,
    encoding: str = "utf8",
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
) -> tuple[Correlation, Correlation, float]:
    """gensim's (Pearson, Spearman, percent of pairs with an unknown word); the correlations are (value,
    p-value).

    `delimiter=None` finds it. Raises `FormatError` for a bad file or when no pair is in the vocabulary.
    """
    table = store.to_table()
    report = evaluate_similarity(
        table.keys,
        table.vectors,
        read_similarity(pairs, delimiter, encoding),
        restrict_vocab,
        case_insensitive,
        dummy4unknown,
    )
    if report.n_used == 0:
        raise FormatError(
            f"{pairs}: no pair has both words in the vocabulary; give pairs of words that were trained on"
        )
    return report.pearson, report.spearman, report.oov_percent


def log_accuracy(section: Mapping[str, Any]) -> None:
    """Log the share of correct answers of one of `evaluate_word_analogies`'s sections."""
    n_correct, n_answered = len(section["correct"]), len(section["correct"]) + len(section["incorrect"])
    if n_answered:
        share = 100 * n_correct / n_answered
        logger.info("%s: %.1f%% (%d/%d)", section["section"], share, n_correct, n_answered)


def log_evaluate_word_pairs(pearson: Sequence[float], spearman: Sequence[float], oov: float, pairs: PathLike) -> None:
    """Log what `evaluate_word_pairs` gave for the file `pairs`."""
    logger.info(
        "%s: Pearson %.4f, Spearman %.4f, %.1f%% of pairs with unknown words", pairs, *pearson[:1], *spearman[:1], oov
    )


def _gensim_section(result: SectionResult, case_insensitive: bool) -> dict[str, Any]:
    section: dict[str, Any] = {"section": result.name, "correct": [], "incorrect": []}
    for question, outcome in zip(result.questions, result.outcomes.tolist(), strict=True):
        words = tuple(word.upper() for word in question) if case_insensitive else question
        if outcome == CORRECT:
            section["correct"].append(words)
        elif outcome == WRONG:
            section["incorrect"].append(words)
    return section
