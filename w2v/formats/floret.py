"""floret's table, by which spaCy makes vectors of any word (`spacy init vectors --mode floret`).

Its row i is that of bucket i; words are not in it. Line 1: buckets, d, shortest and longest n-gram, hashes of each,
their seed, and the marks around a word (explosion/floret, `saveHashOnlyVectors`; `spacy.training.initialize`).
"""

import numpy as np

from w2v.corpus.ngrams import BEGIN, END, MURMUR_SEED, Ngrams
from w2v.errors import ConfigError
from w2v.formats.format import Format, VectorTable
from w2v.formats.rows import Writing
from w2v.formats.subwords import table_ngrams
from w2v.formats.text import write_text
from w2v.system.files import PathLike

_ADVICE = "train with --hash-count 2 --max-n 5 --bucket 50000 (the default rule is fastText's; .fasttext takes it)"


def check_ngrams(path: PathLike, ngrams: Ngrams) -> None:
    """Raise `ConfigError` for n-grams by fastText's rule: with rows of words' own, and one hash of another kind."""
    if ngrams.has_word_rows:
        raise ConfigError(f"cannot write {path}: floret's table has n-grams hashed by floret's rule; {_ADVICE}")


def _write(path: PathLike, table: VectorTable) -> None:
    ngrams = table_ngrams(table)
    if ngrams is None or table.ngram_buckets is None or table.input_rows is None:
        raise ConfigError(f"cannot write {path}: floret's table is of n-grams, which these vectors lack; {_ADVICE}")
    check_ngrams(path, ngrams)
    size = table.input_rows.shape[1]
    rows = np.zeros((ngrams.bucket, size), np.float32)  # of n-grams that training never met: they add nothing
    rows[table.ngram_buckets] = table.input_rows[len(table.input_rows) - len(table.ngram_buckets) :]
    facts = f" {ngrams.min_n} {ngrams.max_n} {ngrams.hash_count} {MURMUR_SEED} {BEGIN} {END}"
    write_text(path, VectorTable([str(row) for row in range(len(rows))], rows), Writing(more=facts.encode()))


FORMAT = Format(
    "floret",
    "floret's table, for spaCy",
    (".floret",),
    write=_write,
    check_ngrams=check_ngrams,
)
