"""Every hyper-parameter once: its default, range, help text and the names other tools know it by.

The command line is generated from these fields, and `Word2Vec` translates gensim's keywords to them.
"""

import dataclasses
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from w2v.errors import ConfigError
from w2v.objectives.model import Model
from w2v.objectives.objective import Objective
from w2v.objectives.table import MODELS, OBJECTIVES, helps
from w2v.system.parallel import usable_cpus

MIN_VOCAB_MEMORY = 16_000_000  # bytes: below, the tables are empty most of the time
MAX_WHOLE = 2**63 - 1
MAX_PASSES = 10  # more find nothing, and each goes through the whole text
MIN_PHRASES_MEMORY = 1_000_000  # bytes
PHRASE_THRESHOLDS = {"default": 10.0, "npmi": 0.5}
ENGLISH_CONNECTOR_WORDS = frozenset(
    ["a", "an", "the", "for", "of", "with", "without", "at", "from", "to", "in", "on", "by", "and", "or"]
)  # gensim's
BOOTSTRAP_UNITS = ("sentences", "documents")  # of which a run of a set draws its text anew
MAX_NGRAM = 100  # characters; no word that means something is as long
MAX_BUCKETS = 1 << 30  # with as many words they still have 32-bit numbers


def setting(
    default: Any, help: str, *, aliases: tuple[str, ...] = (), choices: tuple[str, ...] = (), unit: str = ""
) -> Any:
    """A dataclass field that carries what the command line needs to know about it."""
    return field(default=default, metadata={"help": help, "aliases": aliases, "choices": choices, "unit": unit})


@dataclass(frozen=True)
class TextConfig:
    """How text becomes tokens. Tokens are split on white space and a newline ends a sentence, whatever else is set."""

    lower: bool = setting(False, "lower-case all words (Unicode rules)", aliases=("--lowercase",))
    nfc: bool = setting(False, "normalise to Unicode NFC, so that é is one character however it was typed")
    tokenize: bool = setting(False, "keep runs of letters, digits and inner apostrophes only: 'king,' becomes 'king'")
    encoding: str = setting("utf-8", "text encoding, any that Python knows")
    errors: str = setting(
        "skip",
        "tokens with undecodable bytes: leave them out and count them, put U+FFFD for the bytes, drop "
        "the bytes, or stop",
        choices=("skip", "replace", "ignore", "strict"),
    )

    text_column: str | None = setting(
        None,
        "read .csv, .tsv and .jsonl files, of each row this column (or columns, with commas between), by name or, in "
        "a table without a header, by number from 1; a row is a sentence",
    )
    vocab_memory: int | None = setting(
        None,
        "count words in at most so much memory (256MB, 2GB) by dropping rare ones; default: count all, exactly",
        unit="bytes",
    )

    def validate(self) -> None:
        """Raise `ConfigError` for an unknown encoding or policy, or too little memory."""
        try:
            "".encode(self.encoding)
            bytes(4).decode(self.encoding, "backslashreplace")  # punycode and idna, for host names, know no such rules
        except (LookupError, ValueError, TypeError) as error:
            raise ConfigError(
                f"unknown encoding {self.encoding!r}; give a name that Python knows, such as utf-8 or latin-1"
            ) from error
        check_choices(self)
        if self.text_column is not None:
            check_columns(self.columns)
        if self.vocab_memory is not None:
            check_whole("vocab_memory", self.vocab_memory, MIN_VOCAB_MEMORY, MAX_WHOLE)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of tables to read; none for plain text."""
        return () if self.text_column is None else tuple(self.text_column.split(","))


@dataclass(frozen=True)
class PhraseConfig:
    """Which neighbouring words become one token. The formulas and defaults are those of gensim's `Phrases`."""

    phrases: int = setting(
        0,
        "join words that often stand together to one token, N times: 2 makes phrases of up to four words; 0 = off",
    )
    phrases_scoring: str = setting(
        "default",
        "word2phrase's formula as gensim has it, or normalised mutual information (from -1 to 1)",
        choices=("default", "npmi"),
    )
    phrases_threshold: float | None = setting(
        None, "words whose score is above X are joined; default 10, and .5 for npmi"
    )
    phrases_min_count: int = setting(5, "what occurs less often is no phrase")
    phrases_connectors: str = setting(
        "none",
        "words that a phrase may have inside, but does not begin or end with: none, english (gensim's "
        "ENGLISH_CONNECTOR_WORDS), or words with commas between",
    )
    phrases_delimiter: str = setting("_", "what stands between the words of a phrase")
    phrases_memory: int = setting(
        2_000_000_000,
        "count pairs in at most so much memory (512MB, 4GB), by going through the text several times if need be",
        unit="bytes",
    )

    @property
    def threshold(self) -> float:
        """The threshold that is set, or that of the scoring."""
        return self.phrases_threshold if self.phrases_threshold is not None else PHRASE_THRESHOLDS[self.phrases_scoring]

    @property
    def connectors(self) -> frozenset[str]:
        """The connector words."""
        named = {"none": frozenset[str](), "english": ENGLISH_CONNECTOR_WORDS}
        return named.get(self.phrases_connectors, frozenset(filter(None, self.phrases_connectors.split(","))))

    def validate(self) -> None:
        """Raise `ConfigError`, one sentence, for a setting out of range."""
        check_choices(self)
        check_whole("phrases", self.phrases, 0, MAX_PASSES)
        check_whole("phrases_min_count", self.phrases_min_count, 1, MAX_WHOLE)
        check_whole("phrases_memory", self.phrases_memory, MIN_PHRASES_MEMORY, MAX_WHOLE)
        check_threshold("phrases_threshold", self.phrases_scoring, self.threshold)
        check_delimiter("phrases_delimiter", self.phrases_delimiter, in_text=True)


@dataclass(frozen=True)
class TrainConfig:
    """What is trained and how. Immutable; `validate()` is called by whoever made one from user input."""

    model: str = setting(
        "cbow",
        helps(MODELS),
        choices=tuple(MODELS),
    )
    loss: str = setting(
        "ns",
        helps(OBJECTIVES),
        aliases=("-loss",),
        choices=tuple(OBJECTIVES),
    )
    vector_size: int = setting(
        100, "dimension of the vectors", aliases=("-size", "--dim", "-dim", "--size"), unit="numbers"
    )
    window: int = setting(
        5, "largest distance between context and center", aliases=("-window", "-ws", "--ws"), unit="words"
    )
    shrink_windows: bool = setting(True, "draw each window's size from 1 … WINDOW (dynamic windows)")
    negative: int = setting(
        5, "negative samples per (context, center) pair", aliases=("-negative", "-neg", "--neg"), unit="words"
    )
    ns_exponent: float = setting(0.75, "noise distribution is count^EXPONENT")
    negative_sharing: str = setting(
        "block",
        "draw negatives once per block of 5 neighbouring windows (ns), per window, or for each (context, center) pair",
        choices=("block", "window", "pair"),
    )
    sample: float = setting(1e-3, "subsampling threshold of frequent words; 0 = off", aliases=("-sample", "-t"))
    alpha: float | None = setting(
        None,
        "start learning rate; default .05 for cbow (.075 with the corrected update), .025 for sg",
        aliases=("-alpha", "--lr", "-lr"),
    )
    min_alpha: float = setting(1e-4, "learning rate at the end of the last epoch")
    epochs: int = setting(5, "passes over the corpus", aliases=("-iter", "-epoch", "--iter", "--epoch"))
    min_count: int = setting(
        5,
        "leave out words that occur less often",
        aliases=("-min-count", "-minCount", "-min_count", "--minCount"),
    )
    max_vocab: int | None = setting(None, "keep at most this many words, the commonest", aliases=("--max-final-vocab",))
    cbow_mean: bool = setting(True, "CBOW input is the mean of the context vectors, not their sum")
    cbow_update: str = setting(
        "word2vec",
        "CBOW gradient as in word2vec.c, or divided by the context size (corrected)",
        choices=("word2vec", "corrected"),
    )
    min_n: int = setting(3, "shortest character n-gram of a word", aliases=("-minn", "--minn"), unit="characters")
    max_n: int = setting(
        0,
        "longest character n-gram: a word's vector is the mean of its own row and its n-grams', so that unknown words "
        "have vectors too; 0 = words alone",
        aliases=("-maxn", "--maxn"),
        unit="characters",
    )
    bucket: int = setting(
        2_000_000, "rows that n-grams are hashed to; only those that occur take room", aliases=("-bucket",), unit="rows"
    )
    hash_count: int = setting(
        0,
        "0: fastText's hash, a row for each n-gram; 1 to 4: floret's, so many rows for each n-gram and for the whole "
        "word, which has no row of its own (small tables: --bucket 50000 --hash-count 2)",
        aliases=("-hashCount", "--hashCount"),
    )
    threads: int | None = setting(
        None,
        "training threads; default: all CPUs this process may use",
        aliases=("-threads", "-thread", "--thread", "--workers"),
    )
    seed: int = setting(1, "random seed; one thread and one seed give the same bytes", aliases=("-seed",))
    deterministic: bool = setting(False, "the same bytes with any number of threads, at some cost in speed")

    @property
    def objective(self) -> Objective:
        """The record of `loss`."""
        return OBJECTIVES[self.loss]

    @property
    def input_model(self) -> Model:
        """The record of `model`."""
        return MODELS[self.model]

    @property
    def start_alpha(self) -> float:
        """The learning rate to start with: `alpha`, or the default of the model and update."""
        return self.alpha if self.alpha is not None else self.input_model.alphas[self.cbow_update]

    @property
    def n_threads(self) -> int:
        """Number of training threads, at least 1."""
        return self.threads if self.threads is not None else usable_cpus()

    @property
    def uses_noise(self) -> bool:
        """Whether the objective draws words from the noise distribution."""
        return self.objective.draws_noise

    @property
    def sharing(self) -> str:
        """Which pairs have the same outputs and are one gradient step: those of a `block` of neighbouring centers, of a
        center's `window`, or each `pair` has its own."""
        if self.negative_sharing == "block" and not self.objective.shares_in_block:
            return "window"
        return self.negative_sharing

    @property
    def n_negatives(self) -> int:
        """Words drawn from the noise distribution at a time, for a pair, a window or a block."""
        if not self.uses_noise:
            return 0
        each, more = self.input_model.block_negatives if self.sharing == "block" else (1, 0)
        return each * self.negative + more

    def validate(self) -> None:
        """Raise `ConfigError`, one sentence, for a setting out of range or two that contradict each other."""
        self.check_ranges()
        if self.min_alpha > self.start_alpha:
            raise ConfigError(
                f"min_alpha {self.min_alpha:g} is above alpha {self.start_alpha:g}; the learning rate decays "
                "from alpha to min_alpha"
            )

    def check_ranges(self) -> None:
        """The same, but for the order of the learning rates, which may be set one by one."""
        check_choices(self)
        check_whole("vector_size", self.vector_size, 1, 1_000_000)
        check_whole("window", self.window, 1, 1_000_000_000)
        check_whole("negative", self.negative, 1 if self.uses_noise else 0, 1_000_000)
        check_whole("epochs", self.epochs, 1, MAX_WHOLE)
        check_whole("min_count", self.min_count, 0, MAX_WHOLE)
        check_whole("seed", self.seed, 0, MAX_WHOLE)
        if self.max_vocab is not None:
            check_whole("max_vocab", self.max_vocab, 2, MAX_WHOLE)
        check_whole("min_n", self.min_n, 0, MAX_NGRAM)
        check_whole("max_n", self.max_n, 0, MAX_NGRAM)
        check_whole("bucket", self.bucket, 0 if self.max_n == 0 else 1, MAX_BUCKETS)
        check_whole("hash_count", self.hash_count, 0, 4)
        if self.max_n and self.min_n > self.max_n:
            raise ConfigError(
                f"min_n {self.min_n} is above max_n {self.max_n}; n-grams have min_n to max_n characters, and max_n 0 "
                "means none"
            )
        if self.threads is not None:
            check_whole("threads", self.threads, 1, 10_000)
        check_number("sample", self.sample, 0)
        check_number("ns_exponent", self.ns_exponent, -10, 10)
        check_number("alpha", self.start_alpha, 0)
        check_number("min_alpha", self.min_alpha, 0)
        if self.start_alpha == 0:
            raise ConfigError("alpha is 0, so nothing would be learned; give a learning rate such as 0.025")
        if self.negative_sharing == "pair" and not self.uses_noise:
            raise ConfigError(
                f"negative_sharing 'pair' means nothing with loss '{self.loss}', which draws no negatives; leave it out"
            )
        if self.cbow_update == "corrected" and not self.cbow_mean:
            raise ConfigError(
                "cbow_update 'corrected' is about the mean of the context vectors; use it with cbow_mean on"
            )


def stored_config(kind: Any, values: Mapping[str, Any]) -> Any:
    """A configuration from stored values; settings that a later version added keep their defaults."""
    known = {item.name for item in dataclasses.fields(kind)}
    config = kind(**{name: value for name, value in values.items() if name in known})
    (config.check_ranges if isinstance(config, TrainConfig) else config.validate)()
    return config


def check_columns(columns: Sequence[str]) -> None:
    """Raise `ConfigError` for columns of a table that have no name, or names and numbers side by side."""
    if not all(columns):
        raise ConfigError("an empty column name finds nothing; leave the option out")
    if len({name.isdecimal() for name in columns}) > 1 or "0" in columns:
        raise ConfigError(
            f"columns {', '.join(columns)}: give names for a table with a header, or numbers from 1 for one "
            "without, for all of them"
        )


def check_choices(config: Any) -> None:
    """Raise `ConfigError` for a field of a configuration whose value is not among its choices, or not on or off."""
    for item in dataclasses.fields(config):
        choices, value = item.metadata["choices"], getattr(config, item.name)
        if choices and value not in (*choices, item.default):
            raise ConfigError(f"{item.name} is {value!r}; choose one of {', '.join(choices)}")
        if isinstance(item.default, bool) and not isinstance(value, bool):
            raise ConfigError(f"{item.name} is {value!r}; give True or False")


def check_whole(name: str, value: int, low: int, high: int) -> None:
    """Raise `ConfigError` unless `value` is a whole number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigError(f"{name} is {value!r}; give a whole number")
    if value < low:
        raise ConfigError(f"{name} is {value}; it must be at least {low}")
    if value > high:
        raise ConfigError(f"{name} is too large; it must be at most {high}")


def check_number(name: str, value: float, low: float, high: float = math.inf) -> None:
    """Raise `ConfigError` unless `value` is a finite number from `low` to `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= sys.float_info.max:
        raise ConfigError(f"{name} is {value!r}; give a finite number")
    if value < low:
        raise ConfigError(f"{name} is {value:g}; it must be at least {low:g}")
    if value > high:
        raise ConfigError(f"{name} is {value:g}; it must be at most {high:g}")


def check_threshold(name: str, scoring: str, threshold: float) -> None:
    """Raise `ConfigError` for a threshold that the scores of phrases cannot be compared with."""
    check_number(name, threshold, -math.inf)
    if scoring == "default" and threshold <= 0:
        raise ConfigError(f"{name} is {threshold:g}; it must be above 0 with the default scoring")
    if scoring == "npmi" and not -1 <= threshold <= 1:
        raise ConfigError(f"{name} is {threshold:g}; with npmi it must be from -1 to 1")


def check_delimiter(name: str, delimiter: str, in_text: bool = False) -> None:
    """Raise `ConfigError` for what cannot stand between the words of a phrase. in_text: which is written as text."""
    if not isinstance(delimiter, str) or not delimiter or (in_text and delimiter.split() != [delimiter]):
        raise ConfigError(f"{name} is {delimiter!r}; give characters{' that are no white space' * in_text}")
