"""Files of questions with a choice, of words that do not belong, of rated relations, and of words by category."""

import re
import string
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from w2v.errors import FormatError
from w2v.evaluation.analogy_sets import answers_of
from w2v.evaluation.questions import meaningful_lines, numbered_lines
from w2v.system.files import PathLike

Terms = tuple[str, ...]  # one word, or the two of a pair

_RATED = re.compile(r'(\S+)\s+"([^":]+):([^":]+)"$')
_PAIR = re.compile(r'"?([^":\s][^":]*):([^":]*[^":\s])"?$')
_TAGS = re.compile(r"\w+:\w+$")  # v:n, the parts of speech of a pair
_NUMBERED = re.compile(r"(\d+|[a-z])[.)]\s+(.+)$")


class Choice(NamedTuple):
    """A question and the terms to choose from. Words: which is a synonym? Pairs: which have the same relation?"""

    stem: Terms
    choices: tuple[Terms, ...]
    right: int  # place in `choices`


class OutlierSet(NamedTuple):
    """Words of one kind, and words that do not belong to them, each asked for itself."""

    name: str
    cluster: Terms
    outliers: Terms


class Relation(NamedTuple):
    """Pairs of words, rated by how good an example of a relation they are, and the examples that define it."""

    name: str
    examples: tuple[tuple[str, str], ...]
    pairs: tuple[tuple[str, str, float], ...]


# ---- choices


def is_choices(lines: list[str]) -> bool:
    """Whether these are questions with a choice: `word | right | wrong | wrong`, or blocks that end with a letter."""
    return lines[0].count("|") >= 2 or any(_is_letter(line) for line in lines[2:10]) or lines[0].startswith("1. ")


def read_choices(path: PathLike) -> list[Choice]:
    """Read questions with a choice.

    One a line, `word | right | wrong | wrong`, as files of TOEFL, ESL and Reader's Digest questions have them; blocks
    as in Turney's SAT package: perhaps a line that says where it comes from, the pair `lull trust v:n`, its choices a
    line each, and the letter of the right one; or numbered questions whose choices are a., b., ... with a file of
    answers beside them (`toefl.qst`, `toefl.ans`). Raises `FormatError`, naming the line, for what does not fit.
    """
    lines = list(meaningful_lines(path, "utf-8"))
    if lines and "|" in lines[0][1]:
        return [_line_choice(path, number, line) for number, line in lines]
    answers = answers_of(path)
    if answers is not None:
        return _numbered_choices(path, lines, answers)
    found, block = list[Choice](), list[str]()
    for number, line in lines:
        if not _is_letter(line):
            block.append(line)
            continue
        found.append(_block_choice(path, number, block, line))
        block = []
    if block:
        raise FormatError(
            f"{path}, line {lines[-1][0]}: the last question has no letter of its answer; put it after it"
        )
    return found


def _line_choice(path: PathLike, number: int, line: str) -> Choice:
    stem, *choices = (part.strip() for part in line.split("|"))
    if len(choices) < 2 or not stem or not all(choices):
        raise FormatError(
            f"{path}, line {number}: expected `word | right | wrong ...` with two choices or more, got {line[:60]!r}; "
            "correct it"
        )
    return Choice((stem,), tuple((choice,) for choice in choices), 0)


def _block_choice(path: PathLike, number: int, block: list[str], letter: str) -> Choice:
    """Lines of terms; the word behind a pair (`v:n`) is no part of it, and a first line of another shape says where the
    question comes from."""
    rows = [line.split() for line in block]
    width = min(len(row[:2]) for row in rows) if rows else 0
    shapes = [(len(row), _TAGS.match(row[-1]) is not None) for row in rows]
    if len(rows) > 3 and shapes[0] != shapes[1] == shapes[2]:
        rows = rows[1:]
    terms = [tuple(row[:width]) for row in rows]
    right = string.ascii_lowercase.index(letter)
    if len(terms) < 3 or right >= len(terms) - 1:
        raise FormatError(
            f"{path}, line {number}: the answer is {letter!r}, and {max(len(terms) - 1, 0)} choices stand above it; a "
            "question is a line, its choices are a line each"
        )
    return Choice(terms[0], tuple(terms[1:]), right)


def _numbered_choices(path: PathLike, lines: list[tuple[int, str]], answers: Path) -> list[Choice]:
    letters = {}
    for number, line in meaningful_lines(answers, "utf-8"):
        fields = line.split()
        if not fields[0].rstrip(".").isdigit() or not _is_letter(fields[-1]):
            raise FormatError(
                f"{answers}, line {number}: expected a number and a letter, got {line[:60]!r}; correct it"
            )
        letters[fields[0].rstrip(".")] = fields[-1]
    blocks: list[tuple[int, str, list[str]]] = []
    for number, line in lines:
        found = _NUMBERED.match(line)
        if found is None or (not blocks and not found[1].isdigit()):
            raise FormatError(f"{path}, line {number}: expected `1. word` or `a. word`, got {line[:60]!r}; correct it")
        if found[1].isdigit():
            if found[1] not in letters:
                raise FormatError(f"{path}, line {number}: {answers} has no answer for {found[1]}; add it")
            blocks.append((number, letters[found[1]], []))
        blocks[-1][2].append(found[2])
    return [_block_choice(path, number, block, letter) for number, letter, block in blocks]


def _is_letter(line: str) -> bool:
    return len(line) == 1 and line in string.ascii_lowercase


# ---- outliers, categories, relations


def is_outliers(lines: Iterable[str]) -> bool:
    """Whether these are two blocks of one word a line, a blank line between them."""
    text = "\n".join(lines).strip()
    blocks = re.split(r"\n\s*\n", text)
    return len(blocks) == 2 and all(len(line.split()) == 1 for line in text.split("\n") if line)


def read_outliers(paths: list[Path]) -> list[OutlierSet]:
    """Read the 8-8-8 set or others of its shape (Camacho-Collados & Navigli 2016): words of one kind, a line each, a
    blank line, and outliers. Raises `FormatError` for a file with other lines."""
    found = []
    for path in paths:
        blocks: list[list[str]] = [[]]
        for number, line in numbered_lines(path):
            if len(line.split()) > 1:
                raise FormatError(f"{path}, line {number}: expected one word, got {line[:60]!r}; correct it")
            if line:
                blocks[-1].append(line)
            elif blocks[-1]:
                blocks.append([])
        cluster, outliers, *more = [block for block in blocks if block] + [[], []]
        if any(more) or len(cluster) < 3 or not outliers:
            raise FormatError(
                f"{path}: expected three words or more, a blank line, and the words that do not belong; correct it"
            )
        found.append(OutlierSet(path.stem, tuple(cluster), tuple(outliers)))
    return found


def read_categories(paths: list[Path]) -> list[tuple[str, str]]:
    """Read a folder with a file for each category, a word a line; returns (word, category) as `read_labels` does.
    Raises `FormatError` for a word of two categories."""
    found: dict[str, str] = {}
    for path in paths:
        for number, word in meaningful_lines(path, "utf-8"):
            if len(word.split()) > 1 or found.setdefault(word, path.stem) != path.stem:
                raise FormatError(
                    f"{path}, line {number}: expected one word, of no other category, got {word[:60]!r}; correct it"
                )
    return list(found.items())


def read_relations(files: list[Path]) -> list[Relation]:
    """Read SemEval-2012 Task 2 (Jurgens et al. 2012): `GoldRatings-1a.txt`, lines of a rating and a pair, `50.0
    "apple:seed"`, and anywhere in the same folder `Phase1Questions-1a.txt`, whose pairs define the relation.

    files: all files of the folder. Raises `FormatError` for a missing file, and, naming the line, for one that does not
    fit.
    """
    questions = {path.name: path for path in files}
    found = []
    for path in files:
        if not path.name.startswith("GoldRatings-"):
            continue
        name = path.stem.removeprefix("GoldRatings-")
        definition = questions.get(f"Phase1Questions-{name}.txt")
        if definition is None:
            raise FormatError(
                f"{path}: its relation is defined by Phase1Questions-{name}.txt, which is not there; add it"
            )
        pairs = []
        for number, line in meaningful_lines(path, "utf-8"):
            rated = _RATED.match(line)
            try:
                pairs.append((rated[2].strip(), rated[3].strip(), float(rated[1])))  # type: ignore[index]
            except (TypeError, ValueError):
                raise FormatError(
                    f'{path}, line {number}: expected a rating and a pair, 50.0 "apple:seed", got {line[:60]!r}'
                ) from None
        examples = [_PAIR.match(line) for _, line in meaningful_lines(definition, "utf-8")]
        known = tuple((pair[1].strip(), pair[2].strip()) for pair in examples if pair and " " not in pair[0])
        if not known:
            raise FormatError(f"{definition}: no pair such as apple:seed in this file, and these define the relation")
        found.append(Relation(name, known, tuple(pairs)))
    return found
