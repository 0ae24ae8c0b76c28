"""The settings of a text classifier, each once; the command line is made from them."""

from dataclasses import dataclass

from w2v.classify.losses import LOSSES, LabelLoss
from w2v.config import MAX_WHOLE, check_choices, check_number, check_whole, setting
from w2v.errors import ConfigError
from w2v.system.parallel import usable_cpus

TEXT_SETTINGS = ("lower", "nfc", "tokenize")  # those of `TextConfig` that documents have
MAX_BUCKETS = 1 << 30
LEARNING_RATES = {"uniform": 0.5, "tfidf": 0.05}  # with embeddings that are trained too, by their weights
FIXED_LR = 0.01  # without


@dataclass(frozen=True)
class ClassifyConfig:
    """What is trained on the documents and how. Immutable; `validate()` is called by whoever made one from user
    input."""

    finetune: bool = setting(
        False, "train the embeddings together with a linear layer; always so when no --vectors are given"
    )
    weights: str | None = setting(
        None,
        "how the vectors of a document are weighted: all alike, in their mean (with trained embeddings that is "
        "fastText's classifier); by TF-IDF; or, of given vectors, SIF (Arora, Liang & Ma 2017), which also takes off "
        "the common component; default tfidf when embeddings are trained, else uniform",
        choices=("uniform", "tfidf", "sif"),
    )
    hidden: int = setting(0, "neurons of a hidden layer on the mean of given vectors; 0 is a linear classifier")
    loss: str = setting(
        "softmax",
        "; ".join(f"{loss.name}: {loss.help}" for loss in LOSSES.values()),
        aliases=("-loss",),
        choices=tuple(LOSSES),
    )
    lr: float | None = setting(
        None,
        "start learning rate, which decays linearly to 0; default .05 when embeddings are trained, .5 with "
        "--weights uniform, and .01 (Adam) when vectors are given",
        aliases=("-lr", "--alpha"),
    )
    epochs: int = setting(10, "passes over the documents", aliases=("-epoch", "--epoch"))
    dim: int = setting(100, "dimension of the embeddings that are trained", aliases=("-dim", "--vector-size"))
    min_count: int = setting(1, "leave out words that occur less often", aliases=("-minCount", "--minCount"))
    word_ngrams: int = setting(
        1, "longest word n-gram that has an embedding of its own", aliases=("-wordNgrams", "--wordNgrams")
    )
    ngram_min_count: int = setting(2, "leave out word n-grams that occur less often; most occur once")
    buckets: int = setting(
        MAX_BUCKETS,
        "numbers that n-grams are hashed to, so many by default that hardly two share one; only those that are kept "
        "take room",
        aliases=("-bucket",),
    )
    dtype: str = setting(
        "float16", "numbers that the trained embeddings are kept in; half of the memory", choices=("float16", "float32")
    )
    validation: float = setting(
        0.0, "share of the documents kept back to report loss and accuracy on after each epoch (--log)"
    )
    threads: int | None = setting(
        None, "training threads; default: all CPUs this process may use", aliases=("-thread", "--thread", "-threads")
    )
    seed: int = setting(1, "random seed; one thread and one seed give the same bytes", aliases=("-seed",))

    @property
    def label_loss(self) -> LabelLoss:
        """What `loss` names."""
        return LOSSES[self.loss]

    @property
    def weighting(self) -> str:
        """How vectors are weighted: `weights`, or the default."""
        return self.weights or ("tfidf" if self.finetune else "uniform")

    @property
    def start_lr(self) -> float:
        """The learning rate to start with: `lr`, or the default."""
        if self.lr is not None:
            return self.lr
        return LEARNING_RATES.get(self.weighting, FIXED_LR) if self.finetune else FIXED_LR

    @property
    def n_threads(self) -> int:
        """Number of training threads, at least 1."""
        return self.threads if self.threads is not None else usable_cpus()

    def idle(self, has_vectors: bool) -> tuple[str, ...]:
        """Settings that have no effect beside these. has_vectors: word vectors are given."""
        if self.finetune:
            return ("dim",) if has_vectors else ()
        return ("dim", "min_count", "word_ngrams", "ngram_min_count", "buckets", "dtype", "threads")

    def validate(self) -> None:
        """Raise `ConfigError`, one sentence, for a setting out of range or two that contradict each other."""
        check_choices(self)
        check_whole("hidden", self.hidden, 0, 1_000_000)
        check_whole("epochs", self.epochs, 1, MAX_WHOLE)
        check_whole("dim", self.dim, 1, 1_000_000)
        check_whole("min_count", self.min_count, 1, MAX_WHOLE)
        check_whole("word_ngrams", self.word_ngrams, 1, 100)
        check_whole("ngram_min_count", self.ngram_min_count, 1, MAX_WHOLE)
        check_whole("buckets", self.buckets, 1, MAX_BUCKETS)
        check_whole("seed", self.seed, 0, MAX_WHOLE)
        if self.threads is not None:
            check_whole("threads", self.threads, 1, 10_000)
        check_number("lr", self.start_lr, 0)
        check_number("validation", self.validation, 0, 0.9)
        if self.start_lr == 0:
            raise ConfigError("lr is 0, so nothing would be learned; give a learning rate such as 0.5")
        if self.finetune and (self.hidden or self.weights == "sif"):
            idle = "hidden" if self.hidden else "weights=sif"
            raise ConfigError(
                f"{idle} is about the mean of given vectors, which are not changed; give --vectors without --finetune"
            )
        if not self.finetune and self.word_ngrams > 1:
            raise ConfigError("word_ngrams above 1 needs embeddings of the n-grams, which are trained; add --finetune")
