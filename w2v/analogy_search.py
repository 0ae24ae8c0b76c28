"""The search behind the analogy questions: which word is nearest to b - a + c, for many questions at once.

Only the cosines of the questions' distinct words with the vocabulary are needed: one matrix product for a block of
columns, whose rows are then combined for each question. Questions with the same a and b come side by side, so that
their difference is made once; each question then costs the reading of one row.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from w2v.errors import ConfigError
from w2v.parallel import ordered_map

COSMUL_EPSILON = 0.000001  # Levy and Goldberg 2014, equation 4
QUESTIONS_PER_PRODUCT = 32768  # bounds the distinct words, so the rows, of one product
QUESTIONS_PER_STEP = 32  # combined at a time
STEPS_PER_JOB = 32  # what a thread takes
SCORE_BYTES = 512 << 10  # the scores of a step: they stay in the second-level cache
COSINE_BYTES = 32 << 20  # size of one block of cosines
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


def search_space(
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
    for rows in blocks(len(searched), 4096):
        norms[rows] = np.linalg.norm(np.asarray(matrix[rows], dtype=np.float32), axis=1)
    usable = (norms > 0) & np.isfinite(norms)
    inverse_norms = np.divide(1, norms, out=np.zeros_like(norms), where=usable)
    return SearchSpace(searched, matrix, inverse_norms, id_of, first_ids, _variants(first_ids), case_insensitive)


def word_ids(space: SearchSpace, rows: Iterable[tuple[Any, ...]], width: int) -> np.ndarray:
    """int64 (n, width) ids of the words of each row; -1 for an unknown word."""
    words = list(itertools.chain.from_iterable(rows))
    id_of = {word: space.id_of.get(_spelling(word, space.case_insensitive), -1) for word in set(words)}
    return np.array([id_of[word] for word in words], dtype=np.int64).reshape(-1, width)


class _Questions(NamedTuple):
    """Questions, those with the same a and b side by side, and the rows of their words among the cosines."""

    rows: np.ndarray  # int64 (n, 3): row of a, b, c in a block of cosines
    steps: list[slice]  # questions combined at a time
    banned_row: np.ndarray  # int64, ascending: question that may not be answered by ...
    banned_id: np.ndarray  # ... this word: one of its own three, or another spelling of one
    similarity: str


def answer(space: SearchSpace, questions: np.ndarray, similarity: str) -> np.ndarray:
    """The id that answers each question of `questions` (n, 3), -1 where no word is left to choose."""
    best_ids = np.full(len(questions), -1, dtype=np.int64)
    for block in blocks(len(questions), QUESTIONS_PER_PRODUCT):
        part = questions[block]
        order = np.lexsort(part.T[::-1])
        best_ids[block][order] = _answer_sorted(space, part[order], similarity)
    return best_ids


def _answer_sorted(space: SearchSpace, questions: np.ndarray, similarity: str) -> np.ndarray:
    distinct, rows = np.unique(questions, return_inverse=True)
    unit = space.rows(distinct)
    banned_row, banned_id, n_variants = _banned(space, questions)
    asked = _Questions(rows.reshape(questions.shape), _steps(questions), banned_row, banned_id, similarity)
    jobs = [asked.steps[first : first + STEPS_PER_JOB] for first in range(0, len(asked.steps), STEPS_PER_JOB)]
    best_scores = np.full(len(questions), -np.inf, dtype=np.float32)
    best_ids = np.full(len(questions), -1, dtype=np.int64)
    unusable = np.flatnonzero(space.inverse_norms == 0)
    width = max(256, min(_step_width(asked.steps), COSINE_BYTES // (4 * len(distinct))))
    for columns in blocks(len(space.keys), width):
        cosines = unit @ space.rows(columns).T  # (distinct words, columns)
        if similarity == "3cosmul":
            _shift(cosines)
        dead = unusable[(unusable >= columns.start) & (unusable < columns.stop)] - columns.start
        work = partial(_answer_steps, asked, cosines, columns, dead)
        for found in ordered_map(work, jobs):
            for step, top_scores, top in found:
                better = top_scores > best_scores[step]  # strictly: of equal scores the lower id wins
                best_scores[step][better] = top_scores[better]
                best_ids[step][better] = top[better] + columns.start
    _apply_gensim_topn(space, questions, similarity, n_variants, best_scores, best_ids)
    return best_ids


def _steps(questions: np.ndarray) -> list[slice]:
    """Cut sorted questions (n, 3) into steps: each with one pair a, b if many share it, else with any pairs."""
    changed = (questions[1:, :2] != questions[:-1, :2]).any(axis=1)
    borders = [*(np.flatnonzero(changed) + 1).tolist(), len(questions)]
    steps: list[slice] = []
    start = end = 0  # of the questions that wait to be cut
    for border in borders:
        if border - end >= QUESTIONS_PER_STEP // 4:
            steps += _pieces(start, end) + _pieces(end, border)
            start = border
        elif border - start > QUESTIONS_PER_STEP:
            steps += _pieces(start, end)
            start = end
        end = border
    return steps + _pieces(start, end)


def _pieces(start: int, end: int) -> list[slice]:
    """Steps of nearly the same size."""
    n_pieces = -(-(end - start) // QUESTIONS_PER_STEP)
    borders = [start + (end - start) * piece // max(1, n_pieces) for piece in range(n_pieces + 1)]
    return [slice(*pair) for pair in itertools.pairwise(borders)]


def _answer_steps(
    asked: _Questions, cosines: np.ndarray, columns: slice, dead: np.ndarray, steps: list[slice]
) -> list[tuple[slice, np.ndarray, np.ndarray]]:
    """For each step the best score of each question among the columns, and its column."""
    buffer = np.empty(max(step.stop - step.start for step in steps) * cosines.shape[1], dtype=np.float32)
    found = []
    for step in steps:
        n_questions = step.stop - step.start
        scores = buffer[: n_questions * cosines.shape[1]].reshape(n_questions, -1)
        combine(cosines, asked.rows[step], asked.similarity, scores)
        ban = slice(*np.searchsorted(asked.banned_row, (step.start, step.stop)))
        ids = asked.banned_id[ban] - columns.start
        inside = (ids >= 0) & (ids < cosines.shape[1])
        scores[asked.banned_row[ban][inside] - step.start, ids[inside]] = -np.inf
        if len(dead):
            scores[:, dead] = -np.inf
        top = scores.argmax(axis=1)
        found.append((step, scores[np.arange(n_questions), top], top))
    return found


def combine(cosines: np.ndarray, rows: np.ndarray, similarity: str, scores: np.ndarray) -> None:
    """Scores (n, columns) of n questions from the cosines of their words a, b, c."""
    a, b, c = rows.T
    if (rows[:, :2] == rows[0, :2]).all():
        a, b = a[:1], b[:1]
    np.take(cosines, c, axis=0, out=scores, mode="clip")  # which writes to `out` at once
    if similarity == "3cosadd":
        scores += cosines[b] - cosines[a]
    else:
        scores *= cosines[b]
        scores /= cosines[a] + np.float32(COSMUL_EPSILON)


def _banned(space: SearchSpace, questions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which ids may not answer which question: its three words and their other spellings.

    Returns (row, id) pairs sorted by row, and the number of other spellings of each question.
    """
    rows, ids = np.repeat(np.arange(len(questions)), 3), questions.ravel()
    n_variants = np.zeros(len(questions), dtype=np.int64)
    if not space.variants:
        return rows, ids, n_variants
    more_rows: list[int] = []
    more_ids: list[int] = []
    for row, words in enumerate(questions.tolist()):
        others = [other for word in set(words) for other in space.variants.get(word, ())]
        n_variants[row] = len(others)
        more_rows += [row] * len(others)
        more_ids += others
    rows, ids = np.append(rows, more_rows).astype(np.int64), np.append(ids, more_ids).astype(np.int64)
    order = np.argsort(rows, kind="stable")
    return rows[order], ids[order], n_variants


def _step_width(steps: list[slice]) -> int:
    """Columns at a time, so that the scores of a usual step stay in cache."""
    n_questions = sum(step.stop - step.start for step in steps)
    return SCORE_BYTES * len(steps) // (4 * n_questions)


def _shift(cosines: np.ndarray) -> None:
    cosines += 1
    cosines /= 2


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
        if similarity == "3cosmul":
            _shift(cosines)
        scores = np.empty((1, len(others)), dtype=np.float32)
        combine(cosines, np.array([[0, 1, 2]]), similarity, scores)
        scores = scores[0]
        order = np.lexsort((others, -scores))
        above = others[order][scores[order] > best_scores[row]][:GENSIM_TOPN]
        if len(above) == GENSIM_TOPN or (best_ids[row] < 0 and len(above)):
            best_ids[row] = above[-1]


def blocks(n_items: int, size: int) -> Iterator[slice]:
    return (slice(start, min(start + size, n_items)) for start in range(0, n_items, size))
