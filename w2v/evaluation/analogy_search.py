"""The search behind the analogy questions: which word is nearest to b - a + c, for many questions at once.

Only the cosines of the questions' distinct words with the vocabulary are needed: one matrix product for a batch of
columns, three rows of which make the scores of a question. What is left is to read them and to keep the best.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from w2v.compiled.matrix import ROW_ALIGN, padded
from w2v.errors import ConfigError
from w2v.system.parallel import ordered_map

COSMUL_EPSILON = 0.000001  # Levy and Goldberg 2014, equation 4
QUESTIONS_PER_PRODUCT = 32768  # bounds the distinct words, so the rows, of one product
QUESTIONS_PER_JOB = 1024  # what a thread takes
NORM_ROWS = 4096  # whose lengths are computed at once
COLUMNS = 2048  # of one product: the rows of the questions of a section stay in the second-level cache
GENSIM_TOPN = 5  # gensim looks at the five best words that are not the question's own


Compose = Callable[[str], np.ndarray | None]  # the vector (d,) of a word that is not in the vocabulary, if it has one


class _Rule(NamedTuple):
    """Scores are made of a part for each of a, b, c. One banned part gives the lowest score of all, whatever the other
    two are; no infinity, which compiled sums need not honour."""

    lowest: float  # never above a banned score, and below all others
    banned: float  # as b or c
    banned_by: float  # as a


_RULES = {"3cosadd": _Rule(-4.0, -8.0, 8.0), "3cosmul": _Rule(0.0, 0.0, 1e30)}


class SearchedVocabulary(NamedTuple):
    """The words among which answers are searched: their rows, and how question words find them."""

    keys: list[Any]
    vectors: np.ndarray  # (V, d), any float type, maybe memory-mapped: rows are read batch by batch
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


def searched_vocabulary(
    keys: Sequence[Any], vectors: np.ndarray, restrict_vocab: int | None, case_insensitive: bool
) -> SearchedVocabulary:
    """The first `restrict_vocab` keys (None: all) with their rows of `vectors` (V, d), which are not copied.

    Raises `ConfigError` for a limit below 1, and where keys and rows are not as many.
    """
    if restrict_vocab is not None and restrict_vocab < 1:
        raise ConfigError(f"restrict_vocab is {restrict_vocab}; give a number of words above 0, or None for all")
    if len(keys) != len(vectors):
        raise ConfigError(f"{len(keys)} keys for {len(vectors)} vectors; give one key per row")
    first_keys = list(itertools.islice(keys, restrict_vocab))
    id_of: dict[str, int] = {}
    first_ids = np.empty(len(first_keys), dtype=np.int64)
    for word_id, key in enumerate(first_keys):
        first_ids[word_id] = id_of.setdefault(_spelling(str(key), case_insensitive), word_id)
    matrix = np.asarray(vectors)[: len(first_keys)]
    norms = np.empty(len(first_keys), dtype=np.float32)
    for rows in slices(len(first_keys), NORM_ROWS):
        norms[rows] = np.linalg.norm(np.asarray(matrix[rows], dtype=np.float32), axis=1)
    usable = (norms > 0) & np.isfinite(norms)
    inverse_norms = np.divide(1, norms, out=np.zeros_like(norms), where=usable)
    return SearchedVocabulary(
        first_keys, matrix, inverse_norms, id_of, first_ids, _variants(first_ids), case_insensitive
    )


def word_ids(searched: SearchedVocabulary, rows: Iterable[tuple[Any, ...]], width: int) -> np.ndarray:
    """int64 (n, width) ids of the words of each row; -1 for an unknown word."""
    words = list(itertools.chain.from_iterable(rows))
    id_of = {word: searched.id_of.get(_spelling(word, searched.case_insensitive), -1) for word in set(words)}
    return np.array([id_of[word] for word in words], dtype=np.int64).reshape(-1, width)


class _Stacked:
    """Rows of a matrix, and behind them those of another."""

    def __init__(self, matrix: np.ndarray, more: np.ndarray) -> None:
        self.matrix, self.more = matrix, more

    def __getitem__(self, ids: Any) -> np.ndarray:
        if isinstance(ids, slice):  # of a part of the vocabulary
            return self.matrix[ids]
        ids, n = np.asarray(ids), len(self.matrix)
        rows = np.empty((len(ids), self.matrix.shape[1]), np.float32)
        rows[ids < n], rows[ids >= n] = self.matrix[ids[ids < n]], self.more[ids[ids >= n] - n]
        return rows


def with_composed(searched: SearchedVocabulary, words: Iterable[Any], compose: Compose | None) -> SearchedVocabulary:
    """The vocabulary with the vectors that `compose` makes of those words which are not in it: their ids come behind
    those of the keys, and they are never answers."""
    if compose is None:
        return searched
    spellings = {_spelling(str(word), searched.case_insensitive): str(word) for word in words}
    unknown = {spelling: word for spelling, word in spellings.items() if spelling not in searched.id_of}
    made = {spelling: vector for spelling, word in unknown.items() if (vector := compose(word)) is not None}
    n_known = len(searched.keys)
    if not made:
        return searched
    more = np.array(list(made.values()), np.float32)
    inverse = np.divide(1, norms := np.linalg.norm(more, axis=1), out=np.zeros(len(more), np.float32), where=norms > 0)
    more_ids = dict(zip(made, range(n_known, n_known + len(made)), strict=True))
    stacked: Any = _Stacked(searched.vectors, more)
    return searched._replace(
        vectors=stacked,
        inverse_norms=np.concatenate([searched.inverse_norms, inverse]),
        id_of={**searched.id_of, **more_ids},
    )


def n_composed(searched: SearchedVocabulary, ids: np.ndarray) -> int:
    """How many rows of `ids` (n, width) have a word whose vector was composed."""
    return int(np.count_nonzero((ids >= len(searched.keys)).any(axis=1)))


def answer(searched: SearchedVocabulary, questions: np.ndarray, similarity: str) -> np.ndarray:
    """The id that answers each question of `questions` (n, 3), -1 where no word is left to choose."""
    best_ids = np.full(len(questions), -1, dtype=np.int64)
    for batch in slices(len(questions), QUESTIONS_PER_PRODUCT):
        best_ids[batch] = _answer_batch(searched, questions[batch], similarity)
    return best_ids


def _answer_batch(searched: SearchedVocabulary, questions: np.ndarray, similarity: str) -> np.ndarray:
    from w2v.evaluation.analogy_kernel import find_best  # imports the compiler

    words, rows = np.unique(questions, return_inverse=True)
    rows, own = rows.reshape(questions.shape), _own_spellings(searched, words)
    unit, is_ratio = searched.rows(words), similarity == "3cosmul"
    best_scores = np.full(len(questions), _RULES[similarity].lowest, dtype=np.float32)
    best_ids = np.full(len(questions), -1, dtype=np.int64)
    for columns in slices(len(searched.keys), COLUMNS):
        minus, plus = _parts(searched, unit, own, columns, similarity)

        def work(job: slice, minus: np.ndarray = minus, plus: np.ndarray = plus, first: int = columns.start) -> None:
            spare_rows = np.empty((1, ROW_ALIGN), dtype=np.float32)
            find_best(minus, plus, rows[job], is_ratio, first, spare_rows, best_scores[job], best_ids[job])

        for _ in ordered_map(work, slices(len(questions), QUESTIONS_PER_JOB)):
            pass
    _apply_gensim_topn(searched, questions, similarity, best_scores, best_ids)
    return best_ids


def _parts(
    searched: SearchedVocabulary, unit: np.ndarray, own: tuple[np.ndarray, np.ndarray], columns: slice, similarity: str
) -> tuple[np.ndarray, np.ndarray]:
    """The parts of words in the scores of the columns, as a, and as b or c: two arrays (words, columns, filled up).

    Banned are rows that cannot be used, and spellings of the word itself.
    """
    n_columns, rule = columns.stop - columns.start, _RULES[similarity]
    plus = np.full((len(unit), padded(n_columns)), rule.banned, dtype=np.float32)
    minus = np.full_like(plus, rule.banned_by)
    cosines = unit @ searched.rows(columns).T
    if similarity == "3cosmul":
        _shift(cosines)
    plus[:, :n_columns] = cosines
    minus[:, :n_columns] = cosines if similarity == "3cosadd" else cosines + np.float32(COSMUL_EPSILON)
    plus[:, np.flatnonzero(searched.inverse_norms[columns] == 0)] = rule.banned
    places, ids = own
    inside = (ids >= columns.start) & (ids < columns.stop)
    own_columns = places[inside], ids[inside] - columns.start
    plus[own_columns], minus[own_columns] = rule.banned, rule.banned_by
    return minus, plus


def _own_spellings(searched: SearchedVocabulary, words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(place in `words`, id) of every spelling of each of the words."""
    ids = [[word, *searched.variants.get(word, ())] for word in words.tolist()]
    places = np.repeat(np.arange(len(words)), [len(some) for some in ids])
    return places, np.array(list(itertools.chain.from_iterable(ids)), dtype=np.int64)


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
    searched: SearchedVocabulary, questions: np.ndarray, similarity: str, best_scores: np.ndarray, best_ids: np.ndarray
) -> None:
    """gensim passes over other spellings of a question's words, but only within its five best words; do the
    same.

    With five better spellings its answer is the fifth of them; with no other word at all, the worst spelling.
    """
    if not searched.variants:
        return
    for row, words in enumerate(questions.tolist()):
        others = sorted(other for word in set(words) for other in searched.variants.get(word, ()))
        if len(others) < GENSIM_TOPN and (best_ids[row] >= 0 or not others):
            continue
        a, b, c = searched.rows(questions[row]) @ searched.rows(np.array(others)).T
        scores = b - a + c
        if similarity == "3cosmul":
            for cosines in (a, b, c):
                _shift(cosines)
            scores = c * b / (a + np.float32(COSMUL_EPSILON))
        order = np.lexsort((others, -scores))
        above = np.array(others)[order][scores[order] > best_scores[row]][:GENSIM_TOPN]
        if len(above) == GENSIM_TOPN or (best_ids[row] < 0 and len(above)):
            best_ids[row] = above[-1]


def slices(n_items: int, size: int) -> Iterator[slice]:
    """The range of `n_items`, in slices of `size`; the last may be shorter."""
    return (slice(start, min(start + size, n_items)) for start in range(0, n_items, size))
