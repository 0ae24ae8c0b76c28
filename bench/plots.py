"""The curves of `bench.growth` as pictures."""

import statistics
from pathlib import Path
from typing import Any

from bench.sides import say


def draw(points: list[dict[str, Any]], folder: Path) -> None:
    """One PNG per curve: time per word, median over the rounds with the range between the fastest and the slowest."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
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
        axes.set_xscale("log")
        ticks = [point["value"] for point in chosen]
        axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
        axes.minorticks_off()
        axes.grid(alpha=0.3)
        axes.legend()
        path = folder / f"growth-{curve}.png"
        figure.savefig(path, dpi=110)
        pyplot.close(figure)
        say(f"drew {path}")
