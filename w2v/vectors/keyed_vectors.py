"""`KeyedVectors`: word vectors with gensim 4's names. Here: files, evaluation and export.

Look-up and changes are in `store`, queries in `queries`, old names in `legacy`. No matrix beside `vectors` is kept, and
memory-mapped vectors are never copied whole unless a method has to change them.
"""

import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from w2v.errors import ConfigError, FormatError
from w2v.evaluation.reports import CORRECT, WRONG, Correlation, SectionResult
from w2v.evaluation.scoring import evaluate_analogies, evaluate_similarity, read_questions, read_similarity
from w2v.formats.vector_files import (
    VectorTable,
    read_counts,
    read_vectors,
    read_word2vec,
    write_counts,
    write_vectors,
    write_word2vec,
)
from w2v.system.files import PathLike
from w2v.vectors.legacy import LegacyNames
from w2v.vectors.store import Key

SIMILARITY_OF_METHOD = {
    "most_similar": "3cosadd",
    "most_similar_cosmul": "3cosmul",
}  # gensim's names for the two rules


class KeyedVectors(LegacyNames):
    """Keys, their vectors, and questions to them. A gensim user changes one import."""

    def __repr__(self) -> str:
        facts = [f"{len(self)} keys x {self.vector_size}, {self.vectors.dtype}"]
        if self.source is not None:
            facts.append(f"from {self.source}")
        for part in ("config", "corpus"):
            settings = self.metadata.get(part)
            if isinstance(settings, Mapping) and settings:
                shown = [f"{name}={value}" for name, value in settings.items() if isinstance(value, str | int | float)]
                facts.append(f"{part}: {', '.join(shown[:6])}")
        return f"<{type(self).__name__} {'; '.join(facts)}>"

    def __str__(self) -> str:
        return f"{type(self).__name__}<vector_size={self.vector_size}, {len(self)} keys>"

    # ---- to and from tables and files

    @classmethod
    def from_table(cls, table: VectorTable, source: PathLike | None = None) -> Self:
        """Vectors around the arrays of `table`, which are not copied."""
        matrix = np.asarray(table.vectors)
        result = cls(matrix.shape[1], dtype=matrix.dtype)
        result.vectors = matrix
        result.index_to_key = table.keys
        if table.counts is not None:
            result.expandos["count"] = np.asarray(table.counts)
        result.output_vectors = table.output_vectors
        result.metadata = dict(table.metadata)
        result.source = None if source is None else str(source)
        return result

    def to_table(self) -> VectorTable:
        """The table of all keys that have a vector; arrays are shared where they can be."""
        keys, matrix, counts = self.index_to_key, self.vectors, self.expandos.get("count")
        if self.n_free:
            rows = [index for index, key in enumerate(keys) if key is not None]
            keys, matrix = [keys[index] for index in rows], matrix[rows]
            counts = None if counts is None else counts[rows]
        counts = None if counts is None else np.asarray(counts, dtype=np.int64)
        return VectorTable(keys, np.asarray(matrix, dtype=np.float32), counts, self.output_vectors, dict(self.metadata))

    def save(self, fname: PathLike) -> None:
        """Write the native format, whatever the suffix. Of the attributes only "count" is stored; others get
        a warning.
        """
        lost = sorted(set(self.expandos) - {"count"})
        if lost:
            warnings.warn(f"attributes not stored in {fname}: {', '.join(lost)}", stacklevel=2)
        write_vectors(fname, self.to_table(), format="w2v")

    @classmethod
    def load(cls, fname: PathLike, mmap: str | None = None) -> Self:
        """Read any vector file this package knows, told by its bytes. Native files are always memory-mapped.

        `mmap` is there for gensim's callers: None, "r" and "c" all share the file's pages and never write to
        it. Raises `FormatError`, `ConfigError`.
        """
        if mmap not in (None, "r", "c"):
            raise ConfigError(f"mmap is {mmap!r}; use None or 'r', vectors are copied before a change")
        return cls.from_table(read_vectors(fname), source=fname)

    @classmethod
    def load_word2vec_format(
        cls,
        fname: PathLike,
        fvocab: PathLike | None = None,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
        limit: int | None = None,
        datatype: npt.DTypeLike = np.float32,
        no_header: bool = False,
    ) -> Self:
        """Read word2vec text or binary, or GloVe text with `no_header`; counts from the file `fvocab`.

        Without `fvocab` there are no counts (gensim makes them up). A word that `fvocab` lacks gets count 0
        and a warning. Raises `FormatError`.
        """
        table = read_word2vec(
            fname,
            binary,
            limit=limit,
            no_header=no_header,
            encoding=encoding,
            errors=unicode_errors,
            datatype=datatype,
        )
        if fvocab is not None:
            count_of = read_counts(fvocab, encoding=encoding, errors=unicode_errors)
            n_absent = sum(key not in count_of for key in table.keys)
            if n_absent:
                warnings.warn(f"{n_absent} words of {fname} are not in {fvocab}; their count is 0", stacklevel=2)
            counts = np.array([count_of.get(str(key), 0) for key in table.keys], dtype=np.int64)
            table = table._replace(counts=counts)
        return cls.from_table(table, source=fname)

    def save_word2vec_format(
        self,
        fname: PathLike,
        fvocab: PathLike | None = None,
        binary: bool = False,
        total_vec: int | None = None,
        write_header: bool = True,
        prefix: str = "",
        append: bool = False,
        sort_attr: str = "count",
    ) -> None:
        """Write word2vec text or binary, by descending `sort_attr` where it is set; `fvocab` gets "word
        value" lines.

        `total_vec` overrides the number in the header, `prefix` is put before each word. Raises `ConfigError`
        for `fvocab` without the attribute, `FormatError` for a word the format cannot hold.
        """
        table, order = self.to_table(), None
        if sort_attr in self.expandos:
            values = self.expandos[sort_attr][[key is not None for key in self.index_to_key]]
            order = np.argsort(-values.astype(np.float64), kind="stable")
            if fvocab is not None:
                ordered = [table.keys[index] for index in order.tolist()]
                write_counts(fvocab, ordered, values[order], prefix=prefix, append=append)
        elif fvocab is not None:
            raise ConfigError(f"these vectors carry no attribute {sort_attr!r} to write to {fvocab}; leave fvocab out")
        write_word2vec(
            fname,
            table,
            binary,
            order=order,
            prefix=prefix,
            append=append,
            write_header=write_header,
            total_vec=total_vec,
        )

    def intersect_word2vec_format(
        self,
        fname: PathLike,
        lockf: float = 0.0,
        binary: bool = False,
        encoding: str = "utf8",
        unicode_errors: str = "strict",
    ) -> int:
        """Take the file's vectors for the words that are here too; other words stay as they are. Returns how
        many.

        `lockf` goes to `vectors_lockf` (V,), 1 for other words. Raises `FormatError`, `ConfigError` for
        another vector size.
        """
        table = read_word2vec(fname, binary, encoding=encoding, errors=unicode_errors)
        if table.vectors.shape[1] != self.vector_size:
            raise ConfigError(
                f"{fname} has vectors of {table.vectors.shape[1]} numbers; give one with {self.vector_size}"
            )
        shared = [(row, self.key_to_index[key]) for row, key in enumerate(table.keys) if key in self.key_to_index]
        theirs, ours = np.array(shared, dtype=np.int64).reshape(-1, 2).T
        self.own_vectors()[ours] = table.vectors[theirs]
        self.norms = None
        self.vectors_lockf: np.ndarray = getattr(self, "vectors_lockf", np.ones(len(self), dtype=np.float32))
        self.vectors_lockf[ours] = lockf
        return len(shared)

    def to_records(self, keys: Iterable[Key] | None = None) -> Iterator[dict[str, Any]]:
        """One flat dictionary per key, for `csv.DictWriter` or a data frame: key, its attributes, then v0,
        v1, ...
        """
        names = [f"v{column}" for column in range(self.vector_size)]
        for key in self.to_table().keys if keys is None else keys:
            index = self.get_index(key)
            attributes = {attr: values[index] for attr, values in self.expandos.items()}
            plain = {
                attr: value.item() if isinstance(value, np.generic) else value for attr, value in attributes.items()
            }
            yield {"key": key, **plain, **dict(zip(names, self.vectors[index].tolist(), strict=True))}

    # ---- evaluation

    def evaluate_word_analogies(
        self,
        analogies: PathLike,
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
        similarity_function: str = "most_similar",
    ) -> tuple[float, list[dict[str, Any]]]:
        """gensim's (score, sections): each section's name and its correct and incorrect questions, then a
        total of all.

        `similarity_function` is "most_similar" (3CosAdd) or "most_similar_cosmul" (3CosMul; gensim ignores
        it). `w2v.evaluation.scoring.evaluate_analogies` gives the full report. Raises `FormatError`, `ConfigError`.
        """
        similarity = SIMILARITY_OF_METHOD.get(similarity_function, similarity_function)
        table = self.to_table()
        report = evaluate_analogies(
            table.keys,
            table.vectors,
            read_questions(analogies),
            restrict_vocab,
            case_insensitive,
            similarity,
            dummy4unknown,
        )
        sections = [_gensim_section(result, case_insensitive) for result in report.sections]
        total: dict[str, Any] = {"section": "Total accuracy"}
        for outcome in ("correct", "incorrect"):
            total[outcome] = [question for section in sections for question in section[outcome]]
        return report.total.of_answered or 0.0, [*sections, total]

    def evaluate_word_pairs(
        self,
        pairs: PathLike,
        delimiter: str | None = None,
        encoding: str = "utf8",
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> tuple[Correlation, Correlation, float]:
        """gensim's (Pearson, Spearman, percent of pairs with an unknown word); the correlations are (value,
        p-value).

        `delimiter=None` finds it. Raises `FormatError` for a bad file or when no pair is in the vocabulary.
        """
        table = self.to_table()
        report = evaluate_similarity(
            table.keys,
            table.vectors,
            read_similarity(pairs, delimiter, encoding),
            restrict_vocab,
            case_insensitive,
            dummy4unknown,
        )
        if report.n_used == 0:
            raise FormatError(
                f"{pairs}: no pair has both words in the vocabulary; give pairs of words that were trained on"
            )
        return report.pearson, report.spearman, report.oov_percent

    def wmdistance(self, document1: Any, document2: Any, norm: bool = True) -> float:
        """Not offered: Word Mover's Distance needs an optimal-transport solver."""
        raise NotImplementedError(
            "wmdistance is not part of w2v; install POT and give it the `distances` between the words"
        )


def _gensim_section(result: SectionResult, case_insensitive: bool) -> dict[str, Any]:
    section: dict[str, Any] = {"section": result.name, "correct": [], "incorrect": []}
    for question, outcome in zip(result.questions, result.outcomes.tolist(), strict=True):
        words = tuple(word.upper() for word in question) if case_insensitive else question
        if outcome == CORRECT:
            section["correct"].append(words)
        elif outcome == WRONG:
            section["incorrect"].append(words)
    return section
