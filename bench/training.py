"""Training alone, words of raw text per second: model × objective × size × threads, beside each peer.

Every row has the slice and the words of the peer beside it, and w2v trains on exactly these. The words are those of
the whole corpus that occur at least five times, so that the matrices have their real size; a program that cannot be
given words counts those of its slice, with the min-count that comes nearest to that size. Reading, counting, building
tables, compiling and saving are in no figure: gensim is timed from inside, and an external program is run for 1 and
for 1 + n epochs (or over the text 1 + n times), whose difference is what n epochs cost.
"""

import dataclasses
import math
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.peers import ALPHA, NEGATIVE, NGRAMS, SAMPLE, WINDOW, External, Peer, Run, from_pypi
from bench.programs import run_program
from bench.record import Results
from bench.sides import Comparison, SideError, alternate, say, wanted
from bench.texts import Slice, Texts
from w2v.config import TrainConfig
from w2v.corpus.ngrams import Ngrams
from w2v.corpus.vocabulary import Vocabulary
from w2v.kernel.subword_rows import subword_rows
from w2v.kernel.weights import initial_weights
from w2v.training.engine import Load
from w2v.training.history import History
from w2v.training.schedule import make_schedule
from w2v.training.trainer import train

GRID = (
    "sg-ns-300-1", "sg-ns-300-2", "sg-ns-100-1", "sg-ns-100-2", "cbow-ns-300-1", "cbow-ns-300-2",
    "sg-hs-200-1", "sg-hs-200-2", "cbow-hs-200-1", "cbow-hs-200-2",
    *(f"{model}-ngrams-{size}-{threads}" for size in (100, 300) for model in ("sg", "cbow") for threads in (1, 2)),
)  # fmt: skip
OLDER = ("sg-ns-300-1", "cbow-ns-300-1")
SCALING = ("sg-ns-300", "cbow-ns-300", "sg-hs-200")
TARGETS = {
    ("sg-ns-300-1", "gensim"): 6, ("sg-ns-100-1", "gensim"): 6, ("sg-ns-300-2", "gensim"): 8,
    ("sg-ns-100-2", "gensim"): 8, ("sg-ns-300-1", "pWord2Vec"): 1.8, ("sg-ns-100-1", "pWord2Vec"): 1.8,
    ("sg-ns-300-1", "word2vec.c"): 10, ("sg-ns-100-1", "word2vec.c"): 10, ("sg-ns-300-1", "fasttext"): 10,
    ("sg-ns-100-1", "fasttext"): 10,
    ("cbow-ns-300-1", "gensim"): 3, ("cbow-ns-300-1", "koan"): 1.5, ("cbow-ns-300-1", "word2vec.c"): 8,
    ("sg-hs-200-1", "gensim"): 4, ("sg-hs-200-2", "gensim"): 4, ("cbow-hs-200-1", "gensim"): 4,
    ("cbow-hs-200-2", "gensim"): 4, **{(key, "fasttext"): 8 for key in GRID if "ngrams" in key},
}  # fmt: skip
NAMES = {"sg": "skip-gram", "cbow": "CBOW", "ns": "negative sampling", "hs": "hierarchical softmax"}
_LEAST_SECONDS = 5.0  # of one round of ours: shared hosts have slow phases of seconds, which slower peers take in
_TYPICAL_SIZE = 300
_SLOWER_WITH_NGRAMS = 3  # times, roughly, of other programs
_TRIES = 3  # other work on the machine can hide the difference of two runs


class Point(NamedTuple):
    """One setting to measure."""

    model: str
    loss: str
    vector_size: int
    threads: int
    ngrams: bool = False  # words are made of their character n-grams, too

    @classmethod
    def parse(cls, key: str) -> "Point | None":
        """`sg-ns-300-1` or `sg-ngrams-300-1` (negative sampling) as a point; None if the text is not complete."""
        parts = key.split("-")
        if len(parts) != 4 or parts[0] not in ALPHA or parts[1] not in ("ns", "hs", "ngrams"):
            return None
        if not all(map(str.isdigit, parts[2:])):
            return None
        ngrams = parts[1] == "ngrams"
        return cls(parts[0], "ns" if ngrams else parts[1], int(parts[2]), int(parts[3]), ngrams)

    @property
    def key(self) -> str:
        """As `--only` takes it."""
        loss = "ngrams" if self.ngrams else self.loss
        return f"{self.model}-{loss}-{self.vector_size}-{self.threads}"

    def __str__(self) -> str:
        threads = f"{self.threads} thread" + "s" * (self.threads > 1)
        ngrams = ", n-grams" * self.ngrams
        return f"{NAMES[self.model]}, {NAMES[self.loss]}{ngrams}, d = {self.vector_size}, {threads}"

    def config(self, epochs: int = 1) -> TrainConfig:
        """The settings of ours."""
        ngrams: dict[str, int] = NGRAMS if self.ngrams else {}
        return TrainConfig(
            model=self.model, loss=self.loss, vector_size=self.vector_size, threads=self.threads, window=WINDOW,
            negative=NEGATIVE, sample=SAMPLE, alpha=ALPHA[self.model], epochs=epochs, **ngrams,
        )  # fmt: skip


def measure(args: Namespace) -> Iterator[Comparison]:
    """The rows of the grid that are asked for, each beside gensim and beside every program that can do it."""
    for point in points(args.only):
        if args.gensim:
            yield beside_gensim(args, point)
        for external in args.peers + [from_pypi()] * args.wheel:
            if external.peer.trains(point) and point.threads in args.peer_threads:
                yield beside_program(args, point, external)
    for name in SCALING:
        if wanted(f"{name}-scaling", args.only):
            yield scaling(args, name)
    if args.older_processor:
        yield from older_processor(args)


def points(only: list[str]) -> list[Point]:
    """The points of the grid that begin with one of `only`, and those of `only` that are points of their own."""
    keys = [key for key in GRID if wanted(key, only)]
    keys += [key for key in only if key not in keys and Point.parse(key)]
    return [point for point in map(Point.parse, keys) if point]


def beside_gensim(args: Namespace, point: Point) -> Comparison:
    """Ours and gensim on a slice, both with the words of the whole corpus."""
    piece, vocab = args.texts.slice(args.slice_words), args.texts.vocab
    say(f"{point}: w2v and gensim, {piece.n_words:,} words")
    ours = once_made(lambda: w2v_side(args.texts.encoded(piece, vocab).ids, vocab, point))
    theirs = once_made(lambda: gensim_side(piece, vocab, point))
    seconds = alternate({"w2v": ours, "gensim": theirs}, args.rounds)
    return Comparison(
        "training", str(point), seconds, piece.n_words, "words/s",
        {"gensim": TARGETS[point.key, "gensim"]} if (point.key, "gensim") in TARGETS else {},
        note=described(piece, vocab),
    )  # fmt: skip


def beside_program(args: Namespace, point: Point, external: External) -> Comparison:
    """Ours and an external program on a slice that suits its speed."""
    texts, peer = args.texts, external.peer
    pace = peer.rate[point.model] * math.sqrt(_TYPICAL_SIZE / point.vector_size) * point.threads
    if point.ngrams:
        pace /= _SLOWER_WITH_NGRAMS
    n_words = min(args.slice_words, max(int(pace * args.peer_seconds), peer.least_words))
    piece, vocab, min_count = texts.slice(n_words), texts.vocab, 1
    if not peer.vocab:
        vocab, min_count = texts.own_vocab(piece, len(vocab))
    n_epochs = max(1, round(pace * args.peer_seconds / piece.n_words))
    say(f"{point}: w2v and {external.name}, {piece.n_words:,} words, 1 and {1 + n_epochs} epochs")
    run = Run(
        point.model, point.loss, point.vector_size, point.threads, piece.path, texts.folder / "peer.out",
        min_count=min_count, ngrams=point.ngrams,
    )  # fmt: skip
    short, long = (program_run(texts, piece, peer, run, times) for times in (1, 1 + n_epochs))
    ours = once_made(lambda: w2v_side(texts.encoded(piece, vocab).ids, vocab, point))
    seconds = alternate(
        {"w2v": ours, external.name: partial(program_side, external, short, long, n_epochs)}, args.rounds
    )
    return Comparison(
        "training", str(point), seconds, piece.n_words, "words/s", targets(point, external),
        note=", ".join(filter(None, [described(piece, vocab), peer.note * (not point.ngrams)])),
    )  # fmt: skip


def program_run(texts: Texts, piece: Slice, peer: Peer, run: Run, n_epochs: int) -> Run:
    """The run that passes over a slice `n_epochs` times."""
    corpus = texts.repeated(piece, n_epochs) if peer.repeats_text else piece
    return dataclasses.replace(
        run, corpus=corpus.path, epochs=1 if peer.repeats_text else n_epochs, n_lines=corpus.n_lines,
        vocab=texts.vocab_file(peer.vocab, corpus) if peer.vocab else None,
    )  # fmt: skip


def scaling(args: Namespace, name: str) -> Comparison:
    """Ours with two threads beside ours with one."""
    piece, vocab = args.texts.slice(args.slice_words), args.texts.vocab
    one, two = Point.parse(f"{name}-1"), Point.parse(f"{name}-2")
    assert one and two
    say(f"{one}, and 2 threads: w2v, {piece.n_words:,} words")
    ids = args.texts.encoded(piece, vocab).ids
    sides = {
        "2 threads": once_made(lambda: w2v_side(ids, vocab, two)),
        "1 thread": once_made(lambda: w2v_side(ids, vocab, one)),
    }
    return Comparison(
        "training", f"{NAMES[one.model]}, {NAMES[one.loss]}, d = {one.vector_size}: 2 threads beside 1",
        alternate(sides, args.rounds), piece.n_words, "words/s", {"1 thread": 1.9}, ours="2 threads",
        note=described(piece, vocab),
    )  # fmt: skip


def older_processor(args: Namespace) -> Iterator[Comparison]:
    """The two main rows again in a process that may not use AVX-512."""
    report, cache = args.texts.folder / "older.json", args.texts.folder / "older-cache"
    command = [
        sys.executable, "-m", "bench", "training", str(args.corpus), "--only", *OLDER, "--json", str(report),
        "--rounds", str(args.rounds), "--slice-words", str(args.slice_words), "--without", "fasttext-wheel",
    ]  # fmt: skip
    say("the main rows without AVX-512")
    run_program("python -m bench", command, {**without_avx512(), "NUMBA_CACHE_DIR": str(cache)})
    for row in Results.load(report).rows("training"):
        if isinstance(row, Comparison):
            yield dataclasses.replace(row, what=f"{row.what}, no AVX-512", target={})


def without_avx512() -> dict[str, str]:
    """Environment in which Numba compiles for a processor of 2013: all that this one can do, less what came later."""
    from llvmlite import binding

    features = dict(binding.get_host_cpu_features())
    later = [name for name in features if name.startswith(("avx512", "avx10", "amx", "evex"))]
    kept = [f"+{name}" for name, there in features.items() if there and name not in later]
    return {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ",".join(kept + [f"-{name}" for name in later])}


def once_made(make: Callable[[], Callable[[], float]]) -> Callable[[], float]:
    """A side that is prepared at its first call, so that `alternate` meets what goes wrong there too."""
    made: list[Callable[[], float]] = []

    def run() -> float:
        if not made:
            made.append(make())
        return made[0]()

    return run


def train_epochs(load: Load, n_epochs: int = 1) -> History:
    """Train; the chunks are those of the command."""
    return train(load, make_schedule(load.config, len(load.stream), len(load.counts), n_epochs))


def w2v_side(ids: NDArray[np.int32], vocab: Vocabulary, point: Point) -> Callable[[], float]:
    """Ours: seconds per epoch, over as many epochs as last a second."""
    config = point.config()
    if point.ngrams:
        made = subword_rows(vocab.words, Ngrams(**NGRAMS))
        weights, rows = initial_weights(len(vocab), config, made.n_rows), made.rows
    else:
        weights, rows = initial_weights(len(vocab), config), None
    load = Load(weights, ids, vocab.counts, config, word_rows=rows)
    train_epochs(load._replace(stream=ids[:1000]))  # compiles

    def run(n_epochs: int) -> float:
        return sum(train_epochs(load, n_epochs).seconds) / n_epochs

    n_epochs = min(20, math.ceil(_LEAST_SECONDS / max(run(1), 1e-3)))
    return lambda: run(n_epochs)


def gensim_side(piece: Slice, vocab: Vocabulary, point: Point) -> Callable[[], float]:
    """gensim from a corpus file, its fastest way: seconds per epoch."""
    from gensim.models import FastText, Word2Vec

    hs, ngrams = int(point.loss == "hs"), NGRAMS if point.ngrams else {}
    model = (FastText if point.ngrams else Word2Vec)(
        vector_size=point.vector_size, sg=int(point.model == "sg"), hs=hs, negative=0 if hs else NEGATIVE,
        window=WINDOW, sample=SAMPLE, min_count=1, workers=point.threads, alpha=ALPHA[point.model], epochs=1, **ngrams,
    )  # fmt: skip
    model.build_vocab_from_freq(dict(zip(vocab.words, vocab.counts.tolist(), strict=True)), corpus_count=piece.n_lines)
    settings = {"total_examples": piece.n_lines, "total_words": piece.n_words, "epochs": 1}

    def run() -> float:
        began = time.perf_counter()
        _, n_read = model.train(corpus_file=str(piece.path), **settings)
        return (time.perf_counter() - began) * piece.n_words / n_read  # two workers read some lines twice

    return run


def program_side(external: External, short: Run, long: Run, n_epochs: int) -> float:
    """Seconds per epoch of an external program: what the long run takes more than the short one."""
    for _ in range(_TRIES):
        less, more = (run_program(external.name, external.command(run)).seconds for run in (short, long))
        if more > less:
            return (more - less) / n_epochs
        say(f"{external.name}: {1 + n_epochs} epochs took no longer than one, once more")
    raise SideError(f"{1 + n_epochs} epochs of {external.name} take no longer than one; give a larger --peer-seconds")


def targets(point: Point, external: External) -> dict[str, float]:
    """What is to be reached against a program."""
    found = TARGETS.get((point.key, external.peer.name.removesuffix("-wheel")))
    return {} if found is None else {external.name: found}


def described(piece: Slice, vocab: Vocabulary) -> str:
    """The slice in words."""
    return f"{piece.n_words:,} words, V = {len(vocab):,}"
