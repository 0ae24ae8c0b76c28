"""The curves of `bench.growth` and `bench.pareto` as pictures."""

import statistics
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.sides import SideError, say


def check_plots(folder: Path | None) -> None:
    """Raises `SideError` where pictures are asked for and cannot be drawn."""
    if folder and find_spec("matplotlib") is None:
        raise SideError("drawing needs matplotlib: pip install 'w2v[bench]'")


def draw(points: list[dict[str, Any]], folder: Path) -> None:
    """One PNG per curve: time per word, median over the rounds with the range between the fastest and the slowest."""
    pyplot = _pyplot()
    for curve in dict.fromkeys(point["curve"] for point in points):
        figure, axes = pyplot.subplots(figsize=(5, 3.2), layout="constrained")
        chosen = [point for point in points if point["curve"] == curve]
        for model in dict.fromkeys(point["model"] for point in chosen):
            line = [point for point in chosen if point["model"] == model]
            middle = [statistics.median(point["µs"]) for point in line]
            low = [value - min(point["µs"]) for value, point in zip(middle, line, strict=True)]
            high = [max(point["µs"]) - value for value, point in zip(middle, line, strict=True)]
            axes.errorbar([point["value"] for point in line], middle, [low, high], marker="o", capsize=3, label=model)
        axes.set(xlabel=f"{curve} ({chosen[0]['symbol']})", ylabel="µs per word", ylim=(0, None))
        _finish(figure, axes, [point["value"] for point in chosen], folder / f"growth-{curve}.png", 110)


def draw_scores(runs: list[dict[str, Any]], folder: Path) -> None:
    """One PNG for each score, `pareto-NAME.png`: the mean over the seeds of each point against the median of its
    seconds, with the range, and for each program a line of the best score up to there. runs: `pareto.Measured`s."""
    pyplot = _pyplot()
    for score in dict.fromkeys(name for run in runs for name in run["scores"]):
        figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
        for program in dict.fromkeys(run["program"] for run in runs):
            points: dict[str, list[dict[str, Any]]] = {}
            for run in runs:
                if run["program"] == program and score in run["scores"]:
                    points.setdefault(run["key"], []).append(run)
            places = {
                key: (statistics.median(run["seconds"] for run in of), [run["scores"][score] for run in of])
                for key, of in points.items()
            }
            colour = axes.plot([], [])[0].get_color()
            ours = program == "w2v"
            best: list[tuple[float, float]] = []
            for key, (seconds, values) in sorted(places.items(), key=lambda item: item[1][0]):
                mean = statistics.mean(values)
                ends = [[mean - min(values)], [max(values) - mean]]
                axes.errorbar([seconds], [mean], ends, fmt="o", ms=7 if ours else 4, capsize=2, color=colour)
                name = key.removeprefix(f"{program}-")
                axes.annotate(name, (seconds, mean), (4, 4), textcoords="offset points", fontsize=7, color=colour)
                if not best or mean > best[-1][1]:
                    best.append((seconds, mean))
            axes.plot(*zip(*best, strict=True), color=colour, lw=2.5 if ours else 1, label=program)
        axes.set(xlabel="seconds of the whole command, 2 threads", ylabel=score, xscale="log")
        low, high = axes.get_xlim()
        ticks = [tick for tick in (10, 20, 50, 100, 200, 500, 1000, 2000) if low <= tick <= high]
        _finish(figure, axes, ticks, folder / f"pareto-{'-'.join(score.replace(',', '').split())}.png", 100)


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _finish(figure: Any, axes: Any, ticks: list[int], path: Path, dpi: int) -> None:
    """A logarithmic axis with these ticks, a grid and a legend; the picture is written and forgotten."""
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()
    axes.grid(alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=dpi)
    _pyplot().close(figure)
    say(f"drew {path}")
