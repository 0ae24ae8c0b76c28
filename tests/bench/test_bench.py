"""The benchmark driver: what its rows mean, how they are kept, what programs are told, and real runs."""

import json
import statistics
import sys
from argparse import Namespace
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from labelled import labelled_text

from bench import accuracy, classify, growth, programs, record, training
from bench.__main__ import main
from bench.peers import PEERS, Run, from_pypi, parse_peer
from bench.sides import Comparison, Figure, SideError, alternate, as_json, from_json, markdown, number, wanted
from bench.texts import SENTENCE, Texts, sentences

KINGDOM = Path(__file__).parents[2] / "corpora" / "kingdom.txt"
QUESTIONS = KINGDOM.with_name("kingdom-questions.txt")


def row(**changes):
    """A comparison with three rounds."""
    seconds = {"w2v": [1.0, 2.0, 4.0], "gensim": [3.0, 2.0, 40.0]}
    return Comparison(**{"section": "training", "what": "skip-gram", "seconds": seconds, **changes})


# ---- rows


def test_the_ratio_is_the_median_of_the_ratios_of_the_rounds():
    assert row().ratio("gensim") == (3.0, 1.0, 10.0)  # the ratio of the medians would be 3 / 2


def test_a_target_is_met_by_the_median_ratio_and_a_limit_by_the_median_time():
    assert row(target={"gensim": 3.0}).is_met("gensim") is True
    assert row(target={"gensim": 3.1}).is_met("gensim") is False
    assert row().is_met("gensim") is None
    assert (row(limit=2.0).is_met(), row(limit=1.9).is_met(), row().is_met()) == (True, False, None)


def test_rates_are_printed_where_the_work_is_known_and_times_elsewhere():
    assert "| 5,000 words/s | gensim | 3,333 words/s |" in row(work=10_000, unit="words/s").lines()[0]
    assert "| 2.00 s | gensim | 3.00 s |" in row().lines()[0]
    assert row(seconds={"w2v": [0.0042]}, limit=0.5).lines() == ["| skip-gram | 4.20 ms | | | | ≤ 500 ms ✓ |"]


def test_a_row_without_our_side_says_so():
    assert row(seconds={"gensim": [1.0]}).lines() == ["| skip-gram | failed | | | | |"]
    assert Figure("memory", "peak", {}).lines() == ["| peak | failed |  |  |  |"]


def test_ours_need_not_be_called_w2v():
    scaling = row(seconds={"2 threads": [1.0], "1 thread": [1.9]}, ours="2 threads", target={"1 thread": 1.9})
    assert scaling.is_met("1 thread") is True and scaling.peers() == ["1 thread"]


def test_accuracy_may_miss_the_peer_by_one_deviation():
    def figure(*ours):
        return Figure("accuracy", "questions", {"w2v": list(ours), "gensim": [40.0, 42.0]}, "%", not_below="gensim")

    assert statistics.stdev([40.0, 42.0]) == pytest.approx(1.414, abs=0.001)
    assert figure(39.6, 39.8).is_met() is True and figure(39.4, 39.6).is_met() is False
    assert figure(37.0, 41.0).is_met() is True  # the larger deviation of the two
    assert figure(39.6).lines() == ["| questions | 39.6 | gensim 41.0 ± 1.4 | % | not below gensim ✓ |"]


def test_limits_of_figures():
    assert Figure("memory", "peak", {"w2v": [300.0]}, at_most=300).is_met() is True
    assert Figure("memory", "peak", {"w2v": [301.0]}, at_most=300).is_met() is False
    assert Figure("machine", "share", {"w2v": [0.2]}, at_least=0.25).is_met() is False
    assert Figure("machine", "share", {"w2v": [0.2]}).is_met() is None


def test_both_kinds_of_rows_survive_json_and_have_a_table_each():
    rows = [row(target={"gensim": 2.0}, note="slice"), Figure("memory", "peak", {"w2v": [1.0]}, "MB", at_most=2)]
    assert from_json(json.loads(json.dumps(as_json(rows)))) == rows
    text = markdown(rows)
    assert text.count("\n|---|") == 2 and "skip-gram (slice)" in text and "peak" in text
    assert markdown([]) == ""


@pytest.mark.parametrize(("value", "text"), [(1234.5, "1,234"), (99.96, "100.0"), (12.34, "12.3"), (0.126, "0.13")])
def test_numbers_have_three_digits_that_count(value, text):
    assert number(value) == text


def test_keys_are_asked_for_by_their_beginning():
    assert wanted("sg-ns-300-1", []) and wanted("sg-ns-300-1", ["cbow", "sg-ns"]) and wanted("sg", ["sg"])
    assert not wanted("sg-ns-300-1", ["sg-n"])


# ---- alternation


def test_sides_take_turns_and_may_name_their_own_seconds():
    calls = []
    seconds = alternate({"a": lambda: calls.append("a"), "b": lambda: calls.append("b") or 7.0}, 3, warm_up=1)
    assert calls == ["a", "b"] * 4
    assert seconds["b"] == [7.0, 7.0, 7.0] and len(seconds["a"]) == 3 and all(0 <= s < 1 for s in seconds["a"])


def test_a_side_that_fails_is_left_out_with_a_reason_and_the_others_go_on(capsys):
    def broken():
        raise SideError("the program is missing")

    assert alternate({"broken": broken, "b": lambda: 1.0}, 2) == {"b": [1.0, 1.0]}
    assert "broken is left out: the program is missing" in capsys.readouterr().err


def test_an_error_of_the_benchmark_itself_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        alternate({"a": lambda: 1 / 0}, 1)


# ---- results


def results_of(*rows, old=None):
    """Results of one run."""
    results = old or record.Results()
    results.runs.append(record.describe_run(KINGDOM, 1))
    for one in rows:
        results.add(one.section, one)
    return results


def test_a_further_run_replaces_what_it_repeats_and_leaves_the_rest(tmp_path):
    peer = row(seconds={"w2v": [1.0], "koan": [2.0]})
    results_of(row(), peer, row(what="CBOW"), row(section="reading")).save(tmp_path / "r.json")
    results = results_of(row(note="again"), old=record.Results.load(tmp_path / "r.json"))
    assert [(r.what, r.note, r.peers()) for r in results.rows("training")] == [
        ("skip-gram", "again", ["gensim"]), ("skip-gram", "", ["koan"]), ("CBOW", "", ["gensim"]),
    ]  # fmt: skip
    results.finish("training")
    assert [r.note for r in results.rows("training")] == ["again"] and len(results.rows("reading")) == 1


def test_rows_keep_the_run_they_come_from_and_runs_without_rows_go(tmp_path):
    results = results_of(row(section="reading"))
    results = results_of(old=results)  # a run without rows
    results = results_of(row(), old=results)
    results.save(tmp_path / "r.json")
    again = record.Results.load(tmp_path / "r.json")
    assert len(again.runs) == 2
    assert again.sections["reading"][0]["run"] == 0 and again.sections["training"][0]["run"] == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "r.json"]


def test_the_document_shows_sections_in_order_with_their_origin():
    text = results_of(row(), row(section="reading", what="words")).document({"reading": "Reading", "training": "Train"})
    assert text.index("## Reading") < text.index("| words |") < text.index("## Train") < text.index("| skip-gram |")
    assert text.count("Python 3") == 2 and "kingdom.txt" in text and " lanes" in text


def test_no_results_file_means_no_results(tmp_path):
    assert record.Results.load(tmp_path / "none.json") == record.Results.load(None) == record.Results()


# ---- programs


@pytest.mark.parametrize("name", [name for name in PEERS if name != "GloVe"])
def test_every_program_is_told_every_setting(name):
    run = Run("sg", "ns", 123, 3, Path("in.txt"), Path("out"), epochs=7, min_count=2)
    words = parse_peer(f"{name}=/bin/{name}").command(run)
    assert words[0] == f"/bin/{name}" and all(isinstance(word, str) for word in words)
    for value in ("in.txt", "out", "123", "3", "7", "5", "0.0001", "0.025", "2"):
        assert value in words[1:], (value, words)


def settings(name, **changes):
    """The command line of a program as a dictionary of its flags."""
    run = Run(**{"model": "sg", "loss": "ns", "vector_size": 10, "threads": 1, "corpus": Path("c"), "output": Path("o"),
                 **changes})  # fmt: skip
    words = parse_peer(f"{name}=x").command(run)
    return {flag: value for flag, value in zip(words, [*words[1:], ""], strict=True) if flag.startswith("-")}, words


def test_word2vec_c_has_either_negatives_or_a_tree():
    assert {**settings("word2vec.c")[0], "-hs": "0", "-negative": "5", "-cbow": "0"} == settings("word2vec.c")[0]
    tree, _ = settings("word2vec.c", model="cbow", loss="hs", vocab=Path("v"))
    assert (tree["-hs"], tree["-negative"], tree["-cbow"], tree["-alpha"]) == ("1", "0", "1", "0.05")
    assert tree["-read-vocab"] == "v"


def test_fasttext_is_told_to_take_or_to_leave_out_subwords():
    taken, _ = settings("fasttext", ngrams=True)
    assert (taken["-minn"], taken["-maxn"], taken["-bucket"]) == ("3", "6", "2000000")
    flags, words = settings("fasttext", model="cbow", loss="hs")
    assert words[1] == "cbow" and (flags["-minn"], flags["-maxn"], flags["-loss"]) == ("0", "0", "hs")
    wheel = json.loads(from_pypi().command(Run("cbow", "hs", 10, 1, Path("c"), Path("o")))[-1])
    assert (wheel["model"], wheel["loss"], wheel["maxn"], wheel["lr"]) == ("cbow", "hs", 0, 0.05)


def test_koan_takes_a_min_count_or_a_vocabulary():
    counted, given = settings("koan", model="cbow")[0], settings("koan", vocab=Path("v"), n_lines=8)[0]
    assert counted["--min-count"] == "5" and counted["--learning-rate"] == "0.075" and counted["--cbow"] == "true"
    assert given["--vocab-load-path"] == "v" and given["--total-sentences"] == "8" and "--min-count" not in given


def test_two_builds_of_a_program_have_two_names():
    assert parse_peer("koan=/a/b").name == "koan" and parse_peer("koan:fast=/a=b")[:2] == ("koan fast", "/a=b")


@pytest.mark.parametrize(("text", "message"), [("swivel=/x", "no program 'swivel'"), ("koan", "has no path")])
def test_an_unknown_program_is_one_sentence(text, message, capsys):
    with pytest.raises(SystemExit):
        main(["quick", str(KINGDOM), "--peer", text])
    assert message in capsys.readouterr().err


def test_a_program_that_fails_says_its_last_words():
    with pytest.raises(SideError, match="koan ended with code 3 and said: no such flag"):
        programs.run_program("koan", programs.python("print('hello'); print('no such flag'); raise SystemExit(3)"))
    with pytest.raises(SideError, match="koan cannot be run: /no/such is missing"):
        programs.run_program("koan", ["/no/such"])
    assert programs.run_program("python", programs.python("print(5)")).output == "5\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no wait4")
def test_peak_memory_is_that_of_the_program_not_of_this_process(tmp_path):
    ballast = np.ones(60 << 20, np.uint8)
    small, large = (
        programs.peak_memory("python", programs.python(f"print(len(b'x' * ({size} << 20)))"), tmp_path)
        for size in (1, 40)
    )
    assert len(ballast) > small > 1 << 20
    assert 30 << 20 < large - small < 50 << 20
    with pytest.raises(SideError, match="python was|python ended"):
        programs.peak_memory("python", programs.python("raise SystemExit(1)"), tmp_path)


# ---- text


@pytest.fixture
def texts(tmp_path):
    """The sample corpus, cut up."""
    with ExitStack() as files:
        yield Texts(KINGDOM, tmp_path, files)


def test_every_word_is_in_a_line_that_no_program_cuts(tmp_path, monkeypatch):
    words = [b"w%d" % number for number in range(2 * SENTENCE + 5)]
    (tmp_path / "long.txt").write_bytes(b" ".join(words) + b"\r\nlast  line\n\n")
    for block in (1 << 24, 1000):
        monkeypatch.setattr("bench.texts._BLOCK", block)
        pieces = list(sentences(tmp_path / "long.txt"))
        assert [word for piece in pieces for word in piece] == [*words, b"last", b"line"]
        assert max(map(len, pieces)) <= SENTENCE
        assert all(piece for piece in pieces)


def test_a_slice_has_as_many_words_as_asked_for(texts):
    piece = texts.slice(1000)
    assert piece.n_words == 1000 == len(piece.path.read_text().split())
    assert texts.repeated(piece, 3).path.read_text() == 3 * piece.path.read_text()
    assert texts.whole.n_words == len(KINGDOM.read_text().split())
    assert texts.slice(10**9).n_words == texts.whole.n_words


def test_vocabulary_files_are_scaled_to_the_slice_and_marked_for_word2vec_c(texts):
    piece = texts.slice(40_000)
    plain = [line.split() for line in texts.vocab_file("plain", piece).read_text().splitlines()]
    marked = texts.vocab_file("marked", piece).read_text().splitlines()
    assert marked[0] == f"</s> {piece.n_lines}" and [line.split() for line in marked[1:]] == plain
    assert [word for word, _ in plain] == texts.vocab.words
    assert sum(int(count) for _, count in plain) == pytest.approx(40_000, rel=0.05)


def test_the_min_count_comes_nearest_to_the_wanted_number_of_words(texts):
    piece = texts.slice(3_000)
    sizes = {len(texts.own_vocab(piece, wish)[0]): texts.own_vocab(piece, wish)[1] for wish in (1, 10**6)}
    assert sorted(sizes.values()) == [1, 5] and sizes[max(sizes)] == 1


# ---- sections


def test_points_of_the_grid_and_points_of_ones_own():
    assert [point.key for point in training.points(["cbow-ns", "sg-hs-64-3"])] == [
        "cbow-ns-300-1", "cbow-ns-300-2", "sg-hs-64-3",
    ]  # fmt: skip
    assert [point.key for point in training.points([])] == list(training.GRID)
    (point,) = training.points(["cbow-ngrams-100-2"])
    assert point == ("cbow", "ns", 100, 2, True) and point.config().max_n == 6
    assert from_pypi().peer.trains(point) and not PEERS["koan"].trains(point)
    assert accuracy.asked(["sg-hs", "cbow-sampled-2"]) == ["sg-hs-2", "sg-hs-1", "cbow-sampled-2"]
    assert str(training.Point("sg", "hs", 64, 1)) == "skip-gram, hierarchical softmax, d = 64, 1 thread"


def test_targets_hold_for_every_build_of_a_program():
    point = training.Point("sg", "ns", 300, 1)
    assert training.targets(point, parse_peer("word2vec.c:-Ofast=x")) == {"word2vec.c -Ofast": 10}
    assert training.targets(point, from_pypi()) == {"fasttext-wheel": 10}
    assert training.targets(point._replace(threads=2), from_pypi()) == {}


FAKE = """#!{python}
import sys, time
flags = dict(zip(sys.argv[1::2], sys.argv[2::2]))
words = len(open(flags["-train"]).read().split())
open(flags["-output"], "w").close()
assert open(flags["-read-vocab"]).readline().startswith("</s> ")
time.sleep(.1 + 5e-6 * words * int(flags["-iter"]))
"""


def test_an_epoch_is_what_a_long_run_takes_more_than_a_short_one(monkeypatch, capsys):
    external, times = parse_peer("koan=x"), iter([10.0, 9.0, 10.0, 16.0, 5.0, 4.0, 5.0, 4.0, 5.0, 4.0])
    monkeypatch.setattr(training, "run_program", lambda name, command: programs.Finished(next(times), ""))
    run = Run("sg", "ns", 10, 1, Path("c"), Path("o"))
    assert training.program_side(external, run, run, 3) == 2.0  # at the second try
    assert "4 epochs took no longer than one, once more" in capsys.readouterr().err
    with pytest.raises(SideError, match="4 epochs of koan take no longer than one"):
        training.program_side(external, run, run, 3)


def test_word2vec_c_gets_longer_text_and_the_others_more_epochs(texts):
    piece = texts.slice(1000)
    run = Run("sg", "ns", 10, 1, piece.path, Path("o"), min_count=1)
    long = training.program_run(texts, piece, PEERS["word2vec.c"], run, 3)
    assert long.epochs == 1 and len(long.corpus.read_text().split()) == 3000
    assert long.vocab and long.vocab.read_text().startswith(f"</s> {3 * piece.n_lines}\n")
    long = training.program_run(texts, piece, PEERS["koan"], run, 3)
    assert (long.epochs, long.corpus, long.n_lines) == (3, piece.path, piece.n_lines)
    assert training.program_run(texts, piece, PEERS["fasttext"], run, 3).vocab is None


def test_the_time_of_an_external_program_is_that_of_its_epochs(tmp_path, capsys):
    """A fake word2vec.c that takes 0.1 s to start and 5 µs a word."""
    program, report = tmp_path / "fake", tmp_path / "results.json"
    program.write_text(FAKE.format(python=sys.executable))
    program.chmod(0o755)
    code = main([
        "training", str(KINGDOM), "--only", "sg-ns-20-1", "--rounds", "1", "--slice-words", "20000", "--peer-seconds",
        "0.2", "--peer", f"word2vec.c={program}", "--peer", "pWord2Vec=/no/such/program", "--without", "gensim",
        "fasttext-wheel", "--json", str(report), "-o", str(tmp_path / "r.md"),
    ])  # fmt: skip
    assert code == 0
    said = capsys.readouterr()
    assert "pWord2Vec cannot be run: /no/such/program is missing" in said.err and "| word2vec.c |" in said.out
    fake, missing = record.Results.load(report).rows("training")
    assert fake.work == 20_000 and fake.seconds["word2vec.c"][0] > 0
    assert set(fake.seconds) == {"w2v", "word2vec.c"} and set(missing.seconds) == {"w2v"}
    assert "| word2vec.c |" in (tmp_path / "r.md").read_text()


def test_reading_and_accuracy_on_the_sample_corpus(tmp_path, capsys):
    report = tmp_path / "results.json"
    code = main([
        "reading", "accuracy", str(KINGDOM), "--rounds", "1", "--without", "gensim", "--seeds", "1", "2", "--only",
        "cbow-ns-2", "--eval", str(QUESTIONS), "--json", str(report),
    ])  # fmt: skip
    assert code == 0
    results = record.Results.load(report)
    assert [one.work for one in results.rows("reading")] == [337_706, 337_706]
    (score,) = results.rows("accuracy")
    assert len(score.values["w2v"]) == 2 and min(score.values["w2v"]) > 90
    assert "kingdom-questions" in capsys.readouterr().out


def test_accuracy_needs_something_to_score_with(capsys):
    assert main(["accuracy", str(KINGDOM)]) == 1
    assert "accuracy needs evaluation files" in capsys.readouterr().err


def test_growth_measures_every_point_and_writes_them(tmp_path):
    args = Namespace(only=["threads-cbow"], growth_words=2_000, rounds=2, growth_json=tmp_path / "g.json", plots=None)
    rows = list(growth.measure(args))
    points = json.loads((tmp_path / "g.json").read_text())
    assert [point["value"] for point in points] == [1, 2] and [len(one.values["w2v"]) for one in rows] == [2, 2]
    assert all(value > 0 for point in points for value in point["µs"])


def test_zipf_ids_follow_their_counts():
    counts, ids = growth.zipf(50, 100_000)
    words = ids[ids >= 0]
    assert len(words) == 100_000 and (ids == -1).sum() == 100
    assert np.bincount(words, minlength=50) / 1e5 == pytest.approx(counts / counts.sum(), abs=0.005)


# ---- the command line


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["quick"], "name the corpus"),
        (["reading", "/no/such"], "there is no file /no/such"),
        (["speed", str(KINGDOM)], "there is no section 'speed'"),
        ([str(KINGDOM)], "name a section"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(words, message, capsys):
    with pytest.raises(SystemExit):
        main(words)
    assert message in capsys.readouterr().err


def test_classify_measures_both_times_accuracy_and_size(tmp_path):
    pytest.importorskip("fasttext")
    paths = [str(tmp_path / name) for name in ("train.txt", "test.txt")]
    for seed, path in enumerate(paths):
        Path(path).write_text(labelled_text(300, seed=seed, topic=0.5))
    args = Namespace(labelled=paths, only=["grams1-1"], rounds=2, wheel=True)
    whole, call, accuracy, size = classify.measure(args)
    sides = {"w2v", "w2v, its defaults", "fasttext-wheel"}
    assert "whole process" in whole.what and "the call" in call.what and whole.seconds.keys() == sides
    for side in sides:  # the call is a part of the process
        assert len(call.seconds[side]) == 2
        assert all(part < all_of_it for part, all_of_it in zip(call.seconds[side], whole.seconds[side], strict=True))
    assert all(score > 90 for scores in accuracy.values.values() for score in scores)
    assert size.values.keys() == sides and size.unit == "MB"
    with pytest.raises(SideError, match="--labelled TRAIN TEST"):
        list(classify.measure(Namespace(labelled=None)))
