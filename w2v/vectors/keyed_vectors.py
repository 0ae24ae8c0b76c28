"""`KeyedVectors`: word vectors with gensim 4's names.

The class is put together here. Look-up and changes are `VectorStore`'s; questions, files, evaluation and old names are
functions of a store, bound as methods. No matrix beside `vectors` is kept, and memory-mapped vectors are never copied
whole unless a method has to change them.
"""

import warnings
from collections.abc import Mapping
from typing import Self

import numpy as np
import numpy.typing as npt

from w2v.errors import ConfigError
from w2v.formats.vector_files import read_counts, read_vectors, read_word2vec
from w2v.system.files import PathLike
from w2v.vectors import (
    ann,
    encoding,
    files,
    gensim_evaluation,
    gensim_names,
    legacy,
    postprocessing,
    queries,
    recipe,
    search,
    steps,
    transport,
)
from w2v.vectors.store import VectorStore


class KeyedVectors(VectorStore):
    """Keys, their vectors, and questions to them. A gensim user changes one import.

    Where a method takes `keys` or `where`, only these rows may be answers: an iterable of keys, a predicate
    on a key, or a regular expression that is searched in it; with `restrict_to` only rows of these numbers, or marked
    in this mask (V,). `missing` is what happens to unknown words:
    "raise", "skip" or "zero". A subclass that overrides look-up (`get_index`, `get_vector`, ...) is honoured by all
    queries; the queries call each other as functions, so that an override of one leaves the others as they are.
    """

    def __repr__(self) -> str:
        facts = [f"{len(self)} keys x {self.vector_size}, {self.matrix.dtype}"]
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

    # ---- questions

    as_trained = recipe.as_trained
    phrase_model = recipe.phrase_model
    most_similar = queries.most_similar
    most_similar_many = queries.most_similar_many
    most_similar_cosmul = queries.most_similar_cosmul
    similar_by_key = queries.similar_by_key
    similar_by_word = queries.similar_by_word
    similar_by_vector = queries.similar_by_vector
    cosine_similarities = staticmethod(queries.cosine_similarities)
    similarity = queries.similarity
    distance = queries.distance
    distances = queries.distances
    closer_than = queries.closer_than
    rank = queries.rank
    most_similar_to_given = queries.most_similar_to_given
    n_similarity = queries.n_similarity
    relative_cosine_similarity = queries.relative_cosine_similarity
    rank_by_centrality = queries.rank_by_centrality
    doesnt_match = queries.doesnt_match
    wmdistance = transport.wmdistance
    get_mean_vector = search.get_mean_vector
    build_index = ann.build_index
    encode = encoding.encode
    text_similarity = encoding.text_similarity

    def __sklearn_clone__(self) -> Self:
        """In a search of scikit-learn's they are given, and shared: its `clone` would copy the matrix."""
        return self

    # ---- gensim's other names

    resize_vectors = gensim_names.resize_vectors
    add_lifecycle_event = gensim_names.add_lifecycle_event

    # ---- what they are worth

    evaluate_word_analogies = gensim_evaluation.evaluate_word_analogies
    evaluate_word_pairs = gensim_evaluation.evaluate_word_pairs
    log_accuracy = staticmethod(gensim_evaluation.log_accuracy)
    log_evaluate_word_pairs = staticmethod(gensim_evaluation.log_evaluate_word_pairs)

    # ---- changed after training, each a new store

    postprocess = steps.postprocess
    add_output = postprocessing.add_output
    center = postprocessing.center
    zipf_center = postprocessing.zipf_center
    all_but_the_top = postprocessing.all_but_the_top
    pca = postprocessing.pca
    whiten = postprocessing.whiten
    zipf_whiten = postprocessing.zipf_whiten
    unit_length = postprocessing.unit_length
    trained = postprocessing.trained

    # ---- gensim 3's names

    vocab = property(legacy.vocab)
    index2word = property(legacy.index2word)
    index2entity = property(legacy.index2entity)
    word_vec = legacy.word_vec
    words_closer_than = legacy.words_closer_than
    init_sims = legacy.init_sims

    # ---- to and from files

    save = files.save
    save_word2vec_format = files.save_word2vec_format
    intersect_word2vec_format = files.intersect_word2vec_format
    to_records = files.to_records

    @classmethod
    def load(cls, fname: PathLike, mmap: str | None = None) -> Self:
        """Read any vector file this package knows, told by its bytes. Native files are always memory-mapped.

        `mmap` is there for gensim's callers: None, "r" and "c" all share the file's pages and never write to
        it: what is changed stays in memory. Raises `FormatError`, `ConfigError`.
        """
        if mmap not in (None, "r", "c"):
            raise ConfigError(f"mmap is {mmap!r}; use None or 'r': changes stay in memory until they are saved")
        from w2v.vectors.subword_vectors import vectors_of  # which is made of this class

        return vectors_of(read_vectors(fname), fname, cls)

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

        Without `fvocab` counts are made up from the rank, as in gensim, and marked so in `metadata`. A word that
        `fvocab` lacks gets count 0 and a warning; so do rows after those that line 1 announces, which are left out.
        `fname` may be an address (`file://`, or `s3://` and the like with the extra `remote`). Raises `FormatError`.
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
        result = cls.from_table(table, source=fname)
        if fvocab is None:
            result.make_up_counts()
        else:
            count_of = read_counts(fvocab, encoding=encoding, errors=unicode_errors)
            n_absent = sum(key not in count_of for key in table.keys)
            if n_absent:
                warnings.warn(f"{n_absent} words of {fname} are not in {fvocab}; their count is 0", stacklevel=2)
            counts = np.array([count_of.get(str(key), 0) for key in table.keys], dtype=np.int64)
            result.expandos["count"] = counts
        return result
