"""How soon a command does its work: wall clock of whole processes, from start to exit."""

import shutil
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np

from bench.programs import python, run_program, w2v
from bench.sides import Comparison, alternate, say, wanted
from w2v.vectors.keyed_vectors import KeyedVectors

WORD = "w7"
GENSIM = """
import sys
from gensim.models import KeyedVectors
KeyedVectors.load(sys.argv[1], mmap="r").most_similar(sys.argv[2])
"""


def measure(args: Namespace) -> Iterator[Comparison]:
    """`--help`, `nn`, `train` with the kernel in the cache, and the first `train` after an installation."""
    if wanted("help", args.only):
        say("w2v --help")
        yield row("w2v --help", {"w2v": partial(seconds, "w2v", w2v("--help"))}, args, limit=0.2)
    if wanted("nn", args.only):
        yield nearest(args)
    tiny = args.texts.slice(2_000)
    train = w2v("train", tiny.path, "-o", args.texts.folder / "tiny.w2v", "--min-count", 1, "--epochs", 1)
    if wanted("train", args.only):
        say("w2v train, kernel in the cache")
        sides = {"w2v": partial(seconds, "w2v", train)}
        yield row("w2v train on 2,000 words, from start to saved vectors", sides, args, limit=1.0)
    if wanted("first", args.only):
        say("w2v train, cache empty")
        cache = args.texts.folder / "empty-cache"
        yield row("the first w2v train after installing", {"w2v": partial(first, train, cache)}, args, limit=10.0)


def nearest(args: Namespace) -> Comparison:
    """`w2v nn` on a large model beside importing gensim, loading its own format and asking once."""
    n_words, size = args.start_words, 300
    say(f"w2v nn on {n_words:,} x {size} vectors")
    ours, theirs = args.texts.folder / "large.w2v", args.texts.folder / "large.gensim"
    words = [f"w{number}" for number in range(n_words)]
    matrix = np.random.default_rng(0).standard_normal((n_words, size), np.float32)
    vectors = KeyedVectors(size)
    vectors.add_vectors(words, matrix)
    vectors.save(ours)
    sides = {"w2v": partial(seconds, "w2v", w2v("nn", ours, WORD))}
    if args.gensim:
        save_gensim(words, matrix, theirs)
        sides["gensim"] = partial(seconds, "gensim", python(GENSIM, str(theirs), WORD))
    del vectors, matrix
    result = row(f"w2v nn, {n_words:,} x {size}; gensim: import, load, ask", sides, args, limit=0.5)
    for path in args.texts.folder.glob("large.*"):
        path.unlink()
    return result


def save_gensim(words: list[str], matrix: np.ndarray, path: Path) -> None:
    """The same vectors in gensim's own format, which it maps into memory."""
    from gensim.models import KeyedVectors as GensimVectors

    vectors = GensimVectors(matrix.shape[1])
    vectors.add_vectors(words, matrix)
    vectors.save(str(path), separately=["vectors"])


def row(what: str, sides: Mapping[str, Callable[[], float]], args: Namespace, limit: float) -> Comparison:
    """One row; a first round, which reads files from the disk, does not count."""
    return Comparison("start", what, alternate(sides, args.rounds, warm_up=1), limit=limit)


def first(command: list[str], cache: Path) -> float:
    """With an empty cache of compiled code."""
    shutil.rmtree(cache, ignore_errors=True)
    return seconds("w2v", command, {"NUMBA_CACHE_DIR": str(cache)})


def seconds(name: str, command: list[str], env: Mapping[str, str] | None = None) -> float:
    """Wall clock of a command."""
    return run_program(name, command, env).seconds
