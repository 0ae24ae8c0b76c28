"""Scores of every kind of file against hand-worked cases and gensim; runs and comparisons; records and text."""

import json
import re

import numpy as np
import pytest
from asked import gensim_vectors, question_file, relations, vectors_of, write
from scipy import stats

import w2v
from w2v.errors import ConfigError
from w2v.evaluation.answering import Coverage, Rules, clustered, in_majority
from w2v.evaluation.benchmarks import read_benchmark
from w2v.evaluation.evaluate import evaluate
from w2v.evaluation.item_sets import Choice, OutlierSet
from w2v.evaluation.kinds import KINDS
from w2v.evaluation.questions import Section
from w2v.evaluation.resampling import Interval
from w2v.evaluation.scores import ALL, Comparison
from w2v.evaluation.tables import Table, latex, markdown, shown
from w2v.formats.vector_files import VectorTable
from w2v.vectors.keyed_vectors import KeyedVectors


def scores(found, place=0):
    """(measure, category) → score of the first model."""
    return {(score.measure, score.category): score for score in found.files[place].models[0].scores}


@pytest.fixture
def noisy(tmp_path):
    """Two models that answer some of the questions, one better than the other, and files of questions and pairs."""
    rng = np.random.default_rng(1)
    keys, exact, questions = relations(rng, 24, 0.4)
    few = [questions[i] for i in rng.permutation(len(questions))]
    questions = question_file(
        tmp_path / "q.txt", [Section("one", few[:300]), Section("gram", [*few[300:], ("a1", "b1", "x", "y")])]
    )
    rows = [rng.choice(48, 2, replace=False) for _ in range(120)]
    unit = exact / np.linalg.norm(exact, axis=1, keepdims=True)
    lines = [f"{keys[i]}\t{keys[j]}\t{unit[i] @ unit[j] + rng.normal(0, 0.1):.3f}" for i, j in rows]
    pairs = write(tmp_path / "p.tsv", "\n".join([*lines, "a1\tunknown\t3"]) + "\n")

    def model(noise, seed=5):
        matrix = exact + noise * np.random.default_rng(seed).standard_normal(exact.shape)
        return KeyedVectors.from_table(VectorTable(list(keys), matrix.astype(np.float32)))

    return model, questions, pairs


def test_point_estimates_are_gensims(noisy):
    model, questions, pairs = noisy
    found = w2v.evaluate(model(0.6), [questions, pairs], resamples=200)
    theirs = gensim_vectors(model(0.6).index_to_key, model(0.6).vectors)
    score, sections = theirs.evaluate_word_analogies(str(questions))
    assert scores(found)["accuracy", ALL].value == pytest.approx(score) and 0.1 < score < 0.9
    for section in sections[:-1]:
        right, wrong = len(section["correct"]), len(section["incorrect"])
        assert scores(found)["accuracy", section["section"]].value == pytest.approx(right / (right + wrong))
    pearson, spearman, _ = theirs.evaluate_word_pairs(str(pairs))
    assert scores(found, 1)["Spearman", ALL].value == pytest.approx(spearman[0], abs=1e-6)
    assert scores(found, 1)["Pearson", ALL].value == pytest.approx(pearson[0], abs=1e-6)
    assert found.files[0].models[0].coverages == (Coverage(552 + 1, 552, 0, 1),)
    assert found.files[1].models[0].coverages == (Coverage(121, 120, 0, 1),)
    for place in (0, 1):
        for one in scores(found, place).values():
            assert np.isnan(one.value) or one.interval.low < one.value < one.interval.high


def test_the_better_model_is_told_and_equal_ones_are_not(noisy):
    model, questions, pairs = noisy
    found = evaluate({"good": model(0.4), "bad": model(1.0)}, [questions, pairs], resamples=1000)
    for file in found.files:
        assert all(
            one.is_told and one.difference > 0 and str(one).startswith("good beats bad by") for one in file.comparisons
        )
    found = evaluate({"bad": model(1.0), "good": model(0.4)}, questions, resamples=1000)
    assert str(found.files[0].comparisons[0]).startswith("good beats bad by")
    found = evaluate({"one": model(0.8, 1), "two": model(0.8, 1)}, [questions, pairs], resamples=200)
    for file in found.files:
        assert all(not one.is_told and one.interval == (0, 0) for one in file.comparisons)
    assert str(found.files[0].comparisons[0]).startswith("no difference between one and two can be told: 0.0 points")


def test_runs_have_a_mean_and_a_deviation(noisy):
    model, questions, pairs = noisy
    runs = [model(0.8, seed) for seed in (1, 2, 3)]
    found = evaluate({"runs": runs, "one": runs[0], "better": model(0.3)}, [questions, pairs], resamples=300)
    singles = [scores(evaluate(run, pairs, resamples=100))["Spearman", ALL].value for run in runs]
    score = scores(found, 1)["Spearman", ALL]
    assert score.runs == pytest.approx(singles) and score.value == pytest.approx(np.mean(singles))
    assert score.deviation == pytest.approx(np.std(singles, ddof=1)) and len(found.files[1].comparisons) == 3 * 2
    assert "for all 3 comparisons over questions and seeds" in str(found.files[1].comparisons[0])
    assert found.files[1].models[1].scores[0].deviation is None
    assert "±: standard deviation over 3 runs" in str(found) and re.search(
        r"0\.\d{3} ± 0\.\d{3} \(0\.\d{3} to", str(found)
    )


def test_choices():
    """Hand-worked: of four, one is right, one wrong, one a tie of two, one unknown."""
    words = {"a": [1, 0], "b": [1, 0.1], "c": [0, 1], "d": [1, -0.1], "e": [-1, 0]}
    kind, model = KINDS["choices"], vectors_of(words)
    assert model.index_to_key == list("abcde")

    def found(*items, **rules):
        return kind.answer(list(items), model.index_to_key, model.vectors, Rules(**rules))

    def one(*words, right=0):
        return Choice((words[0],), tuple((word,) for word in words[1:]), right)

    items = one("a", "b", "c"), one("a", "b", "c", right=1), one("a", "b", "d", "c"), one("a", "b", "unknown")
    answers = found(*items)
    np.testing.assert_array_equal(answers.values["accuracy"][:, 0], [1, 0, 0.5, np.nan])
    assert answers.coverage == (4, 3, 0, 1)
    assert found(*items, dummy4unknown=True).values["accuracy"][3, 0] == 0
    # d - a and b - a are opposite, c - a stands between; differences are of unit vectors
    pairs = Choice(("a", "b"), (("a", "d"), ("e", "c")), 1)
    assert found(pairs).values["accuracy"][0, 0] == 1


def test_outliers():
    """car is told from the animals (all cosines near 0); dogma, nearer than cow, is not: position 3 of 4."""
    angles = {"cat": 0, "dog": 5, "horse": 10, "cow": 40, "car": 90, "dogma": 20}
    model = vectors_of({word: [np.cos(np.radians(a)), np.sin(np.radians(a))] for word, a in angles.items()})

    items = [
        OutlierSet("s", ("cat", "dog", "horse", "cow", "unknown"), ("car", "dogma", "nothing")),
        OutlierSet("t", ("cat", "x", "y"), ("car",)),
    ]
    answers = KINDS["outliers"].answer(items, model.index_to_key, model.vectors, Rules())

    def slow(outlier):
        group = [model[word].astype(float) for word in ("cat", "dog", "horse", "cow", outlier)]
        sums = [sum(a @ b for b in group) - a @ a for a in group]
        return sum(one > sums[-1] for one in sums[:-1]) / 4

    np.testing.assert_array_equal(answers.values["position"][:, 0], [slow("car"), slow("dogma"), np.nan, np.nan])
    np.testing.assert_array_equal(answers.values["accuracy"][:, 0], [1, 0, np.nan, np.nan])
    assert slow("car") == 1 and slow("dogma") < 1 and answers.coverage == (4, 2, 0, 2)


def test_relations(tmp_path):
    rng = np.random.default_rng(0)
    words = {f"w{i}": rng.normal(size=6) for i in range(20)}
    model = vectors_of(words)
    for name in ("1a", "1b"):
        rows = [f'{rng.normal():.2f} "w{i}:w{i + 1}"' for i in range(14)]
        write(tmp_path / f"GoldRatings-{name}.txt", "\n".join([*rows, '1.0 "w1:unknown"']))
        write(tmp_path / f"Phase1Questions-{name}.txt", "w15:w16\nw17:w18\n")
    found = scores(evaluate(model, tmp_path, resamples=200))
    unit = {word: v / np.linalg.norm(v) for word, v in words.items()}

    def offset(a, b):
        return (unit[b] - unit[a]) / np.linalg.norm(unit[b] - unit[a])

    by_hand = []
    for relation in read_benchmark(tmp_path).items:
        examples = [offset(*pair) for pair in relation.examples]
        ours = [np.mean([example @ offset(a, b) for example in examples]) for a, b, _ in relation.pairs[:-1]]
        by_hand.append(stats.spearmanr([rating for *_, rating in relation.pairs[:-1]], ours)[0])
        assert found["Spearman", relation.name].value == pytest.approx(by_hand[-1], abs=1e-5)
    assert found["Spearman", ALL].value == pytest.approx(np.mean(by_hand), abs=1e-5)


def test_labels_have_a_probe_and_clusters(tmp_path):
    rng = np.random.default_rng(0)
    words = {f"{label}{i}": np.eye(4)[n] + rng.normal(0, 0.3, 4) for n, label in enumerate("abc") for i in range(40)}
    lines = [f"{word}\t{word[0]}" for word in words]
    path = write(tmp_path / "labels.tsv", "\n".join([*lines, "unknown\ta"]) + "\n")
    found = evaluate(vectors_of(words), path, resamples=500)
    assert scores(found)["purity", ALL].value > 0.9 and scores(found)["accuracy", ALL].value > 0.8
    assert found.files[0].models[0].coverages[0] == (121, 120, 0, 1)
    text = str(found)
    assert "purity: k-means, seeds 1 to 10" in text and re.search(
        r"\npurity   \d+\.\d %, 95 %: \d+\.\d to \d+\.\d %\n", text
    )
    assert re.search(r"\naccuracy \d+\.\d ± \d+\.\d %, 95 %: ", text) and "labels shuffled" in text
    few = write(tmp_path / "few.tsv", "a0\ta\na1\ta\nb0\tb\nb1\tb\n")  # too few words for a probe
    found = scores(evaluate(vectors_of(words), few, resamples=500))
    assert (
        found["purity", ALL].value == 1
        and found["purity", ALL].interval == pytest.approx((0.025**0.25, 1))
        and np.isnan(found["accuracy", ALL].value)
    )
    with pytest.raises(ConfigError, match="a probe needs two labels"):
        evaluate(vectors_of(words), write(tmp_path / "each.tsv", "a0\tx\na1\ty\n"))


def test_k_means_finds_what_scikit_learn_finds():
    cluster = pytest.importorskip("sklearn.cluster")
    rng = np.random.default_rng(0)
    rows = np.concatenate([rng.normal(center, 0.3, (20, 5)) for center in (0, 2, 4)])
    ours = clustered(rows, 3, 1)
    theirs = cluster.KMeans(3, n_init=5, random_state=0).fit(rows).labels_
    assert len(set(zip(ours.tolist(), theirs.tolist(), strict=True))) == 3


def test_purity_is_that_of_the_slow_twin():
    """Manning, Raghavan & Schütze 2008, 16.3: the commonest label of each cluster, counted."""
    labels, clusters = np.random.default_rng(0).integers(0, 4, (2, 60))
    right = sum(np.bincount(labels[clusters == cluster]).max() for cluster in set(clusters.tolist()))
    assert in_majority(labels, clusters).sum() == right
    assert in_majority(np.array([0, 1, 1, 0]), np.array([0, 0, 0, 3])).tolist() == [False, True, True, True]


def test_bats_has_several_right_answers(tmp_path):
    rng = np.random.default_rng(0)
    offset = rng.normal(size=8)
    heads = {name: rng.normal(size=8) for name in ("cat", "dog", "ox")}
    words = {**heads, "cats": heads["cat"] + offset, "dogs": heads["dog"] + offset, "oxes": heads["ox"] + offset}
    path = write(tmp_path / "I01 [x].txt", "cat\tcats\ndog\tdogs\nox\toxen/oxes\n")
    found = evaluate(vectors_of(words), path, resamples=100)
    section = found.files[0].models[0].answers[0].report.sections[0]
    outcome = dict(zip([(q[0], q[2]) for q in section.questions], section.outcomes.tolist(), strict=True))
    assert outcome["cat", "ox"] == outcome["dog", "ox"] == outcome["cat", "dog"] == 1  # oxen is unknown, oxes is found
    assert outcome["ox", "cat"] == -1  # the first answer of what is asked from, oxen, is needed
    assert found.files[0].models[0].coverages[0] == (6, 4, 0, 2)


def test_where_nothing_is_known_that_is_said(tmp_path):
    model = vectors_of({"x": [1, 0], "y": [0, 1]})
    files = {
        "q.txt": ": s\na b c d\n", "p.txt": "a b 1\nc d 2\n", "c.txt": "a | b | c\n", "o.txt": "cat\ndog\ncow\n\ncar\n",
    }  # fmt: skip
    paths = [write(tmp_path / name, text) for name, text in files.items()]
    found = evaluate({"one": model, "two": model}, paths, resamples=100)
    for file in found.files:
        assert file.models[0].coverages[0].known == 0
        assert "cannot be compared: there is no question that both answered" in shown(file)
    alone = evaluate(model, paths, resamples=100)
    for some in (found, alone):
        assert "nan" not in str(some) and json.dumps(some.to_dict(), allow_nan=False)


def test_records_are_json(noisy):
    model, questions, pairs = noisy
    found = evaluate({"a": [model(0.4), model(0.4, 2)], "b": model(0.9)}, [questions, pairs], resamples=200)
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    file = data["results"][1]
    assert file["kind"] == "similarity" and [one["model"] for one in file["models"]] == ["a", "b"]
    score = file["models"][0]["scores"][0]
    assert (score["measure"], score["category"], len(score["runs"])) == ("Spearman", "all", 2)
    assert score["interval"][0] < score["score"] < score["interval"][1] and score["deviation"] > 0
    assert file["comparisons"][0]["over_seeds"] is True and file["models"][0]["coverage"][1]["known"] == 120


def test_models_and_runs_of_other_vocabularies(noisy):
    """Each has its own coverage; they are compared on what all know."""
    model, questions, pairs = noisy
    table = model(0.4).to_table()
    less = KeyedVectors.from_table(VectorTable(table.keys[:40], table.vectors[:40]))
    found = evaluate({"runs": [model(0.4), less], "less": less}, [questions, pairs], resamples=200)
    for file, known, all_known in zip(found.files, (20 * 19, None), (552, 120), strict=True):
        first, second = file.models[0].coverages
        assert first.known == all_known > second.known and (known is None or second.known == known)
        assert file.comparisons[0].n_items == second.known
    text = str(found)
    assert "the first 40 to 48 words" in text and "runs: 553 asked, 552 known" in text
    assert "runs, run 2: 553 asked, 380 known, 0 composed, 173 skipped" in text


def test_bad_settings(noisy):
    model, questions, _ = noisy
    for options, said in (
        ({"resamples": 5}, "at least 100"),
        ({"seed": -1}, "seed"),
        ({"restrict_vocab": 0}, "above 0"),
    ):
        with pytest.raises(ConfigError, match=said):
            evaluate(model(0.4), questions, **options)
    with pytest.raises(ConfigError, match="a model without runs"):
        evaluate({"a": []}, questions)


@pytest.mark.parametrize(
    ("by", "ends", "is_share", "sentence"),
    [
        (0.018, (0.011, 0.025), True, "A beats B by 1.8 points (95 %: 1.1 to 2.5; x, 9 questions both answered)"),
        (-0.01, (-0.02, -0.0002), True, "B beats A by 1.00 points (95 %: 0.02 to 2.00; x, 9 questions both answered)"),
        (0.0512, (0.0101, 0.0909), False, "A beats B by 0.051 (95 %: 0.010 to 0.091; x, 9 questions both answered)"),
        (-0.003, (-0.01, 0.004), True,
         "no difference between A and B can be told: −0.3 points (95 %: −1.0 to 0.4; x, 9 questions both answered)"),
    ],
)  # fmt: skip
def test_sentences(by, ends, is_share, sentence):
    assert str(Comparison("x", "A", "B", by, Interval(*ends), 9, is_share)) == sentence


def test_tables_in_three_forms(noisy):
    table = Table(["", "a|b", "100 %"], [["日本_x", "1", "−2.0 ± 1"], ["y", "", "3"]])
    assert table.plain().splitlines() == ["        a|b     100 %", "日本_x    1  −2.0 ± 1", "y                   3"]
    assert table.markdown().splitlines()[:3] == ["|  | a\\|b | 100 % |", "|---|---:|---:|", "| 日本_x | 1 | −2.0 ± 1 |"]
    assert r"日本\_x & 1 & $-$2.0 $\pm$ 1 \\" in table.latex() and r"100 \%" in table.latex()
    model, questions, _ = noisy
    file = evaluate({"a": model(0.4), "b": model(0.9)}, questions, resamples=200).files[0]
    text = markdown(file)
    assert (
        text.startswith(f"### {questions}\n\n|  | a | b |\n")
        and "\n- a beats b by " in text
        and "- a: 553 asked" in text
    )
    text = latex(file)
    assert text.count("% ") >= 4 and text.endswith("\\bottomrule\n\\end{tabular}")
    assert all(line.startswith("%") for line in text.splitlines()[:4])
