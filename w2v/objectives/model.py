"""What a model is: which input rows stand for the context of a center, and the defaults that go with it."""

from typing import Any


class Model:
    """The facts of one model. Its instances hold nothing that changes. `config` is a `w2v.config.TrainConfig`."""

    name: str  # the value of `--model`
    code: int  # in the kernel's settings
    title: str  # in sentences
    help: str  # for `--help`, without a full stop
    averages = False  # whether the input is made of all context words: the settings about that mean something
    gensim_sg = 0  # gensim's flag for it
    # Negatives drawn for a block of centers: so many per negative asked for, and so many more; enough to cost no
    # accuracy (docs/defaults.md).
    block_negatives: tuple[int, int]
    alphas: dict[str, float]  # start learning rate by CBOW update

    def describe(self, config: Any) -> str:
        """The model and its settings, for the first line of a run."""
        return self.title

    def input_rows(self, context: Any, config: Any) -> Any:
        """(n, d) input rows of a center, from the vectors (n_context, d) of its context words."""
        raise NotImplementedError

    def advice(self, config: Any) -> str:
        """What to try beside a lower learning rate when training diverged."""
        return ""
