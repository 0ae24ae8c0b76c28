"""Peak memory of a training process beyond what it must hold: both matrices, the words and their counts.

Two threads, d = 200, one epoch over the whole corpus; resident memory as the system reports it at the process's end,
so shared libraries and the memory-mapped corpus count as well.
"""

from argparse import Namespace
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench.peers import Run
from bench.programs import peak_memory, run_program
from bench.sides import FAILURES, Figure, say, wanted
from bench.whole import SIZE, THREADS, train, train_gensim
from w2v.corpus.vocabulary import Vocabulary

LIMIT = 300.0  # MB


def measure(args: Namespace) -> Iterator[Figure]:
    """A row for each model, with the peers that have it."""
    corpus, folder, needed = args.texts.whole, args.texts.folder, must_hold(args.texts.vocab)
    run_program("w2v", train(args.texts.slice(10_000).path, folder / "small.w2v", epochs=1))  # compiles
    for model in ("sg", "cbow"):
        if not wanted(model, args.only):
            continue
        commands = {"w2v": train(corpus.path, folder / "memory.w2v", model, epochs=1)}
        if args.gensim:
            commands["gensim"] = train_gensim(corpus.path, folder / "memory.bin", model, epochs=1)
        run = Run(model, "ns", SIZE, THREADS, corpus.path, folder / "memory.out")
        for external in args.peers:
            if (model, "ns") in external.peer.settings and external.peer.name in args.memory_beside:
                commands[external.name] = external.command(run)
        values: dict[str, list[float]] = {}
        for name, command in commands.items():
            say(f"peak memory of {name}, {model}")
            values |= measured(name, partial(peak, name, command, needed, folder))
        yield Figure(
            "memory", f"{model}, negative sampling, d = {SIZE}, {THREADS} threads", values, "MB", at_most=LIMIT,
            note=f"beyond matrices, words and counts, {needed / 1e6:,.0f} MB",
        )  # fmt: skip


def measured(name: str, work: Callable[[], float]) -> dict[str, list[float]]:
    """The value under its name; nothing where the program fails."""
    try:
        return {name: [work()]}
    except FAILURES as error:
        say(f"{name} is left out: {error}")
        return {}


def must_hold(vocab: Vocabulary) -> int:
    """Bytes of two matrices of float32, of the words' letters and of a count each."""
    letters = sum(len(str(word).encode("utf-8", "surrogatepass")) for word in vocab.words)
    return 2 * 4 * SIZE * len(vocab) + letters + 8 * len(vocab)


def peak(name: str, command: list[str], needed: int, folder: Path) -> float:
    """MB beyond `needed`."""
    return (peak_memory(name, command, folder) - needed) / 1e6
