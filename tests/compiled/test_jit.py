"""The cache of compiled functions: every entry's key changes with every file that it is made of."""

import ast
import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import w2v
from w2v.compiled import jit

PACKAGE = Path(w2v.__file__).parent
ENTRY_FILES = sorted(
    str(path.relative_to(PACKAGE)).removesuffix(".py").replace("/", ".")
    for path in PACKAGE.rglob("*.py")
    if re.search(r"^ *@entry$", path.read_text(encoding="utf-8"), re.MULTILINE)
)
KEYS = """
import importlib, json, sys
from w2v.compiled import jit
for name in sys.argv[1:]:
    importlib.import_module(f"w2v.{name}")
functions = [one.py_func for one in jit.ENTRIES]
print(json.dumps({f"{f.__module__}.{f.__name__}": f.__closure__[-1].cell_contents for f in functions}))
"""


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
    caching = {path.name for path in PACKAGE.rglob("*.py") if "cache=True" in path.read_text(encoding="utf-8")}
    assert caching == {"jit.py"}


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

    def keys():
        command = [sys.executable, "-c", KEYS, *ENTRY_FILES]
        process = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return json.loads(process.stdout)

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
