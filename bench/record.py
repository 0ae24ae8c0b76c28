"""Results on disk: rows by section, the machine and the versions that each comes from, and the document made of them.

Runs add up: the sections that ran replace their rows, all others stay, and the document shows everything.
"""

import importlib
import importlib.metadata
import json
import os
import platform
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.programs import ROOT
from bench.sides import Row, as_json, from_json, markdown

PACKAGES = ("numpy", "numba", "scipy", "gensim", "fasttext-wheel")


@dataclass
class Results:
    """What the JSON file holds. runs: what was true for all rows of one call of the driver. sections: rows as plain
    data, each with the number of its run."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    sections: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path | None) -> "Results":
        """The results of a file; empty ones if there is none."""
        if path is None or not path.exists():
            return cls()
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(data["runs"], data["sections"])

    def save(self, path: Path) -> None:
        """Write the file, whole or not at all; runs that no row is left of are dropped."""
        used = sorted({row["run"] for rows in self.sections.values() for row in rows})
        numbers = {old: new for new, old in enumerate(used)}
        data = {
            "runs": [self.runs[old] for old in used],
            "sections": {
                name: [{**row, "run": numbers[row["run"]]} for row in rows] for name, rows in self.sections.items()
            },
        }
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        temporary.replace(path)

    def rows(self, section: str) -> list[Row]:
        """The rows of a section."""
        return from_json(self.sections.get(section, []))

    def add(self, section: str, row: Row) -> None:
        """Add a row of the last run, in the place of one that measured the same."""
        item = {**as_json([row])[0], "run": len(self.runs) - 1}
        rows = self.sections.setdefault(section, [])
        for place, old in enumerate(rows):
            if repeats(old, item):
                rows[place] = item
                return
        rows.append(item)

    def finish(self, section: str) -> None:
        """A section was measured whole: rows of earlier runs go."""
        self.sections[section] = [row for row in self.sections.get(section, []) if row["run"] == len(self.runs) - 1]

    def document(self, order: dict[str, str]) -> str:
        """Markdown of all sections in the given order (name → what it is about)."""
        parts = [INTRODUCTION]
        for name, title in order.items():
            if rows := self.sections.get(name):
                used = sorted({row["run"] for row in rows})
                stamps = "\n".join(f"<sub>{stamp(self.runs[run])}</sub>" for run in used)
                parts.append(f"## {title}\n\n{markdown(from_json(rows))}\n{stamps}\n")
        return "\n".join(parts)


INTRODUCTION = """# Results

Made by `python -m bench` (bench/README.md). The ratio is taken round by round, w2v and the other program in turn, and
its median counts: other work on the machine slows both sides of a round alike, so absolute figures mean little.
✓: target reached, ✗: not reached.
"""


def repeats(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether a row measures what an earlier one did: the same work and, if it is a race, the same sides."""
    if (old["kind"], old["what"]) != (new["kind"], new["what"]):
        return False
    return "seconds" not in new or set(old["seconds"]) == set(new["seconds"])


def stamp(run: dict[str, Any]) -> str:
    """Where rows come from, in a line."""
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    return (
        f"{run['date']}, commit {run['commit']}; {run['processor']}, {run['cores']} cores, {run['lanes']} lanes, "
        f"{run['memory_gb']:.0f} GB; {versions}; {run['rounds']} rounds; {run['corpus']}"
    )


def describe_run(corpus: Path, rounds: int) -> dict[str, Any]:
    """Machine, versions and commit of this call."""
    registers = importlib.import_module("w2v.compiled.registers")
    return {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "commit": commit(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "lanes": getattr(registers, "LANES", None),
        "memory_gb": memory() / 2**30,
        "system": platform.platform(),
        "versions": versions(),
        "corpus": f"{corpus.name}, {corpus.stat().st_size:,} bytes",
        "rounds": rounds,
    }


def versions() -> dict[str, str]:
    """Python, ours, and what is installed of the packages that matter."""
    import w2v

    found = {"Python": platform.python_version(), "w2v": w2v.__version__}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def commit() -> str:
    """The commit of the checkout; with a + if w2v or bench were changed since."""
    try:
        name = git("rev-parse", "--short", "HEAD")
        return name + "+" * bool(git("status", "--porcelain", "--", "w2v", "bench/*.py"))
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def git(*arguments: str) -> str:
    """What git says about the checkout."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def processor() -> str:
    """The processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        facts = dict(part.split(":", 1) for part in lines if ":" in part)
        return {name.strip(): value.strip() for name, value in facts.items()}["model name"]
    except (OSError, KeyError, ValueError):
        return platform.processor() or platform.machine()


def memory() -> float:
    """Bytes of the machine's memory; 0 where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return 0.0
