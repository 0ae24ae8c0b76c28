"""`MeanVectors` among scikit-learn's own parts."""

import warnings

import numpy as np
import pytest
from support import python

import w2v
from w2v.errors import ConfigError, CorpusError

sklearn = pytest.importorskip("sklearn")
from w2v.sklearn import MeanVectors  # noqa: E402

TEXTS = ["a b", "b a a", "e f", "f h g", "c a", "h e"] * 4
LABELS = [0, 0, 1, 1, 0, 1] * 4


@pytest.fixture(scope="module")
def vectors():
    made = w2v.KeyedVectors(4)
    made.add_vectors(list("abcdefgh"), np.random.default_rng(0).normal(size=(8, 4)))
    return made


def test_scikit_learns_own_checks():
    from sklearn.utils.estimator_checks import check_estimator

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # most of its checks want tables of numbers, and say that they are left out
        done = check_estimator(MeanVectors())
    assert done and all(one["status"] == "passed" for one in done)


def test_a_pipeline_in_a_search(vectors, tmp_path):
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    vectors.save(tmp_path / "v.w2v")
    for given in (vectors, str(tmp_path / "v.w2v")):
        steps = make_pipeline(MeanVectors(given), LogisticRegression())
        grid = {"meanvectors__weights": ["uniform", "tfidf", "sif"], "meanvectors__normalize": [False, True]}
        search = GridSearchCV(steps, grid, cv=2, error_score="raise").fit(TEXTS, LABELS)
        assert search.score(TEXTS, LABELS) == 1
    assert sklearn.base.clone(MeanVectors(vectors)).vectors is vectors


def test_features_are_those_of_encode_and_of_what_was_learned(vectors):
    for rule in ("uniform", "tfidf", "sif"):
        made = MeanVectors(vectors, weights=rule)
        np.testing.assert_array_equal(made.fit_transform(TEXTS), vectors.encode(TEXTS, rule))
        np.testing.assert_allclose(made.transform(np.array(TEXTS)), vectors.encode(TEXTS, rule), atol=1e-7)
    assert made.get_feature_names_out().tolist() == [f"meanvectors{n}" for n in range(4)]


def test_pandas(vectors):
    pandas = pytest.importorskip("pandas")
    made = MeanVectors(vectors).set_output(transform="pandas").fit_transform(pandas.Series(TEXTS[:3], index=[7, 8, 9]))
    assert list(made.index) == [7, 8, 9] and list(made.columns) == [f"meanvectors{n}" for n in range(4)]


def test_mistakes(vectors):
    with pytest.raises(ConfigError, match="has no vectors"):
        MeanVectors().fit(TEXTS)
    with pytest.raises(sklearn.exceptions.NotFittedError):
        MeanVectors(vectors).transform(TEXTS)
    for wrong in ("a b", 3, np.ones((2, 2)), [1]):
        with pytest.raises(CorpusError):
            MeanVectors(vectors).fit(wrong)


def test_without_scikit_learn():
    code = "import sys; sys.modules['sklearn'] = None\nimport w2v.sklearn"
    error = python(code, check=False).stderr.splitlines()[-1]
    assert error.startswith(
        "w2v.errors.MissingPackageError: w2v.sklearn needs sklearn; run: pip install 'w2v[sklearn]'"
    )
