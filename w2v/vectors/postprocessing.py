"""What can be done to trained vectors before they are used: each step a function of a store that gives a new one.

Nothing is lost by it: the new store keeps the trained vectors beside the changed ones (`trained_vectors`, shared, not
copied), and its metadata say which steps were taken, in order. `trained` undoes them all.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import numpy as np

from w2v.errors import ConfigError
from w2v.vectors.store import VectorStore

Store = TypeVar("Store", bound=VectorStore)

STEPS_KEY = "postprocessing"  # in the metadata: a list of steps as `postprocess` takes them
_ROWS = 1 << 15  # in hand at once


def add_output(store: Store, weight: float = 1.0) -> Store:
    """Input vector + `weight` · output vector of each word: with weight 1 the w + c of Pennington et al. 2014 (GloVe,
    section 4.2) and Levy et al. 2015 (section 3.3), which adds first-order similarity to the cosine.

    Raises `ConfigError` for vectors without an output vector for each word, or that were changed already.
    """
    outputs = store.output_vectors
    if outputs is None:
        raise ConfigError("these vectors have no output vectors; only a .w2v file, or a model, keeps them")
    if _steps_of(store):
        raise ConfigError(f"output vectors belong to trained vectors, not to changed ones; put {_ADD} first")
    if len(outputs) != len(store):
        raise ConfigError(
            f"{len(outputs)} output vectors for {len(store)} words: hierarchical softmax has none for words; leave "
            f"{_ADD} out"
        )
    return _changed(store, store.matrix + np.float32(weight) * outputs, _step(_ADD, weight, 1.0))


def center(store: Store) -> Store:
    """Subtract the mean vector, each word counting alike (Mu & Viswanath 2018)."""
    return _changed(store, store.matrix - _moments(store, by_count=False).mean, "center")


def zipf_center(store: Store) -> Store:
    """Subtract the mean vector of the tokens: each word counts as often as it occurred (Yokoi et al. 2024).

    Raises `ConfigError` for vectors without counts.
    """
    return _changed(store, store.matrix - _moments(store, by_count=True).mean, "zipf-center")


def all_but_the_top(store: Store, n: int | None = None) -> Store:
    """Centre, and take out the `n` directions of the largest variance, by default vector_size / 100, rounded up (Mu &
    Viswanath 2018, algorithm 1). Raises `ConfigError` if that leaves no direction.
    """
    n = -(-store.vector_size // 100) if n is None else _whole("all-but-the-top", n, 0, store.vector_size - 1)
    found = _moments(store, by_count=False)
    top = _directions(found)[1][:, :n]
    return _changed(store, (matrix := store.matrix - found.mean) - (matrix @ top) @ top.T, f"all-but-the-top:{n}")


def pca(store: Store, n: int) -> Store:
    """The first `n` principal components of the centred vectors: (V, n). Raises `ConfigError` for n above d."""
    n = _whole("pca", n, 1, store.vector_size)
    found = _moments(store, by_count=False)
    return _changed(store, (store.matrix - found.mean) @ _directions(found)[1][:, :n], f"pca:{n}")


def whiten(store: Store) -> Store:
    """Centre, and give every direction the variance 1, each word counting alike (ZCA: nearest to what it was)."""
    return _whitened(store, False, "whiten")


def zipf_whiten(store: Store) -> Store:
    """Whitening by mean and covariance of the tokens instead of the words (Yokoi et al. 2024, algorithm 1)."""
    return _whitened(store, True, "zipf-whiten")


def unit_length(store: Store) -> Store:
    """Vectors of length 1 (zero vectors stay zero), so that dot products are cosines."""
    return _changed(store, store.get_normed_vectors(), "unit-length")


def trained(store: Store) -> Store:
    """The vectors as training left them; the store itself if it was not changed."""
    if store.trained_vectors is None:
        return store
    return _with_vectors(store, store.trained_vectors, None, [])


def _steps_of(store: VectorStore) -> list[str]:
    """The steps that were taken, in order."""
    steps = store.metadata.get(STEPS_KEY)
    return [step for step in steps if isinstance(step, str)] if isinstance(steps, list) else []


_ADD = "add-output"


# ---- the arithmetic


class _Moments(NamedTuple):
    mean: np.ndarray  # float32 (d,)
    covariance: np.ndarray  # float64 (d, d)


def _moments(store: VectorStore, by_count: bool) -> _Moments:
    """Mean and covariance of the words, or of the tokens. Raises `ConfigError` without words, or counts."""
    if not len(store):
        raise ConfigError("there are no vectors to change")
    weights = np.ones(len(store), dtype=np.float32)
    if by_count:
        if "count" not in store.expandos:
            raise ConfigError("these vectors carry no counts to weigh words by; a .w2v file of a trained model does")
        counts = np.asarray(store.expandos["count"], dtype=np.float64)
        weights = (counts / max(counts.mean(), 1e-30)).astype(np.float32)
    d, total = store.vector_size, float(weights.sum(dtype=np.float64))
    if not total > 0:
        raise ConfigError("all counts are zero, so that no word has a weight")
    sums, squares = np.zeros(d), np.zeros((d, d))
    for rows, share in _blocks(store, weights):
        sums += share @ rows
        squares += (rows * share[:, None]).T @ rows
    mean = sums / total
    return _Moments(mean.astype(np.float32), squares / total - np.outer(mean, mean))


def _blocks(store: VectorStore, weights: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows in float64, so that sums over millions of words keep their digits, and their weights."""
    for start in range(0, len(store), _ROWS):
        yield store.matrix[start : start + _ROWS].astype(np.float64), weights[start : start + _ROWS]


def _directions(found: _Moments) -> tuple[np.ndarray, np.ndarray]:
    """Variances (d,), largest first, and their directions (d, d), a column each, float32. The largest number of a
    column is positive, so that equal vectors give equal signs.
    """
    variances, columns = np.linalg.eigh(found.covariance)
    variances, columns = variances[::-1], columns[:, ::-1]
    signs = np.sign(columns[np.abs(columns).argmax(axis=0), np.arange(columns.shape[1])])
    return np.maximum(variances, 0), (columns * signs).astype(np.float32)


def _whitened(store: Store, by_count: bool, step: str) -> Store:
    found = _moments(store, by_count)
    variances, columns = _directions(found)
    # A direction without variance, such as one of fewer words than dimensions, stays as it is: zero.
    scales = np.divide(1, np.sqrt(variances), out=np.zeros_like(variances), where=variances > 1e-9 * variances.max())
    turn = (columns * scales.astype(np.float32)) @ columns.T
    return _changed(store, (store.matrix - found.mean) @ turn, step)


# ---- the new store


def _changed(store: Store, vectors: np.ndarray, step: str) -> Store:
    if getattr(store, "ngrams", None) is not None:
        raise ConfigError(
            "vectors of unknown words, which are made of n-grams, would stay as they are; change those of the known "
            "words alone: vectors.with_composed([])"
        )
    kept = store.matrix if store.trained_vectors is None else store.trained_vectors
    return _with_vectors(store, vectors.astype(np.float32, copy=False), kept, [*_steps_of(store), step])


def _with_vectors(store: Store, vectors: np.ndarray, kept: np.ndarray | None, steps: list[str]) -> Store:
    metadata = {name: value for name, value in store.metadata.items() if name != STEPS_KEY}
    if steps:
        metadata[STEPS_KEY] = steps
    table = store.to_table()._replace(vectors=vectors, trained_vectors=kept, metadata=metadata)
    result = type(store).from_table(table, store.source)
    result.expandos.update(store.expandos)
    return result


def _step(name: str, value: float, default: float) -> str:
    return name if value == default else f"{name}:{value:g}"


def _whole(step: str, n: float, low: int, high: int) -> int:
    if n != int(n) or not low <= n <= high:
        raise ConfigError(f"{step}:{n:g} does not fit; give a whole number from {low} to {high}")
    return int(n)
