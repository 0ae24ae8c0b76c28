"""External programs: how the command line of each says the same settings. The programs are not part of this package;
a path comes from `--peer NAME=/path/to/program`."""

import dataclasses
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from bench.programs import python
from bench.sides import SideError

WINDOW, NEGATIVE, SAMPLE = 5, 5, 1e-4
ALPHA = {"sg": 0.025, "cbow": 0.05}
NGRAMS = {"min_n": 3, "max_n": 6, "bucket": 2_000_000}  # fastText's own settings


@dataclass(frozen=True)
class Run:
    """What a program is to train; the settings common to all rows are above."""

    model: str
    loss: str
    vector_size: int
    threads: int
    corpus: Path
    output: Path
    epochs: int = 1
    min_count: int = 5
    vocab: Path | None = None  # lines of word and count, for programs that can read it
    n_lines: int = 0  # of the corpus; needed with `vocab` only
    ngrams: bool = False
    window: int = WINDOW
    seed: int | None = None  # for programs that can be told one

    @property
    def flags(self) -> dict[str, int]:
        """fastText's settings of n-grams."""
        return {"minn": NGRAMS["min_n"], "maxn": NGRAMS["max_n"], "bucket": NGRAMS["bucket"]} if self.ngrams else {
            "minn": 0, "maxn": 0
        }  # fmt: skip


@dataclass(frozen=True)
class Peer:
    """What a program can do, and how it is told."""

    name: str
    command: Callable[[str, Run], list[str]]
    settings: frozenset[tuple[str, str]]  # (model, loss)
    rate: dict[str, float]  # words per second by model, one thread, d = 300, roughly: sizes the slice that it gets
    vocab: str = (
        ""  # "plain" or "marked" (the sentence marker first): the file of words it can read instead of counting
    )
    repeats_text: bool = False  # for a second epoch: word2vec.c as published stops after one when it has one thread
    least_words: int = 0  # without a vocabulary file: a slice with about as many distinct words as the corpus
    note: str = ""
    has_ngrams: bool = False

    def trains(self, point: Any) -> bool:
        """Whether it can do what a point of the grid asks for (`training.Point`)."""
        return (point.model, point.loss) in self.settings and (self.has_ngrams or not point.ngrams)


def word2vec_c(program: str, run: Run) -> list[str]:
    """Mikolov's program."""
    hs = run.loss == "hs"
    command: list[object] = [
        program, "-train", run.corpus, "-output", run.output, "-binary", 1, "-cbow", int(run.model == "cbow"),
        "-hs", int(hs), "-negative", 0 if hs else NEGATIVE, "-size", run.vector_size, "-window", run.window,
        "-sample", SAMPLE, "-threads", run.threads, "-iter", run.epochs, "-min-count", run.min_count,
        "-alpha", ALPHA[run.model], "-debug", 0,
    ]  # fmt: skip
    return _words(command + (["-read-vocab", run.vocab] if run.vocab else []))


def pword2vec(program: str, run: Run) -> list[str]:
    """Intel's, by Ji and others."""
    command: list[object] = [
        program, "-train", run.corpus, "-output", run.output, "-binary", 1, "-negative", NEGATIVE,
        "-size", run.vector_size, "-window", run.window, "-sample", SAMPLE, "-threads", run.threads, "-iter",
        run.epochs, "-min-count", run.min_count, "-alpha", ALPHA["sg"], "-debug", 0,
    ]  # fmt: skip
    return _words(command + (["-read-vocab", run.vocab] if run.vocab else []))


def fasttext(program: str, run: Run) -> list[str]:
    """Facebook's."""
    ngrams = [part for name, value in run.flags.items() for part in (f"-{name}", value)]
    return _words([
        program, "skipgram" if run.model == "sg" else "cbow", "-input", run.corpus, "-output", run.output,
        *ngrams, "-dim", run.vector_size, "-ws", run.window, "-neg", NEGATIVE, "-loss", run.loss,
        "-t", SAMPLE, "-thread", run.threads, "-epoch", run.epochs, "-minCount", run.min_count,
        "-lr", ALPHA[run.model], "-verbose", 0, *([] if run.seed is None else ["-seed", run.seed]),
    ])  # fmt: skip


def fasttext_wheel(program: str, run: Run) -> list[str]:
    """The same from PyPI, in a Python process."""
    settings = {
        "input": str(run.corpus), "model": "skipgram" if run.model == "sg" else "cbow", **run.flags,
        "dim": run.vector_size, "ws": run.window, "neg": NEGATIVE, "loss": run.loss, "t": SAMPLE, "thread": run.threads,
        "epoch": run.epochs, "minCount": run.min_count, "lr": ALPHA[run.model], "verbose": 0,
    }  # fmt: skip
    code = "import fasttext, json, sys; fasttext.train_unsupervised(**json.loads(sys.argv[1]))"
    return python(code, json.dumps(settings))


def koan(program: str, run: Run) -> list[str]:
    """Bloomberg's, with its corrected CBOW update and the learning rate advised for that."""
    command: list[object] = [
        program, "--files", run.corpus, "--embedding-path", run.output, "--cbow", str(run.model == "cbow").lower(),
        "--dim", run.vector_size, "--context-size", run.window, "--negatives", NEGATIVE, "--downsample-threshold",
        SAMPLE, "--threads", run.threads, "--epochs", run.epochs, "--learning-rate",
        0.075 if run.model == "cbow" else 0.025, "--no-progress",
    ]  # fmt: skip
    if run.vocab:
        return _words([*command, "--vocab-load-path", run.vocab, "--total-sentences", run.n_lines])
    return _words([*command, "--min-count", run.min_count])


_GLOVE = """set -e
"$1/vocab_count" -min-count "$4" -verbose 0 < "$2" > "$3.vocab"
"$1/cooccur" -window-size "$5" -vocab-file "$3.vocab" -overflow-file "$3.overflow" -verbose 0 < "$2" > "$3.pairs"
"$1/shuffle" -temp-file "$3.part" -verbose 0 < "$3.pairs" > "$3.shuffled"
rm "$3.pairs"
"$1/glove" -input-file "$3.shuffled" -vocab-file "$3.vocab" -save-file "$3" -x-max 10 -verbose 0 \\
  -vector-size "$6" -iter "$7" -threads "$8" -seed "$9"
rm "$3.shuffled" && mv "$3.txt" "$3"
"""


def glove(program: str, run: Run) -> list[str]:
    """Stanford's four programs, `program` being their folder; the settings of its demo, which is for a text as long."""
    given = [program, run.corpus, run.output, run.min_count, run.window, run.vector_size, run.epochs, run.threads]
    return _words(["sh", "-c", _GLOVE, "GloVe", *given, run.seed or 1])


def _words(command: list[object]) -> list[str]:
    return [f"{word:g}" if isinstance(word, float) else str(word) for word in command]


_NS = frozenset({("sg", "ns"), ("cbow", "ns")})
_ALL = _NS | {("sg", "hs"), ("cbow", "hs")}
PEERS = {
    peer.name: peer
    for peer in (
        Peer("word2vec.c", word2vec_c, _ALL, {"sg": 65_000, "cbow": 200_000}, vocab="marked", repeats_text=True),
        Peer(
            "fasttext",
            fasttext,
            _ALL,
            {"sg": 50_000, "cbow": 250_000},
            least_words=1_000_000,
            note="no subwords",
            has_ngrams=True,
        ),
        Peer("koan", koan, _NS, {"sg": 160_000, "cbow": 600_000}, vocab="plain"),
        Peer("pWord2Vec", pword2vec, frozenset({("sg", "ns")}), {"sg": 600_000}, vocab="marked"),
        Peer("GloVe", glove, frozenset({("glove", "glove")}), {}),
    )
}
WHEEL = dataclasses.replace(PEERS["fasttext"], name="fasttext-wheel", command=fasttext_wheel)


class External(NamedTuple):
    """A program as it was given."""

    name: str  # of the peer, and what tells two builds of it apart
    path: str
    peer: Peer

    def command(self, run: Run) -> list[str]:
        """Its command line."""
        return self.peer.command(self.path, run)


def parse_peer(text: str) -> External:
    """`NAME=/path/to/program`, or `NAME:LABEL=/path` for one build of several. Raises `SideError`."""
    full, _, path = text.partition("=")
    name, _, label = full.partition(":")
    if name not in PEERS:
        raise SideError(f"no program {name!r} is known to --peer; the names are {', '.join(PEERS)}")
    if not path:
        raise SideError(f"--peer {full} has no path; write --peer {full}=/path/to/program")
    return External(f"{name} {label}".strip(), path, PEERS[name])


def from_pypi() -> External:
    """fastText as a Python package."""
    return External(WHEEL.name, sys.executable, WHEEL)
