"""The shape of the house: which room may import from which, what is imported late, and how long files may be."""

import ast
from pathlib import Path

import pytest
from support import python

import w2v

PACKAGE = Path(w2v.__file__).parent
# A room imports only from rooms further up in this list, and from itself.
ROOMS = [
    "errors", "system", "objectives", "config", "presets", "compiled", "corpus", "kernel", "network", "formats",
    "phrases", "documents", "evaluation", "vectors", "training", "cluster", "classify", "sklearn", "data", "maps",
    "pictures", "models", "utils", "cli", "__main__",
    "__init__",
]  # fmt: skip
WITHOUT_NUMBA = [
    "", ".vectors.keyed_vectors", ".formats.table", ".formats.vector_files", ".evaluation.scoring", ".system.container",
    ".data.datasets", ".models.keyedvectors", ".utils", ".config", ".corpus.vocabulary", ".phrases.model",
    ".cli.options", ".cli.commands",
]  # fmt: skip
MAX_LINES = 450

FILES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}


def room_of(name):
    """The room of a module (`w2v.kernel.chunk`), or the module itself where it stands in the door; `__init__` for a
    public name of the package."""
    first = name.split(".")[1] if "." in name else "__init__"
    is_there = (PACKAGE / first).is_dir() or (PACKAGE / f"{first}.py").is_file()
    return first if is_there else "__init__"


def imported_modules(path):
    """(room or None, full name) of every import, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full, from w2v"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "w2v" else [node.module]
        else:
            continue
        for name in names:
            yield (room_of(name) if name.split(".")[0] == "w2v" else None), name


def test_every_room_has_its_place_and_its_sentence():
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name not in ("__pycache__", "corpora")}
    doors = {path.stem for path in PACKAGE.glob("*.py")}
    assert len(set(ROOMS)) == len(ROOMS)
    assert set(ROOMS) == folders | doors
    for folder in folders:
        tree = ast.parse((PACKAGE / folder / "__init__.py").read_text(encoding="utf-8"))
        # The paths of gensim have names, too, and `w2v.cluster` two functions.
        assert len(tree.body) == 1 or folder in ("models", "cluster"), (
            f"{folder}/__init__.py holds a sentence and nothing else"
        )
        sentence = ast.get_docstring(tree)
        assert sentence and "\n" not in sentence and sentence.endswith(".")


@pytest.mark.parametrize("name", FILES)
def test_imports_point_upwards_in_the_list(name):
    room = room_of("w2v." + name.removesuffix(".py").replace("/", "."))
    allowed = ROOMS[: ROOMS.index(room) + 1]
    wrong = {own for own, _ in imported_modules(FILES[name]) if own is not None and own not in allowed}
    wrong -= {"__init__"} if imports_version_only(FILES[name]) else set()
    assert not wrong, f"{name} is below {wrong} in the order of rooms"


def imports_version_only(path):
    """Whether the only thing that a file takes from `w2v` itself is its version, which is there before any room."""
    return {name for own, name in imported_modules(path) if own == "__init__"} <= {"w2v.__version__"}


def test_the_check_sees_imports(tmp_path):
    (tmp_path / "a.py").write_text(
        "import os\ndef f():\n    from w2v import kernel, Word2Vec\n    import w2v.cli.plot, pickle\n"
    )
    assert list(imported_modules(tmp_path / "a.py")) == [
        (None, "os"), ("kernel", "w2v.kernel"), ("__init__", "w2v.Word2Vec"), ("cli", "w2v.cli.plot"), (None, "pickle"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_nobody_unpickles_and_only_compiled_code_imports_the_compiler(name):
    foreign = {full.split(".")[0] for _, full in imported_modules(FILES[name])}
    # Numba pickles what it keeps of compiled code; `jit.py` looks at a digest before it unpickles its part of that.
    allowed = {"pickle"} if name == "compiled/jit.py" else set()
    assert not foreign & {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"} - allowed
    assert "allow_pickle=True" not in FILES[name].read_text(encoding="utf-8")
    assert name.startswith("compiled/") or not foreign & {"numba", "llvmlite"}


@pytest.mark.parametrize("module", WITHOUT_NUMBA)
def test_import_leaves_the_compiler_alone(module):
    python(f"import w2v{module}, sys; assert not {{'numba', 'scipy'}} & set(sys.modules)")


def test_help_leaves_the_compiler_alone():
    code = (
        "import sys, runpy, contextlib\n"
        "sys.argv = ['w2v', '--help']\n"
        "with contextlib.suppress(SystemExit): runpy.run_module('w2v', run_name='__main__')\n"
        "assert 'numba' not in sys.modules and 'w2v.formats' not in sys.modules"
    )
    assert "train" in python(code).stdout


@pytest.mark.parametrize("name", FILES)
def test_file_is_short(name):
    n_lines = len(FILES[name].read_text(encoding="utf-8").splitlines())
    assert n_lines <= MAX_LINES, f"{name} has {n_lines} lines; find the missing noun"


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_imports_nothing_that_only_commands_need(arguments):
    code = (
        "import sys, runpy, contextlib\n"
        f"sys.argv = ['w2v', *{arguments!r}]\n"
        "with contextlib.suppress(SystemExit): runpy.run_module('w2v', run_name='__main__')\n"
        "rooms = {name.split('.')[1] for name in sys.modules if name.startswith('w2v.')}\n"
        "assert 'numpy' not in sys.modules and not rooms & {'formats', 'kernel', 'training', 'corpus'}, rooms"
    )
    python(code)
