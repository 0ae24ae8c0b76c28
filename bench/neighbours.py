"""An index of neighbours beside exact search: time to build, size, share of the ten nearest that are found, questions.

Questions are asked on one processor (set OPENBLAS_NUM_THREADS=1 as well): to the index, to exact search one by one, as
it is at first and with the rows as bytes, and to exact search in batches.
The rows are those of `--model`, turned into `--neighbour-size` columns (300) and repeated with noise of half their
length, so that they have the clusters of words, at each number of `--neighbour-words`:
`python -m bench neighbours corpus.txt --model corpus.w2v --neighbour-words 100000 400000`.
"""

import contextlib
import os
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from bench.sides import Comparison, Figure, Row, SideError, alternate, say
from w2v.formats.vector_files import VectorTable
from w2v.vectors import normed
from w2v.vectors.ann import NeighbourIndex
from w2v.vectors.keyed_vectors import KeyedVectors

ASKED, TOP, NOISE = 500, 10, 0.5
EXACT, BATCH = 10, 200  # questions of a round to exact search
OURS, BYTES = "index", "exact, bytes first"


def measure(args: Namespace) -> Iterator[Row]:
    """Rows for each number of words."""
    if args.model is None:
        raise SideError("neighbours needs vectors: --model corpus.w2v")
    size = args.neighbour_size
    for n_words in args.neighbour_words:
        say(f"an index of {n_words:,} words")
        vectors = repeated(KeyedVectors.load(args.model), n_words, size)
        began, ticks = time.perf_counter(), time.process_time()
        index = vectors.build_index()
        what, seconds, spent = f"{n_words:,} x {size}", time.perf_counter() - began, time.process_time() - ticks
        path = Path(index.save(args.texts.folder / "x.ann"))
        n_bytes = path.stat().st_size
        path.unlink()
        asked = [f"w{row}" for row in np.random.default_rng(1).choice(n_words, ASKED, replace=False)]
        yield Figure("neighbours", f"{what}: building", {OURS: [seconds]}, "s", ours=OURS)
        yield Figure("neighbours", f"{what}: building, of processors", {OURS: [spent]}, "s", ours=OURS)
        yield Figure(
            "neighbours", f"{what}: size", {OURS: [n_bytes / 1e6], "vectors": [n_words * size * 4e-6]}, "MB", ours=OURS
        )
        exact = [{key for key, _ in answer} for answer in vectors.most_similar_many(asked, TOP)]
        found = [{key for key, _ in vectors.most_similar(word, topn=TOP, indexer=index)} for word in asked]
        share = sum(len(one & other) for one, other in zip(exact, found, strict=True)) / (TOP * ASKED)
        yield Figure("neighbours", f"{what}: of the ten nearest, found", {OURS: [100 * share]}, "%", ours=OURS)
        with one_processor():
            began, quick = time.perf_counter(), with_bytes(vectors)
            yield Figure("neighbours", f"{what}: bytes", {BYTES: [time.perf_counter() - began]}, "s", ours=BYTES)
            sides = {
                OURS: partial(one_by_one, vectors, asked, index),
                "exact": partial(one_by_one, vectors, asked[:EXACT]),
                BYTES: partial(one_by_one, quick, asked[:EXACT]),
                "exact, in a batch": partial(in_a_batch, vectors, asked[:BATCH]),
            }
            yield Comparison("neighbours", f"{what}: a question", alternate(sides, args.rounds, 1), ours=OURS)


def repeated(vectors: KeyedVectors, n_words: int, size: int) -> KeyedVectors:
    """So many vectors with the clusters of these. Raises `SideError` for fewer columns than these have."""
    if size < vectors.vector_size:
        raise SideError(f"--neighbour-size is {size}; give at least the model's, {vectors.vector_size}")
    generator, base = np.random.default_rng(0), vectors.get_normed_vectors()
    turn = np.linalg.qr(generator.standard_normal((size, size)))[0][: base.shape[1]].astype(np.float32)
    rows = np.empty((n_words, size), np.float32)
    for first in range(0, n_words, len(base)):
        part = rows[first : first + len(base)]
        noise = generator.standard_normal(part.shape, np.float32) * np.float32(NOISE / np.sqrt(size))
        part[:] = base[: len(part)] @ turn + noise
    return KeyedVectors.from_table(VectorTable([f"w{row}" for row in range(n_words)], rows))


def with_bytes(vectors: KeyedVectors) -> KeyedVectors:
    """The same rows, for which bytes have been made; for others they no longer are."""
    quick = KeyedVectors.from_table(vectors.to_table())
    normed._READ_BEFORE = 0
    quick.most_similar("w0")
    normed._READ_BEFORE = sys.maxsize
    return quick


@contextlib.contextmanager
def one_processor() -> Iterator[None]:
    """Ask in one thread, where the system can be told so."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    usable = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(usable)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usable)


def in_a_batch(vectors: KeyedVectors, words: list[str]) -> float:
    """Seconds a question."""
    began = time.perf_counter()
    vectors.most_similar_many(words, TOP)
    return (time.perf_counter() - began) / len(words)


def one_by_one(vectors: KeyedVectors, words: list[str], index: NeighbourIndex | None = None) -> float:
    """Seconds a question."""
    began = time.perf_counter()
    for word in words:
        vectors.most_similar(word, topn=TOP, indexer=index)
    return (time.perf_counter() - began) / len(words)
