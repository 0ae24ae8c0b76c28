"""Scores as text: for the terminal, as Markdown, as LaTeX."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from w2v.evaluation.answering import KMEANS_SEEDS
from w2v.evaluation.kinds import KINDS
from w2v.evaluation.resampling import Interval
from w2v.evaluation.scores import ALL, FileScores, ModelScores, Score
from w2v.system.console import columns, padded

_MOST_CATEGORIES = 45  # shown; a file with more has its total shown
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"} | {
    sign: "\\" + sign for sign in "&%$#_{}"
}


class Table(NamedTuple):
    """Cells with a name for each row."""

    head: list[str]
    rows: list[list[str]]

    def plain(self) -> str:
        """Columns of a terminal: names to the left, the rest to the right."""
        widths = [max(map(columns, column)) for column in zip(self.head, *self.rows, strict=True)]
        return "\n".join(
            "  ".join([padded(row[0], widths[0]), *map(_right, row[1:], widths[1:])]).rstrip()
            for row in [self.head, *self.rows]
        )

    def markdown(self) -> str:
        """A table of GitHub's Markdown."""
        escaped = [[cell.replace("|", "\\|") for cell in row] for row in [self.head, *self.rows]]
        rule = "|".join(["---", *["---:"] * (len(self.head) - 1)])
        head, *rows = ["| " + " | ".join(row) + " |" for row in escaped]
        return "\n".join([head, f"|{rule}|", *rows])

    def latex(self) -> str:
        """A tabular with the rules of booktabs."""
        head, *rows = [" & ".join(map(_latex, row)) + r" \\" for row in [self.head, *self.rows]]
        columns = "l" + "r" * (len(self.head) - 1)
        lines = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", head, r"\midrule", *rows, r"\bottomrule"]
        return "\n".join([*lines, r"\end{tabular}"])


def shown(file: FileScores) -> str:
    """For the terminal: of one run of one model its report, with intervals; of several a column for each model."""
    only = file.models[0] if len(file.models) == 1 and len(file.models[0].answers) == 1 else None
    if only is not None and only.answers[0].report is not None:
        heading = f"{file.benchmark.path}: {only.coverages[0]}"
        return "\n".join([heading, *_report_lines(file, only)])
    head, *notes = _about(file)
    return "\n".join([*head.splitlines(), *notes, table_of(file).plain(), *map(str, file.comparisons)])


def markdown(file: FileScores) -> str:
    """A heading, what the numbers stand for, the table, and a sentence for each comparison."""
    head, *notes = _about(file)
    sentences = [f"- {note}" for note in (*notes, *map(str, file.comparisons))]
    return "\n".join(
        [f"### {head.splitlines()[0]}", "", table_of(file).markdown(), "", *sentences, f"- {_rules(file)}"]
    )


def latex(file: FileScores) -> str:
    """The table, and all else as comments above it."""
    head, *notes = _about(file)
    comments = [*head.splitlines(), *notes, *map(str, file.comparisons)]
    return "\n".join([*(f"% {line}" for line in comments), table_of(file).latex()])


def table_of(file: FileScores) -> Table:
    """A row for each category and measure, a column for each model."""
    head = ["", *(model.model for model in file.models)]
    n_categories = len(KINDS[file.benchmark.kind].categories(file.benchmark.items))
    rows = []
    for scores in zip(*(model.scores for model in file.models), strict=True):
        if n_categories <= _MOST_CATEGORIES or scores[0].category == ALL:
            rows.append([_row_name(file, scores[0]), *map(cell, scores)])
    return Table(head, rows)


def cell(score: Score) -> str:
    """`38.7 ± 0.3 (37.9 to 39.5)`: the score in percent or as a correlation, deviation over runs, interval."""
    if np.isnan(score.value):
        return "-"
    number = _percent if score.is_share else signed
    deviation = "" if score.deviation is None else f" ± {number(score.deviation)}"
    return f"{number(score.value)}{deviation} ({number(score.interval.low)} to {number(score.interval.high)})"


def _row_name(file: FileScores, score: Score) -> str:
    several = len(KINDS[file.benchmark.kind].measures) > 1
    if score.category == ALL:
        return score.measure if several or file.benchmark.kind != "analogies" else ALL
    return f"{score.measure}, {score.category}" if several else score.category


def _about(file: FileScores) -> list[str]:
    """The file and the rules in two lines; then a line for the coverage of each model."""
    lines = [f"{file.benchmark.path}\n{_rules(file)}"]
    for model in file.models:
        for place, coverage in enumerate(model.coverages):
            if coverage != model.coverages[0]:
                lines.append(f"{model.model}, run {place + 1}: {coverage}")
            elif place == 0:
                lines.append(f"{model.model}: {coverage}")
    return lines


def _rules(file: FileScores) -> str:
    kind, rules = KINDS[file.benchmark.kind], file.models[0].answers[0].rules
    if any(answers.rules != rules for model in file.models for answers in model.answers):
        sizes = sorted({answers.rules.n_searched for model in file.models for answers in model.answers})
        all_sizes = f"the first {sizes[0]} to {sizes[-1]} words"
        described = str(rules).replace(f"the first {rules.n_searched} words", all_sizes)
    else:
        described = str(rules)
    title = f"{kind.title}, {file.rules.similarity}" if file.benchmark.kind == "analogies" else kind.title
    n_runs = sorted({len(model.answers) for model in file.models} - {1})
    runs = f"; ±: standard deviation over {' or '.join(map(str, n_runs))} runs" if n_runs else ""
    return f"{title}; {described}; {resampling_told(file)}{runs}{_seeds_told(file)}"


def resampling_told(file: FileScores) -> str:
    """What an interval is."""
    what = {
        "analogies": "questions by section",
        "similarity": "pairs",
        "labels": "words",
        "relations": "pairs by relation",
    }
    what |= {"outliers": "outliers by set"}
    drawn = what.get(file.benchmark.kind, "questions")
    if file.resampling.over == "pairs" and KINDS[file.benchmark.kind].pairs is not None:
        drawn = "pairs of words by section"
    return f"95 %: {file.resampling.n:,} resamples of the {drawn}, seed {file.resampling.seed}"


def _seeds_told(file: FileScores) -> str:
    if file.benchmark.kind != "labels":
        return ""
    return f"; purity: k-means, seeds {KMEANS_SEEDS[0]} to {KMEANS_SEEDS[-1]}"


def _report_lines(file: FileScores, only: ModelScores) -> list[str]:
    """The report of one run, with what the intervals are in its first line."""
    report, scores = only.answers[0].report, only.scores
    if file.benchmark.kind == "labels":
        accuracy, purity = scores
        first, second, *rest = str(report).splitlines()
        clusters = f"purity   {cell(purity)[:-1].replace(' (', ' %, 95 %: ')} %" if not np.isnan(purity.value) else ""
        second += f", 95 %: {interval_told(accuracy.interval, _percent)} %"
        lines = [first, second, rest[0], *[clusters] * bool(clusters), *rest[1:]]
        return [f"{lines[0]}; {resampling_told(file)}{_seeds_told(file)}", *lines[1:]]
    first, *lines = report.table([score.interval for score in scores]).splitlines()
    return [f"{first}; {resampling_told(file)}", *lines]


def interval_told(interval: Interval, number: Callable[[float], str]) -> str:
    """`37.9 to 39.5`."""
    return "-" if np.isnan(interval.low) else f"{number(interval.low)} to {number(interval.high)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"


def signed(value: float, digits: int = 3) -> str:
    """With a minus sign, as wide as a plus."""
    return f"{value:.{digits}f}".replace("-", "−")


def _right(text: str, width: int) -> str:
    return " " * (width - columns(text)) + text


def _latex(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text).replace("±", r"$\pm$").replace("−", "$-$")


def documents(files: Sequence[FileScores], show: Callable[[FileScores], str]) -> str:
    """All files, a blank line between them."""
    return "\n\n".join(map(show, files))
