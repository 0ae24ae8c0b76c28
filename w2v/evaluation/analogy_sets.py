"""Analogy questions in other shapes than questions-words.txt: MSR's syntactic ones, and the folders of BATS."""

import re
from pathlib import Path

from w2v.errors import FormatError
from w2v.evaluation.questions import Question, Section, meaningful_lines
from w2v.system.files import PathLike

_TAG = re.compile(r"[A-Z]+_[A-Z]+$")  # JJ_JJR: the parts of speech of a pair
_BATS_NAME = re.compile(r"[A-Z]\d\d \[.*\]$")  # I01 [noun - plural_reg]


def is_msr(path: PathLike, lines: list[str]) -> bool:
    """Whether the first line is one of MSR's: `good better rough JJ_JJR rougher`, or without the last two where a file
    of answers is beside it."""
    fields = lines[0].split()
    return (len(fields) == 5 and _TAG.match(fields[3]) is not None) or (
        len(fields) == 3 and Path(path).suffix == ".questions" and answers_of(path) is not None
    )


def answers_of(path: PathLike) -> Path | None:
    """The file of answers beside a file of questions, `x.answers` of `x.questions` or `x.ans` of `x.qst`, if there is
    one."""
    suffixes = {".questions": ".answers", ".qst": ".ans"}
    beside = Path(path).with_suffix(suffixes.get(Path(path).suffix, ".answers"))
    return beside if Path(path).suffix in suffixes and beside.is_file() else None


def read_msr(path: PathLike) -> list[Section]:
    """Read MSR's syntactic questions (Mikolov, Yih & Zweig 2013): `a b c TAG d` a line, or `a b c` with `TAG d` on the
    same line of the file of answers beside it; a section for each tag, in the order of their first questions.

    Raises `FormatError`, naming the line, for one that does not fit.
    """
    lines, answers = list(meaningful_lines(path, "utf-8")), answers_of(path)
    if answers is not None:
        other = [line for _, line in meaningful_lines(answers, "utf-8")]
        if len(other) != len(lines):
            raise FormatError(
                f"{path} has {len(lines):,} questions, {answers} {len(other):,} answers; give one for each"
            )
        lines = [(number, f"{line} {more}") for (number, line), more in zip(lines, other, strict=True)]
    sections: dict[str, Section] = {}
    for number, line in lines:
        fields = line.split()
        if len(fields) != 5:
            raise FormatError(
                f"{path}, line {number}: expected three words, a tag such as JJ_JJR and the answer, got {line[:60]!r}; "
                "correct it"
            )
        a, b, c, tag, d = fields
        sections.setdefault(tag, Section(tag, [])).questions.append((a, b, c, d))
    return list(sections.values())


def is_bats_name(path: PathLike) -> bool:
    """Whether a file is called as those of BATS are, which tells it from a file of labels."""
    return _BATS_NAME.match(Path(path).stem) is not None


def read_bats(paths: list[Path]) -> list[Section]:
    """Read files of BATS (Gladkova, Drozd & Matsuoka 2016), a section for each: lines of a word and its right answers,
    `cat  feline/animal`. Every pair of lines is a question: the second's first word is asked by the first line's two,
    and any of the second's answers is right.

    Raises `FormatError`, naming the line, for one that does not fit.
    """
    return [_bats_section(path) for path in paths]


def _bats_section(path: Path) -> Section:
    pairs = []
    for number, line in meaningful_lines(path, "utf-8"):
        fields = line.split("\t") if "\t" in line else line.split()
        answers = [answer.strip() for answer in fields[-1].split("/") if answer.strip()]
        if len(fields) != 2 or not answers:
            raise FormatError(
                f"{path}, line {number}: expected a word and its answers, `cat feline/animal`, got {line[:60]!r}; "
                "correct it"
            )
        pairs.append((fields[0].strip(), answers))
    questions: list[Question] = []
    accepted: list[tuple[str, ...]] = []
    for i, (a, firsts) in enumerate(pairs):
        for j, (c, answers) in enumerate(pairs):
            if i != j:
                questions.append((a, firsts[0], c, answers[0]))
                accepted.append(tuple(answers))
    if not questions:
        raise FormatError(f"{path}: one pair makes no question; give two lines or more")
    return Section(path.stem, questions, accepted)
