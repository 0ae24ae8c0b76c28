"""The bundled synthetic corpus: the files are what the generator writes, and they teach what they ask."""

import importlib.util
import subprocess
import sys
from collections import Counter
from itertools import permutations
from pathlib import Path
from types import ModuleType

import pytest

from w2v.data.datasets import registry_folder

FILES = ("kingdom.txt", "kingdom-questions.txt")


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", registry_folder() / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def counts() -> Counter[str]:
    return Counter((registry_folder() / "kingdom.txt").read_text(encoding="ascii").split())


def sections() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for line in (registry_folder() / "kingdom-questions.txt").read_text(encoding="ascii").splitlines():
        if line.startswith(": "):
            questions = found.setdefault(line[2:], [])
        else:
            questions.append(line.split())
    return found


def test_a_fresh_run_writes_the_committed_bytes(tmp_path: Path) -> None:
    script = tmp_path / "generate.py"  # it writes beside itself
    script.write_bytes((registry_folder() / "generate.py").read_bytes())
    environment = {"PYTHONHASHSEED": "7", "PATH": ""}
    subprocess.run([sys.executable, str(script)], check=True, cwd=tmp_path, env=environment)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (registry_folder() / name).read_bytes(), (
            f"run corpora/generate.py ({name})"
        )


def test_seed_decides_the_text(generator: ModuleType) -> None:
    assert generator.corpus(500, seed=1) == generator.corpus(500, seed=1)
    assert generator.corpus(500, seed=1) != generator.corpus(500, seed=2)


def test_shape_of_the_text(counts: Counter[str]) -> None:
    data = (registry_folder() / "kingdom.txt").read_bytes()
    assert 1_500_000 < len(data) <= 2_000_000
    assert data.endswith(b"\n") and b"\n\n" not in data and b"  " not in data and b"\r" not in data
    assert all(word.isalpha() and word.islower() for word in counts)
    assert 300 <= len(counts) <= 600


def test_readme_gives_the_counts(counts: Counter[str]) -> None:
    text = (registry_folder() / "README.md").read_text(encoding="utf-8")
    n_sentences = (registry_folder() / "kingdom.txt").read_bytes().count(b"\n")
    assert f"| {counts.total():,} in {n_sentences:,} sentences |" in text
    assert f"| {len(counts)} words, all of them frequent (the rarest comes {min(counts.values())} times) |" in text
    assert f"| {sum(map(len, sections().values())):,} in {len(sections())} sections" in text


def test_every_question_word_is_frequent(counts: Counter[str]) -> None:
    words = {word for questions in sections().values() for question in questions for word in question}
    assert min((counts[word], word) for word in words)[0] >= 150


def test_articles_agree(counts: Counter[str]) -> None:
    for line in (registry_folder() / "kingdom.txt").read_text(encoding="ascii").splitlines():
        for word, follower in zip(line.split(), line.split()[1:], strict=False):
            assert (word not in ("a", "an")) or (word == "an") == (follower[0] in "aeiou"), line


def test_questions_are_whole_and_distinct() -> None:
    found = sections()
    assert len(found) >= 6 and sum(name.startswith("gram") for name in found) >= 3
    assert 300 <= sum(map(len, found.values())) <= 2_000
    for name, questions in found.items():
        pairs = {(a, b) for a, b, _, _ in questions}
        assert {tuple(question) for question in questions} == {(*x, *y) for x, y in permutations(pairs, 2)}, name
        assert len({word for pair in pairs for word in pair}) == 2 * len(pairs), f"a word twice in {name}"
    assert ["man", "woman", "king", "queen"] in found["family"]


def test_no_word_plays_two_parts(generator: ModuleType) -> None:
    """A form of one row must not be a context word of another: it would pull the two together."""
    forms: list[str] = []
    context = set(" ".join(generator.COUNTRY_LINKS).split())
    for section in generator.SECTIONS:
        forms += [form for entity in section.entities for form in entity.forms]
        phrases = [phrase for entity in section.entities for phrase in entity.own]
        phrases += [template for templates in section.templates for template in templates]
        phrases += [option for slots in section.slots for options in slots.values() for option in options]
        context |= {word for phrase in phrases for word in phrase.split()}
    assert len(forms) == len(set(forms))
    assert not context & set(forms)


def test_it_is_called_synthetic(generator: ModuleType) -> None:
    assert "*synthetic*" in (generator.__doc__ or "")
    assert "synthetic" in (registry_folder() / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("sg", "alpha"), [(0, 0.05), (1, 0.025)])
def test_gensim_answers_the_questions(sg: int, alpha: float) -> None:
    """The yardstick: an independent trainer with our defaults learns the corpus."""
    word2vec = pytest.importorskip("gensim").models.word2vec
    text = word2vec.LineSentence(str(registry_folder() / "kingdom.txt"))
    wv = word2vec.Word2Vec(text, sg=sg, alpha=alpha, seed=1, workers=1).wv
    (first, best), (_, second) = wv.most_similar(positive=["king", "woman"], negative=["man"], topn=2)
    assert first == "queen" and best > second + 0.05
    score, _ = wv.evaluate_word_analogies(str(registry_folder() / "kingdom-questions.txt"))
    assert score >= 0.97
