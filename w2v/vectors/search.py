"""The parts of a search: what was asked, which rows may answer, their cosines, the best of them.

All are functions of a `VectorStore`. A zero vector has cosine 0 with everything (gensim gives NaN). Cosines are
products with the stored matrix divided by the norms: no second matrix is made.
"""

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from w2v.errors import ConfigError
from w2v.system.parallel import ordered_map, usable_cpus
from w2v.vectors.normed import row_products
from w2v.vectors.store import KEY_TYPES, Key, VectorStore, check_missing

Neighbours = list[tuple[Any, float]]
Candidates = slice | np.ndarray  # the rows that may be answers
Where = Callable[[Any], bool] | str | re.Pattern[str]
BATCH_ROWS = 16384  # rows handled at once wherever a whole-matrix temporary would be needed
ROWS_FOR_MANY = 4096  # whose scores for many queries are made at once
_PIECE = 64
_IN_CACHE = 1 << 18  # numbers that stay in the cache from one look at them to the next
_SHARED_NUMBERS = 1 << 20  # from which on it is worth it to start threads
_FEW = 8  # rows of which one at most is looked at again
VECTOR_KINDS = "fiub"  # in a question an array of whole numbers is a vector, as in gensim, not a list of keys


# ---- vectors made of vectors


def get_mean_vector(
    store: VectorStore,
    keys: Any,
    weights: Any = None,
    pre_normalize: bool = True,
    post_normalize: bool = False,
    ignore_missing: bool = True,
    missing: str | None = None,
) -> np.ndarray:
    """(d,) weighted mean of keys and vectors: the weighted sum over the sum of absolute weights.

    `pre_normalize` scales the vectors of keys (not vectors given as such) to unit length first. `missing`
    rules over `ignore_missing`; under "zero" an unknown key still counts in the divisor. Nothing known
    gives zeros. Raises `UnknownWordError`, `ConfigError` (no keys, or another number of weights).
    """
    items = as_list(keys)
    missing = missing or ("skip" if ignore_missing else "raise")
    check_missing(missing)
    shares = np.ones(len(items)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not items:
        raise ConfigError("a mean of no vectors was asked for; give at least one word or vector")
    if shares.shape != (len(items),):
        raise ConfigError(f"{shares.size} weights for {len(items)} keys; give one weight for each key")
    total, divisor = np.zeros(store.vector_size), 0.0
    for item, share in zip(items, shares.tolist(), strict=True):
        if isinstance(item, np.ndarray):
            total += share * checked(store, item)
        else:
            index = store.get_index(item, -1)
            if index >= 0:
                total += share / (float(store.divisors(index)) if pre_normalize else 1.0) * store.matrix[index]
            elif missing == "raise" or item in store:  # made by a subclass, or an error
                total += share * store.get_vector(item, norm=pre_normalize)
            elif missing == "skip":
                continue
        divisor += abs(share)
    mean = total / divisor if divisor > 0 else total
    return unit(mean).astype(np.float32) if post_normalize else mean.astype(store.matrix.dtype)


# ---- the parts of a search


def query_vector(store: VectorStore, positive: Any, negative: Any, missing: str) -> tuple[np.ndarray | None, list[int]]:
    """The unit vector (d,) of a question, None when no word of it is known, and the rows of its words.

    Raises `UnknownWordError`, `ConfigError`.
    """
    check_missing(missing)
    items: list[Any] = []
    weights: list[float] = []
    for given, default in ((positive, 1.0), (negative, -1.0)):
        for item in as_list(given, VECTOR_KINDS):
            weighted = not isinstance(item, (*KEY_TYPES, np.ndarray))
            if weighted and not (isinstance(item, tuple | list) and len(item) == 2):
                raise ConfigError(f"cannot search for {item!r}; give words, vectors, or (word, weight) pairs")
            items.append(item[0] if weighted else item)
            weights.append(float(item[1]) if weighted else default)
    words = [item for item in items if not isinstance(item, np.ndarray)]
    rows = [index for index in store.indices_of(words, "zero").tolist() if index >= 0]
    only_words = len(words) == len(items) > 0
    if missing == "skip" and only_words and not rows and not any(word in store for word in words):
        return None, []
    return get_mean_vector(store, items, weights, post_normalize=True, missing=missing), rows


def candidate_rows(
    store: VectorStore,
    clip: slice,
    keys: Iterable[Key] | None,
    where: Where | None,
    missing: str,
    restrict_to: npt.ArrayLike | None = None,
) -> Candidates:
    """The rows inside `clip` that pass the filters: in the order of `keys`, or `restrict_to`, each once, else in row
    order.
    """
    start, stop, _ = clip.indices(len(store))
    stop = max(start, stop)
    if keys is None and where is None and restrict_to is None and not store.n_free:
        return slice(start, stop)
    if restrict_to is not None:
        if keys is not None:
            raise ConfigError("keys and restrict_to both say which rows may be answers; leave one of them out")
        chosen = _rows_of(restrict_to, len(store))
        chosen = chosen[(chosen >= start) & (chosen < stop)]
        if where is None and not store.n_free:
            return chosen
    elif keys is None:
        chosen = np.arange(start, stop)
    else:
        indices = store.indices_of(as_list(keys), missing).tolist()
        chosen = np.fromiter(dict.fromkeys(indices), dtype=np.int64)
        chosen = chosen[(chosen >= start) & (chosen < stop)]
    test = _predicate(where)
    names = (store.index_to_key[index] for index in chosen.tolist())
    # None: a row that still waits for `add_vector` is never an answer
    return chosen[np.fromiter((name is not None and test(name) for name in names), dtype=bool, count=len(chosen))]


def _rows_of(restrict_to: npt.ArrayLike, n_rows: int) -> np.ndarray:
    """Row numbers, each once, of row numbers or a mask (V,). Raises `ConfigError` for what is neither."""
    given = np.asarray(restrict_to)
    if given.dtype == np.bool_ and given.shape == (n_rows,):
        return np.flatnonzero(given)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise ConfigError(f"restrict_to is {given.dtype} of shape {given.shape}; give row numbers, or a mask of "
                          f"{n_rows} booleans (for words there is keys)")  # fmt: skip
    if given.size and not 0 <= int(given.min()) <= int(given.max()) < n_rows:
        raise ConfigError(f"restrict_to names rows that are not among the {n_rows}; give numbers from 0 on")
    first = np.unique(given, return_index=True)[1]
    return given[np.sort(first)].astype(np.int64)


def cosines(store: VectorStore, queries: np.ndarray, candidates: Candidates) -> np.ndarray:
    """Cosines of unit queries (d,) or (n, d) with the candidate rows: (rows,) or (n, rows)."""
    dtype = np.result_type(store.matrix.dtype, np.float32)
    queries = np.asarray(queries, dtype=dtype)
    start, stop = (candidates.start, candidates.stop) if isinstance(candidates, slice) else (0, len(candidates))
    if queries.ndim == 1:
        return _cosines_of_one(store, queries, candidates, start, stop)
    divisors = store.divisors(candidates)
    if isinstance(candidates, slice) and store.matrix.dtype == dtype:
        scores = np.dot(queries, store.matrix[start:stop].T)
    else:
        scores = np.empty((len(queries), stop - start), dtype=dtype)
        for low in range(start, stop, BATCH_ROWS):
            high = min(low + BATCH_ROWS, stop)
            rows = slice(low, high) if isinstance(candidates, slice) else candidates[low:high]
            matrix = np.asarray(store.matrix[rows], dtype=dtype)
            scores[:, low - start : high - start] = np.dot(queries, matrix.T)
    scores /= divisors
    return scores


def _cosines_of_one(store: VectorStore, query: np.ndarray, candidates: Candidates, start: int, stop: int) -> np.ndarray:
    """Cosines of one unit query (d,): reading the matrix is what takes the time, so it is read once, in all threads,
    also where lengths have to be measured."""
    scores = np.empty(stop - start, dtype=query.dtype)
    n_rows = max(1, _IN_CACHE // max(1, store.vector_size))

    def fill(span: tuple[int, int]) -> None:
        for low in range(*span, n_rows):
            high = min(low + n_rows, span[1])
            rows = slice(low, high) if isinstance(candidates, slice) else candidates[low:high]
            part = scores[low - start : high - start]
            row_products(np.asarray(store.matrix[rows], dtype=query.dtype), query, out=part)
            part /= store.divisors(rows)

    edges = np.linspace(start, stop, 1 + _n_threads(store, stop - start)).astype(int).tolist()
    for _ in ordered_map(fill, list(itertools.pairwise(edges))):
        pass
    return scores


def promising(store: VectorStore, query: np.ndarray, candidates: Candidates, n_best: int) -> Candidates:
    """The candidates that may be among the `n_best` nearest to a unit query (d,), with all ties: of neighbouring rows
    all but a few are ruled out without reading them, once questions have read many (`byte_rows`)."""
    if not isinstance(candidates, slice):
        return candidates
    start, stop = candidates.start, candidates.stop
    query = query.astype(np.float32)
    is_worth_it = n_best < (stop - start) // _FEW and 0 < np.dot(query, query) < np.inf
    rows = store._rows.as_bytes(stop - start) if is_worth_it else None
    if rows is None:
        return candidates
    least, most = rows.cosine_bounds(query, start, stop, _n_threads(store, stop - start))
    found = np.flatnonzero(most >= _floor(least, n_best))
    return candidates if len(found) > (stop - start) // _FEW else start + found


def _n_threads(store: VectorStore, n_rows: int) -> int:
    """For so many rows."""
    return usable_cpus() if n_rows * store.vector_size > _SHARED_NUMBERS else 1


def best_rows(
    store: VectorStore, queries: np.ndarray, candidates: Candidates, n_best: list[int]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """For each unit query (n, d), which candidate rows are its `n_best` best (with all ties), and their cosines.

    The scores of a batch of rows are made for all queries, and only those kept that may be among the best.
    """
    if isinstance(candidates, slice):
        candidates = np.arange(candidates.start, candidates.stop)
    nothing = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))
    best = [nothing] * len(queries)
    floors = np.full(len(queries), -np.inf)  # a score below cannot be among the best
    for low in range(0, len(candidates), ROWS_FOR_MANY):
        rows = candidates[low : low + ROWS_FOR_MANY]
        whole = rows[-1] - rows[0] == len(rows) - 1 and bool((np.diff(rows) == 1).all())
        scores = cosines(store, queries, slice(int(rows[0]), int(rows[-1]) + 1) if whole else rows)
        usable, tops = scores, scores.max(axis=1)
        if np.isnan(tops).any():
            usable = _without_nan(scores)
            tops = usable.max(axis=1)
        for query in np.flatnonzero(tops >= floors).tolist():
            positions = np.flatnonzero(usable[query] >= floors[query])
            found = np.concatenate([best[query][0], rows[positions]])
            theirs = np.concatenate([best[query][1], scores[query, positions]])  # cosines of the rows found
            if len(found) > n_best[query]:
                floors[query] = _floor(_without_nan(theirs), n_best[query])
                kept = _without_nan(theirs) >= floors[query]
                found, theirs = found[kept], theirs[kept]
            best[query] = (found, theirs)
    return best


def ranked(
    store: VectorStore, scores: np.ndarray, candidates: Candidates, used: Iterable[int], topn: int
) -> Neighbours:
    """The `topn` best candidates that were not asked for, as (key, score)."""
    asked = set(used)
    if isinstance(candidates, slice):
        best = top_positions(scores, None, topn + len(asked))
        rows = (best + candidates.start).tolist()
    else:
        best = top_positions(scores, candidates, topn + len(asked))
        rows = candidates[best].tolist()
    found = zip(rows, scores[best].tolist(), strict=True)
    return [(store.index_to_key[row], score) for row, score in found if row not in asked][:topn]


def checked(store: VectorStore, vector: Any) -> np.ndarray:
    """The vector (d,) as an array. Raises `ConfigError` for another shape."""
    vector = np.asarray(vector)
    if vector.shape != (store.vector_size,):
        raise ConfigError(f"a vector of shape {vector.shape} does not fit; give {store.vector_size} numbers")
    return vector


def unit_vectors(store: VectorStore, words: Iterable[Key], missing: str) -> tuple[list[np.ndarray], list[int]]:
    """The unit vectors (d,) of the words, zeros for an unknown one under "zero", and the rows of those that have one.

    Raises `UnknownWordError` under "raise".
    """
    vectors, rows = [], []
    for word in words:
        index = store.get_index(word, -1)
        if index >= 0:
            vectors.append(store.matrix[index] / store.divisors(index))
            rows.append(index)
        elif missing == "raise" or word in store:  # made by a subclass, or an error
            vectors.append(store.get_vector(word, norm=True))
        elif missing == "zero":
            vectors.append(np.zeros(store.vector_size, dtype=np.float32))
    return vectors, rows


def top_positions(scores: np.ndarray, tie_order: np.ndarray | None, n: int) -> np.ndarray:
    """Positions of the `n` highest scores, highest first, ties by the lower `tie_order` (None: by position); NaN ranks
    last."""
    scores = _without_nan(scores)
    if n < len(scores):
        positions = np.flatnonzero(scores >= _floor(scores, n))  # with every tie, so that the rule below decides
    else:
        positions = np.arange(len(scores))
    ties = positions if tie_order is None else tie_order[positions]
    return positions[np.lexsort((ties, -scores[positions]))][:n]


def _without_nan(scores: np.ndarray) -> np.ndarray:
    """The scores, NaN as the lowest of all."""
    return np.where(np.isnan(scores), -np.inf, scores) if len(scores) and np.isnan(scores.max()) else scores


def _floor(scores: np.ndarray, n: int) -> Any:
    """A score that at least `n` of `scores` reach, and few more: the n-th highest of the pieces' highest ones."""
    n_pieces = len(scores) // _PIECE
    if n < n_pieces:
        scores = scores[: n_pieces * _PIECE].reshape(n_pieces, _PIECE).max(axis=1)
    return np.partition(scores, len(scores) - n)[len(scores) - n]


def _predicate(where: Where | None) -> Callable[[Any], bool]:
    if where is None:
        return lambda key: True
    if callable(where):
        return where
    try:
        pattern = re.compile(where)
    except re.error as error:
        raise ConfigError(f"{where!r} is not a regular expression ({error}); correct it") from error
    return lambda key: pattern.search(str(key)) is not None


def as_list(value: Any, vector_kinds: str = "f") -> list[Any]:
    """A list of items, from one key, one vector (an array of these kinds of numbers), or several of them."""
    if value is None:
        return []
    is_vector = isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in vector_kinds
    if isinstance(value, KEY_TYPES) or is_vector:
        return [value]
    return list(value)


def unit(vector: np.ndarray) -> np.ndarray:
    """The vector (d,) scaled to unit length; a zero vector stays zero."""
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm > 0 else vector
