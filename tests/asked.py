"""Questions to vectors, and files of them, that several test files share."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from w2v.evaluation.questions import Section
from w2v.formats.vector_files import VectorTable
from w2v.vectors.keyed_vectors import KeyedVectors


def write(path: Path, text: str) -> Path:
    """Write a file, and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def relations(rng: np.random.Generator, n_pairs: int, noise: float, dim: int = 24):
    """Keys a0 b0 a1 b1 ..., where b - a is the same offset plus noise, and all questions about them."""
    offset = rng.standard_normal(dim)
    left = rng.standard_normal((n_pairs, dim))
    right = left + offset + noise * rng.standard_normal((n_pairs, dim))
    keys = [f"{side}{i}" for i in range(n_pairs) for side in "ab"]
    vectors = np.stack([left, right], axis=1).reshape(-1, dim).astype(np.float32)
    questions = [(f"a{i}", f"b{i}", f"a{j}", f"b{j}") for i, j in itertools.permutations(range(n_pairs), 2)]
    return keys, vectors, questions


def gensim_vectors(keys, vectors):
    """gensim's `KeyedVectors` of the same."""
    gensim_models = pytest.importorskip("gensim.models")
    kv = gensim_models.KeyedVectors(vectors.shape[1])
    kv.add_vectors(list(keys), vectors)
    return kv


def question_file(path: Path, sections: list[Section]) -> Path:
    """Write sections as questions-words.txt has them."""
    lines = [line for s in sections for line in (f": {s.name}", *(" ".join(q) for q in s.questions))]
    return write(path, "\n".join(lines) + "\n")


def vectors_of(words):
    """`KeyedVectors` of a mapping word → vector."""
    return KeyedVectors.from_table(VectorTable(list(words), np.array(list(words.values()), np.float32)))
