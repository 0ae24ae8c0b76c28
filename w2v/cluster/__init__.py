"""Training on many machines: the corpus in shards, the model in blocks, rounds of slices, and who runs the tasks."""

from typing import Any


def __getattr__(name: str) -> Any:
    """`train` and `resume`, imported when they are asked for: workers do without."""
    if name not in ("train", "resume"):
        raise AttributeError(f"module 'w2v.cluster' has no attribute {name!r}")
    from w2v.cluster import training

    return getattr(training, name)
