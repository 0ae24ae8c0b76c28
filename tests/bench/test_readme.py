"""What the README says of speed is what `bench/results.json` holds; what it says of usage runs."""

import json
import math
import re
import statistics
from pathlib import Path

import pytest
from support import python

from bench.sides import Comparison, from_json

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMES = {"fastText": "fasttext-wheel"}


@pytest.fixture(scope="module")
def rows():
    """(what, peer) → (ratio, our words per second) of the training section."""
    found = {}
    for row in from_json(json.loads((ROOT / "bench/results.json").read_text())["sections"]["training"]):
        if isinstance(row, Comparison) and "w2v" in row.seconds:
            rate = row.work / statistics.median(row.seconds["w2v"])
            for peer in row.peers():
                found[row.what, peer] = row.ratio(peer)[0], rate
    return found


def table():
    """(what, peer or "w2v words/s", text of the cell) for each cell of the README's table of training speed."""
    lines = README[README.index("| | d | threads | w2v words/s") :].split("\n\n")[0].splitlines()
    head, what = [cell.strip() for cell in lines[0].split("|")][1:-1], ""
    for line in lines[2:]:
        cells = [cell.strip().strip("*") for cell in line.split("|")][1:-1]
        what = cells[0] or what
        name = f"{what}, d = {cells[1]}, {cells[2]} thread" + "s" * (cells[2] != "1")
        yield from ((name, peer, cell) for peer, cell in zip(head[3:], cells[3:], strict=True) if cell)


def test_the_table_of_speed_is_measured(rows):
    cells = list(table())
    assert len(cells) > 30
    for what, peer, cell in cells:
        number = float(cell.replace(",", "").removesuffix("×"))
        if peer == "w2v words/s":
            assert number == pytest.approx(rows[what, "gensim"][1], rel=1e-3), what
        else:
            ratio = rows[what, NAMES.get(peer, peer)][0]
            assert abs(number - ratio) <= (0.051 if "." in cell else 0.51), (what, peer, ratio)


def test_the_first_paragraph_is_the_tables(rows):
    low, high = map(int, re.search(r"Skip-gram trains (\d+) to (\d+) times as fast as in gensim", README).groups())
    ratios = [
        ratio for (what, peer), (ratio, _) in rows.items()
        if what.startswith("skip-gram, negative sampling") and peer == "gensim" and "AVX" not in what
    ]  # fmt: skip
    assert (low, high) == (math.floor(min(ratios)), math.ceil(max(ratios)))


def test_baskets_and_walks_train_as_shown():
    """The snippet under "Baskets and graph walks" finds what was bought together, and who is near in a graph."""
    snippet = README[README.index("Baskets and graph walks") :].split("```python\n")[1].split("```")[0]
    code = (
        "import numpy as np\nfrom w2v import Word2Vec\n"
        "draw = np.random.default_rng(0).integers\n"
        "baskets = [[f'{kind}{n}' for n in draw(0, 6, 8)] for _ in range(600) for kind in 'ab']\n"
        "neighbours = {i: [i // 8 * 8 + (i + 1) % 8, i // 8 * 8 + (i + 3) % 8] for i in range(24)}\n"
        f"{snippet}\n"
        "assert {item[0] for item, _ in items.wv.most_similar('a1', topn=5)} == {'a'}\n"
        "assert {node // 8 for node, _ in nodes.wv.most_similar(9, topn=5)} == {1}\n"
    )
    python(code)
