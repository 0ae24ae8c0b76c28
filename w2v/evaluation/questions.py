"""Reading evaluation files: analogy questions by section, and word pairs with a human score. Text in, tuples
out.
"""

import math
import re
from collections.abc import Iterator
from typing import IO, NamedTuple

from w2v.errors import FormatError
from w2v.system.files import PathLike, decompressing_reader

Question = tuple[str, str, str, str]  # a : b = c : expected
Pair = tuple[str, str, float]  # word, word, human score

_PIECE_BYTES = 1 << 20
_MAX_BYTES = 64 << 20  # unpacked; the largest in use have some hundred thousand
_GRAMMAR = re.compile(r"[A-Z]+_[A-Z]+$|[ID]\d\d \[")
DELIMITERS: tuple[str | None, ...] = ("\t", ";", ",", None)  # None: any run of white space


class Section(NamedTuple):
    """One `: name` section of a question file, in file order."""

    name: str
    questions: list[Question]
    accepted: list[tuple[str, ...]] | None = None  # all right answers of each question, where there are several

    @property
    def is_syntactic(self) -> bool:
        """True for the `gram...` sections, as in word2vec's `compute-accuracy.c`, for the parts of speech of MSR's, and
        for inflection and derivation in BATS."""
        return self.name.startswith("gram") or _GRAMMAR.match(self.name) is not None


def read_questions(path: PathLike) -> list[Section]:
    """Read a file in `questions-words.txt` format (Mikolov et al. 2013, arXiv:1301.3781, section 4.1).

    A line that starts with `:` opens a section, `#` starts a comment line, blank lines are skipped. Questions
    before the first header form a section called "unnamed". A header that comes twice opens two sections.
    Raises `FormatError` for a line without 4 words, bad UTF-8, or a file without a question.
    """
    sections: list[Section] = []
    for line_number, line in meaningful_lines(path, "utf-8"):
        if line.startswith(":"):
            sections.append(Section(line.lstrip(": ").strip(), []))
            continue
        words = line.split()
        if len(words) != 4:
            raise FormatError(
                f"{path}, line {line_number}: a question has 4 words, this line has {len(words)}; correct or remove it"
            )
        if not sections:
            sections.append(Section("unnamed", []))
        sections[-1].questions.append((words[0], words[1], words[2], words[3]))
    if not any(section.questions for section in sections):
        raise FormatError(
            f"{path}: no question in this file; give lines of 4 words such as `Athens Greece Oslo Norway`"
        )
    return sections


def read_similarity(path: PathLike, delimiter: str | None = None, encoding: str = "utf-8") -> list[Pair]:
    """Read word pairs with a score: two words and a number per line; further columns are ignored.

    `delimiter=None` takes the first of tab, semicolon, comma, white space that fits one of the first two
    lines. `#` starts a comment line; the first other line is skipped as a header when its third field is not
    a number. Raises `FormatError` for any later line that does not fit, bad text, or a file without a pair.
    """
    lines = list(meaningful_lines(path, encoding))
    if delimiter is None:
        fitting = (d for d in DELIMITERS for _, line in lines[:2] if _parse_pair(line, d) is not None)
        delimiter = next(fitting, None)
    pairs: list[Pair] = []
    for position, (line_number, line) in enumerate(lines):
        pair = _parse_pair(line, delimiter)
        if pair is not None:
            pairs.append(pair)
        elif position > 0 or not _is_header(line, delimiter):
            raise FormatError(
                f"{path}, line {line_number}: expected two words and a number, got {line[:60]!r}; "
                "correct or remove the line"
            )
    if not pairs:
        raise FormatError(f"{path}: no word pair in this file; give lines of two words and a number")
    return pairs


def read_labels(path: PathLike) -> list[tuple[str, str]]:
    """Read words with a label: a word and its label per line, parted by a tab or, if no line has one, by white space.

    `#` starts a comment line. Raises `FormatError` for a line that has not two fields, bad text, a word with two
    labels, or a file without a pair.
    """
    lines, found = list(meaningful_lines(path, "utf-8")), dict[str, str]()
    delimiter = "\t" if any("\t" in line for _, line in lines) else None
    for line_number, line in lines:
        fields = [field.strip() for field in line.split(delimiter)]
        if len(fields) != 2 or not all(fields):
            raise FormatError(
                f"{path}, line {line_number}: expected a word and its label, got {line[:60]!r}; correct it"
            )
        if found.setdefault(fields[0], fields[1]) != fields[1]:
            raise FormatError(
                f"{path}, line {line_number}: the word {fields[0]!r} has a second label, {fields[1]!r}; keep one"
            )
    if not found:
        raise FormatError(f"{path}: no word in this file; give lines of a word and its label")
    return list(found.items())


def sniff_evaluation_file(path: PathLike) -> str:
    """Tell the kinds of evaluation file apart: "analogies", "similarity" or "labels".

    Analogies: a line starts with `:`, or the lines have 4 words. Similarity: two words and a number in the
    first or second line. Labels: two fields in the first line. Raises `FormatError` when the first two lines fit none.
    """
    numbered = list(meaningful_lines(path, "utf-8"))
    lines = [line for _, line in numbered]
    if any(line.startswith(":") for line in lines):
        return "analogies"
    if any(_parse_pair(line, delimiter) is not None for delimiter in DELIMITERS for line in lines[:2]):
        return "similarity"
    if lines and len(lines[0].split()) == 4:
        return "analogies"
    if lines and 2 in (len(lines[0].split("\t")), len(lines[0].split())):
        return "labels"
    if not lines:
        raise FormatError(f"{path}: all lines are comments; give an evaluation file with questions or word pairs")
    raise FormatError(
        f"{path}, line {numbered[0][0]}: neither analogy questions (4 words a line) nor word pairs (two words and a "
        f"number) nor labels (a word and its label) nor questions with a choice, got {lines[0][:60]!r}"
    )


def _read_all(path: PathLike, stream: IO[bytes]) -> bytes:
    data = bytearray()
    while piece := stream.read(_PIECE_BYTES):
        data += piece
        if len(data) > _MAX_BYTES:
            raise FormatError(f"{path}: byte {_MAX_BYTES} is not the end yet; no evaluation file is so large")
    return bytes(data)


def _parse_pair(line: str, delimiter: str | None) -> Pair | None:
    fields = [field.strip() for field in line.split(delimiter)]
    if len(fields) < 3 or not fields[0] or not fields[1]:
        return None
    try:
        score = float(fields[2])
    except ValueError:
        return None
    return (fields[0], fields[1], score) if math.isfinite(score) else None


def _is_header(line: str, delimiter: str | None) -> bool:
    """True when the third field is there and is no number at all ("nan" is a number, and a bad score)."""
    fields = line.split(delimiter)
    if len(fields) < 3:
        return False
    try:
        float(fields[2])
    except ValueError:
        return True
    return False


def meaningful_lines(path: PathLike, encoding: str) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, stripped line) without blank and comment lines."""
    for line_number, line in numbered_lines(path, encoding):
        if line and not line.startswith("#"):
            yield line_number, line


def numbered_lines(path: PathLike, encoding: str = "utf-8") -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, stripped line). CRLF, CR and a byte-order mark are fine. Raises `FormatError` for bad
    text, or none."""
    with decompressing_reader(path) as stream:
        data = _read_all(path, stream)
    try:
        text = data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line_number = data.count(b"\n", 0, error.start) + 1
        raise FormatError(f"{path}, line {line_number}: not valid {encoding} text; convert the file first") from error
    if not text.strip():
        raise FormatError(f"{path}: the file is empty; give an evaluation file with questions or word pairs")
    for line_number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        yield line_number, line.strip()
