"""What gensim 4's `KeyedVectors` has beside questions, files and evaluations."""

import logging
from typing import Any

import numpy as np

from w2v.vectors.store import VectorStore

logger = logging.getLogger("w2v")


def resize_vectors(store: VectorStore, seed: int = 0) -> None:
    """Fit `vectors` and the attributes to `index_to_key`, after keys were added to that list or taken from its end.

    New rows get gensim's random numbers, uniform from -1/d to 1/d.
    """
    old, shape = store.matrix, (len(store), store.vector_size)
    if old.shape != shape:
        kind = old.dtype if old.dtype in (np.float32, np.float64) else np.dtype(np.float32)
        new = ((np.random.default_rng(seed).random(shape, dtype=kind) * 2 - 1) / store.vector_size).astype(old.dtype)
        n_kept = min(len(old), len(new))
        new[:n_kept] = old[:n_kept]
        store.hold(new)
        store.output_vectors = None
    store.allocate_vecattrs()


def add_lifecycle_event(store: VectorStore, event_name: str, log_level: int = logging.INFO, **event: Any) -> None:
    """Log an event; gensim keeps them, too, and here a file's metadata say where it comes from."""
    logger.log(log_level, "%s lifecycle event %s", type(store).__name__, {"event": event_name, **event})
