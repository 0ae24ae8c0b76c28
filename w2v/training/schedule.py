"""How a run is cut into chunks, and the learning rate of each."""

from typing import NamedTuple

import numpy as np

from w2v.config import TrainConfig

MAX_CHUNK = 30_000  # tokens: some 30 ms of work, so that stopping is prompt and what each chunk costs is little
NGRAM_CHUNK = 60_000  # of CBOW with n-grams, where words that come again in a chunk cost less
ROUND_CHUNK = 4_000  # the same of deterministic training
ROUND = 4  # chunks that it trains side by side, whatever the number of threads
_USUAL_OUTPUTS = 8


class Chunk(NamedTuple):
    """What the kernel is told of a chunk."""

    start: int  # position in the corpus
    end: int
    key: np.uint64  # of the epoch, for random numbers
    alpha: float


class Schedule(NamedTuple):
    """Linear decay of the learning rate over all epochs, by tokens done; and the chunks that a run is counted in."""

    start_alpha: float
    end_alpha: float
    n_epochs: int
    n_tokens: int  # of the stream, once
    first_epoch: int = 0  # epochs trained before, so that a further run draws other random numbers
    chunk_size: int = MAX_CHUNK  # tokens

    @property
    def n_chunks(self) -> int:
        """Chunks of an epoch."""
        return -(-self.n_tokens // self.chunk_size)

    def has(self, n_epochs: int, n_chunks: int) -> bool:
        """Whether a history of so many epochs, and chunks of the next, stands within this run."""
        left = self.first_epoch + self.n_epochs - n_epochs
        return 0 <= left <= self.n_epochs and 0 <= n_chunks <= (self.n_chunks if left > 0 else 0)

    def alpha(self, epoch: int, position: int) -> float:
        """Learning rate at a position of the stream in an epoch counted from 0."""
        done = (epoch * self.n_tokens + position) / (self.n_epochs * self.n_tokens)
        return self.start_alpha + (self.end_alpha - self.start_alpha) * min(done, 1.0)

    def chunk(self, number: int, epoch: int, key: np.uint64) -> Chunk:
        """Chunk `number` of an epoch, both counted from 0."""
        start = number * self.chunk_size
        return Chunk(start, min(start + self.chunk_size, self.n_tokens), key, self.alpha(epoch, start))


def make_schedule(
    config: TrainConfig,
    n_tokens: int,
    n_words: int,
    n_epochs: int | None = None,
    first_epoch: int = 0,
    alphas: tuple[float, float] | None = None,
) -> Schedule:
    """The schedule of a run over a stream of `n_tokens`; epochs and learning rates are the
    configuration's by default."""
    start, end = alphas or (config.start_alpha, config.min_alpha)
    n_epochs = config.epochs if n_epochs is None else n_epochs
    return Schedule(start, end, n_epochs, n_tokens, first_epoch, chunk_size(n_tokens, n_words, config))


def chunk_size(n_tokens: int, n_words: int, config: TrainConfig) -> int:
    """Tokens per chunk: at least some 60 chunks an epoch, so that a small corpus keeps all threads busy too; fewer when
    each token has many outputs (of a full softmax: all words), so that stopping is prompt there too. Deterministic
    training takes `ROUND` small chunks at a time, so that none of them works on old weights for long.
    """
    usual = NGRAM_CHUNK if config.max_n and config.input_model.averages else MAX_CHUNK
    most, n_least = (ROUND_CHUNK, 64 * ROUND) if config.deterministic else (usual, 64)
    most = max(most // max(1, config.objective.n_outputs(n_words, config) // _USUAL_OUTPUTS), 1)
    return max(1, min(most, -(-n_tokens // n_least)))


def epoch_key(seed: int, epoch: int) -> np.uint64:
    """What the random numbers of an epoch (counted from 0, over all runs) are drawn from."""
    return np.uint64(np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)[0])
