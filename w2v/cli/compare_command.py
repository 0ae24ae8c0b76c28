"""`w2v compare`: words that two texts, or texts of several times, use otherwise."""

import argparse
import json

from w2v.cli.models import load_models, run_sets
from w2v.errors import ConfigError
from w2v.evaluation.comparing import LEVEL, Shift, Shifts, compare
from w2v.evaluation.tables import Table
from w2v.pictures.figure import check_suffix
from w2v.pictures.shifts import draw_shifts
from w2v.system.console import log, show
from w2v.system.files import check_outputs


def compare_models(args: argparse.Namespace) -> None:
    """Rank words by how far they have moved, beside what noise does."""
    sets = run_sets([args.old, *args.new])
    if len(sets) < 2:
        raise ConfigError("there is nothing to compare with; give OLD and NEW: a model each, or a pattern in quotes "
                          "for the runs of one")  # fmt: skip
    if args.output:
        check_suffix(args.output)
        check_outputs([args.output], [path for paths in sets.values() for path in paths], "it is read here")
    periods = load_models(sets)
    found = compare(
        [*periods.values()],
        args.topn,
        [word for text in args.words or [] for word in text.replace(",", " ").split()],
        min_count=args.min_count,
        n_anchors=args.anchors,
        is_aligned=args.aligned,
        k=args.neighbours,
    )
    if args.json:
        about = {"periods": sets, "compared": found.n_compared, "min_count": args.min_count, "neighbours":
                 args.neighbours, "aligned": args.aligned, "found": found.n_found}  # fmt: skip
        show(json.dumps({**about, "words": [word.to_dict() for word in found.words]}, indent=2, ensure_ascii=False))
    else:
        show(told([*sets], found, args.min_count, args.neighbours))
    if args.output:
        draw_shifts([*sets], found, args.output)
        log(f"wrote {args.output}")


def told(names: list[str], found: Shifts, min_count: int, k: int) -> str:
    """The table, and above it what its columns are."""
    has_floor, n_steps = any(word.floor is not None for word in found.words), len(names) - 1
    lines = [
        f"{found.n_compared:,} words that occur {min_count} times in each; distance: 1 − cosine of {names[0]} and "
        f"{names[-1]} in one space" + ("; floor: of two runs on one text" if has_floor else ""),
        f"kept: of the {k} nearest words" + (", and of two runs on one text" if has_floor else "")
        + "; p: that a word as common is as far, corrected (Benjamini-Hochberg)",
    ]  # fmt: skip
    head = ["", "count", "distance", *(["floor"] if has_floor else [])]
    head += [f"to {name}" for name in names[1:]] if n_steps > 1 else []
    head += ["kept", *(["floor"] if has_floor else []), "p"]
    lines.append(Table(head, [_row(word, has_floor, n_steps) for word in found.words]).plain())
    n, alone = found.n_found, "" if has_floor else "; run sets (train --runs 5) would show the seed's part"
    lines.append(f"{n:,} of all words {'has' if n == 1 else 'have'} p below {LEVEL}{alone}")
    return "\n".join(lines)


def _row(word: Shift, has_floor: bool, n_steps: int) -> list[str]:
    counts = [word.counts[0], word.counts[-1]]
    row = [str(word.word), "" if None in counts else " ".join(f"{count:,}" for count in counts), f"{word.distance:.3f}"]
    row += [f"{word.floor:.3f}"] if has_floor else []
    row += [f"{step:.3f}" for step in word.steps] if n_steps > 1 else []
    row += [f"{word.kept:.2f}"] + ([f"{word.kept_floor:.2f}"] if has_floor else [])
    return [*row, f"{word.adjusted:.2g}"]
