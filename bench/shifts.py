"""Does `w2v compare` find words that were moved, and none where nothing was? Texts whose true shifts are known.

    python -m bench.shifts TEXT [--megabytes 10] [--runs 3] [--bootstrap documents] [--folder FOLDER] [--json FILE]

The text is cut into stretches of 1,000 words, which are dealt out at random to two halves: nothing has shifted between
them. In the second half 80 words that occur 40 to 2,000 times in each, in pairs about as common, are then given to
each other in a share of their places: a quarter, half, or all. Each text has a run set; `--folder` keeps what was
trained. A row says how many of the first 50 words are planted, how many planted and how many other words have a
corrected p below .05, how many of all words are farther than two runs on one text, and how often others' uncorrected p
is below .05.
"""

import argparse
import contextlib
import glob
import io
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import w2v
from w2v.cli.commands import main as command
from w2v.evaluation.comparing import LEVEL, MIN_COUNT, compare

STRETCH = 1000  # words
SHARES = (0.0, 0.25, 0.5, 1.0)
N_PAIRS = 40
OFTEN = (40, 2000)  # times in each half
Text = list[list[str]]


class Row(NamedTuple):
    """Of a strength: what was found."""

    share: float
    n_compared: int
    n_planted: int
    precision: float  # of the first 50
    n_found: int
    n_false: int
    above_floor: float  # share of all words that are farther than two runs on one text
    below: float  # share of other words whose uncorrected p is below .05

    def __str__(self) -> str:
        planted = f"{self.share:.0%} of their places" if self.share else "nothing"
        precision = f"{self.precision:.2f}" if self.share else "–"
        found = f"{self.n_found} of {self.n_planted}" if self.share else "–"
        numbers = f"{self.n_false} | {self.above_floor:.0%} | {self.below:.1%}"
        return f"| {planted} | {self.n_compared:,} | {precision} | {found} | {numbers} |"


def halves(text: str, rng: np.random.Generator) -> tuple[Text, Text]:
    """Stretches of a text, dealt out at random."""
    words = text.split()
    stretches = [words[i : i + STRETCH] for i in range(0, len(words), STRETCH)]
    order, half = rng.permutation(len(stretches)), len(stretches) // 2
    return [stretches[i] for i in order[:half]], [stretches[i] for i in order[half : 2 * half]]


def pairs_to_swap(first: Text, second: Text, rng: np.random.Generator) -> dict[str, str]:
    """Words, each with that whose place it takes."""
    counts = [Counter(word for some in half for word in some) for half in (first, second)]
    fit = [w for w, n in counts[0].items() if OFTEN[0] <= min(n, counts[1][w]) and n < OFTEN[1] and w.isalpha()]
    fit.sort(key=lambda word: -(counts[0][word] + counts[1][word]))
    starts = 2 * rng.choice(len(fit) // 2, N_PAIRS, replace=False)
    pairs = [(fit[i], fit[i + 1]) for i in starts]
    return dict(pairs) | {b: a for a, b in pairs}


def swapped(text: Text, other: dict[str, str], share: float) -> Text:
    """With words given to each other in a share of their places."""
    rng = np.random.default_rng(1)
    return [[other[w] if w in other and rng.random() < share else w for w in some] for some in text]


def run_set(name: str, text: Text, args: argparse.Namespace) -> list[Any]:
    """The runs on a text, trained if they are not in the folder."""
    pattern = str(args.folder / f"{name}-*.w2v")
    if len(glob.glob(pattern)) < args.runs:
        source = args.folder / name
        source.write_text("\n".join(map(" ".join, text)) + "\n", encoding="utf-8")
        asked = ["train", str(source), "-o", str(args.folder / f"{name}.w2v"), "--runs", str(args.runs), *args.settings]
        asked += ["--bootstrap", args.bootstrap] if args.bootstrap else []
        with contextlib.redirect_stdout(io.StringIO()):
            assert command(asked) == 0
    return [w2v.load(path) for path in sorted(glob.glob(pattern))]


def measured(share: float, old: list[Any], new: list[Any], planted: dict[str, str]) -> Row:
    """Compare two run sets, and count."""
    found = compare([old, new], len(old[0]), min_count=MIN_COUNT)
    is_planted = np.array([share > 0 and word.word in planted for word in found.words])
    seen = np.array([word.adjusted < LEVEL for word in found.words])
    below = np.array([word.p < LEVEL for word in found.words])
    others = ~is_planted
    return Row(
        share,
        found.n_compared,
        int(is_planted.sum()),
        float(is_planted[:50].mean()),
        int((seen & is_planted).sum()),
        int((seen & others).sum()),
        float(np.mean([word.distance > (word.floor or 0) for word in found.words])),
        float(below[others].mean()),
    )


def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit code."""
    parser = argparse.ArgumentParser("python -m bench.shifts", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("text", type=Path, metavar="TEXT", help="a plain text, such as wiki8")
    parser.add_argument("--megabytes", type=float, default=10, help="of it, for both halves (default 10)")
    parser.add_argument("--runs", type=int, default=3, help="of each text (default 3)")
    parser.add_argument("--bootstrap", choices=("sentences", "documents"), help="of which each run draws its text")
    parser.add_argument(
        "--folder", type=Path, help="where texts and vectors are kept, and taken from if they are there"
    )
    parser.add_argument("--settings", nargs="+", default=["--model", "sg"], help="of training (default --model sg)")
    parser.add_argument("--json", type=Path, help="also write the rows")
    args = parser.parse_args(arguments)
    with contextlib.ExitStack() as files:
        args.folder = args.folder or Path(files.enter_context(tempfile.TemporaryDirectory(prefix="shifts-")))
        with open(args.text, encoding="utf-8") as file:
            rng = np.random.default_rng(0)
            first, second = halves(file.read(int(args.megabytes * 1e6)), rng)
        other = pairs_to_swap(first, second, rng)
        old, rows = run_set("old", first, args), []
        columns = ["swapped", "words", "planted among the first 50", "planted found", "others found",
                   "farther than two runs on one text", "others with p < .05, uncorrected"]  # fmt: skip
        print(f"| {' | '.join(columns)} |\n|---{'|---:' * (len(columns) - 1)}|", flush=True)
        for share in SHARES:
            new = run_set(f"new{share:g}", swapped(second, other, share), args)
            rows.append(measured(share, old, new, other))
            print(rows[-1], flush=True)
    if args.json:
        args.json.write_text(json.dumps([row._asdict() for row in rows], indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
