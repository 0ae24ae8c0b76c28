"""The whole `train` command, wall clock: from the text file to saved vectors, kernel already compiled.

Skip-gram with negative sampling, d = 200, 5 epochs, 2 threads, on the whole corpus.
"""

from argparse import Namespace
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from bench.peers import ALPHA, NEGATIVE, SAMPLE, WINDOW, Run
from bench.programs import python, run_program, w2v
from bench.sides import Comparison, alternate, say

SIZE, EPOCHS, THREADS = 200, 5, 2
GENSIM = """
import json, sys
from gensim.models import Word2Vec
settings = json.loads(sys.argv[1])
output = settings.pop("output")
Word2Vec(**settings).wv.save_word2vec_format(output, binary=True)
"""


def measure(args: Namespace) -> Iterator[Comparison]:
    """One row; with the programs that `--whole-beside` names."""
    corpus, folder = args.texts.whole, args.texts.folder
    small = args.texts.slice(10_000)
    run_program("w2v", train(small.path, folder / "small.w2v", epochs=1))  # compiles
    run = Run("sg", "ns", SIZE, THREADS, corpus.path, folder / "peer.bin", epochs=EPOCHS)
    sides = {"w2v": partial(seconds, "w2v", train(corpus.path, folder / "ours.w2v"))}
    for external in args.peers:
        if external.peer.name in args.whole_beside and ("sg", "ns") in external.peer.settings:
            sides[external.name] = partial(seconds, external.name, external.command(run))
    if "gensim" in args.whole_beside and args.gensim:
        sides["gensim"] = partial(seconds, "gensim", train_gensim(corpus.path, folder / "gensim.bin"))
    say(f"whole runs over {corpus.n_words:,} words: {', '.join(sides)}")
    yield Comparison(
        "whole", f"train, skip-gram, negative sampling, d = {SIZE}, {EPOCHS} epochs, {THREADS} threads",
        alternate(sides, args.whole_rounds), target={name: 1.8 for name in sides if name.startswith("pWord2Vec")},
        note=f"{corpus.n_words:,} words",
    )  # fmt: skip


def train(corpus: Path, output: Path, model: str = "sg", epochs: int = EPOCHS, size: int = SIZE) -> list[str]:
    """Our command line."""
    return w2v(
        "train", corpus, "-o", output, "--model", model, "--vector-size", size, "--epochs", epochs, "--threads",
        THREADS, "--window", WINDOW, "--negative", NEGATIVE, "--sample", SAMPLE, "--alpha", ALPHA[model],
    )  # fmt: skip


def train_gensim(corpus: Path, output: Path, model: str = "sg", epochs: int = EPOCHS) -> list[str]:
    """The same with gensim, in a process of its own."""
    import json

    settings = {
        "corpus_file": str(corpus), "vector_size": SIZE, "sg": int(model == "sg"), "negative": NEGATIVE,
        "window": WINDOW, "sample": SAMPLE, "alpha": ALPHA[model], "epochs": epochs, "workers": THREADS,
        "output": str(output),
    }  # fmt: skip
    return python(GENSIM, json.dumps(settings))


def seconds(name: str, command: list[str]) -> float:
    """Wall clock of a command."""
    return run_program(name, command).seconds
