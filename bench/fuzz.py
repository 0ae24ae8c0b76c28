"""Broken files to every reader, for as long as you like; a Markdown table of what came of it.

    python -m bench.fuzz --seconds 60                      each reader for a minute
    python -m bench.fuzz --seconds 600 --reader glove

Files are changed with their structure in mind: header numbers, lines, words and the lengths of a JSON header, besides
plain bytes. Where atheris is installed it keeps what reaches new lines of code and goes on from there; otherwise
changes are made at random. Inputs that show a fault are kept in --findings.
"""

import argparse
import bz2
import gzip
import json
import lzma
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

READER_FILES = (
    "system.container", "system.stored", "system.compression", "formats.format", "formats.sample", "formats.table",
    "formats.foreign", "formats.rows", "formats.decimal_reading", "formats.text", "formats.glove", "formats.binary",
    "formats.fasttext", "formats.subwords", "formats.native", "formats.vector_files", "corpus.word_counts",
    "corpus.vocabulary", "evaluation.questions", "cli.info", "evaluation.benchmarks", "evaluation.analogy_sets",
    "evaluation.item_sets", "evaluation.word_lists",
    "training.keywords", "training.state", "training.model_file", "training.standing", "cli.job",
    "classify.checkpoint", "classify.embeddings", "classify.means",
)  # fmt: skip
MAX_BYTES = 1 << 16
TRACED = 50  # memory is watched for one input of so many
SPECIAL = [
    b"\0", b"\n", b"\r\n", b"\r", b" ", b"\t", b"\xef\xbb\xbf", b"nan", b"inf", b"-inf", b"1e999", b"-0", b"_", b"0",
    b"-1", b"+1", b"1000000000000", b"9223372036854775807", b"99999999999999999999", b"1_0", b"\xff\xfe",
    b"\xed\xa0\x80", b"\xc2\x85", b"\xe2\x80\xa8", b"\xd9\xa1", b":", b"#", b"</s>", b"null", b"true", b"{", b"[", b"]",
    b'"', b"\\u0000", b"\\ud800", b"F16", b"I64", b"1e400", b"Infinity", b"NaN", b"{}",
]  # fmt: skip
_NUMBER = re.compile(rb"-?\d+\.?\d*")
_HEADER = re.compile(rb"\d+ (\d+)\n")


def mutated(data: bytes, seeds: list[bytes], choose: random.Random) -> bytes:
    """The file with one to four changes; what a header says of lengths is put right in many of them."""
    is_native = data[8:9] == b"{" and choose.random() < 0.9
    length = int.from_bytes(data[:8], "little")
    if is_native and choose.random() < 0.8:
        head, rest = data[8 : 8 + length], data[8 + length :]
        for _ in range(choose.randint(1, 3)):
            head = _change(head, seeds, choose)
        return (len(head).to_bytes(8, "little") + head + rest)[:MAX_BYTES]
    for _ in range(choose.choice((1, 1, 2, 4))):
        data = _change(data, seeds, choose)
    if (header := _HEADER.match(data)) and choose.random() < 0.5:
        data = b"%d %b\n" % (len(data.split(b"\n")) - 2, header[1]) + data[header.end() :]
    if choose.random() < 0.03:
        data = choose.choice((gzip.compress, bz2.compress, lzma.compress))(data)
        data = _change(data, seeds, choose) if choose.random() < 0.5 else data
    return data[:MAX_BYTES]


def _change(data: bytes, seeds: list[bytes], choose: random.Random) -> bytes:
    start = choose.randint(0, len(data))
    end = min(len(data), start + choose.choice((1, 1, 2, 4, 16, 64)))
    lines = data.split(b"\n")
    line = choose.randrange(len(lines))
    number = choose.choice([None, *_NUMBER.finditer(data[:4096])])
    changes: list[Callable[[], bytes]] = [
        lambda: data[:start] + choose.randbytes(end - start) + data[end:],
        lambda: data[:start] + choose.choice(SPECIAL) + data[start:],
        lambda: data[:start] + choose.choice(SPECIAL) + data[end:],
        lambda: data[:start] + data[end:],
        lambda: data[:start],
        lambda: data[:start] + data[start:end] * choose.choice((2, 3, 100)) + data[end:],
        lambda: b"\n".join([*lines[:line], *lines[line + 1 :]]),
        lambda: b"\n".join([*lines[: line + 1], lines[choose.randrange(len(lines))], *lines[line + 1 :]]),
        lambda: data[:start] + choose.choice(seeds)[choose.randint(0, 40) :],
        lambda: data if number is None else data[: number.start()] + _other_number(choose) + data[number.end() :],
        lambda: data if number is None else data[: number.start()] + _other_number(choose) + data[number.end() :],
    ]
    return choose.choice(changes)()


def _other_number(choose: random.Random) -> bytes:
    return choose.choice(
        (
            b"%d" % choose.randint(-2, 9),
            b"%.*g" % (choose.randint(1, 20), choose.gauss(0, 10 ** choose.randint(-5, 5))),
            choose.choice(SPECIAL),
            b"%d" % 2 ** choose.randint(0, 70),
        )
    )


# ---- one reader ------------------------------------------------------------------------------------------------------


class Campaign:
    """What came of the inputs that one reader was given."""

    def __init__(self, name: str, findings: Path, report: Path, guided: bool) -> None:
        if guided:
            import atheris

            with atheris.instrument_imports(include=[f"w2v.{name}" for name in READER_FILES]):
                from bench import readers
        else:
            from bench import readers
        self.judge, self.reader = readers.judge, readers.readers()[name]
        self.name, self.findings, self.report = name, findings, report
        self.counts: dict[str, int] = {readers.READ: 0, readers.REFUSED: 0}
        self.faults: dict[str, str] = {}
        self.said = time.monotonic()
        self.folder = tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
        self.path = Path(self.folder.name) / "file"

    def try_one(self, data: bytes) -> None:
        """Give the reader a file."""
        n_tried = sum(self.counts.values())
        outcome = self.judge(self.reader, self.path, data, trace=n_tried % TRACED == 0)
        if outcome in self.counts:
            self.counts[outcome] += 1
        else:
            self.counts["fault"] = self.counts.get("fault", 0) + 1
            kind = re.sub(r"\d+", "0", outcome)[:80]
            if kind not in self.faults:
                kept = self.findings / f"{self.name.replace(' ', '-')}-{len(self.faults) + 1}"
                kept.write_bytes(data)
                self.faults[kind] = f"{outcome}  ({kept})"
        if time.monotonic() - self.said > 0.5:
            self.say()

    def say(self) -> None:
        """Keep the counts: atheris ends the process without a word."""
        self.said = time.monotonic()
        self.report.write_text(json.dumps({"counts": self.counts, "faults": list(self.faults.values())}))

    def run(self, seconds: float, seed: int) -> None:
        """Changes at random, for so long."""
        choose, seeds, began = random.Random(seed), self.reader.seeds, time.monotonic()
        pool = list(seeds)
        while time.monotonic() - began < seconds:
            data = mutated(choose.choice(pool), seeds, choose)
            self.try_one(data)
            if choose.random() < 0.01:  # go on from changed files too
                pool = [*seeds, *pool[-50:], data]
        self.say()

    def run_guided(self, seconds: float, seed: int) -> None:
        """Changes that atheris and `mutated` make in turn; does not return."""
        import atheris

        choose = random.Random(seed)

        def change(data: bytes, max_size: int, seed: int) -> bytes:
            if choose.random() < 0.5:
                return atheris.Mutate(data, min(max_size, MAX_BYTES))
            return mutated(data, self.reader.seeds, choose)[:max_size]

        corpus = Path(self.folder.name) / "corpus"
        corpus.mkdir()
        for number, data in enumerate(self.reader.seeds):
            (corpus / str(number)).write_bytes(data)
        options = [
            f"-max_total_time={seconds:.0f}",
            f"-seed={seed}",
            f"-max_len={MAX_BYTES}",
            "-verbosity=0",
            "-rss_limit_mb=4096",
        ]
        atheris.Setup(["fuzz", *options, str(corpus)], self.try_one, custom_mutator=change)
        atheris.Fuzz()


# ---- all of them -----------------------------------------------------------------------------------------------------


def main(words: list[str] | None = None) -> int:
    """Fuzz the readers asked for, each in a process of its own; returns the exit code, 1 when a fault was found."""
    args = make_parser().parse_args(words)
    guided = find_spec("atheris") is not None and not args.unguided
    args.findings.mkdir(parents=True, exist_ok=True)
    if args.alone:
        campaign = Campaign(args.reader[0], args.findings, args.alone, guided)
        (campaign.run_guided if guided else campaign.run)(args.seconds, args.seed)
        return 0
    from bench.readers import readers  # not before: atheris has to see the import

    names = list(readers())
    unknown = [name for name in args.reader if name not in names]
    if unknown:
        print(f"there is no reader {unknown[0]!r}; choose from {', '.join(names)}", file=sys.stderr)
        return 2
    print(f"{'coverage-guided (atheris) and structured' if guided else 'structured, unguided'} changes, "
          f"{args.seconds:g} s a reader, seed {args.seed}\n\n"
          "| reader | inputs | read | refused | faults |\n|---|---:|---:|---:|---|", flush=True)  # fmt: skip
    found, total = False, 0
    for name in args.reader or names:
        result = _in_process(name, args)
        counts, faults = result["counts"], result["faults"]
        total, found = total + sum(counts.values()), found or bool(faults)
        print(f"| {name} | {sum(counts.values()):,} | {counts['read']:,} | {counts['refused']:,} | "
              f"{'; '.join(faults) or 'none'} |", flush=True)  # fmt: skip
    print(f"| all | {total:,} | | | {'see above' if found else 'none'} |")
    return int(found)


def _in_process(name: str, args: argparse.Namespace) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        command = [sys.executable, "-m", "bench.fuzz", "--alone", report, "--reader", name, "--seed", args.seed,
                   "--seconds", args.seconds, "--findings", args.findings]  # fmt: skip
        ended = subprocess.run(
            [*map(str, command), *(["--unguided"] if args.unguided else [])], capture_output=True, text=True
        )
        result = (
            json.loads(report.read_text()) if report.exists() else {"counts": {"read": 0, "refused": 0}, "faults": []}
        )
        if ended.returncode:
            result["faults"].append(f"the process ended with code {ended.returncode}: {ended.stderr[-200:]!r}")
        return result


def make_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        "python -m bench.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=10, help="for each reader (default 10)")
    parser.add_argument("--reader", nargs="+", default=[], metavar="NAME", help="default: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unguided", action="store_true", help="leave atheris out")
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-findings")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
