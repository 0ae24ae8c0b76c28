"""Pictures of words: the geometry against obvious twins, and real files where matplotlib is installed."""

import itertools

import numpy as np
import pytest
from maps_support import hostile_store

from w2v.cli.commands import main
from w2v.cli.plot_command import _questions
from w2v.errors import ConfigError, UnknownWordError
from w2v.pictures.analogy import parallelogram
from w2v.pictures.heatmap import ordered_cosines


@pytest.fixture(scope="module")
def store():
    return hostile_store()


@pytest.fixture(scope="module")
def model(store, tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "tiny.w2v"
    store.save(path)
    return str(path)


def test_the_plane_keeps_lengths_and_angles(store):
    shape = parallelogram(store, "word20", "word21", "word22")
    a, b, c, d = (store.get_vector(word, norm=True).astype(float) for word in shape.words)
    for (one, there), (two, here) in itertools.combinations(
        [(a, shape.a), (b, shape.b), (c, shape.c), (b - a + c, shape.sought)], 2
    ):
        assert np.linalg.norm(one - two) == pytest.approx(np.linalg.norm(there - here))
    assert shape.words[3] == store.most_similar(["word21", "word22"], ["word20"], topn=1)[0][0]
    assert shape.cosine == pytest.approx((b - a + c) @ d / np.linalg.norm(b - a + c), abs=1e-5)
    # The answer's distance from the plane, from a least-squares fit.
    sides = np.stack([b - a, c - a], axis=1)
    residual = d - a - sides @ np.linalg.lstsq(sides, d - a, rcond=None)[0]
    assert shape.height == pytest.approx(np.linalg.norm(residual))


def test_words_that_make_no_plane(store):
    with pytest.raises(ConfigError, match="lie on one line"):
        parallelogram(store, "word20", "word20", "word21")
    with pytest.raises(ConfigError, match="lie on one line"):
        parallelogram(store, "word20", "word21", "word20")
    with pytest.raises(UnknownWordError):
        parallelogram(store, "word20", "nobody", "word21")


def test_similar_words_stand_side_by_side():
    random = np.random.default_rng(0)
    rows = 3 * np.eye(3)[np.arange(12) % 3] + random.normal(scale=0.3, size=(12, 3))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    order, cosines, _ = ordered_cosines(unit)
    assert sorted(order.tolist()) == list(range(12))
    assert cosines == pytest.approx((unit @ unit.T)[np.ix_(order, order)])
    assert len(list(itertools.groupby(order % 3))) == 3  # each group is together


def test_questions_as_analogy_takes_them():
    assert _questions(["a", "b", "c"]) == [("a", "b", "c")]
    assert _questions(["b", "-", "a", "+", "c"]) == _questions(["b", "+", "c", "-", "a"]) == [("a", "b", "c")]
    assert _questions(["a", "b", "c", "d", "e", "f"]) == [("a", "b", "c"), ("d", "e", "f")]
    for wrong in (["a"], ["a", "b", "c", "d"], ["a", "+", "b", "+", "c"], ["+", "-", "c"]):
        with pytest.raises(ConfigError, match="three words a b c"):
            _questions(wrong)


def test_labels_cover_neither_each_other_nor_points():
    pytest.importorskip("matplotlib")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from w2v.pictures.labels import place_labels

    figure = Figure(figsize=(6, 6))
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    places = np.random.default_rng(0).random((30, 2))
    ax.set(xlim=(-0.2, 1.2), ylim=(-0.2, 1.2))
    texts = place_labels(ax, places, [f"word{row}" for row in range(30)], fontsize=9)
    renderer = figure.canvas.get_renderer()
    boxes = [text.get_window_extent(renderer) for text in texts]  # with the line to the point, where there is one
    assert len(texts) == 30
    spots = ax.transData.transform(places)
    plain = [box for box, text in zip(boxes, texts, strict=True) if text.arrow_patch is None]
    assert not any(one.overlaps(two) for one, two in itertools.combinations(plain, 2))
    assert not any(box.contains(*spot) for box in plain for spot in spots)
    few = place_labels(ax, np.full((30, 2), 0.5), ["long word"] * 30, all_of_them=False)
    assert 0 < len(few) < 30  # no room for more


@pytest.mark.parametrize(
    "kind",
    [
        ["analogy", "word20", "word21", "word22"],
        ["analogy", "word21", "-", "word20", "+", "word22"],
        ["heatmap", *(f"word{row}" for row in range(20, 32)), "$x_1$"],
        ["axis", "word20", "word21", "word22", "--axis", "word23-word24"],
        ["axis", "日本", "👩‍🚀", "word22", "--axis", "word23 - word24", "--axis", "word25 - word26"],
        ["frequency"],
    ],
    ids=lambda kind: " ".join(kind[:2]),
)
def test_pictures(model, store, tmp_path, capsys, kind):
    pytest.importorskip("matplotlib")
    words = [word for word in kind[1:] if word != "$x_1$"]
    sizes = {}
    for suffix in ("png", "svg"):
        picture = tmp_path / f"p.{suffix}"
        assert main(["plot", kind[0], model, *words, "-o", str(picture)]) == 0
        first = picture.read_bytes()
        assert main(["plot", kind[0], model, *words, "-o", str(picture)]) == 0
        sizes[suffix] = len(first)
        assert picture.read_bytes() == first  # the same drawing, the same bytes
    said = capsys.readouterr().err
    assert all(size > 5000 for size in sizes.values()) and "Warning" not in said and f"wrote {picture}" in said


def test_what_is_refused(model, tmp_path, capsys):
    for arguments, said in (
        (["heatmap", model, "word20", "-o", "p.gif"], "a picture ends in one of .png"),
        (["analogy", model, "word20", "-o", "p.png"], "three words a b c"),
        (["axis", model, "word20", "-o", "p.png"], "--axis"),
        (["axis", model, "word20", "--axis", "she he", "-o", "p.png"], "write it as 'she - he'"),
        (["axis", model, "word20", *["--axis", "word21-word22"] * 3, "-o", "p.png"], "3 axes were given"),
        (
            ["axis", model, "nobody", "--axis", "word21-word22", "-o", "p.png"],
            "not in the vocabulary, more than 0 %: nobody",
        ),
        (["heatmap", model, "word20", "word21", "-o", "p.png"], "three words at least"),
        (["frequency", "-o", "p.png"], "MODEL"),
    ):
        assert main(["plot", *arguments]) == 2
        error = capsys.readouterr().err
        assert said in error, error


def test_frequency_needs_counts(store, tmp_path, capsys):
    plain = tmp_path / "plain.txt"
    plain.write_text("2 2\na 1 2\nb 3 4\n")
    assert main(["plot", "frequency", str(plain), "-o", str(tmp_path / "p.png")]) == 2
    assert "carry no counts" in capsys.readouterr().err
