"""Where words lie on the plane: by principal components, or by UMAP from our own neighbours."""

import importlib.util
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.errors import ConfigError, MissingPackageError
from w2v.evaluation.alignment import procrustes
from w2v.maps.neighbours import Neighbours
from w2v.maps.progress import bar_settings

LAYOUTS = ("pca", "umap")
UMAP_NEIGHBOURS = 15  # the word itself counted, as UMAP does
_WIDTH = 10.0  # of what UMAP begins with, as its own beginnings have


def check_layout(name: str | None) -> str:
    """The layout that is asked for; without a name UMAP where it is installed. Raises `ConfigError`,
    `MissingPackageError`."""
    if name is not None and name not in LAYOUTS:
        raise ConfigError(f"there is no layout {name!r}; choose one of {', '.join(LAYOUTS)}")
    has_umap = importlib.util.find_spec("umap") is not None
    if name == "umap" and not has_umap:
        raise MissingPackageError("the layout umap needs umap-learn; run: pip install 'w2v[explore]'")
    return name or ("umap" if has_umap else "pca")


def pca_layout(unit: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first two principal components (n, 2) of unit vectors (n, d); of each, the largest number is positive."""
    centred = unit - unit.mean(axis=0)
    _, directions = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    places = centred @ directions[:, :-3:-1].astype(np.float32)
    if places.shape[1] < 2:
        places = np.concatenate([places, np.zeros_like(places)], axis=1)
    extremes = np.take_along_axis(places, np.abs(places).argmax(axis=0)[None], axis=0)
    return places * np.where(extremes < 0, np.float32(-1), np.float32(1))


def umap_layout(
    unit: NDArray[np.float32], neighbours: Neighbours, seed: int, start: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """UMAP (McInnes, Healy & Melville 2018) of unit vectors (n, d) by their nearest neighbours, which are searched
    here and not by UMAP. The same seed gives the same places.

    start: places (n, 2) to begin with, those of another model say; by default the principal components.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own libraries, and that a seed takes one thread
        import umap

        n, k = len(unit), min(UMAP_NEIGHBOURS, len(unit) - 1)
        own = np.arange(n, dtype=np.int32)[:, None]
        rows = np.concatenate([own, neighbours.rows[:, : k - 1]], axis=1)
        apart = np.maximum(1 - neighbours.cosines[:, : k - 1], 0)
        begun = pca_layout(unit) if start is None else start
        begun = _WIDTH * (begun - begun.min(axis=0)) / max(float(np.ptp(begun)), 1e-9)
        noise = np.random.default_rng(seed).normal(scale=1e-3 * _WIDTH, size=begun.shape)  # equal words come apart
        settings: dict[str, Any] = {
            "n_neighbors": k, "min_dist": 0.1, "metric": "cosine", "init": (begun + noise).astype(np.float32),
            "precomputed_knn": (rows, np.pad(apart, ((0, 0), (1, 0)))), "random_state": seed, "n_jobs": 1,
            "force_approximation_algorithm": True, "tqdm_kwds": bar_settings("layout"),
        }  # fmt: skip
        places = umap.UMAP(**settings).fit_transform(unit)
    return np.asarray(places, dtype=np.float32)


def turned(places: NDArray[np.float32], shared: NDArray[np.int64], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """The places (n, 2) turned or mirrored so that they lie nearest to those of another map (m, 2).

    shared: (s, 2) rows of the same words, in the other map and in this one; with fewer than three nothing is turned.
    """
    if len(shared) < 3:
        return places
    theirs, ours = other[shared[:, 0]], places[shared[:, 1]]
    rotation = procrustes(ours - ours.mean(axis=0), theirs - theirs.mean(axis=0))
    return ((places - places.mean(axis=0)) @ rotation).astype(np.float32)
