"""Score against seconds: whole commands, from the text to saved vectors, of this package and of other programs.

    python -m bench pareto wiki8 --eval questions-words.txt wordsim353.tsv simlex999.txt --points points.json \\
        --plots docs/images --peer word2vec.c=/path/to/word2vec --peer GloVe=/path/to/GloVe/build

Each program has its points below: model, dimension, epochs, window, or one of our presets; all run on 2 threads with
min-count 5, and but for the defaults with 5 negatives and sample 1e-4. Seconds are of the wall clock, with the kernel
already compiled. Scores are of the 30,000 commonest words, the same for all programs: analogies in percent of those
answered, also of the semantic and the syntactic sections alone, and Spearman's ρ × 100. `--points FILE` keeps each run
with its command, and what is there is not run again, so that a run may be cut. A point that takes longer than
`--patience` gets one seed. `--only w2v gensim-cbow-200-5` runs some of the points (`--only nothing`: none); table and
pictures are of all that are kept.
"""

import json
import os
import shlex
import statistics
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench.accuracy import RESTRICT, TOTAL, parts_of
from bench.peers import ALPHA, NEGATIVE, SAMPLE, External, Run
from bench.plots import check_plots, draw_scores
from bench.programs import python, run_program, w2v
from bench.sides import FAILURES, Figure, SideError, deviation, number, say, wanted
from bench.training import NAMES
from bench.whole import GENSIM, THREADS
from w2v.presets import PRESETS, differences
from w2v.vectors.keyed_vectors import KeyedVectors

# of what a program writes; the others write .bin
SUFFIX = {"w2v": ".w2v", "fasttext": ".vec", "koan": ".glove", "GloVe": ".glove"}
SMALL = {"OPENBLAS_NUM_THREADS": "1"}  # pWord2Vec's products are those of one thread


class Point(NamedTuple):
    """What a program is to do. name: a preset of ours, a model, or "default" for the program's own settings."""

    program: str
    name: str
    size: int = 200
    epochs: int = 5
    window: int = 5

    @property
    def key(self) -> str:
        """For `--only` and the file of points."""
        parts = [] if self.program == "w2v" or self.name == "default" else [self.size, self.epochs]
        return "-".join(map(str, [self.program, self.name, *parts, *[f"w{self.window}"] * (self.window != 5)]))

    def __str__(self) -> str:
        """For the table. A preset is told with its settings: with others it is another point."""
        if self.program == "w2v" and self.name in PRESETS:
            return f"preset {self.name}: {differences(PRESETS[self.name])}"
        epochs = f"{self.epochs} epoch" + "s" * (self.epochs != 1)
        settings = f"{NAMES.get(self.name, self.name)}, d = {self.size}, {epochs}"
        return settings + f", window {self.window}" * (self.window != 5)


POINTS = [
    *(Point("w2v", name, 100) for name in ("default", "fast", "balanced", "best", "similarity")),
    Point("gensim", "default", 100), *(Point("gensim", "cbow", epochs=n) for n in (5, 15, 30)), Point("gensim", "sg"),
    Point("word2vec.c", "sg", epochs=1), Point("word2vec.c", "sg"), Point("word2vec.c", "cbow"),
    Point("word2vec.c", "cbow", epochs=15), Point("fasttext", "sg"), Point("fasttext", "cbow"),
    Point("fasttext", "cbow", epochs=15), Point("koan", "cbow"), Point("koan", "cbow", epochs=15), Point("koan", "sg"),
    *(Point("pWord2Vec", "sg", epochs=n) for n in (1, 5, 15, 30)),
    *(Point("GloVe", "glove", epochs=n, window=15) for n in (6, 15)),
]  # fmt: skip


@dataclass
class Measured:
    """One run of a point: seconds, score by evaluation file, and what it was."""

    key: str
    program: str
    what: str
    seed: int
    seconds: float
    command: str
    processor: float  # seconds, of all threads: far less than the threads allow where the machine was busy otherwise
    load: float  # of the machine in the minute before
    scores: dict[str, float] = field(default_factory=dict)


def measure(args: Namespace) -> Iterator[Figure]:
    """A row for each point, as it is measured; prints the table and draws a picture for each score in the end."""
    if not args.eval:
        raise SideError("pareto needs evaluation files: --eval questions-words.txt wordsim353.tsv ...")
    check_plots(args.plots)
    path = args.points or args.texts.folder / "points.json"
    kept = [Measured(**one) for one in json.loads(path.read_text())] if path.is_file() else []
    sides: dict[str, External | None] = dict.fromkeys(["w2v"] + ["gensim"] * args.gensim)
    sides |= {external.peer.name: external for external in args.peers}
    points = [point for point in POINTS if point.program in sides and wanted(point.key, args.only)]
    if any(point.program == "w2v" for point in points):
        small = w2v("train", args.texts.slice(10_000).path, "-o", args.texts.folder / "small.w2v", "--epochs", 1)
        for model in ("sg", "cbow"):
            run_program("w2v", [*small, "--model", model])  # compiles
    for seed in args.seeds:
        for point in points:
            same = [one for one in kept if (one.key, one.what) == (point.key, str(point))]
            if any(one.seed == seed or one.seconds > args.patience for one in same):
                continue
            try:
                found = run(point, seed, sides[point.program], args)
            except FAILURES as error:
                say(f"{point.key} is left out: {error}")
                continue
            kept.append(found)
            path.write_text(json.dumps([asdict(one) for one in kept], indent=1, ensure_ascii=False) + "\n")
            seconds = [one.seconds for one in [*same, found]]
            yield Figure("pareto", f"{point.program}, {point}", {point.program: seconds}, "s")
    shown = [one for one in kept if one.what in set(map(str, POINTS)) or one.program != "w2v"]
    if shown:
        print(table(shown), flush=True)
    if shown and args.plots:
        draw_scores([asdict(one) for one in shown], args.plots)


def run(point: Point, seed: int, external: External | None, args: Namespace) -> Measured:
    """Run a point's command and score what it wrote."""
    say(f"{point.key}, seed {seed}")
    corpus, folder = args.texts.whole.path, args.texts.folder
    output = (folder / "vectors").with_suffix(SUFFIX.get(point.program, ".bin"))
    words, load, before = command(point, seed, corpus, output, external), os.getloadavg()[0], os.times()
    seconds = run_program(point.program, words, SMALL if external else {}).seconds
    after = os.times()
    processor = sum(after[2:4]) - sum(before[2:4])
    told = shlex.join("GENSIM of bench/whole.py" if word == GENSIM else word for word in words)
    names = {output: f"OUT{output.suffix}", output.with_suffix(""): "OUT", corpus: "CORPUS", sys.executable: "python"}
    names |= {external.path: point.program} if external else {}
    for path, name in names.items():
        told = told.replace(str(path), name)
    vectors = KeyedVectors.load(output)
    found = scores(vectors, args.texts.vocab.words, args.eval)
    times = round(seconds, 2), told, round(processor, 2), round(load, 1)
    return Measured(point.key, point.program, str(point), seed, *times, found)


def command(point: Point, seed: int, corpus: Path, output: Path, external: External | None) -> list[str]:
    """The command line of a point. Programs whose command has no seed differ from run to run by their threads."""
    if external:
        path = output.with_suffix("") if point.program == "fasttext" else output  # which puts .vec after it
        loss = "ns" if point.name in ALPHA else point.name
        return external.command(
            Run(point.name, loss, point.size, THREADS, corpus, path, point.epochs, window=point.window, seed=seed)
        )
    if point.program == "w2v":
        preset = ["--preset", point.name] * (point.name != "default")
        return w2v("train", corpus, "-o", output, *preset, "--threads", THREADS, "--seed", seed)
    settings: dict[str, object] = {"corpus_file": str(corpus), "workers": THREADS, "seed": seed, "output": str(output)}
    if point.name != "default":
        settings |= {
            "vector_size": point.size, "sg": int(point.name == "sg"), "negative": NEGATIVE, "window": point.window,
            "sample": SAMPLE, "alpha": ALPHA[point.name], "epochs": point.epochs,
        }  # fmt: skip
    return python(GENSIM, json.dumps(settings))


def scores(vectors: KeyedVectors, words: list[str], files: Iterable[str]) -> dict[str, float]:
    """By evaluation file, among the first `RESTRICT` of `words`, the corpus's by their count, that have a vector."""
    known = [word for word in words[:RESTRICT] if word in vectors]
    matrix, found = vectors[known], {}
    for path in files:
        for part, score in parts_of(path, known, matrix).items():
            found[Path(path).stem + f", {part}" * (part != TOTAL)] = round(score, 2)
    return found


def grouped(runs: Iterable[Measured]) -> list[list[Measured]]:
    """The runs of each point together, the quickest point first."""
    groups: dict[tuple[str, str], list[Measured]] = {}
    for one in runs:
        groups.setdefault((one.key, one.what), []).append(one)
    return sorted(groups.values(), key=lambda group: statistics.median(one.seconds for one in group))


def table(runs: Iterable[Measured]) -> str:
    """Markdown: a row for each point, medians of the seconds, mean ± deviation of the scores over the seeds."""
    groups = grouped(runs)
    names = list(dict.fromkeys(name for group in groups for one in group for name in one.scores))
    heads = ["seconds", "of processors", "program", "settings", "runs", *names]
    lines = [f"| {' | '.join(heads)} |", "|---:|---:|---|---|---:" + "|---" * len(names) + "|"]
    for group in groups:
        values = [[one.scores[name] for one in group if name in one.scores] for name in names]
        cells = [f"{statistics.mean(v):.1f}" + f" ± {deviation(v):.1f}" * (len(v) > 1) if v else "" for v in values]
        times = [number(statistics.median(getattr(one, name) for one in group)) for name in ("seconds", "processor")]
        settings = group[0].what.partition(":")[0]
        lines.append(f"| {' | '.join([*times, group[0].program, settings, str(len(group)), *cells])} |")
    return "\n".join(lines)
