"""What each parameter does to the scores: one is varied, the others stay at their defaults; a table and a picture.

    head -c 10000000 wiki8 > wiki10
    python -m bench.parameters wiki10 --eval questions-words.txt wordsim353.tsv \\
        --json docs/parameters.json --picture docs/parameters.png

Every point is trained with each seed. A setting that the JSON file has already is not trained again, so a run that was
stopped goes on; without a corpus the table and the picture are made from the file.
"""

import argparse
import dataclasses
import json
import statistics
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

from bench.accuracy import scores, train_w2v
from bench.sides import say
from w2v.config import TrainConfig

MODELS = ("sg", "cbow")
CURVES: dict[str, tuple[float, ...]] = {
    "epochs": (1, 2, 5, 10, 20),
    "window": (1, 2, 5, 10, 20),
    "vector_size": (25, 50, 100, 200),
    "min_count": (1, 5, 20, 50),
    "sample": (1e-5, 1e-4, 1e-3, 1e-2, 0),
    "alpha": (0.0125, 0.025, 0.05, 0.1),
    "negative": (1, 2, 5, 10, 20),
    "ns_exponent": (0, 0.5, 0.75, 1),
}


class Point(NamedTuple):
    """Scores of one setting: file → one value per seed."""

    model: str
    name: str
    value: float
    scores: dict[str, list[float]]

    @property
    def key(self) -> tuple[str, str, float]:
        """What is trained."""
        return self.model, self.name, self.value


def read_points(path: Path | None) -> list[Point]:
    """The points of a JSON file that `write_points` wrote; none without one."""
    return [Point(**one) for one in json.loads(path.read_text())] if path and path.is_file() else []


def write_points(path: Path | None, points: list[Point]) -> None:
    """A point a line."""
    if path:
        lines = ",\n ".join(json.dumps(point._asdict(), ensure_ascii=False) for point in points)
        path.write_text(f"[{lines}]\n", encoding="utf-8")


def train(args: argparse.Namespace, known: list[Point]) -> Iterator[Point]:
    """A point for each setting that is not known yet; what is the default is trained once for all curves."""
    found = {config(*point.key): point.scores for point in known}
    done = {point.key for point in known}
    for name, model in product(args.only or CURVES, MODELS):
        for value in CURVES[name]:
            if (model, name, value) in done:
                continue
            settings = config(model, name, value)
            if settings not in found:
                say(f"{model}, {name} {value:g}")
                seeds = [dataclasses.replace(settings, seed=seed) for seed in args.seeds]
                runs = [scores(train_w2v(args.corpus, one), args.eval) for one in seeds]
                found[settings] = {
                    Path(path).stem: [round(run[n], 2) for run in runs] for n, path in enumerate(args.eval)
                }
            yield Point(model, name, value, found[settings])


def config(model: str, name: str, value: float) -> TrainConfig:
    """The defaults but for one setting."""
    is_whole = isinstance(getattr(TrainConfig, name), int)
    base = TrainConfig(model=model)
    changed = dataclasses.replace(base, **{name: int(value) if is_whole else float(value)})
    return dataclasses.replace(changed, alpha=changed.start_alpha)


def tables(points: list[Point]) -> Iterator[str]:
    """A Markdown table for each parameter: a column for each value, a row for each model and file; means over seeds."""
    by_key = {point.key: point for point in points}
    for name in dict.fromkeys(point.name for point in points):
        lines = [f"| {name} | {' | '.join(f'{value:g}' for value in CURVES[name])} |"]
        lines.append("|---" * (len(CURVES[name]) + 1) + "|")
        for model, file in product(MODELS, points[0].scores):
            found = [by_key.get((model, name, value)) for value in CURVES[name]]
            cells = [f"{statistics.mean(point.scores[file]):.1f}" if point else "" for point in found]
            lines.append(f"| {model}, {file} | {' | '.join(cells)} |")
        yield "\n".join(lines)


def draw(points: list[Point], path: Path) -> None:
    """A panel for each parameter: the mean over seeds, with the range, of each model and file. Needs matplotlib."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = list(dict.fromkeys(point.name for point in points))
    figure, axes = pyplot.subplots(2, -(-len(names) // 2), figsize=(13, 6), sharey=True, layout="constrained")
    for panel, name in zip(axes.flat, names, strict=False):
        places = {value: place for place, value in enumerate(CURVES[name])}
        for model, colour in zip(MODELS, ("tab:blue", "tab:orange"), strict=True):
            chosen = sorted((p for p in points if (p.model, p.name) == (model, name)), key=lambda p: places[p.value])
            for file, style in zip(points[0].scores, ("o-", "s--", "^:"), strict=False):
                values = [point.scores[file] for point in chosen]
                middle = [statistics.mean(one) for one in values]
                ends = [[m - min(v) for m, v in zip(middle, values, strict=True)],
                        [max(v) - m for m, v in zip(middle, values, strict=True)]]  # fmt: skip
                x = [places[point.value] for point in chosen]
                panel.errorbar(x, middle, ends, fmt=style, color=colour, capsize=2, label=f"{model}, {file}")
        panel.set_title(name.replace("_", "-"))
        panel.set_xticks(list(places.values()), [f"{value:g}" for value in places])
        panel.set_ylim(0, None)
        panel.grid(alpha=0.3)
    figure.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    figure.savefig(path, dpi=80)
    pyplot.close(figure)


def main(arguments: list[str] | None = None) -> int:
    """Train what is missing, print the table, draw the picture; returns the exit code."""
    parser = argparse.ArgumentParser(
        "python -m bench.parameters", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", nargs="?", type=Path, help="a plain text file")
    parser.add_argument("--eval", nargs="+", default=[], metavar="FILE", help="analogy questions and word similarity")
    parser.add_argument("--only", nargs="+", choices=CURVES, default=[], help="parameters to vary (default: all)")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2], help="one run for each (default 1 2)")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="the points that are known, and go on being kept here"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw it: .png or .svg")
    args = parser.parse_args(arguments)
    points = read_points(args.json)
    for point in train(args, points) if args.corpus else ():
        points.append(point)
        write_points(args.json, points)
    if points:
        print("\n\n".join(tables(points)))
    if points and args.picture:
        draw(points, args.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
