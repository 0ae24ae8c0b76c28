"""The shape of the house: who imports whom, what is imported late, and how long files may be."""

import ast
from pathlib import Path

import pytest
from conftest import python

import w2v

PACKAGE = Path(w2v.__file__).parent
# A file imports only from files further up in this list.
ORDER = """
    errors interrupts files config field_options tokens documents classify_config classify_options parallel
    console vocab sampling huffman layout memory randomness bits row_copies simd elementary gradient kernels
    classify_kernels wordtable scan spelling archives sources lexicon container pruning space replacements
    raw_ids fingerprint corpus datasets questions vector_rows store reports decimal_kernels decimals text_format
    binary_format native_format formats analogy_kernels analogy_search evaluate search queries legacy optimisers network
    idx vectors preparation records workers rounds trainer features finetune classification classify
    classify_training checkpoint progress keywords classify_format likelihood training_state model probes plot
    info options classify_commands training_commands cli __main__ __init__
"""
LAYERS = ORDER.split()
COMPILED = {
    "randomness", "row_copies", "simd", "elementary", "gradient", "kernels", "classify_kernels", "bits", "wordtable",
    "scan", "analogy_kernels", "decimal_kernels",
}  # fmt: skip
WITHOUT_NUMBA = ["", ".vectors", ".formats", ".evaluate", ".container", ".datasets", ".config", ".vocab"]
MAX_LINES = 450

FILES = {path.stem: path for path in sorted(PACKAGE.glob("*.py"))}


def imported_modules(path):
    """(file of this package or None, top-level name) of every import, wherever it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: write imports in full, from w2v"
            names = [f"{node.module}.{alias.name}" for alias in node.names] if node.module == "w2v" else [node.module]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            own = rest.split(".")[0] if first == "w2v" else ""
            yield (own if own in FILES else None), first


def test_every_file_has_its_layer():
    assert len(set(LAYERS)) == len(LAYERS)
    assert set(FILES) - set(LAYERS) == set(), "give the new file its place in LAYERS"
    assert set(LAYERS) - set(FILES) == set(), "take the file that is gone out of LAYERS"


@pytest.mark.parametrize("name", FILES)
def test_imports_point_upwards_in_the_list(name):
    above = LAYERS[: LAYERS.index(name)] if name in LAYERS else []
    wrong = {own for own, _ in imported_modules(FILES[name]) if own is not None and own not in above}
    assert not wrong, f"{name} is below {wrong} in the order of layers"


def test_the_check_sees_imports(tmp_path):
    (tmp_path / "a.py").write_text("import os\ndef f():\n    from w2v import kernels\n    import w2v.model, pickle\n")
    assert list(imported_modules(tmp_path / "a.py")) == [
        (None, "os"), ("kernels", "w2v"), ("model", "w2v"), (None, "pickle"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_nobody_unpickles_and_only_kernels_compile(name):
    foreign = {first for _, first in imported_modules(FILES[name])}
    assert not foreign & {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    assert "allow_pickle=True" not in FILES[name].read_text(encoding="utf-8")
    assert name in COMPILED or not foreign & {"numba", "llvmlite"}


@pytest.mark.parametrize("module", WITHOUT_NUMBA)
def test_import_leaves_the_compiler_alone(module):
    python(f"import w2v{module}, sys; assert not {{'numba', 'scipy'}} & set(sys.modules)")


def test_help_leaves_the_compiler_alone():
    code = (
        "import sys, runpy, contextlib\n"
        "sys.argv = ['w2v', '--help']\n"
        "with contextlib.suppress(SystemExit): runpy.run_module('w2v', run_name='__main__')\n"
        "assert 'numba' not in sys.modules"
    )
    assert "train" in python(code).stdout


@pytest.mark.parametrize("name", FILES)
def test_file_is_short(name):
    n_lines = len(FILES[name].read_text(encoding="utf-8").splitlines())
    assert n_lines <= MAX_LINES, f"{FILES[name].name} has {n_lines} lines; find the missing noun"
