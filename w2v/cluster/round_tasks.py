"""A round, as tasks: blocks of rows are loaded, slices trained on copies of them, and what they changed is combined.

Block synchronous, like `training/rounds.py`, with machines in place of threads: the all-gather (each slice has all
blocks) and the reduce-scatter (each block has the changes of all slices) are dependencies of tasks, and the engine
carries them from worker to worker. The one that drives it sees digests and losses only.
"""

import os
import platform
import time
from typing import Any, NamedTuple

import numpy as np

from w2v.cluster.combining import add_combined, find_changes
from w2v.cluster.job import Job, Rows
from w2v.compiled.matrix import matrix, read_only
from w2v.errors import CorpusError
from w2v.kernel.layout import Weights
from w2v.kernel.weights import initial_rows
from w2v.system.parallel import ordered_map
from w2v.training.engine import Load
from w2v.training.engines import engine_of
from w2v.training.history import Statistics
from w2v.training.schedule import Schedule, epoch_key

_NUMBERS = 1 << 18  # of all slices, combined at a time: they stay in the caches


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
        return Rows(weights.inputs[inputs], weights.outputs[outputs])

    def copy(block: int) -> None:
        for now, before in zip(mine(block), blocks[block], strict=True):
            now[:, :size] = before

    def change(block: int) -> tuple[Rows, bool]:
        changes = Rows(*(np.empty(before.shape, np.float16) for before in blocks[block]))
        sides = zip(mine(block), blocks[block], changes, strict=True)
        fits = [find_changes(now, read_only(before), to.view(np.uint16)) for now, before, to in sides]
        return changes, all(fits)

    list(ordered_map(copy, range(len(blocks)), n_threads))
    began, statistics = time.monotonic(), Statistics()
    for piece in work.pieces:
        statistics = _train_piece(job, work, piece, weights, statistics)
    seconds = time.monotonic() - began
    changes, fits = zip(*ordered_map(change, range(len(blocks)), n_threads), strict=True)
    alpha = work.schedule.chunk(max(work.last - 1, 0), work.epoch, np.uint64(0)).alpha * work.scale
    worker = f"{platform.node()}:{os.getpid()}"
    return Trained(Report(statistics, alpha, all(fits), seconds, worker), list(changes))


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
    """Add what the slices changed, combined row by row in their order, and write the block; returns its name."""
    job.check_version()
    found, size = Rows(*map(np.copy, before)), job.config.vector_size
    most = max(1, _NUMBERS // (len(changes) * size))

    def add(piece: tuple[int, slice]) -> None:
        side, rows = piece
        together = np.stack([change[side][rows] for change in changes])
        add_combined(found[side][rows], together.view(np.uint16), np.empty((len(changes), size), np.float32))

    pieces = [(side, slice(k, k + most)) for side in (0, 1) for k in range(0, len(found[side]), most)]
    list(ordered_map(add, pieces, job.config.n_threads))
    return job.write_block(block, found)
