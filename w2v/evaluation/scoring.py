"""Scoring vectors on analogy questions and word similarity, by gensim 4.4's rules. Keys and a matrix in, a
report out.

Analogies `a : b = c : ?` are answered by 3CosAdd, the word whose cosine to `b - a + c` (unit vectors) is
largest (Mikolov, Yih and Zweig 2013), or by 3CosMul, cos(b) cos(c) / (cos(a) + 0.000001) with cosines moved
to 0..1 (Levy and Goldberg 2014, equation 4 and footnote 7). How they are searched for is in
`analogy_search`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from w2v.errors import ConfigError
from w2v.evaluation.analogy_search import (
    Compose,
    SearchedVocabulary,
    answer,
    n_composed,
    searched_vocabulary,
    with_composed,
    word_ids,
)
from w2v.evaluation.questions import Pair, Section
from w2v.evaluation.reports import (
    CORRECT,
    SKIPPED,
    WRONG,
    AnalogyReport,
    Correlation,
    SearchRules,
    SectionResult,
    SimilarityReport,
)

SIMILARITIES = ("3cosadd", "3cosmul")


def evaluate_analogies(
    keys: Sequence[Any],
    vectors: np.ndarray,
    sections: Sequence[Section],
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    similarity: str = "3cosadd",
    dummy4unknown: bool = False,
    compose: Compose | None = None,
) -> AnalogyReport:
    """Answer the questions among the first `restrict_vocab` keys (None: all) as gensim's
    `evaluate_word_analogies` does.

    A question with a word outside those keys is skipped, or counted wrong under `dummy4unknown`. With
    `case_insensitive` words are compared in upper case and the first key of each spelling gives its vector.
    The question's words, in any spelling, are never the answer. compose: makes vectors of words outside the vocabulary,
    for the first three words of a question; the fourth is among the keys, or nobody could find it. Raises
    `ConfigError` for settings out of range.
    """
    if similarity not in SIMILARITIES:
        raise ConfigError(f"similarity is {similarity!r}; choose 3cosadd or 3cosmul")
    searched = searched_vocabulary(keys, vectors, restrict_vocab, case_insensitive)
    targets = [_targets(searched, section) for section in sections]  # among the keys, or nobody could find them
    asked = [question[:3] for section in sections for question in section.questions]
    searched = with_composed(searched, (word for words in asked for word in words), compose)
    ids = word_ids(searched, asked, 3)
    known = (ids >= 0).all(axis=1)
    known &= np.concatenate([np.empty(0, dtype=bool), *((some >= 0).any(axis=1) for some in targets)])
    answers = np.full(len(ids), -1, dtype=np.int64)
    answers[known] = answer(searched, ids[known], similarity)  # of all sections at once: they share words
    results, start = [], 0
    for section, accepted in zip(sections, targets, strict=True):
        rows = slice(start, start := start + len(section.questions))
        results.append(_section_result(searched, section, accepted, known[rows], answers[rows], dummy4unknown))
    rules = SearchRules(restrict_vocab, len(searched.keys), case_insensitive, dummy4unknown)
    return AnalogyReport(results, similarity, rules, n_composed(searched, ids[known]))


def evaluate_similarity(
    keys: Sequence[Any],
    vectors: np.ndarray,
    pairs: Sequence[Pair],
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    compose: Compose | None = None,
) -> SimilarityReport:
    """Correlate cosines with human scores as gensim's `evaluate_word_pairs` does.

    Pairs with a word outside the first `restrict_vocab` keys are left out, or get cosine 0 under
    `dummy4unknown`; compose: makes vectors of such words. Fewer than 2 pairs, or one side constant, give NaN
    correlations. Raises `ConfigError` for settings out of range.
    """
    searched = searched_vocabulary(keys, vectors, restrict_vocab, case_insensitive)
    searched = with_composed(searched, (word for pair in pairs for word in pair[:2]), compose)
    ids = word_ids(searched, (pair[:2] for pair in pairs), 2)
    known = (ids >= 0).all(axis=1)
    similarities = np.full(len(pairs), 0.0 if dummy4unknown else np.nan)
    # float32, one product per pair, as gensim: a word with itself is not quite 1, and the ranks see that
    left, right = (_unit_rows(searched.vectors, ids[known, side]) for side in (0, 1))
    similarities[known] = [np.dot(*pair) for pair in zip(left, right, strict=True)]
    used = ~np.isnan(similarities)
    human = np.array([pair[2] for pair in pairs], dtype=np.float64)[used]
    unknown = {
        word for pair, row in zip(pairs, ids, strict=True) for word, i in zip(pair[:2], row, strict=True) if i < 0
    }
    pearson, spearman = _correlations(human, similarities[used])
    rules = SearchRules(restrict_vocab, len(searched.keys), case_insensitive, dummy4unknown)
    n_skipped = int(np.count_nonzero(~known))
    words = tuple(sorted(map(str, unknown)))
    made = n_composed(searched, ids[known])
    return SimilarityReport(pearson, spearman, pairs, similarities, words, n_skipped, rules, made)


def _targets(searched: SearchedVocabulary, section: Section) -> np.ndarray:
    """Ids of the right answers (n_questions, most answers of a question): -1 for an unknown one, or none."""
    if section.accepted is None:
        return word_ids(searched, (question[3:] for question in section.questions), 1)
    widest = max(map(len, section.accepted), default=1)
    ids = np.full((len(section.accepted), widest), -1, dtype=np.int64)
    for row, words in enumerate(section.accepted):
        ids[row, : len(words)] = word_ids(searched, [words], len(words))[0]
    return ids


def _section_result(
    searched: SearchedVocabulary,
    section: Section,
    targets: np.ndarray,
    known: np.ndarray,
    answers: np.ndarray,
    dummy4unknown: bool,
) -> SectionResult:
    """targets: (n, m), ids of right answers, -1 for none. known: (n,), whether a question has all its words and one
    right answer at least. answers: (n,), the ids found, -1 for none."""
    found = searched.first_ids[answers][:, None]  # -1 looks up a wrong row
    right = (answers >= 0) & ((targets == found) & (targets >= 0)).any(axis=1)
    outcomes = np.where(known, np.where(right, CORRECT, WRONG), WRONG if dummy4unknown else SKIPPED).astype(np.int8)
    predictions = [searched.keys[word_id] if word_id >= 0 else None for word_id in answers.tolist()]
    n_unknown = len(known) - int(np.count_nonzero(known))
    return SectionResult(section.name, section.is_syntactic, section.questions, outcomes, predictions, n_unknown)


def _unit_rows(vectors: np.ndarray, ids: np.ndarray) -> np.ndarray:
    rows = np.asarray(vectors[ids], dtype=np.float32)
    norms = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1).astype(np.float32)


def _correlations(human: np.ndarray, model: np.ndarray) -> tuple[Correlation, Correlation]:
    """Pearson and Spearman, each with its two-sided p-value."""
    if len(human) < 2 or np.ptp(human) == 0 or np.ptp(model) == 0:
        return Correlation(np.nan, np.nan), Correlation(np.nan, np.nan)
    from scipy import stats  # slow to import

    pearson, spearman = stats.pearsonr(human, model), stats.spearmanr(human, model)
    return (
        Correlation(float(pearson[0]), float(pearson[1])),
        Correlation(float(spearman[0]), float(spearman[1])),
    )
