"""Score against seconds: points and their commands, what is kept and not run again, the table."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from bench import pareto
from bench.__main__ import main
from bench.pareto import POINTS, Measured, Point, command, scores, table
from bench.peers import PEERS, Run, parse_peer
from w2v import KeyedVectors
from w2v.presets import PRESETS

KINGDOM = Path(__file__).parents[2] / "corpora" / "kingdom.txt"
QUESTIONS = KINGDOM.with_name("kingdom-questions.txt")


def test_every_point_has_a_key_of_its_own_and_a_program_that_is_known():
    assert len({point.key for point in POINTS}) == len(POINTS) == len({(p.program, str(p)) for p in POINTS})
    assert {point.program for point in POINTS} == {"w2v", "gensim", *PEERS}
    assert {point.name for point in POINTS if point.program == "w2v"} - {"default"} <= set(PRESETS)
    for point in POINTS:
        if point.program in PEERS:
            loss = "ns" if point.name in ("sg", "cbow") else point.name
            assert (point.name, loss) in PEERS[point.program].settings


def told(point, external=None):
    """The command of a point."""
    return command(point, 7, Path("in.txt"), Path("out.bin"), external)


def test_presets_and_defaults_are_told_nothing_but_threads_and_seed():
    words = told(Point("w2v", "levy", 100))
    assert words[-8:] == ["-o", "out.bin", "--preset", "levy", "--threads", "2", "--seed", "7"]
    assert "--preset" not in told(Point("w2v", "default", 100))
    settings = json.loads(told(Point("gensim", "default", 100))[-1])
    assert settings == {"corpus_file": "in.txt", "workers": 2, "seed": 7, "output": "out.bin"}


def test_other_points_are_told_their_model_dimension_epochs_and_window():
    settings = json.loads(told(Point("gensim", "cbow", 300, 15, 10))[-1])
    assert (settings["sg"], settings["vector_size"], settings["epochs"], settings["window"]) == (0, 300, 15, 10)
    words = told(Point("fasttext", "sg", 300, 15, 10), parse_peer("fasttext=/x"))
    for pair in (["-dim", "300"], ["-epoch", "15"], ["-ws", "10"], ["-seed", "7"], ["-output", "out"]):
        assert any(words[place : place + 2] == pair for place in range(len(words))), pair


def test_the_four_programs_of_glove_are_one_command(tmp_path):
    run = Run("glove", "glove", 50, 2, tmp_path / "in.txt", tmp_path / "out.glove", epochs=15, window=10, seed=3)
    for name, writes in {"vocab_count": "cat", "cooccur": "cat", "shuffle": "cat", "glove": 'echo "$@" > told'}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{writes}\n")
        (tmp_path / name).chmod(0o755)
    program = tmp_path / "glove"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/told\necho the 1 2 > {tmp_path}/out.glove.txt\n')
    (tmp_path / "in.txt").write_text("a text")
    pareto.run_program("GloVe", parse_peer(f"GloVe={tmp_path}").command(run))
    assert (tmp_path / "out.glove").read_text() == "the 1 2\n"
    for setting in ("-vector-size 50", "-iter 15", "-threads 2", "-seed 3", "-x-max 10"):
        assert setting in (tmp_path / "told").read_text()
    assert {path.name for path in tmp_path.glob("out.*")} == {"out.glove", "out.glove.vocab"}


def test_all_programs_are_asked_about_the_same_words_in_the_same_order(tmp_path, monkeypatch):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("".join(f"a\tw{number}\t{number}\n" for number in range(5)))
    vectors = KeyedVectors(2)
    angles = [0.0, 1.0, 0.8, 0.6, 0.4, 0.2]  # w4 is the nearest to a
    vectors.add_vectors(
        ["a", *(f"w{n}" for n in range(5))], np.array([[np.cos(x), np.sin(x)] for x in angles], np.float32)
    )
    words = ["unknown", "w4", "a", "w0", "w1", "w2", "w3"]
    assert scores(vectors, words, [str(pairs)]) == {"pairs": pytest.approx(100)}
    monkeypatch.setattr(pareto, "RESTRICT", 5)
    vectors["w2"] = np.array([-1, 0], np.float32)  # beyond the first five
    assert scores(vectors, words, [str(pairs)]) == {"pairs": pytest.approx(100)}


def run(key, seed, seconds, score, program="koan"):
    """A run as it is kept."""
    return Measured(key, program, f"settings of {key}", seed, seconds, "a command", 2 * seconds, 0.0, {"pairs": score})


def test_the_table_has_a_row_for_each_point_the_quickest_first():
    rows = table([run("slow", 1, 90, 40), run("quick", 1, 9, 30), run("quick", 2, 11, 32)]).splitlines()
    assert rows[0] == "| seconds | of processors | program | settings | runs | pairs |"
    assert rows[2:] == [
        "| 10.0 | 20.0 | koan | settings of quick | 2 | 31.0 ± 1.4 |",
        "| 90.0 | 180 | koan | settings of slow | 1 | 40.0 |",
    ]


FAKE = """#!{python}
import os, sys
while sum(os.times()[:2]) < 0.05:  # the clock of processors ticks every 0.01 s
    pass
flags = dict(zip(sys.argv[1::2], sys.argv[2::2]))
words = open({words!r}).read().split()
with open(flags["-output"], "w") as out:
    print(len(words), 2, file=out)
    for number, word in enumerate(words):
        print(word, number, int(flags["-iter"]), file=out)
"""


def test_a_run_is_kept_with_its_command_and_not_made_again(tmp_path, capsys):
    words = tmp_path / "words"
    words.write_text(" ".join(sorted(set(KINGDOM.read_text().split()))))
    program, points = tmp_path / "fake", tmp_path / "points.json"
    program.write_text(FAKE.format(python=sys.executable, words=str(words)))
    program.chmod(0o755)
    options = ["pareto", str(KINGDOM), "--eval", str(QUESTIONS), "--points", str(points), "--seeds", "1", "2"]
    options += ["--peer", f"word2vec.c={program}", "--without", "gensim", "--only", "word2vec.c-sg"]
    assert main([*options, "--patience", "0"]) == 0
    kept = json.loads(points.read_text())
    assert [(one["key"], one["seed"]) for one in kept] == [("word2vec.c-sg-200-1", 1), ("word2vec.c-sg-200-5", 1)]
    assert kept[0]["command"].startswith("word2vec.c -train CORPUS -output OUT.bin") and kept[0]["processor"] > 0
    assert all(0 <= score <= 100 for score in kept[0]["scores"].values()) and "kingdom-questions" in kept[0]["scores"]
    program.unlink()  # nothing can be run any more
    assert main([*options, "--patience", "0"]) == 0 and "is left out" not in capsys.readouterr().err
    assert main(options) == 0
    said = capsys.readouterr()
    assert said.err.count("is left out: word2vec.c cannot be run") == 2  # the second seed of both
    assert said.out.count("| word2vec.c | skip-gram, d = 200, ") == 2 and json.loads(points.read_text()) == kept


def test_it_needs_something_to_score_with(capsys):
    assert main(["pareto", str(KINGDOM)]) == 1
    assert "pareto needs evaluation files" in capsys.readouterr().err
