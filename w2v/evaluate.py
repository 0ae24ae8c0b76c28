"""Scoring vectors on analogy questions and word similarity, by gensim 4.4's rules. Keys and a matrix in, a
report out.

Analogies `a : b = c : ?` are answered by 3CosAdd, the word whose cosine to `b - a + c` (unit vectors) is
largest (Mikolov, Yih and Zweig 2013), or by 3CosMul, cos(b) cos(c) / (cos(a) + 0.000001) with cosines moved
to 0..1 (Levy and Goldberg 2014, equation 4 and footnote 7). Both need only the cosines of a section's
distinct words with the vocabulary: one matrix product per section, whose rows are then combined for each
question.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from w2v.errors import ConfigError
from w2v.questions import Pair, Section, read_questions, read_similarity, sniff_evaluation_file
from w2v.reports import (
    CORRECT,
    SKIPPED,
    WRONG,
    AnalogyReport,
    Correlation,
    SearchRules,
    SectionResult,
    SimilarityReport,
    Tally,
)

__all__ = [
    "AnalogyReport",
    "Correlation",
    "Section",
    "SectionResult",
    "SimilarityReport",
    "Tally",
    "evaluate_analogies",
    "evaluate_similarity",
    "read_questions",
    "read_similarity",
    "sniff_evaluation_file",
]

SIMILARITIES = ("3cosadd", "3cosmul")
COSMUL_EPSILON = 0.000001  # Levy and Goldberg 2014, equation 4
QUESTIONS_PER_PRODUCT = 4096  # bounds the distinct words, so the rows, of one product
QUESTIONS_PER_STEP = 32  # rows combined at a time: two float32 buffers that stay in the second-level cache
COSINE_BYTES = 16 << 20  # size of one block of cosines
GENSIM_TOPN = 5  # gensim looks at the five best words that are not the question's own


class SearchSpace(NamedTuple):
    """The searched rows and how question words find them."""

    keys: list[Any]
    vectors: np.ndarray  # (V, d), any float type, maybe memory-mapped: rows are read block by block
    inverse_norms: np.ndarray  # float32 (V,); 0 for a zero or non-finite row, which then never is an answer
    id_of: dict[str, int]  # spelling by the case rule -> id of the first key with it
    first_ids: np.ndarray  # int64 (V,): id of the first key with the same spelling by the case rule
    variants: dict[int, list[int]]  # id of a first spelling -> ids of the later keys with the same
    case_insensitive: bool

    def rows(self, ids: np.ndarray | slice) -> np.ndarray:
        """float32 rows of unit length (zeros where a row is unusable)."""
        inverse = self.inverse_norms[ids]
        rows = np.array(self.vectors[ids], dtype=np.float32)
        rows[inverse == 0] = 0  # a product would leave NaN and infinity
        rows *= inverse[:, None]
        return rows


def evaluate_analogies(
    keys: Sequence[Any],
    vectors: np.ndarray,
    sections: Sequence[Section],
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    similarity: str = "3cosadd",
    dummy4unknown: bool = False,
) -> AnalogyReport:
    """Answer the questions among the first `restrict_vocab` keys (None: all) as gensim's
    `evaluate_word_analogies` does.

    A question with a word outside those keys is skipped, or counted wrong under `dummy4unknown`. With
    `case_insensitive` words are compared in upper case and the first key of each spelling gives its vector.
    The question's words, in any spelling, are never the answer. Raises `ConfigError` for settings out of
    range.
    """
    if similarity not in SIMILARITIES:
        raise ConfigError(f"similarity is {similarity!r}; choose 3cosadd or 3cosmul")
    space = _search_space(keys, vectors, restrict_vocab, case_insensitive)
    results = [_evaluate_section(space, section, similarity, dummy4unknown) for section in sections]
    rules = SearchRules(restrict_vocab, len(space.keys), case_insensitive, dummy4unknown)
    return AnalogyReport(results, similarity, rules)


def evaluate_similarity(
    keys: Sequence[Any],
    vectors: np.ndarray,
    pairs: Sequence[Pair],
    restrict_vocab: int | None = 300_000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
) -> SimilarityReport:
    """Correlate cosines with human scores as gensim's `evaluate_word_pairs` does.

    Pairs with a word outside the first `restrict_vocab` keys are left out, or get cosine 0 under
    `dummy4unknown`. Fewer than 2 pairs, or one side constant, give NaN correlations. Raises `ConfigError` for
    settings out of range.
    """
    space = _search_space(keys, vectors, restrict_vocab, case_insensitive)
    ids = _word_ids(space, (pair[:2] for pair in pairs), 2)
    known = (ids >= 0).all(axis=1)
    similarities = np.full(len(pairs), 0.0 if dummy4unknown else np.nan)
    # float32, one product per pair, as gensim: a word with itself is not quite 1, and the ranks see that
    left, right = (_unit_rows(space.vectors, ids[known, side]) for side in (0, 1))
    similarities[known] = [np.dot(*pair) for pair in zip(left, right, strict=True)]
    used = ~np.isnan(similarities)
    human = np.array([pair[2] for pair in pairs], dtype=np.float64)[used]
    unknown = {
        word for pair, row in zip(pairs, ids, strict=True) for word, i in zip(pair[:2], row, strict=True) if i < 0
    }
    pearson, spearman = _correlations(human, similarities[used])
    rules = SearchRules(restrict_vocab, len(space.keys), case_insensitive, dummy4unknown)
    n_skipped = int(np.count_nonzero(~known))
    return SimilarityReport(pearson, spearman, pairs, similarities, tuple(sorted(map(str, unknown))), n_skipped, rules)


def _search_space(
    keys: Sequence[Any], vectors: np.ndarray, restrict_vocab: int | None, case_insensitive: bool
) -> SearchSpace:
    if restrict_vocab is not None and restrict_vocab < 1:
        raise ConfigError(f"restrict_vocab is {restrict_vocab}; give a number of words above 0, or None for all")
    if len(keys) != len(vectors):
        raise ConfigError(f"{len(keys)} keys for {len(vectors)} vectors; give one key per row")
    searched = list(itertools.islice(keys, restrict_vocab))
    id_of: dict[str, int] = {}
    first_ids = np.empty(len(searched), dtype=np.int64)
    for word_id, key in enumerate(searched):
        first_ids[word_id] = id_of.setdefault(_spelling(str(key), case_insensitive), word_id)
    matrix = np.asarray(vectors)[: len(searched)]
    norms = np.empty(len(searched), dtype=np.float32)
    for rows in _blocks(len(searched), 4096):
        norms[rows] = np.linalg.norm(np.asarray(matrix[rows], dtype=np.float32), axis=1)
    usable = (norms > 0) & np.isfinite(norms)
    inverse_norms = np.divide(1, norms, out=np.zeros_like(norms), where=usable)
    return SearchSpace(searched, matrix, inverse_norms, id_of, first_ids, _variants(first_ids), case_insensitive)


def _evaluate_section(space: SearchSpace, section: Section, similarity: str, dummy4unknown: bool) -> SectionResult:
    n_questions = len(section.questions)
    ids = _word_ids(space, section.questions, 4)  # a, b, c, expected
    known = np.flatnonzero((ids >= 0).all(axis=1))
    outcomes = np.full(n_questions, WRONG if dummy4unknown else SKIPPED, dtype=np.int8)
    predictions: list[Any] = [None] * n_questions
    for block in _blocks(len(known), QUESTIONS_PER_PRODUCT):
        positions = known[block]
        answers = _answer(space, ids[positions, :3], similarity)
        found = answers >= 0
        right = space.first_ids[answers] == ids[positions, 3]  # -1 looks up a wrong row; `found` masks it
        outcomes[positions] = np.where(found & right, CORRECT, WRONG)
        for position, answer in zip(positions, answers, strict=True):
            predictions[position] = space.keys[answer] if answer >= 0 else None
    return SectionResult(
        section.name, section.is_syntactic, section.questions, outcomes, predictions, n_questions - len(known)
    )


def _word_ids(space: SearchSpace, rows: Iterable[tuple[str, ...]], width: int) -> np.ndarray:
    """int64 (n, width) ids of the words of each row; -1 for an unknown word."""
    ids = [[space.id_of.get(_spelling(word, space.case_insensitive), -1) for word in row] for row in rows]
    return np.array(ids, dtype=np.int64).reshape(-1, width)


def _answer(space: SearchSpace, questions: np.ndarray, similarity: str) -> np.ndarray:
    """The id that answers each question of `questions` (n, 3), -1 where no word is left to choose."""
    distinct, rows = np.unique(questions, return_inverse=True)
    rows = rows.reshape(questions.shape)  # row of each question word in the block of cosines
    unit = space.rows(distinct)
    banned_row, banned_id, n_variants = _banned(space, questions)
    best_scores = np.full(len(questions), -np.inf, dtype=np.float32)
    best_ids = np.full(len(questions), -1, dtype=np.int64)
    width = max(512, min(8192, COSINE_BYTES // (4 * len(distinct))))
    buffers = np.empty((2, QUESTIONS_PER_STEP, width), dtype=np.float32)
    unusable = np.flatnonzero(space.inverse_norms == 0)
    for columns in _blocks(len(space.keys), width):
        cosines = unit @ space.rows(columns).T  # (distinct words, columns)
        inside = (banned_id >= columns.start) & (banned_id < columns.stop)
        inside_row, inside_id = banned_row[inside], banned_id[inside] - columns.start
        dead = unusable[(unusable >= columns.start) & (unusable < columns.stop)] - columns.start
        shifted = _shifted(cosines) if similarity == "3cosmul" else cosines
        for step in _blocks(len(questions), QUESTIONS_PER_STEP):
            scores = _combine(shifted, rows[step], similarity, buffers)
            ban = slice(*np.searchsorted(inside_row, (step.start, step.stop)))
            scores[inside_row[ban] - step.start, inside_id[ban]] = -np.inf
            scores[:, dead] = -np.inf
            top = scores.argmax(axis=1)
            top_scores = scores[np.arange(len(top)), top]
            better = top_scores > best_scores[step]  # strictly: of equal scores the lower id wins
            best_scores[step][better] = top_scores[better]
            best_ids[step][better] = top[better] + columns.start
    _apply_gensim_topn(space, questions, similarity, n_variants, best_scores, best_ids)
    return best_ids


def _combine(cosines: np.ndarray, rows: np.ndarray, similarity: str, buffers: np.ndarray) -> np.ndarray:
    """Scores (n, columns) of n questions from the cosines of their words a, b, c; overwrites `buffers`."""
    a, b, c = rows.T
    scores, other = buffers[:, : len(rows), : cosines.shape[1]]
    if similarity == "3cosadd":
        np.subtract(cosines[b], cosines[a], out=scores)
        scores += cosines[c]
        return scores
    np.multiply(cosines[b], cosines[c], out=scores)
    np.add(cosines[a], COSMUL_EPSILON, out=other)
    scores /= other
    return scores


def _shifted(cosines: np.ndarray) -> np.ndarray:
    cosines += 1
    cosines /= 2
    return cosines


def _banned(space: SearchSpace, questions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which ids may not answer which question: its three words and their other spellings.

    Returns (row, id) pairs sorted by row, and the number of other spellings of each question.
    """
    rows, ids = [], []
    n_variants = np.zeros(len(questions), dtype=np.int64)
    for row, words in enumerate(questions.tolist()):
        others = [other for word in set(words) for other in space.variants.get(word, ())]
        n_variants[row] = len(others)
        rows += [row] * (3 + len(others))
        ids += words + others
    return np.array(rows, dtype=np.int64), np.array(ids, dtype=np.int64), n_variants


def _variants(first_ids: np.ndarray) -> dict[int, list[int]]:
    """Id of a first spelling -> ids of the later keys that the case rule takes for the same word."""
    variants: dict[int, list[int]] = {}
    for word_id in np.flatnonzero(first_ids != np.arange(len(first_ids))).tolist():
        variants.setdefault(int(first_ids[word_id]), []).append(word_id)
    return variants


def _spelling(word: str, case_insensitive: bool) -> str:
    return word.upper() if case_insensitive else word


def _apply_gensim_topn(
    space: SearchSpace,
    questions: np.ndarray,
    similarity: str,
    n_variants: np.ndarray,
    best_scores: np.ndarray,
    best_ids: np.ndarray,
) -> None:
    """gensim passes over other spellings of a question's words, but only within its five best words; do the
    same.

    With five better spellings its answer is the fifth of them; with no other word at all, the worst spelling.
    """
    for row in np.flatnonzero((n_variants >= GENSIM_TOPN) | ((best_ids < 0) & (n_variants > 0))):
        words = questions[row]
        others = np.array(sorted(other for word in set(words.tolist()) for other in space.variants.get(word, ())))
        cosines = space.rows(words) @ space.rows(others).T
        shifted = _shifted(cosines) if similarity == "3cosmul" else cosines
        buffers = np.empty((2, 1, len(others)), dtype=np.float32)
        scores = _combine(shifted, np.array([[0, 1, 2]]), similarity, buffers)[0]
        order = np.lexsort((others, -scores))
        above = others[order][scores[order] > best_scores[row]][:GENSIM_TOPN]
        if len(above) == GENSIM_TOPN or (best_ids[row] < 0 and len(above)):
            best_ids[row] = above[-1]


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


def _blocks(n_items: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, n_items)) for start in range(0, n_items, size))
