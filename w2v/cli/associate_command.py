"""`w2v associate`: which words stand near which."""

import argparse
import json

import numpy as np

from w2v.cli.models import load_models, told_apart
from w2v.errors import ConfigError
from w2v.evaluation.association import AssociationReport, Place, associate, places_on_axis
from w2v.evaluation.tables import Table, interval_told, signed
from w2v.evaluation.word_lists import ListVectors, read_word_lists
from w2v.system.console import flush_results, show


def associations(args: argparse.Namespace) -> None:
    """Tests of association on lists of words, or places of words on an axis."""
    models, rest = told_apart([args.model, *args.rest], args.runs, "LISTS, or words after --axis")
    if args.axis is not None:
        pairs = axis_pairs(args.axis)
        vectors = load_models(models)
        found = {
            name: places_on_axis(runs, pairs, rest, args.max_missing, args.as_written) for name, runs in vectors.items()
        }
        _show_places(args, found)
        return
    tests = [(path, read_word_lists(path)) for path in rest]
    vectors = load_models(models)
    settings = {"max_missing": args.max_missing, "partings": args.partings, "seed": args.seed}
    results = []
    for path, lists in tests:
        reports = {
            name: [associate(run, lists, **settings, as_written=args.as_written) for run in runs]
            for name, runs in vectors.items()
        }
        results.append({"file": path, "models": {name: [r.to_dict() for r in runs] for name, runs in reports.items()}})
        if not args.json:
            show(
                "\n".join([path, *(line for name in reports for line in _lines(name, reports[name], len(models)))])
                + "\n"
            )
            flush_results()
    if args.json:
        about = {"models": models, "partings": args.partings, "seed": args.seed, "max_missing": args.max_missing}
        show(json.dumps({**about, "results": results}, indent=2, ensure_ascii=False))


def axis_pairs(text: str) -> list[tuple[str, str]]:
    """`she - he, woman - man` as pairs; `she-he` is one, too. Raises `ConfigError`."""
    pairs = []
    for part in text.split(","):
        words = part.replace("−", "-").split()
        if len(words) == 1 and words[0].count("-") == 1:
            words = [*words[0].partition("-")]
        if len(words) != 3 or words[1] != "-" or not (words[0] and words[2]):
            raise ConfigError(f"--axis {text!r}: write it as 'she - he', or several as 'she - he, woman - man'")
        pairs.append((words[0], words[2]))
    return pairs


def _lines(name: str, reports: list[AssociationReport], n_models: int) -> list[str]:
    """Coverage of the lists in the first run; then a row for each test: of several runs the mean and its deviation."""
    first = reports[0]
    heading = f"{first.kind}: {' / '.join(some.name for some in first.lists[:-2])}; " + " / ".join(
        some.name for some in first.lists[-2:]
    )
    lines = [f"{name}; {heading}" if n_models > 1 or len(reports) > 1 else heading, *map(str, first.lists)]
    rows = []
    for test in first.tests:
        same = [test] + [t for report in reports[1:] for t in report.tests if t.name == test.name]
        effects, differences = [t.effect for t in same], [t.difference for t in same]
        deviation = f" ± {np.std(effects, ddof=1):.2f}" if len(effects) > 1 else ""
        one, two = (sorted(t.p[side] for t in same) for side in (0, 1))
        effect = f"{signed(float(np.mean(effects)), 2)}{deviation}"
        rows.append([test.name, effect, signed(float(np.mean(differences))), _range(one), _range(two)])
    p = first.tests[0].p
    partings = f"all {p.n:,} partings" if p.is_exact else f"{p.n:,} partings, drawn"
    lines.append(Table(["", "effect", "difference", "p one-sided", "p two-sided"], rows).plain())
    over = f"; ±: standard deviation over {len(reports)} runs, p from the least to the largest" * (len(reports) > 1)
    return [*lines, f"effect: in standard deviations; p: {partings}{over}"]


def _range(values: list[float]) -> str:
    low, high = f"{values[0]:.2g}", f"{values[-1]:.2g}"
    return low if low == high else f"{low} … {high}"


def _show_places(args: argparse.Namespace, found: dict[str, tuple[list[Place], ListVectors]]) -> None:
    if args.json:
        models = {
            name: {**words.coverage._asdict(), "missing": list(words.missing), "words": [p.to_dict() for p in places]}
            for name, (places, words) in found.items()
        }
        show(json.dumps({"axis": args.axis, "models": models}, indent=2, ensure_ascii=False))
        return
    for name, (places, words) in found.items():
        show("\n".join([f"{name}; axis: {args.axis}", str(words)]))
        n_runs = len(places[0].runs) if places else 1
        rows = []
        for place in places:
            row = [place.word, signed(place.cosine)]
            if place.interval is not None:
                row += [f"± {place.deviation:.3f}", interval_told(place.interval, signed)]
            rows.append([*row, signed(place.ripa)])
        runs = [f"{n_runs} runs", "95 %"] if n_runs > 1 else []
        show(Table(["", "cosine", *runs, "RIPA"], rows).plain() + "\n")
