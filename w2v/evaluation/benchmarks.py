"""Evaluation files of every format, told by what is in them. Paths in, words and what is said of them out."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from w2v.errors import FormatError, W2VError
from w2v.evaluation import analogy_sets, item_sets
from w2v.evaluation.item_sets import Choice, OutlierSet, Relation
from w2v.evaluation.questions import (
    Section,
    numbered_lines,
    read_labels,
    read_questions,
    read_similarity,
    sniff_evaluation_file,
)
from w2v.system.files import PathLike
from w2v.system.wording import unreadable


class Benchmark(NamedTuple):
    """The questions of a file or folder.

    kind and items: "analogies", list of `Section`; "similarity", list of (word, word, score); "labels", list of (word,
    label); "choices", list of `Choice`; "outliers", list of `OutlierSet`; "relations", list of `Relation`.
    """

    path: str
    kind: str
    items: list[Any]

    def reworded(self, read: Callable[[str], str]) -> "Benchmark":
        """The same, each word as `read` gives it. Names of sections, labels and scores stay."""

        def words(some: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(map(read, some))

        def section(one: Section) -> Section:
            accepted = None if one.accepted is None else [words(some) for some in one.accepted]
            return Section(one.name, [(read(a), read(b), read(c), read(d)) for a, b, c, d in one.questions], accepted)

        def relation(one: Relation) -> Relation:
            pairs = tuple((read(a), read(b), rating) for a, b, rating in one.pairs)
            return Relation(one.name, tuple((read(a), read(b)) for a, b in one.examples), pairs)

        reworded: dict[str, Callable[[Any], Any]] = {
            "analogies": section,
            "similarity": lambda row: (*words(row[:2]), *row[2:]),
            "labels": lambda row: (read(row[0]), row[1]),
            "choices": lambda one: Choice(words(one.stem), tuple(map(words, one.choices)), one.right),
            "outliers": lambda one: OutlierSet(one.name, words(one.cluster), words(one.outliers)),
            "relations": relation,
        }
        return self._replace(items=[reworded[self.kind](item) for item in self.items])


def read_benchmark(path: PathLike) -> Benchmark:
    """Read an evaluation file, or a folder that is one set (BATS, SemEval-2012 Task 2, 8-8-8, words by category).

    Raises `FormatError`, naming the line, for what is none of the formats or does not fit its own.
    """
    if Path(path).is_dir():
        return _read_folder(Path(path))
    numbered = list(numbered_lines(path))
    lines = [line for _, line in numbered if line and not line.startswith("#")]
    if lines and analogy_sets.is_msr(path, lines):
        return Benchmark(str(path), "analogies", analogy_sets.read_msr(path))
    if lines and item_sets.is_choices(lines):
        return Benchmark(str(path), "choices", item_sets.read_choices(path))
    if lines and item_sets.is_outliers(line for _, line in numbered):
        return Benchmark(str(path), "outliers", item_sets.read_outliers([Path(path)]))
    if analogy_sets.is_bats_name(path):
        return Benchmark(str(path), "analogies", analogy_sets.read_bats([Path(path)]))
    if Path(path).name.startswith("GoldRatings-"):
        beside = [other for other in sorted(Path(path).parent.iterdir()) if not other.name.startswith("GoldRatings-")]
        return Benchmark(str(path), "relations", item_sets.read_relations([Path(path), *beside]))
    kind = sniff_evaluation_file(path)
    readers = {"analogies": read_questions, "similarity": read_similarity, "labels": read_labels}
    return Benchmark(str(path), kind, readers[kind](path))  # type: ignore[operator]


def _read_folder(folder: Path) -> Benchmark:
    try:
        files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    except OSError as error:
        raise W2VError(unreadable(folder, error)) from error
    texts = [path for path in files if path.suffix in (".txt", "")]
    if any(path.name.startswith("GoldRatings-") for path in files):
        return Benchmark(str(folder), "relations", item_sets.read_relations(files))
    bats = [path for path in files if analogy_sets.is_bats_name(path)]
    if bats:
        return Benchmark(str(folder), "analogies", analogy_sets.read_bats(bats))
    if not texts:
        raise FormatError(f"{folder}: no evaluation file in this folder; name one, or a folder of .txt files")
    first = [line for _, line in numbered_lines(texts[0])]
    if item_sets.is_outliers(first):
        return Benchmark(str(folder), "outliers", item_sets.read_outliers(texts))
    if all(len(line.split()) <= 1 for line in first):
        return Benchmark(str(folder), "labels", item_sets.read_categories(texts))
    raise FormatError(
        f"{folder} is no set that is known: {texts[0].name} is neither words of one category, a line each, nor those "
        "and outliers below a blank line, and no file has a name of BATS or SemEval-2012; name its files instead"
    )
