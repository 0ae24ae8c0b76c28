"""How much memory training needs, and whether there is so much."""

from w2v.compiled.matrix import padded
from w2v.config import TrainConfig
from w2v.errors import W2VError
from w2v.system.memory import usable_memory

_WORD_BYTES = 130  # a word, its count and its place in a dictionary, in Python


def memory_parts(n_words: int, config: TrainConfig, n_input_rows: int | None = None) -> dict[str, int]:
    """Bytes of the vocabulary and of the two matrices. n_input_rows: as many as words by default."""
    row = 4 * padded(config.vector_size)
    return {
        "vocab": _WORD_BYTES * n_words,
        "input_vectors": row * (n_words if n_input_rows is None else n_input_rows),
        "output_vectors": row * config.objective.n_output_rows(n_words),
    }


def memory_bytes(n_words: int, config: TrainConfig, n_input_rows: int | None = None) -> int:
    """Bytes for both matrices and the vocabulary."""
    return sum(memory_parts(n_words, config, n_input_rows).values())


def check_memory(n_words: int, config: TrainConfig, n_input_rows: int | None = None) -> None:
    """Raise `W2VError` when training needs more memory than there is; the system would end the process without a
    word.
    """
    needed, there = memory_bytes(n_words, config, n_input_rows), usable_memory()
    if there is not None and needed > there:
        raise W2VError(
            f"{n_words:,} words x {config.vector_size} need {needed / 1e9:,.1f} GB of memory and this machine has "
            f"{there / 1e9:,.1f} GB; use a smaller --vector-size or --max-vocab, or a larger --min-count"
        )
