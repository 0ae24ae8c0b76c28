"""What shows that a text is not what it was taken for, each in one sentence with what to do."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from w2v.corpus.likely_encoding import likely_encoding
from w2v.corpus.selection import TokenLedger
from w2v.corpus.tables import TABLES, suffix
from w2v.objectives.sampling import keep_probabilities

_UNDECODABLE, _TOO_MANY_UNDECODABLE = 0.01, 0.5  # shares of the tokens
_ALONE = 0.5
_LEFT, _LEFT_OF_FEW, _FEW = 0.2, 0.01, 1000  # shares that subsampling leaves; tokens that are an example
_RARE = 0.5
_COMMONEST = 20
_TABLES = (".json", *TABLES)
_MARKUP = re.compile(
    r"</?(?:a|b|br|div|doc|html|i|li|p|page|ref|span|td|text|tr)\b|https?(?:$|:)|href\b|&?(?:amp|gt|lt|nbsp|quot);$"
)


class Finding(NamedTuple):
    """A sentence on a text, and whether it is no use to train on it."""

    sentence: str
    is_fatal: bool = False


def undecodable(ledger: TokenLedger, files: Sequence[str], encoding: str) -> Iterator[Finding]:
    """Of a text of which a part cannot be decoded, naming the encoding that it seems to have."""
    share = ledger.n_undecodable / max(ledger.n_read, 1)
    if share >= _UNDECODABLE:
        likely = likely_encoding(files, encoding)
        advice = f"it looks like --encoding {likely}" if likely else "name its --encoding"
        yield Finding(
            f"{ledger.n_undecodable:,} of the {ledger.n_read:,} tokens ({share:.1%}) are not {encoding} and are left "
            f"out; {advice}, or keep what can be read of such tokens with --errors ignore",
            share > _TOO_MANY_UNDECODABLE,
        )


def without_context(n_alone: int, n_stream: int) -> Iterator[Finding]:
    """Of a text most of whose tokens, `n_alone` of `n_stream`, are a sentence by themselves: they make no pair."""
    if n_alone > _ALONE * n_stream:
        yield Finding(
            f"{n_alone:,} of the {n_stream:,} tokens ({n_alone / n_stream:.1%}) are alone on their line, so that they "
            "have no context to learn from; give a sentence (or a session, its items in order) a line, with blanks "
            "between the words, of a table the text alone, or a lower --min-count if the other words were too rare",
            n_alone == n_stream,
        )


def subsampled(counts: NDArray[np.int64], sample: float) -> Iterator[Finding]:
    """Of a text of which subsampling takes most, as of one with few different words, all of them frequent: the items of
    a shop. counts: (V,)."""
    n_stream, n_left = int(counts.sum()), float((counts * keep_probabilities(counts, sample)).sum())
    if n_left < (_LEFT if n_stream >= _FEW else _LEFT_OF_FEW) * n_stream:
        yield Finding(
            f"subsampling leaves some {n_left:,.0f} of the {n_stream:,} tokens in an epoch; give a higher --sample "
            f"than {sample:g}, or 0 to keep all",
            n_left < 2,  # no pair
        )


def rare(ledger: TokenLedger) -> Iterator[Finding]:
    """Of a text most of whose tokens are left out because their words are rare."""
    if ledger.n_rare > _RARE * ledger.n_read:
        yield Finding(
            f"{ledger.n_rare:,} of the {ledger.n_read:,} tokens ({ledger.n_rare / ledger.n_read:.1%}) are rare words "
            "and are left out; w2v info CORPUS shows what each --min-count would keep"
        )


def table(files: Sequence[str]) -> Iterator[Finding]:
    """Of a table that is taken for a text, told by its name."""
    for file in files:
        if suffix(file) in _TABLES:
            yield Finding(
                f"{file} is named as a table and read as plain text: all columns, their names and the signs between "
                "them count as words; name its column of text with --text-column, or give the text alone, a sentence a "
                "line (of baskets the items, with blanks between them and none within)"
            )
            return


def markup(words: Sequence[Any]) -> Iterator[Finding]:
    """Of a text whose commonest words, which come first, look like markup."""
    found = [word for word in words[:_COMMONEST] if isinstance(word, str) and _MARKUP.match(word)]
    if found:
        yield Finding(
            f"among the commonest words is what looks like markup ({', '.join(map(repr, found[:3]))}); take it out of "
            "the text before training"
        )
