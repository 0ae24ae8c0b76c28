"""A round, as tasks: blocks of rows are loaded, slices trained on copies of them, and what they changed is combined.

Block synchronous, like `training/rounds.py`, with machines in place of threads: the all-gather (each slice has all
blocks) and the reduce-scatter (each block has the changes of all slices) are dependencies of tasks, and the engine
carries them from worker to worker. The one that drives it sees digests and losses only.
"""

import os
import platform
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.cluster.job import Job, Rows
from w2v.compiled.matrix import matrix
from w2v.errors import CorpusError
from w2v.kernel.layout import Weights
from w2v.kernel.weights import initial_rows
from w2v.system.parallel import ordered_map
from w2v.training.engine import Load
from w2v.training.engines import engine_of
from w2v.training.history import Statistics
from w2v.training.schedule import Schedule, epoch_key

_FLOATS = 1 << 18  # of all slices, combined at a time: they stay in the caches


class Piece(NamedTuple):
    """A shard, and where it lies in the corpus."""

    shard: int
    start: int  # position of its first id
    n_ids: int


class Slice(NamedTuple):
    """What one task trains: chunks of an epoch."""

    schedule: Schedule
    epoch: int  # from 0
    first: int  # chunk
    last: int  # the chunk behind
    pieces: tuple[Piece, ...]  # in which they lie
    scale: float  # of the learning rate
    n_words: int
    longest_sentence: int


class Report(NamedTuple):
    """How a slice went."""

    statistics: Statistics
    alpha: float  # of its last chunk, as it was trained
    is_finite: bool
    seconds: float  # in the kernel
    worker: str


class Trained(NamedTuple):
    """A slice that was trained."""

    report: Report
    changes: list[Rows]  # float16, for each block


def first_block(job: Job, block: int, n_words: int) -> str:
    """Write a block as it is at the start, as `kernel.weights.initial_weights` has it; returns its name."""
    job.check_version()
    inputs, outputs = job.bounds(block, n_words)
    zeros = np.zeros((outputs.stop - outputs.start, job.config.vector_size), np.float32)
    return job.write_block(block, Rows(initial_rows(inputs.start, inputs.stop - inputs.start, job.config), zeros))


def load_block(job: Job, block: int, name: str, n_words: int) -> Rows:
    """Read a block: once for all slices, which have it from the worker that did."""
    job.check_version()
    return job.read_block(block, name, n_words)


def train_slice(job: Job, work: Slice, *blocks: Rows) -> Trained:
    """Train a slice on a copy of all rows, with the kernel, the chunks, the learning rates and the random numbers that
    training on one machine has at these positions of the corpus."""
    job.check_version()
    size, n_threads = job.config.vector_size, job.config.n_threads
    weights = Weights(*(matrix(sum(map(len, side)), size) for side in zip(*blocks, strict=True)))

    def mine(block: int) -> Rows:
        inputs, outputs = job.bounds(block, work.n_words)
        return Rows(weights.inputs[inputs, :size], weights.outputs[outputs, :size])

    def copy(block: int) -> None:
        for now, before in zip(mine(block), blocks[block], strict=True):
            now[:] = before

    def change(block: int) -> Rows:
        with np.errstate(over="ignore"):  # what does not fit is infinite, and told
            pairs = zip(mine(block), blocks[block], strict=True)
            return Rows(*((now - before).astype(np.float16) for now, before in pairs))

    list(ordered_map(copy, range(len(blocks)), n_threads))
    began, statistics = time.monotonic(), Statistics()
    for piece in work.pieces:
        statistics = _train_piece(job, work, piece, weights, statistics)
    seconds = time.monotonic() - began
    changes = list(ordered_map(change, range(len(blocks)), n_threads))
    alpha = work.schedule.chunk(max(work.last - 1, 0), work.epoch, np.uint64(0)).alpha * work.scale
    is_finite = all(ordered_map(lambda rows: all(np.isfinite(part).all() for part in rows), changes, n_threads))
    worker = f"{platform.node()}:{os.getpid()}"
    return Trained(Report(statistics, alpha, is_finite, seconds, worker), changes)


def _train_piece(job: Job, work: Slice, piece: Piece, weights: Weights, before: Statistics) -> Statistics:
    """Train the chunks of a slice that lie in a shard, whose end is also a sentence's; a chunk that reaches over it is
    two."""
    stream = np.memmap(job.path("shards", piece.shard), np.int32, "r")
    if len(stream) != piece.n_ids:
        raise CorpusError(f"{job.path('shards', piece.shard)} was changed after it was written; start the job anew")
    schedule, statistics = work.schedule, before
    key = epoch_key(job.config.seed, schedule.first_epoch + work.epoch)
    load = Load(
        weights, stream, job.word_counts(), job.config, piece.start, chunk_size=schedule.chunk_size,
        longest_sentence=work.longest_sentence,
    )  # fmt: skip
    engine = engine_of(job.config)(load)

    def report(found: Any, alpha: float) -> None:
        nonlocal statistics
        statistics = statistics.plus(found)

    chunks = []
    for number in range(work.first, work.last):
        chunk = schedule.chunk(number, work.epoch, key)
        start, end = max(chunk.start, piece.start), min(chunk.end, piece.start + piece.n_ids)
        if start < end:
            chunks.append(chunk._replace(start=start, end=end, alpha=chunk.alpha * work.scale))
    engine.train(iter(chunks), report, lambda: False)
    engine.close()
    return statistics


def report_of(trained: Trained) -> Report:
    """What the driver wants to know of a slice."""
    return trained.report


def changes_of(trained: Trained, block: int) -> Rows:
    """What whoever combines a block needs of a slice."""
    return trained.changes[block]


def combine_block(job: Job, block: int, before: Rows, *changes: Rows) -> str:
    """Add what the slices changed, combined row by row, and write the block; returns its name."""
    job.check_version()
    found = Rows(*map(np.copy, before))
    most = max(1, _FLOATS // (len(changes) * job.config.vector_size))

    def add(piece: tuple[int, slice]) -> None:
        side, rows = piece
        found[side][rows] += combined([change[side][rows] for change in changes])

    pieces = [(side, slice(k, k + most)) for side in (0, 1) for k in range(0, len(found[side]), most)]
    list(ordered_map(add, pieces, job.config.n_threads))
    return job.write_block(block, found)


def combined(changes: Sequence[NDArray[np.float16]]) -> NDArray[np.float32]:
    """One step for each row out of what slices changed, (n_rows, d) each, in their order.

    Adasum (Maleki et al. 2021, "Scaling distributed training with adaptive summation", section 3) of neighbours, then
    of neighbouring results, and so on: changes of a row that are orthogonal are added, as if they had come after each
    other; of changes that are the same the mean is taken, as what all found is one step; between, by the cosine.
    """
    steps = np.stack(changes).astype(np.float32)
    while len(steps) > 1:
        even = len(steps) // 2 * 2
        left, right = steps[0:even:2], steps[1:even:2]
        shared = np.einsum("srd,srd->sr", left, right)
        steps = np.concatenate(
            (_beside(left, shared) + _beside(right, shared), steps[even:])  # the odd one waits
        )
    return steps[0]


def _beside(steps: NDArray[np.float32], shared: NDArray[np.float32]) -> NDArray[np.float32]:
    """Steps without half of what they share with others. shared: the inner products."""
    squares = np.einsum("srd,srd->sr", steps, steps)
    return steps * (1 - shared / np.maximum(2 * squares, np.finfo(np.float32).tiny))[..., None]
