"""`w2v stability`: how much of the neighbours another seed would keep."""

import argparse
import json

from w2v.cli.models import load_models, run_sets
from w2v.evaluation.stability import Band, stability
from w2v.evaluation.tables import Table, interval_told
from w2v.system.console import show


def stable_neighbours(args: argparse.Namespace) -> None:
    """Overlap of the nearest words of each two runs, by how common words are."""
    paths = [path for runs in run_sets([args.model, *args.more]).values() for path in runs]
    (runs,) = load_models({"": paths}).values()
    ks = sorted(set(args.k or [1, 10, 50]))
    bands = stability(runs, ks, args.asked, args.restrict_vocab, args.seed)
    if args.json:
        found = {"runs": paths, "asked": args.asked, "seed": args.seed, "bands": [band.to_dict() for band in bands]}
        show(json.dumps(found, indent=2, ensure_ascii=False))
        return
    head = ["words by rank", "count from", "asked", *(f"overlap@{k}" for k in ks)]
    show(f"{len(runs)} runs; overlap@k: the share of a word's k nearest words that two runs have in common (95 % over "
         "words)")  # fmt: skip
    show(Table(head, [_row(band, ks) for band in bands]).plain())


def _row(band: Band, ks: list[int]) -> list[str]:
    cells = []
    for k in ks:
        interval = band.intervals[k]
        told = "" if interval is None else f" ({interval_told(interval, lambda value: f'{value:.2f}')})"
        cells.append(f"{band.overlaps[k]:.2f}{told}")
    count = "" if band.least_count is None else f"{band.least_count:,}"
    return [f"{band.first:,} to {band.last:,}", count, f"{band.n_asked:,}", *cells]
