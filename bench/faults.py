"""A campaign of faults against real processes of `w2v train`, `resume` and `classify train`: what is lost?

    python -m bench.faults corpus.txt --kills 200 -o docs/faults.md

Every try ends with the bytes of an undisturbed run with one thread, or with one sentence, exit code 2 and everything
that was there before; anything else is counted as lost and described. The corpus is a plain text of 1 to 5 MB, so that
a run takes a few seconds and kills meet every stage of it.
"""

import argparse
import itertools
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from bench.fault_rooms import KINDS, Room, digest, one_sentence, room, small_disk, wait_until
from bench.fault_signals import Signalled

_KILLED = (".part", ".lock")  # what a killed process may leave


class Row(NamedTuple):
    """A kind of fault."""

    fault: str
    n_tries: int
    lost: list[str]  # what went wrong, one entry for each try that lost something
    note: str


class Campaign:
    """The undisturbed run, and every fault against it."""

    def __init__(self, corpus: Path, seed: int) -> None:
        self.corpus, self.seed = corpus, seed
        self.whole: dict[str, str] = {}  # kind → digest of what an undisturbed run writes
        self.seconds = 0.0  # that the slower one takes
        for kind in KINDS:
            with room(corpus, kind) as undisturbed:
                undisturbed.run(*undisturbed.kind.words)  # compiles
                undisturbed.output.unlink(missing_ok=True)
                began = time.monotonic()
                code, errors = undisturbed.run(*undisturbed.kind.words)
                self.seconds = max(self.seconds, time.monotonic() - began)
                if code:
                    raise SystemExit(f"the undisturbed run ended with code {code}: {errors}")
                self.whole[kind] = digest(undisturbed.output)
                if kind == "train":
                    self.megabytes = undisturbed.output.stat().st_size / 1e6
        self.expected = self.whole["train"]

    # ---- kills

    def kills(self, n: int, n_parallel: int) -> Row:
        """kill −9 at random moments, sometimes twice in a row."""
        with ThreadPoolExecutor(n_parallel) as pool:
            found = list(pool.map(self._kill, range(n)))
        stages = Counter(stage for stage, _ in found)
        note = ", ".join(f"{count} {stage}" for stage, count in sorted(stages.items()))
        return Row("kill −9 at a random moment", n, [wrong for _, wrong in found if wrong], note)

    def _kill(self, number: int) -> tuple[str, str | None]:
        draw = random.Random(f"{self.seed} {number}")
        with room(self.corpus) as where:
            stage = self._killed(where, where.kind.words, draw)
            if draw.random() < 0.3 and where.checkpoint.exists() and not where.output.exists():
                stage = self._killed(where, where.kind.go_on, draw)
            return stage, where.finish() or where.compared(self.expected, _KILLED)

    def _killed(self, where: Room, words: Sequence[str], draw: random.Random) -> str:
        process = where.start(*words)
        time.sleep(draw.uniform(0, 1.15 * self.seconds))
        process.kill()
        where.end(process)
        parts = [name for name in os.listdir(where.folder) if name.endswith(".part")]
        if process.returncode == 0:
            return "after the end"
        if any("checkpoint" in name for name in parts):
            return "while a checkpoint was written"
        if parts:
            return "while the vectors were saved"
        return "between checkpoints" if where.checkpoint.exists() else "before the first checkpoint"

    # ---- signals

    def signals(self, n: int, n_signals: int, n_parallel: int) -> Row:
        """Signals at each stage: what was read and trained is in a file when the run ends, and goes on."""
        lost, note = Signalled(self.corpus, self.whole, self.seconds, self.seed).tries(n, n_signals, n_parallel)
        how = ("a signal to the group", "two signals to the group, 0 to 500 ms apart")[n_signals - 1]
        return Row(how, n, lost, note)

    # ---- disks

    def full_disks(self) -> Iterator[Row]:
        """A small file system for each kind of file that is written."""
        too_small = 0.75 * self.megabytes
        sizes = {"encoded corpus": 1, "checkpoint": too_small, "vectors": too_small, "vocabulary": 0.004}
        for name, megabytes in sizes.items():
            with room(self.corpus) as where, small_disk(megabytes) as disk:
                if disk is None:
                    yield Row(f"disk full: {name}", 0, [], "needs the right to mount a small file system; not tried")
                    continue
                extra = {
                    "encoded corpus": ["--cache-dir", str(disk)],
                    "checkpoint": ["--checkpoint", str(disk / "a.checkpoint")],
                    "vectors": ["-o", str(disk / "out.w2v"), "--checkpoint", str(where.checkpoint)],
                    "vocabulary": ["--save-vocab", str(disk / "vocab.txt")],
                }[name]
                code, errors = where.run(*where.kind.words, *extra)
                left = [path.name for path in disk.iterdir()]
                if name == "checkpoint":  # no reason to end the training
                    warned = "no checkpoint could be written" in errors
                    wrong = (
                        where.compared(self.expected, _KILLED)
                        if code == 0 and warned
                        else f"code {code}: {errors[-300:]}"
                    )
                else:
                    wrong = one_sentence(code, errors)
                wrong = wrong or (f"{left} were left on the full disk" if left else None)
                if name == "vectors" and not wrong:
                    wrong = self._after_a_full_disk(where, disk)
                notes = {
                    "checkpoint": "a warning; training goes on",
                    "vectors": "the checkpoint has them, and resume saves them when there is room",
                }
                yield Row(f"disk full: {name}", 1, [wrong] if wrong else [], notes.get(name, "one sentence, code 2"))

    def _after_a_full_disk(self, where: Room, disk: Path) -> str | None:
        """With room on the disk again, the run that could not save its vectors ends well."""
        if not where.checkpoint.exists():
            return "no checkpoint was left"
        subprocess.run(["mount", "-o", "remount,size=200m", str(disk)], check=True)
        code, errors = where.run("resume", str(where.checkpoint), "-o", str(disk / "out.w2v"))
        if code:
            return f"resume ended with code {code}: {errors[-300:]}"
        return None if digest(disk / "out.w2v") == self.expected else "the vectors differ"

    def read_only(self) -> Row:
        """A target that cannot be written is refused before the corpus is read."""
        with room(self.corpus) as where, small_disk(1) as disk:
            if disk is None:
                return Row("read-only target", 0, [], "needs the right to mount a file system; not tried")
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            began = time.monotonic()
            code, errors = where.run(*where.kind.words, "-o", str(disk / "out.w2v"))
            seconds = time.monotonic() - began
        wrong = one_sentence(code, errors) or ("read the corpus first" if "read " in errors else None)
        return Row("read-only target", 1, [wrong] if wrong else [], f"refused after {seconds:.1f} s")

    # ---- the corpus

    def changed_corpus(self) -> Row:
        """The corpus is cut or replaced while training goes on; then a resume with the changed one is refused."""
        lost = []
        for change in (self._cut, self._replace):
            with room(self.corpus) as where:
                process = where.start(*where.kind.words)
                wait_until(where.checkpoint.exists, process)
                change(where.text)
                where.end(process)
                wrong = f"code {process.returncode}" if process.returncode else where.compared(self.expected, _KILLED)
                lost += [f"{change.__name__}: {wrong}"] if wrong else []
            with room(self.corpus) as where:
                process = where.start(*where.kind.words)
                wait_until(where.checkpoint.exists, process)
                process.kill()
                where.end(process)
                change(where.text)
                wrong = one_sentence(*where.run("resume", where.checkpoint.name))
                shutil.copy(self.corpus, where.text)
                wrong = wrong or where.finish() or where.compared(self.expected, _KILLED)
                lost += [f"{change.__name__}, resumed: {wrong}"] if wrong else []
        return Row("corpus cut or replaced while training", 4, lost, "training is not disturbed; resume refuses")

    @staticmethod
    def _cut(text: Path) -> None:
        os.truncate(text, text.stat().st_size // 2)

    @staticmethod
    def _replace(text: Path) -> None:
        other = text.with_name("other.txt")
        other.write_bytes(text.read_bytes()[::-1])
        other.replace(text)

    # ---- memory, damage

    def little_memory(self) -> Row:
        """Address-space limits that are reached between the start and the end of training. Below some 600 MB the
        compiler and the matrix library abort while they are loaded, before any code of ours runs."""
        import resource

        lost, codes = [], Counter[int]()
        for megabytes in range(600, 1000, 20):
            with room(self.corpus) as where:
                limit = megabytes << 20
                code, errors = where.run(
                    *where.kind.words, before=lambda limit=limit: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
                )
                codes[code] += 1
                wrong = (
                    (one_sentence(code, errors) if code else None)
                    or where.finish()
                    or where.compared(self.expected, _KILLED)
                )
                lost += [f"{megabytes} MB: {wrong}"] if wrong else []
        note = ", ".join(f"code {code}: {count}" for code, count in sorted(codes.items()))
        return Row("address space limited to 600 … 980 MB", sum(codes.values()), lost, note)

    def damage(self, n: int) -> Row:
        """One byte of a checkpoint is changed: refused, and the one before it goes on to the same bytes."""
        lost = []
        with room(self.corpus) as where:
            process = where.start(*where.kind.words)
            wait_until((where.folder / "out.w2v.checkpoint.previous").exists, process)
            process.kill()
            where.end(process)
            previous = where.folder / "out.w2v.checkpoint.previous"
            whole, before = where.checkpoint.read_bytes(), previous.read_bytes()
            for number in range(n):
                draw = random.Random(f"{self.seed} damage {number}")
                damaged = bytearray(whole)
                damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
                part = where.folder / "damaged"
                part.write_bytes(damaged)
                part.replace(where.checkpoint)  # it may be one file with the previous one when the kill came just then
                wrong = one_sentence(*where.run("resume", where.checkpoint.name))
                if number % 10 == 0 and not wrong:
                    code, errors = where.run("resume", previous.name)
                    wrong = f"code {code}: {errors[-200:]}" if code else None
                    wrong = wrong or where.compared(self.expected, _KILLED)
                    where.output.unlink(missing_ok=True)
                    previous.write_bytes(before)
                lost += [wrong] if wrong else []
        return Row("one bit of a checkpoint flipped", n, lost, "refused; each tenth gone on from the one before")


def rows(campaign: Campaign, args: argparse.Namespace) -> Iterator[Row]:
    """All faults."""
    yield campaign.kills(args.kills, args.parallel)
    yield campaign.signals(args.signals, 1, args.parallel)
    yield campaign.signals(args.two_signals, 2, args.parallel)
    yield from campaign.full_disks()
    yield campaign.read_only()
    yield campaign.changed_corpus()
    yield campaign.little_memory()
    yield campaign.damage(args.damaged)


def main() -> int:
    """Run the campaign; returns 1 if anything was lost."""
    parser = argparse.ArgumentParser("python -m bench.faults", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    add = parser.add_argument
    add("corpus", type=Path, help="a plain text of 1 to 5 MB")
    add("--kills", type=int, default=200)
    add("--signals", type=int, default=32)
    add("--two-signals", type=int, default=100)
    add("--damaged", type=int, default=50)
    add("--parallel", type=int, default=2, help="kills and signals at a time (default 2)")
    add("--seed", type=int, default=1)
    add("-o", "--output", type=Path, metavar="FILE", help="write the table here, between the marks that are there")
    args = parser.parse_args()
    campaign = Campaign(args.corpus.resolve(), args.seed)
    table = ["| fault | tries | lost | |", "|---|---|---|---|"]
    print(f"the undisturbed run takes {campaign.seconds:.1f} s\n" + "\n".join(table), flush=True)
    lost = []
    for row in rows(campaign, args):
        table.append(f"| {row.fault} | {row.n_tries} | {len(row.lost)} | {row.note} |")
        print(table[-1], flush=True)
        lost += row.lost
    for number, wrong in zip(itertools.count(1), lost, strict=False):
        print(f"{number}. {wrong}", file=sys.stderr)
    if args.output:
        replace_table(args.output, "\n".join(table))
    return int(bool(lost))


def replace_table(path: Path, table: str) -> None:
    """Put the table between the marks of the document."""
    start, end = "<!-- faults -->\n", "<!-- /faults -->"
    text = path.read_text(encoding="utf-8")
    head, _, rest = text.partition(start)
    _, mark, tail = rest.partition(end)
    if not mark:
        raise SystemExit(f"{path} has no lines {start.strip()} and {end}")
    path.write_text(f"{head}{start}{table}\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
