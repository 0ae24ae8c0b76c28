"""What an objective is: all that the rest of the house asks of one.

An objective says which output rows a center is compared with. To add one: a file with a subclass, a line in `table.py`,
and its picker in `kernel/outputs.py`; the gradient is the same for all. Records are made when the command line starts,
so what they compute with is imported by the methods that do.
"""

from typing import Any


class Objective:
    """The facts of one objective. Its instances hold nothing that changes.

    `config` is a `w2v.config.TrainConfig` everywhere: its choices are made from the table, so it comes after this room.
    """

    name: str  # the value of `--loss`
    code: int  # in the kernel's settings
    help: str  # for `--help`, without a full stop
    is_softmax = False  # error signal label − softmax(z) of all outputs, else label − σ(z) of each
    draws_noise = False  # whether outputs are drawn from the noise distribution
    shares_in_block = False  # whether a block of neighbouring centers may have its draws in common
    predicts_words = True  # whether the first V output rows are those of the words
    scores_sentences = False  # whether its loss is a probability that can be had without all words
    uses_tree = False  # whether the (last) output rows are inner nodes of the Huffman tree, which new words change
    first_prefetched: int = 0  # of a center's output rows; those before it are in the cache anyhow

    def describe(self, config: Any) -> str:
        """The objective and its settings, for the first line of a run."""
        raise NotImplementedError

    def check_size(self, n_words: int) -> None:
        """Raise `ConfigError` for more words than it can be trained on."""

    def n_output_rows(self, n_words: int) -> int:
        """Rows of the output matrix."""
        return n_words

    def tables(self, counts: Any, config: Any) -> dict[str, Any]:
        """The fields of `kernel.layout.Tables` that its picker reads, by default those of the noise distribution if it
        draws from that. counts: int64 (V,), falling."""
        if not self.draws_noise:
            return {}
        from w2v.objectives.sampling import noise_tables

        return noise_tables(counts, config.ns_exponent)

    def capacity(self, n_words: int, tables: Any, config: Any, n_centers: int) -> int:
        """Most outputs of one step. tables: `kernel.layout.Tables`. n_centers: of a block, at most."""
        return config.n_negatives + n_centers

    def n_outputs(self, n_words: int, config: Any) -> int:
        """Outputs of a usual pair: what the time of a token depends on."""
        return config.negative

    def hot_rows(self, counts: Any, tables: Any, config: Any, n_tokens: int, n_chunks: float) -> tuple[int, Any]:
        """The rows of the output matrix that threads are to have copies of while they train a chunk: the first of them,
        and how many centers change each (H,) in a chunk of `n_tokens`. counts: int64 (V,), falling. tables:
        `kernel.layout.Tables`. n_chunks: of a thread in an epoch."""
        return 0, ()

    def loss_at_zero(self, n_words: int, tables: Any, config: Any) -> float:
        """Loss per pair, in nats, of vectors that are zero; of the dearest word where words differ."""
        raise NotImplementedError
