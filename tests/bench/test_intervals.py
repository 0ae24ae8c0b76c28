"""The simulation of intervals runs, and its marks say what they should."""

import json

from bench.intervals import COVERAGE, Row, main


def test_few_files_of_each_row(tmp_path, capsys):
    assert main(["--files", "4", "--resamples", "100", "--json", str(tmp_path / "rows.json")]) == 0
    rows = json.loads((tmp_path / "rows.json").read_text())
    output = capsys.readouterr().out
    assert len(rows) == output.count("\n| ") - 1 > 20 and all(0 <= row["rate"] <= 1 for row in rows)


def test_marks():
    assert str(Row("x", 0.95, COVERAGE)) == "| x | 95.0 % | 93 to 97 % ✓ |"
    assert str(Row("x", 0.92, COVERAGE)).endswith("✗ |") and str(Row("x", 0.5, None)) == "| x | 50.0 % | |"
