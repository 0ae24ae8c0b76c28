"""A model of phrases from a file of its own, or from the model of word vectors that was trained with it."""

from w2v.errors import ConfigError, CorpusError
from w2v.formats.vector_files import read_vectors
from w2v.phrases.model import FORMAT, PhraseModel
from w2v.system.files import PathLike


def load_phrases(path: PathLike) -> PhraseModel:
    """Read what `w2v phrases` or training wrote. Raises `W2VError` for what is neither, `ConfigError` for a model
    without phrases."""
    try:
        with open(path, "rb") as file:
            is_json = file.read(64).lstrip()[:1] in (b"{", b"", b"\x80")  # or a pickle, of which the reader tells
    except OSError as error:
        raise CorpusError(f"cannot read the phrases {path}: {error.strerror or error}; check the path") from error
    if is_json:
        return PhraseModel.load(path)
    facts = read_vectors(path).metadata.get("phrases")
    if facts is None:
        raise ConfigError(f"{path} holds no phrases; give what w2v phrases wrote, or a model trained with --phrases")
    return PhraseModel.from_facts(facts, str(path))


def is_phrase_file(path: PathLike) -> bool:
    """Whether a file begins as what `w2v phrases` writes does."""
    with open(path, "rb") as file:
        return file.read(64).startswith(b'{"format":"' + FORMAT.encode())
