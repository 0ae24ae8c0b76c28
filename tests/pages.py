"""The code blocks of the documentation: read from Markdown, run in this process, and compared with what the page shows.

A block runs unless a comment stands directly above it that says why not, `<!-- not run: REASON -->`; at the head of a
page `<!-- nothing here is run: REASON -->` says it of all its blocks. Numbers may differ, and so may neighbours;
`...` stands for any lines, or at the end of a line for its rest.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import w2v
from w2v.cli.commands import main

ROOT = Path(__file__).parents[1]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_REASON = re.compile(r"<!-- not run: [^>]{10,} -->\s*\Z")
_PAGE_REASON = re.compile(r"<!-- nothing here is run: [^>]{10,} -->")
_COMMANDS = ("console", "sh", "bash", "shell")
# What a page may run beside w2v: nothing that installs, downloads or leaves its folder.
_TOOLS = ("cat", "echo", "for", "grep", "head", "ls", "printf", "python3", "sed", "tail")


class Block(NamedTuple):
    """kind: `console`, `python` or `pycon`. shown: what Python prints, from the block behind it, or ""."""

    line: int
    kind: str
    text: str
    shown: str
    is_run: bool


def blocks(markdown: str) -> list[Block]:
    """The blocks of a page that hold commands or Python."""
    none_runs = _PAGE_REASON.search(markdown) is not None
    found, parts = [], list(_BLOCK.finditer(markdown))
    for place, part in enumerate(parts):
        kind, text = part[1], part[2]
        if kind in _COMMANDS or (not kind and text.startswith(("$ ", "w2v "))):
            kind = "console"
        elif kind not in ("python", "pycon"):
            continue
        shown, following = "", parts[place + 1] if place + 1 < len(parts) else None
        if kind == "python" and following and following[1] in ("", "text"):
            gap = markdown[part.end() : following.start()]
            shown = following[2] if not gap.strip() else ""
        is_run = not none_runs and not _REASON.search(markdown[: part.start()])
        found.append(Block(markdown.count("\n", 0, part.start()) + 1, kind, text, shown, is_run))
    return found


def run_page(path: Path, found: list[Block], done: Mapping[str, str]) -> None:
    """Run all blocks of a page that are run, in the current folder; `AssertionError` names the line.

    done: command line → what it printed, of those that were run before and whose files are here.
    """
    names: dict[str, object] = {"__name__": "__page__", "w2v": w2v}
    for block in found:
        if not block.is_run:
            continue
        for asked, shown in _steps(block):
            where = f"{path.name}, line {block.line}: {asked.strip().splitlines()[0]}"
            if block.kind == "console":
                got = done.get(asked.strip()) or command(asked, where)
            else:
                got = _python(asked, names, where, block.kind)
            assert alike(shown, got) or (block.kind == "python" and not shown), (
                f"{where}\n--- shown\n{shown}\n--- got\n{got}"
            )


def _steps(block: Block) -> list[tuple[str, str]]:
    """(what is typed, what it prints) in turn."""
    if block.kind == "python":
        return [(block.text, block.shown)]
    if block.kind == "pycon":
        text = re.sub(r"^\.\.\.$", "<more>", block.text, flags=re.MULTILINE)  # doctest would take it for code
        return [(e.source, e.want.replace("<more>", "...")) for e in doctest.DocTestParser().get_examples(text)]
    steps: list[tuple[str, str]] = []
    for line in block.text.replace("\\\n", " ").splitlines(keepends=True):
        if line.startswith("$ ") or (not steps and not block.text.startswith("$ ")):
            steps.append((line.removeprefix("$ "), ""))
        elif not block.text.startswith("$ "):
            steps += [(line, "...")] if line.strip() and not line.startswith("#") else []
        else:
            steps[-1] = steps[-1][0], steps[-1][1] + line
    return steps if block.text.startswith("$ ") else [(asked, "...") for asked, _ in steps]


def _python(code: str, names: dict[str, object], where: str, kind: str) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            exec(compile(code, where, "single" if kind == "pycon" else "exec"), names)
        except Exception as error:
            if kind == "python":
                raise
            head = "Traceback (most recent call last):\n"
            return printed.getvalue() + head + "".join(traceback.format_exception_only(error))
    return printed.getvalue()


def command(line: str, where: str = "") -> str:
    """Run a command line: `w2v` in this process, all else in a shell; returns what a terminal would show."""
    line, _, target = line.strip().partition(" > ")
    data, shown = b"", ""
    stages = re.split(r" \| (?=(?:[^']*'[^']*')*[^']*$)", line)
    for place, stage in enumerate(stages):
        is_last = place + 1 == len(stages)
        if stage.startswith("w2v "):
            data, said = _w2v(shlex.split(stage, comments=True)[1:], data, is_last and not target)
            shown += said
        else:
            assert stage.split()[0] in _TOOLS, f"{where}: is not run by tests; say why above it, <!-- not run: ... -->"
            done = subprocess.run(stage, shell=True, input=data, capture_output=True, check=False)  # noqa: S602
            data, shown = done.stdout, shown + done.stderr.decode()
            assert done.returncode in (0, 141), f"{where}: {shown}"
    if target:
        Path(target).write_bytes(data)
        return shown
    return shown + data.decode()


def _w2v(words: list[str], data: bytes, merged: bool) -> tuple[bytes, str]:
    """(results, the rest); merged: ("", both as they came)."""
    results = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    said = results if merged else io.StringIO()
    try:
        with _typed(data), contextlib.redirect_stdout(results), contextlib.redirect_stderr(said):
            code = main(words)
    except SystemExit as end:
        code = int(end.code or 0)
    text = results.buffer.getvalue()  # type: ignore[attr-defined]
    refused = "w2v: error:" in (text.decode() if merged else said.getvalue())  # type: ignore[union-attr]
    assert code == (2 if refused else 0), text.decode()
    return (b"", text.decode()) if merged else (text, said.getvalue())  # type: ignore[union-attr]


@contextlib.contextmanager
def _typed(data: bytes) -> Iterator[None]:
    """In the `with` statement standard input, whichever way it is read, holds these bytes."""
    before, usual = os.dup(0), sys.stdin
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        os.dup2(file.fileno(), 0)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - closed below
        try:
            yield
        finally:
            sys.stdin.close()
            sys.stdin = usual
            os.dup2(before, 0)
            os.close(before)


def alike(shown: str, got: str) -> bool:
    """Whether a page's output is the program's, but for numbers, neighbours and what `...` leaves out."""
    pattern = ""
    for line in _plain(shown):
        if line == "...":
            pattern += r"(?:[^\n]*\n)*?"
        elif line.endswith("..."):
            pattern += re.escape(line.removesuffix("...").rstrip()) + r"[^\n]*\n"
        else:
            pattern += re.escape(line) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _plain(got))) is not None


def _plain(text: str) -> list[str]:
    """Lines without blank ones, white space as one blank, numbers as #, a neighbour and its cosine as one sign; without
    what only a slow or new machine says."""
    text = text.replace("…", "...").replace(os.getcwd() + "/", "/")
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]
    lines = [re.sub(r"^\S+( [-−]?\d\.\d{3,4})+$", "<neighbour>", line) for line in lines]
    lines = [re.sub(r"\[('\w+'(, )?)+\]", "<words>", line) for line in lines]
    lines = [re.sub(r'\["\w+", [-\d.]+\]', "<neighbour>", line) for line in lines]
    lines = [re.sub(r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?", "#", line) for line in lines]
    lines = [re.sub(r"-{5,}", "-----", line) for line in lines if line]
    return [line for line in lines if not re.match(r"compiling the|#% #", line)]
