"""The cache of compiled functions: every entry's key changes with every file that it is made of."""

import ast
import contextlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import w2v
from bench.fault_rooms import small_disk
from w2v.compiled import jit

PACKAGE = Path(w2v.__file__).parent
ENTRY_FILES = sorted(
    str(path.relative_to(PACKAGE)).removesuffix(".py").replace("/", ".")
    for path in PACKAGE.rglob("*.py")
    if re.search(r"^ *@entry$", path.read_text(encoding="utf-8"), re.MULTILINE)
)
FORKING = """
import contextlib, io, json, os, resource, sys, traceback
import numba.extending, numpy, scipy, tqdm

numba.njit(lambda a, b: a + b)(1, 2)  # so that what knows all types is there
for line in sys.stdin:
    if os.fork():
        os.wait()
        continue
    folder, words, before = json.loads(line)
    os.chdir(folder)
    sys.argv, out, errors = words, io.StringIO(), io.StringIO()
    sys.modules["__main__"].__file__ = words[0]
    if before:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, before))
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        try:
            exec(compile(open(words[0]).read(), words[0], "exec"))
        except BaseException:
            traceback.print_exc()
            code = 1
    os.write(1, (json.dumps([code, out.getvalue(), errors.getvalue()]) + chr(10)).encode())
    os._exit(0)
"""
KEYS = """
import importlib, json, sys
from w2v.compiled import jit
for name in sys.argv[1:]:
    importlib.import_module(f"w2v.{name}")
functions = [one.py_func for one in jit.ENTRIES]
print(json.dumps({f"{f.__module__}.{f.__name__}": f.__closure__[-1].cell_contents for f in functions}))
"""


class Forking:
    """A process that has imported what takes a second, but nothing of the package, and forks for each script."""

    def __init__(self, path, **variables):
        command, environment = [sys.executable, "-c", FORKING], {**os.environ, "PYTHONPATH": str(path), **variables}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
        self.process = subprocess.Popen(command, env=environment, cwd=path, **pipes)

    def run(self, folder, *words, limit=0):
        """(exit code, standard output, standard error) of a script in a folder, its words and a limit of file sizes."""
        self.process.stdin.write(json.dumps([str(folder), list(map(str, words)), limit]) + "\n")
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.process.communicate(timeout=60)


@pytest.fixture(scope="module")
def entries():
    """name → digest of every entry of the package, in this process."""
    for name in ENTRY_FILES:
        importlib.import_module(f"w2v.{name}")
    return {f"{one.py_func.__module__}.{one.__name__}": one for one in jit.ENTRIES}


def test_every_entry_is_found(entries):
    found = {name.rpartition(".")[0].removeprefix("w2v.") for name in entries}
    assert set(ENTRY_FILES) == {name for name in found if not name.startswith("test")}
    assert len(entries) >= 12


def test_nothing_is_cached_without_the_decorator():
    texts = {path.name: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert not [name for name, text in texts.items() if "cache=True" in text]
    assert [name for name, text in texts.items() if "._cache =" in text] == ["jit.py"]


def test_an_entry_is_made_of_every_file_whose_functions_it_calls(entries):
    """What the function's own names lead to, by looking at the live objects, is among the files of the digest."""
    for name, one in entries.items():
        known, waiting, seen = jit.sources(one.py_func.__module__), [one.py_func], set()
        while waiting:
            function = waiting.pop()
            if id(function) in seen:
                continue
            seen.add(id(function))
            assert function.__module__ in known, f"{name} calls {function.__module__}.{function.__name__}"
            for value in map(function.__globals__.get, function.__code__.co_names):
                inner = getattr(value, "py_func", None) or getattr(value, "_defn", None)
                if inner is not None and inner.__module__.startswith("w2v."):
                    waiting.append(inner)


def test_all_forms_of_import_are_seen():
    """The digest looks for imports as they are written in this package; a walk of the syntax tree finds no others."""
    for name in sorted({file for one in ENTRY_FILES for file in jit.sources(f"w2v.{one}")}):
        tree, found = ast.parse(Path(sys.modules[name].__file__).read_text(encoding="utf-8")), set()
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "w2v":
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            assert not isinstance(node, ast.Import) or not any(alias.name.startswith("w2v") for alias in node.names)
        assert jit._imported(name) == {one for one in found if one in sys.modules}, name


def test_the_key_changes_with_every_file(tmp_path):
    """Numba looks at the entry's file alone; a change below it must not run old machine code (numba#1833)."""
    copy = shutil.copytree(PACKAGE, tmp_path / "w2v", ignore=shutil.ignore_patterns("__pycache__", "corpora"))

    (tmp_path / "keys.py").write_text(KEYS)
    for name in ENTRY_FILES:
        importlib.import_module(f"w2v.{name}")
    with Forking(tmp_path) as forking:

        def keys():
            code, output, errors = forking.run(tmp_path, "keys.py", *ENTRY_FILES)
            assert code == 0, errors
            return json.loads(output)

        before = keys()
        assert keys() == before
        for file in sorted({file for name in ENTRY_FILES for file in jit.sources(f"w2v.{name}")} - {"w2v"}):
            path = copy / Path(*file.split(".")[1:])
            path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
            text = path.read_text(encoding="utf-8")
            path.write_text(text + "# changed\n", encoding="utf-8")
            after = keys()
            changed = {name for name in before if after[name] != before[name]}
            assert changed == {name for name in before if file in jit.sources(name.rpartition(".")[0])}, file
            path.write_text(text, encoding="utf-8")


# ---- a cache that cannot be used


# Little is optimised where the code is thrown away.
QUICKLY = {"NUMBA_OPT": "0"}
NOWHERE = {name: os.devnull for name in ("HOME", "XDG_CACHE_HOME", "NUMBA_CACHE_DIR")}
ADDING = """
import logging, sys
logging.basicConfig(format="%(message)s")
from w2v.compiled.jit import entry
@entry
def add(a, b):
    return a + b
print(add(1, 2), sum(add.stats.cache_hits.values()))
"""


def run(arguments, folder, **variables):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), **variables},
    )  # fmt: skip


@pytest.fixture(scope="module")
def forking(tmp_path_factory):
    """(process, folder of its cache)"""
    cache = tmp_path_factory.mktemp("cache")
    with Forking(PACKAGE.parent, NUMBA_CACHE_DIR=str(cache)) as process:
        yield process, cache


@pytest.fixture
def add(tmp_path, forking):
    """A function: what `ADDING` finds, and how often it warned. limit: bytes that a file may have."""

    def add(text=ADDING, limit=0):
        file = tmp_path / "adding.py"
        if not file.exists() or file.read_text() != text:  # Numba 0.62 looks at when it was written
            file.write_text(text)
        code, output, errors = forking[0].run(tmp_path, file, limit=limit)
        assert "Traceback" not in errors and code == 0, errors
        return output.split(), errors.count("cannot be kept")

    return add


def cache_files(forking, folder):
    """What the cache has of `adding.py` in a folder."""
    return sorted(file for file in forking[1].rglob("*.nb*") if folder.name in str(file.parent))


def test_commands_run_without_a_place_for_the_cache(tmp_path):
    """A package that cannot be written, no home, and no other folder: a file where a folder would be stops root too."""
    copy = shutil.copytree(PACKAGE, tmp_path / "w2v", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in {path.parent for path in copy.rglob("*.py")}:
        (folder / "__pycache__").touch()
    (tmp_path / "text").write_text("a b c d e f g h\n" * 200)
    command = ["-m", "w2v", "train", "text", "-o", "x.w2v", "--vector-size", "8", "--epochs", "1", "--threads", "1"]
    for words in (command, ["-m", "w2v", "info", "x.w2v"]):
        done = run(words, tmp_path, PYTHONPATH=str(tmp_path), **NOWHERE, **QUICKLY)
        assert done.returncode == 0 and done.stderr.count("cannot be kept") <= 1, done.stderr
        assert "train" not in words or "NUMBA_CACHE_DIR" in done.stderr


def test_a_damaged_cache_is_compiled_anew(tmp_path, add, forking):
    assert add() == (["3", "0"], 0) and add() == (["3", "1"], 0)
    files = cache_files(forking, tmp_path)
    assert len(files) == 2
    for file in files:
        good = file.read_bytes()
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 1
        for bad in (b"", good[:-1], good[: len(good) // 2], b"nonsense", bytes(flipped)):
            file.write_bytes(bad)
            assert add() == (["3", "0"], 0), (file, bad[:20])
            assert add() == (["3", "1"], 0)


def test_a_full_disk_keeps_no_cache_and_ends_nothing(add):
    assert add(limit=100) == (["3", "0"], 1)
    assert add() == (["3", "0"], 0) and add() == (["3", "1"], 0)


def test_old_code_is_not_run_where_there_was_no_room_for_new_code(add):
    """Numba writes a new index before the new code, under the name of the old one."""
    subtracting, multiplying, an_index = ADDING.replace("a + b", "a - b"), ADDING.replace("a + b", "a * b"), 2000
    assert add()[0] == ["3", "0"]
    assert add(multiplying, an_index) == (["2", "0"], 1)
    assert add(multiplying, an_index) == (["2", "0"], 1)
    assert add(subtracting) == (["-1", "0"], 0)


@contextlib.contextmanager
def read_only(folder):
    """The folder with what is in it, on a file system that takes nothing more: permissions do not stop root."""
    with small_disk(20) as disk:
        if disk is None:
            pytest.skip("needs the right to mount a small file system")
        shutil.copytree(folder, disk, dirs_exist_ok=True)
        yield disk
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


def shut(disk):
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


def test_a_filled_cache_that_cannot_be_written_is_used(tmp_path):
    """Of an image whose caches were filled when it was made."""
    (tmp_path / "adding.py").write_text(ADDING)
    for variables in ({"NUMBA_CACHE_DIR": "cache"}, {}):
        with read_only(tmp_path) as disk:
            assert run(["adding.py"], disk, **variables).stdout.split() == ["3", "0"]
            shut(disk)
            again = run(["adding.py"], disk, **{**NOWHERE, **variables} if variables else NOWHERE)
            assert (again.stdout.split(), again.stderr) == (["3", "1"], ""), again.stderr


def test_a_filled_cache_is_used_where_another_could_be_written(tmp_path):
    (tmp_path / "adding.py").write_text(ADDING)
    with read_only(tmp_path) as disk:
        assert run(["adding.py"], disk).stdout.split() == ["3", "0"]
        shut(disk)
        again = run(["adding.py"], disk, NUMBA_CACHE_DIR=str(tmp_path / "another"))
        assert (again.stdout.split(), again.stderr) == (["3", "1"], "")
