"""The records of objectives and models, and what it takes to add one: three files, tried on a copy of the package."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import w2v
from w2v.config import TrainConfig
from w2v.kernel import layout
from w2v.kernel.tables import build_tables
from w2v.objectives.table import MODELS, OBJECTIVES

PACKAGE = Path(w2v.__file__).parent
RECORD = '''
"""Center against the commonest word: an objective that nobody needs."""

import numpy as np

from w2v.objectives.objective import Objective

AGAINST_FIRST = 9


class AgainstFirst(Objective):
    """Label 1 for the center, 0 for word 0."""

    name, code, help = "first", AGAINST_FIRST, "the center against the commonest word"

    def describe(self, config):
        return "the commonest word as its only negative"

    def capacity(self, n_words, tables, config, n_centers):
        return 2

    def loss_at_zero(self, n_words, tables, config):
        return 2 * float(np.log(2))
'''
PICKER = """
@inlined_early
def pick_first(center_id, scratch, base):
    scratch.out_rows[base], scratch.out_labels[base] = center_id, 1
    scratch.out_rows[base + 1], scratch.out_labels[base + 1] = 0, -1
    return np.int64(2)


@inlined_early
def pick_outputs("""
USE = """
import json, sys
import numpy as np
from w2v import Word2Vec
from w2v.cli.options import make_parsers

sentences = [[f"w{n}" for n in row] for row in np.random.default_rng(0).integers(0, 6, (12, 8))]
said = " ".join(make_parsers({})[1]["train"].format_help().split())
found = {"help": "first: the center against the commonest word" in said}
for sg in (0, 1):
    model = Word2Vec(sentences, sg=sg, loss="first", vector_size=8, min_count=1, workers=1, epochs=3, alpha=0.3)
    moved = np.flatnonzero(model.output_vectors.any(axis=1)).tolist()
    found[str(sg)] = [moved, [epoch.mean_loss for epoch in model.history.epochs], repr(model)]
print(json.dumps(found))
"""


def test_an_objective_takes_three_files(tmp_path):
    copy = shutil.copytree(PACKAGE, tmp_path / "w2v", ignore=shutil.ignore_patterns("__pycache__", "corpora"))

    def put(file, old, new):
        text = (copy / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, (file, old)
        (copy / file).write_text(text.replace(old, new), encoding="utf-8")

    imported = "from w2v.objectives.against_first import "
    branch = "    if settings.objective == AGAINST_FIRST:\n        return pick_first(center_id, scratch, base)\n"
    full = "    if settings.objective == FULL_SOFTMAX:"
    (copy / "objectives/against_first.py").write_text(RECORD, encoding="utf-8")
    put("objectives/table.py", "Both())", "Both(), AgainstFirst())")
    put("objectives/table.py", "\nfrom w2v.objectives.both", f"\n{imported}AgainstFirst\nfrom w2v.objectives.both")
    put("kernel/outputs.py", "\n@inlined_early\ndef pick_outputs(", PICKER)
    put("kernel/outputs.py", full, branch + full)
    put("kernel/outputs.py", "\nfrom w2v.objectives.full", f"\n{imported}AGAINST_FIRST\nfrom w2v.objectives.full")
    environment = {"NUMBA_DISABLE_JIT": "1", "PATH": "", "SYSTEMROOT": ""}
    process = subprocess.run([sys.executable, "-c", USE], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout)
    assert found.pop("help")
    for moved, losses, shown in found.values():
        assert moved == list(range(6)) and "first" in shown
        assert losses[0] < 1.05 * 2 * np.log(2) and losses[-1] < losses[0]


def test_names_and_codes_are_the_records_own():
    for table in (OBJECTIVES, MODELS):
        assert [one.name for one in table.values()] == list(table)
        assert len({one.code for one in table.values()}) == len(table)
        assert all(one.help and not one.help.endswith(".") for one in table.values())
    assert list(OBJECTIVES) == ["ns", "hs", "softmax", "sampled", "hs+ns"] and list(MODELS) == ["cbow", "sg"]


@pytest.mark.parametrize("loss", OBJECTIVES)
@pytest.mark.parametrize("n_words", [2, 3, 50])
def test_what_a_record_says_fits_its_tables(loss, n_words):
    config, objective = TrainConfig(loss=loss), OBJECTIVES[loss]
    counts = 1000 // np.arange(1, n_words + 1)
    tables = build_tables(counts, config)
    assert set(objective.tables(counts, config)) <= set(layout.Tables._fields)
    assert objective.n_output_rows(n_words) == {"hs": n_words - 1, "hs+ns": 2 * n_words - 1}.get(loss, n_words)
    first, changes = objective.hot_rows(counts, tables, config, 10**6, 1000)
    assert 0 <= first <= first + len(changes) <= objective.n_output_rows(n_words)
    depth = np.diff(tables.path_offsets).max(initial=0)
    longest = {"hs+ns": 6 + depth, "ns": config.n_negatives + 5, "sampled": 5 + 5, "softmax": n_words}
    assert objective.capacity(n_words, tables, config, 5) == longest.get(loss, depth)
    at_zero = {"hs+ns": (6 + depth) * np.log(2), "ns": 6 * np.log(2), "sampled": np.log(6), "softmax": np.log(n_words)}
    assert objective.loss_at_zero(n_words, tables, config) == pytest.approx(at_zero.get(loss, depth * np.log(2)))


def test_nobody_else_compares_the_names():
    """Outside of the table's own room, no file asks which objective or model it is: it asks what that one can do."""
    names = [f'"{name}"' for name in (*OBJECTIVES, *MODELS)]
    for path in PACKAGE.rglob("*.py"):
        if path.parent.name in ("objectives", "classify", "network"):  # these have losses of their own
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            compares = any(f"{sign} {name}" in line for sign in ("==", "!=", "in (") for name in names)
            assert not compares or path.name in ("keywords.py", "settings.py"), f"{path}: {line}"  # other tools' flags
