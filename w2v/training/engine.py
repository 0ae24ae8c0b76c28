"""What an engine is: whoever trains chunks. Schedule, checkpoints, callbacks and soundness know nothing else.

To add one: a file with a class that has these methods, and when it is to be taken, in `engines.py`.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from w2v.config import TrainConfig
from w2v.corpus.stream import forget_pages
from w2v.kernel.layout import Weights, WordRows
from w2v.training.schedule import MAX_CHUNK, Chunk

Report = Callable[[Any, float], None]  # takes a chunk's statistics and learning rate
INPUTS, OUTPUTS = 0, 1  # the matrices of `Weights`
_MAPPED_TOKENS = 1 << 23  # 32 MB


class Load(NamedTuple):
    """What an engine is given: weights, a stream, and what is done with them."""

    weights: Weights
    stream: NDArray[np.int32]  # word ids, BREAK (−1) between sentences: the corpus, or a slice of it
    counts: NDArray[np.int64]  # (V,), falling
    config: TrainConfig
    first_position: int = 0  # of stream[0] in the corpus: random numbers depend on positions there
    word_rows: WordRows | None = None  # the input rows of each word; None: row i is that of word i
    frozen: NDArray[np.bool_] | None = None  # (input rows,): which are to stay as they are
    chunk_size: int = MAX_CHUNK  # tokens, at most
    longest_sentence: int | None = None  # tokens; None: not known


class Engine(Protocol):
    """Trains chunks of a stream. No chunk is in work between two calls."""

    granularity: int  # training can stop after so many chunks, or a multiple
    loss_at_zero: float  # loss per pair, in nats, of vectors that know nothing

    def __init__(self, load: Load) -> None: ...

    def prepare(self) -> None:
        """Have everything compiled, or loaded from the disk."""

    def train(self, chunks: Iterator[Chunk], report: Report, should_stop: Callable[[], bool]) -> None:
        """Train chunks, whose positions are those of the corpus, from the first on, without a gap, until there are no
        more or `should_stop()`. `report` is called in this thread, once for each chunk. An error anywhere stops all and
        is raised here."""

    def weights(self) -> Weights:
        """The weights as they stand; the very arrays that were loaded, where they are trained in place."""

    def rows(self, side: int, ids: NDArray[np.integer]) -> NDArray[np.floating]:
        """(n, padded d): a copy of rows of one matrix. side: INPUTS or OUTPUTS."""

    def set_rows(self, side: int, ids: NDArray[np.integer], rows: NDArray[np.floating]) -> None:
        """Put rows (n, padded d) in the place of the rows `ids` of one matrix."""

    def add_to_rows(self, side: int, ids: NDArray[np.integer], changes: NDArray[np.floating]) -> None:
        """Add changes (n, padded d) that were made elsewhere to the rows `ids` of one matrix, each there once."""

    def close(self) -> None:
        """Let go of all that the engine holds."""


class InPlace:
    """What engines of this process have in common: they train the arrays that were loaded."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self._n_mapped = 0  # tokens read since their pages were forgotten

    def weights(self) -> Weights:
        """The arrays that were loaded."""
        return self.load.weights

    def rows(self, side: int, ids: NDArray[np.integer]) -> NDArray[np.floating]:
        """A copy of rows of one matrix."""
        return self.load.weights[side][ids]

    def set_rows(self, side: int, ids: NDArray[np.integer], rows: NDArray[np.floating]) -> None:
        """Put rows in the place of rows of one matrix."""
        self.load.weights[side][ids] = rows

    def add_to_rows(self, side: int, ids: NDArray[np.integer], changes: NDArray[np.floating]) -> None:
        """Add changes to rows of one matrix."""
        self.load.weights[side][ids] += changes

    def close(self) -> None:
        """Nothing is held."""

    def _forget_what_was_read(self, chunk: Chunk) -> None:
        """A chunk is done: now and then let go of the pages of the stream, or all of it counts as memory in the end."""
        self._n_mapped += chunk.end - chunk.start
        if self._n_mapped > _MAPPED_TOKENS:
            self._n_mapped = 0
            forget_pages(self.load.stream)
