"""`w2v.TextClassifier`: the command's results with scikit-learn's manners."""

import inspect
import math
import os
import pickle
import signal
from pathlib import Path

import numpy as np
import pytest
from labelled import labelled_text
from support import python

import w2v
from w2v.classify.report import TestReport
from w2v.cli.commands import main
from w2v.errors import W2VError
from w2v.vectors.keyed_vectors import KeyedVectors

QUICK = {"dim": 16, "epochs": 5, "threads": 1}


def samples(n, seed, n_labels=3):
    """Texts and labels."""
    lines = labelled_text(n, n_labels, seed=seed).splitlines()
    return [line.split(" ", 1)[1] for line in lines], [line.split()[0].removeprefix("__label__") for line in lines]


X, Y = samples(600, 1)
TEST_X, TEST_Y = samples(200, 2)


@pytest.fixture(scope="module")
def fitted():
    """Trained, not to be changed."""
    return w2v.TextClassifier(**QUICK).fit(X, Y)


def vectors_of(texts, size=12):
    """Word vectors that say the topic, with noise."""
    vectors = KeyedVectors(size)
    vectors.index_to_key = list(dict.fromkeys(" ".join(texts).split()))
    vectors.vectors = np.random.default_rng(5).normal(0, 1, (len(vectors.index_to_key), size)).astype(np.float32)
    for word, row in zip(vectors.index_to_key, vectors.vectors, strict=True):
        if word.startswith("t"):
            row[int(word[1])] += 8
    return vectors


# ---- the command's results


@pytest.mark.parametrize(
    "settings", [{}, {"word_ngrams": 2, "buckets": 5000, "lower": True, "seed": 3}, {"vectors": "v.w2v", "hidden": 4}],
    ids=["words", "pairs", "means"],
)  # fmt: skip
def test_the_same_model_and_answers_as_the_command(tmp_path, monkeypatch, capsys, settings):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.txt").write_text(labelled_text(600, seed=1))
    (tmp_path / "test.txt").write_text(labelled_text(200, seed=2))
    vectors_of(X).save("v.w2v")
    quick = {"epochs": 5, "threads": None} if "vectors" in settings else QUICK
    options = [
        f"--{name.replace('_', '-')}" + ("" if value is True else f"={value}")
        for name, value in {**quick, **settings}.items() if value is not None
    ]  # fmt: skip
    assert main(["classify", "train", "train.txt", "-o", "command", *options]) == 0
    texts, labels = w2v.load_documents("train.txt")
    assert (texts, labels) == (X, Y)
    classifier = w2v.TextClassifier(**{**quick, **settings}).fit(texts, labels)
    classifier.save("python")
    assert (tmp_path / "python").read_bytes() == (tmp_path / "command").read_bytes()
    capsys.readouterr()
    assert main(["classify", "predict", "command", "test.txt"]) == 0
    answers = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    found = classifier.predict_proba(TEST_X)
    assert [label for label, *_ in answers] == classifier.predict(TEST_X).tolist()
    assert [probability for _, probability, *_ in answers] == [f"{row.max():.4f}" for row in found]
    assert main(["classify", "test", "python", "test.txt"]) == 0
    assert capsys.readouterr().out == f"{classifier.report(TEST_X, TEST_Y)}\n"


def test_vectors_may_be_given_as_such(tmp_path):
    vectors = vectors_of(X)
    vectors.save(tmp_path / "v.w2v")
    ones = [w2v.TextClassifier(vectors=given).fit(X, Y) for given in (vectors, tmp_path / "v.w2v")]
    assert np.array_equal(*(one.predict_proba(TEST_X) for one in ones)) and ones[0].score(TEST_X, TEST_Y) > 0.8


# ---- answers


def test_answers_fit_together(fitted):
    assert fitted.classes_.tolist() == ["c0", "c1", "c2"] and len(fitted.history_) == 5
    found = fitted.predict_proba(TEST_X)
    assert found.shape == (200, 3) and np.allclose(found.sum(axis=1), 1, atol=1e-5)
    predicted = fitted.predict(TEST_X)
    assert predicted.tolist() == fitted.classes_[found.argmax(axis=1)].tolist()
    assert fitted.score(TEST_X, TEST_Y) == np.mean(predicted == np.array(TEST_Y)) > 0.7
    assert isinstance(fitted.report(TEST_X, TEST_Y), TestReport)


def test_the_most_certain_errors_are_those_of_a_slow_search(fitted):
    found = fitted.predict_proba(TEST_X)
    slow = sorted(
        (-max(row), place, fitted.classes_[row.argmax()])
        for place, row in enumerate(found)
        if fitted.classes_[row.argmax()] != TEST_Y[place]
    )
    errors = fitted.most_certain_errors(TEST_X, TEST_Y, 5)
    assert [(error.place, error.predicted) for error in errors] == [(place, label) for _, place, label in slow[:5]]
    assert [error.probability for error in errors] == pytest.approx([-negative for negative, *_ in slow[:5]])
    assert all(error.text == TEST_X[error.place] and error.true == TEST_Y[error.place] for error in errors)
    assert len(fitted.most_certain_errors(TEST_X, TEST_Y, 1000)) == len(slow)
    assert fitted.most_certain_errors(TEST_X, fitted.predict(TEST_X)) == []


def test_documents_may_be_tokens_hold_newlines_or_nothing(fitted):
    text = "t1_1 t1_2 w1"
    same = fitted.predict_proba([text, text.split(), tuple(text.split()), text.replace(" ", "\n"), f" {text}\n"])
    assert (same == same[0]).all()
    assert np.allclose(fitted.predict_proba(np.array([text])), same[0])
    priors = fitted.predict_proba(["", [], "never seen"])
    assert np.allclose(priors, np.bincount([int(label[1]) for label in Y]) / len(Y))
    assert fitted.predict([]).shape == (0,) and fitted.predict_proba([]).shape == (0, 3)
    lower = w2v.TextClassifier(**QUICK, lower=True, tokenize=True).fit(X, Y)
    assert np.array_equal(lower.predict_proba([["T1_1", "w1,"]]), lower.predict_proba([["t1_1", "w1,"]]))


def test_labels_keep_their_kind_also_in_a_file(tmp_path):
    for kind in (int, bool, np.int32, np.str_):
        labels = [kind(10 * int(label[1]) if kind is not bool else label == "c1") for label in Y]
        classifier = w2v.TextClassifier(**QUICK).fit(X, np.array(labels))
        classifier.save(tmp_path / "m")
        again = w2v.TextClassifier.load(tmp_path / "m")
        for one in (classifier, again):
            assert one.classes_.tolist() == sorted({np.array(label).item() for label in labels})
            assert one.classes_.dtype.kind == np.array(labels).dtype.kind
            assert one.score(X, labels) > 0.9 and one.score(X, [str(label) for label in labels]) > 0.9
        assert again.predict(TEST_X).tolist() == classifier.predict(TEST_X).tolist()
    assert main(["classify", "predict", str(tmp_path / "m"), "--text", "t1_1 t1_2"]) == 0


def test_several_labels(tmp_path):
    (tmp_path / "several.txt").write_text(labelled_text(900, seed=3, several=0.5))
    texts, labels = w2v.load_documents(tmp_path / "several.txt")
    assert {len(own) for own in labels} == {1, 2}
    classifier = w2v.TextClassifier(loss="ova", dim=16, epochs=20, threads=1).fit(texts, labels)
    (alone, both) = classifier.predict(["t0_1 t0_2 t0_3 t0_4", "t0_1 t1_1 t0_2 t1_2 t0_3 t1_3"])
    assert alone == ("c0",) and set(both) == {"c0", "c1"}
    assert 0.6 < classifier.score(texts, labels) <= 1
    first = classifier.most_certain_errors(["t0_1 t0_2 t0_3"], [["c1", "c2"]])[0]
    assert (first.true, first.predicted) == (("c1", "c2"), "c0")


# ---- files


def test_a_file_is_loaded_with_its_settings(fitted, tmp_path):
    fitted.save(tmp_path / "m")
    again = w2v.TextClassifier.load(tmp_path / "m")
    assert {**again.get_params(), "finetune": False} == fitted.get_params()
    assert np.array_equal(again.predict_proba(TEST_X), fitted.predict_proba(TEST_X))
    assert np.array_equal(again.fit(X, Y).predict_proba(TEST_X), fitted.predict_proba(TEST_X))
    with pytest.raises(W2VError, match=r"a text classifier, not word vectors; .*TextClassifier\.load"):
        w2v.load(tmp_path / "m")


def test_load_documents(tmp_path):
    for name, text in {"a/1": "x", "b/1": "y\n", "c/1": "z"}.items():
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_text(text)
    assert w2v.load_documents(tmp_path / "d") == (["x", "y\n", "z"], ["a", "b", "c"])
    assert w2v.load_documents(str(tmp_path / "d"), skip_labels="b") == (["x", "z"], ["a", "c"])
    assert w2v.load_documents(tmp_path / "d", labelled=False) == (["x", "y\n", "z"], [(), (), ()])
    (tmp_path / "a.csv").write_text("body,class\nx,a\n")
    assert w2v.load_documents(tmp_path / "a.csv", text_columns="body", label_column="class") == (["x"], ["a"])
    with pytest.raises(TypeError, match="unexpected keyword argument 'text_colums'"):
        w2v.load_documents(tmp_path / "a.csv", text_colums="body")


# ---- mistakes, a sentence each


@pytest.mark.parametrize(("texts", "labels", "said"), [
    (X, None, "y is missing; give a label for each document"),
    (X, Y[:-1], "X has 600 documents and y 599 labels; give each document its label"),
    ("great movie", ["a"], "X is a single text; give a list of texts, and read a file or folder with w2v.load_doc"),
    (np.array([X]), Y, "X has 2 dimensions; give one column of texts"),
    (7, Y, "X is int; give one column of texts"),
    ([*X[:3], None], Y[:4], r"X\[3\] is None; a document is a str, or a list of str"),
    ([*X[:3], math.nan], Y[:4], r"X\[3\] is float; a document is"),
    ([[1, 2]], ["a"], r"X\[0\] is list; a document is a str, or a list of str, its tokens"),
    (X, "a" * 600, "y is str; give a label, or a list of labels, for each document"),
    (X, np.zeros((600, 3)), "y has 2 dimensions"),
    (X[:2], ["a", math.nan], "the labels are of the type float, str; give all str or all int"),
    (X[:2], ["a", 1], "the labels are of the type int, str"),
    (X[:2], ["a", ""], r"y\[1\] holds no label"),
    (X[:2], [["a"], []], r"y\[1\] holds no label"),
    ([], [], "no document to train on"),
    (X[:3], ["a"] * 3, "all 3 documents have the label 'a'; give documents of at least two"),
    (["", " "], ["a", "b"], "all documents are empty"),
])  # fmt: skip
def test_documents_and_labels_that_cannot_be_fitted(texts, labels, said):
    with pytest.raises(ValueError, match=said) as caught:
        w2v.TextClassifier(**QUICK).fit(texts, labels)
    assert isinstance(caught.value, W2VError) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("settings", "said"), [
    ({"epochs": 0}, "epochs is 0; it must be at least 1"),
    ({"hidden": 3}, "hidden is about the mean of given vectors"),
    ({"vectors": vectors_of(X), "word_ngrams": 2}, "word_ngrams above 1 needs embeddings"),
    ({"vectors": vectors_of(X), "dim": 5}, "dim does nothing with these settings; leave it out"),
    ({"vectors": [1]}, "vectors is list; give KeyedVectors, such as model.wv"),
    ({"lower": 3}, "lower"),
])  # fmt: skip
def test_settings_that_cannot_be(settings, said):
    with pytest.raises(ValueError, match=said):
        w2v.TextClassifier(**settings).fit(X, Y)


def test_mistakes_of_a_question(fitted):
    for ask in (fitted.score, fitted.report, fitted.most_certain_errors):
        with pytest.raises(ValueError, match=r"X\[1\]: the label 'strange' is not one of the model's 3 \(c0, c1, c2\)"):
            ask(X[:2], ["c0", "strange"])
        with pytest.raises(ValueError, match="y is missing"):
            ask(X[:2], None)
    with pytest.raises(ValueError, match="no document to test on"):
        fitted.score([], [])
    with pytest.raises(ValueError, match="X is a single text"):
        fitted.predict("great movie")
    new = w2v.TextClassifier()
    for ask in (new.predict, new.predict_proba, lambda texts: new.score(texts, TEST_Y), new.save):
        with pytest.raises(ValueError, match="the classifier is not trained; call fit, or open one"):
            ask(TEST_X)
    with pytest.raises(TypeError, match="unexpected keyword argument 'epoch'"):
        w2v.TextClassifier(epoch=3)
    with pytest.raises(ValueError, match="there is no setting 'epoch' of a TextClassifier"):
        new.set_params(epoch=3)


def test_an_interrupted_fit_leaves_what_was_there(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    classifier = w2v.TextClassifier(**QUICK).fit(X, Y)
    before = classifier.predict_proba(TEST_X)
    monkeypatch.setattr("w2v.classify.embeddings.run_threads", lambda *given: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt, match="interrupted after 0 whole epochs"):
        classifier.set_params(epochs=50).fit(X, Y)
    assert np.array_equal(classifier.predict_proba(TEST_X), before) and not os.listdir(tmp_path)


def test_it_is_silent(capfd):
    w2v.TextClassifier(**QUICK).fit(X, Y).predict(TEST_X)
    assert capfd.readouterr() == ("", "")


# ---- scikit-learn


def test_parameters_and_signature():
    classifier = w2v.TextClassifier(epochs=3)
    names = list(classifier.get_params())
    assert classifier.set_params(lower=True).get_params()["lower"] is True
    assert repr(classifier) == "TextClassifier(epochs=3, lower=True)"
    assert list(inspect.signature(w2v.TextClassifier).parameters) == names and "word_ngrams" in names
    assert w2v.TextClassifier.__doc__ and all(f"`{name}`" in w2v.TextClassifier.__doc__ for name in names[1:])


def test_scikit_learn_takes_it(fitted):
    pytest.importorskip("sklearn")
    from sklearn.base import clone, is_classifier
    from sklearn.metrics import log_loss
    from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer
    from sklearn.utils.validation import check_is_fitted

    classifier = w2v.TextClassifier(**QUICK, vectors=vectors_of(X), finetune=True, buckets=5000)
    classifier.set_params(dim=100)
    copy = clone(classifier)
    assert copy.get_params() | {"vectors": None} == classifier.get_params() | {"vectors": None} and is_classifier(copy)
    assert copy.vectors is classifier.vectors and not hasattr(clone(fitted), "classes_")  # which nobody changes
    quick = w2v.TextClassifier(**QUICK)
    scores = cross_val_score(quick, X, Y, cv=3)
    assert len(scores) == 3 and (scores > 0.6).all()
    assert cross_val_predict(quick, X, Y, cv=2, method="predict_proba").shape == (600, 3)
    assert (cross_val_score(quick, X, Y, cv=2, scoring="f1_macro") > 0.6).all()
    assert log_loss(TEST_Y, fitted.predict_proba(TEST_X), labels=fitted.classes_) < 1
    search = GridSearchCV(quick, {"epochs": np.array([1, 5]), "word_ngrams": [1, 2], "buckets": [5000]}, cv=2)
    assert search.fit(np.array(X), np.array(Y)).best_params_["epochs"] == 5
    steps = [("lower", FunctionTransformer(lambda texts: [text.lower() for text in texts])), ("classify", quick)]
    line = Pipeline(steps).set_params(classify__dim=8).fit(X, Y)
    assert line.score(TEST_X, TEST_Y) > 0.6 and line[-1].dim == 8 and line.classes_.tolist() == ["c0", "c1", "c2"]
    assert "TextClassifier" in repr(line)
    check_is_fitted(line)


def test_processes_pass_it_on(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    assert again.score(TEST_X, TEST_Y) == fitted.score(TEST_X, TEST_Y)


def test_it_needs_no_scikit_learn():
    python(
        "import sys; sys.modules['sklearn'] = None\n"
        "import w2v\n"
        "assert not {'numba', 'scipy'} & set(sys.modules)\n"
        "w2v.TextClassifier(epochs=1, dim=4).fit(['a b', 'c d'], [0, 1]).predict(['a'])"
    )


def test_the_code_in_the_documentation_runs(tmp_path):
    pytest.importorskip("sklearn")
    page = (Path(__file__).parents[2] / "docs/classification.md").read_text(encoding="utf-8")
    first, second = (part.split("```")[0] for part in page.split("```python\n")[1:])
    for part, seed in (("train", 1), ("test", 2)):
        texts, labels = samples(60, seed, n_labels=2)
        found = [(text, {"c0": "neg", "c1": "pos"}[label]) for text, label in zip(texts, labels, strict=True)]
        for number, (text, label) in enumerate([*found, *[("w1", "unsup")] * (part == "train")]):
            folder = tmp_path / "snippets" / part / label
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number}.txt").write_text(text)
    said = python(f"import os; os.chdir({str(tmp_path)!r})\n{first}\n{second}").stdout
    assert (
        said.startswith("['neg' 'pos']") and "'word_ngrams': " in said and (tmp_path / "snippets.classifier").exists()
    )
