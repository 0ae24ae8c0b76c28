"""What one core and the memory of this machine can do, and what share of it the training kernel reaches.

The kernel's work is counted as 6 d floating point operations for each pair of an input row and an output row: 2 d for
the dot product, 4 d for the two updates. Drawing, subsampling, gathering and scattering count as time, not as work.
"""

import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.peers import NEGATIVE
from bench.programs import ONE_THREAD, python, run_program
from bench.sides import Comparison, Figure, alternate, say, wanted
from bench.training import NAMES, Point, described, once_made, train_epochs
from w2v.kernel.weights import initial_weights
from w2v.training.engine import Load

KERNELS = ("sg-ns-300-1", "sg-ns-100-1", "cbow-ns-300-1")
SHARE = 0.25
ROW = 304  # numbers, 1.2 kB
_SGEMM = """
import time
import numpy as np
a, b = (np.random.default_rng(0).random((1024, 1024), np.float32) for _ in range(2))
c, times = a @ b, []
for _ in range(15):
    began = time.perf_counter()
    np.matmul(a, b, out=c)
    times.append(time.perf_counter() - began)
print(sorted(times)[7])
"""


def measure(args: Namespace) -> Iterator[Figure | Comparison]:
    """The machine's limits, then the kernel beside sgemm."""
    if wanted("limits", args.only):
        yield from limits(args)
    for key in KERNELS:
        if wanted(key, args.only):
            point = Point.parse(key)
            assert point
            yield kernel(args, point)


def limits(args: Namespace) -> Iterator[Figure]:
    """sgemm, copying, and reading rows at random places."""
    say("limits of the machine")
    sgemm = [1 / sgemm_seconds() for _ in range(args.rounds)]
    yield Figure("machine", "sgemm 1024 × 1024 × 1024, one core", {"machine": sgemm}, "GFLOP/s")
    n_bytes = args.memory_mb << 20
    copied = [copy_rate(n_bytes // 2) for _ in range(args.rounds)]
    yield Figure("machine", "copying, one core, bytes read + written", {"machine": copied}, "GB/s")
    table = np.zeros((n_bytes // (4 * ROW), ROW), np.int32)
    order = np.random.default_rng(0).permutation(len(table)).astype(np.int32)
    table[order, 0] = np.roll(order, -1)  # each row names the next: one cycle through all
    say(f"random rows of {table.nbytes >> 20} MB")
    follow, read_all = row_readers()
    for name, work in (("each address known ahead", read_all), ("each row names the next", follow)):
        nanoseconds = [row_time(work, table, order) for _ in range(args.rounds)]
        yield Figure("machine", f"reading a row of 1.2 kB at a random place, {name}", {"machine": nanoseconds}, "ns")


def kernel(args: Namespace, point: Point) -> Comparison:
    """The kernel's rate of arithmetic beside that of sgemm, one core each."""
    piece, vocab = args.texts.slice(args.slice_words), args.texts.vocab
    say(f"arithmetic of the kernel: {point}")
    side = once_made(lambda: kernel_side(args.texts.encoded(piece, vocab).ids, vocab.counts, point))
    return Comparison(
        "machine", f"kernel, {NAMES[point.model]}, {NAMES[point.loss]}, d = {point.vector_size}",
        alternate({"w2v": side, "sgemm": sgemm_seconds}, args.rounds), 1, "GFLOP/s",
        {"sgemm": SHARE} if point.model == "sg" else {}, note=described(piece, vocab),
    )  # fmt: skip


def kernel_side(ids: NDArray[np.int32], counts: NDArray[np.int64], point: Point) -> Callable[[], float]:
    """Seconds per 10⁹ operations."""
    config = point.config()
    load = Load(initial_weights(len(counts), config), ids, counts, config)
    train_epochs(load._replace(stream=ids[:1000]))  # compiles

    def run() -> float:
        history = train_epochs(load)
        operations = history.total.n_pairs * (1 + NEGATIVE) * 6 * point.vector_size
        return sum(history.seconds) / operations * 1e9

    return run


def sgemm_seconds() -> float:
    """Seconds per 10⁹ operations of NumPy's matrix product in a process with one thread."""
    output = run_program("NumPy", python(_SGEMM), ONE_THREAD).output
    return float(output.split()[-1]) / (2 * 1024**3) * 1e9


def copy_rate(n_bytes: int) -> float:
    """10⁹ bytes per second, read and written."""
    source, target = np.ones(n_bytes, np.uint8), np.zeros(n_bytes, np.uint8)
    times = []
    for _ in range(3):
        began = time.perf_counter()
        np.copyto(target, source)
        times.append(time.perf_counter() - began)
    return 2 * n_bytes / sorted(times)[1] / 1e9


def row_readers() -> tuple[Any, Any]:
    """Compiled functions (table, order, n) → sum that read n rows: one after the other's name, and by a list."""
    from numba import njit

    @njit
    def row_sum(table: Any, row: Any) -> Any:
        total = table[row, 0]
        for column in range(1, table.shape[1]):
            total += table[row, column]
        return total

    @njit
    def follow(table: Any, order: Any, n_rows: int) -> Any:
        row = order[0]
        for _ in range(n_rows):
            row = row_sum(table, row)
        return row

    @njit
    def read_all(table: Any, order: Any, n_rows: int) -> Any:
        total = 0
        for place in range(n_rows):
            total += row_sum(table, order[place])
        return total

    return follow, read_all


def row_time(work: Any, table: NDArray[np.int32], order: NDArray[np.int32]) -> float:
    """Nanoseconds per row."""
    n_rows = min(len(order), 200_000)
    work(table, order, 10)  # compiles
    began = time.perf_counter()
    work(table, order, n_rows)
    return (time.perf_counter() - began) / n_rows * 1e9
