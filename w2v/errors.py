"""The errors a user can cause. Each carries one sentence that says what is wrong and what to do next.

The command line prints that sentence and exits with code 2; from Python they are ordinary exceptions that also belong
to the built-in class a caller would expect (`ValueError`, `KeyError`, `FileNotFoundError`): the one that gensim raises.
"""

from typing import Any


class W2VError(Exception):
    """Base of every error that is the input's fault, not the program's."""


class ConfigError(W2VError, ValueError):
    """A setting is out of range, or two settings contradict each other."""


class CorpusError(W2VError, ValueError):
    """The corpus is missing, empty, binary, undecodable, or leaves no vocabulary."""


class FormatError(W2VError, ValueError):
    """A vector, vocabulary, question or similarity file is malformed; the sentence names the file and the line or
    byte."""


class CutOffError(FormatError, EOFError):
    """A vector file ends before the last of the vectors that it announces."""


class UndecodableError(FormatError, UnicodeDecodeError):
    """A word of a file is not of the encoding in which it was read."""

    def __init__(self, sentence: str, cause: UnicodeDecodeError) -> None:
        super().__init__(cause.encoding, cause.object, cause.start, cause.end, cause.reason)
        self.sentence, self.cause = sentence, cause

    def __str__(self) -> str:
        return self.sentence

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.sentence, self.cause)


class FileError(W2VError, OSError):
    """A file cannot be opened, read or written; `of` makes the one that also is what the system raised."""

    def __str__(self) -> str:  # with a number and a name OSError would show these
        return str(self.args[0])

    @staticmethod
    def of(sentence: str, cause: OSError) -> "FileError":
        """The error with this sentence, of the class that fits `cause`, and with its number and file name."""
        kind = next((ours for theirs, ours in _FILE_ERRORS.items() if isinstance(cause, theirs)), FileError)
        error = kind(sentence)
        error.errno, error.strerror, error.filename = cause.errno, cause.strerror, cause.filename
        return error


class MissingFileError(FileError, FileNotFoundError):
    """There is no such file."""


class ForbiddenFileError(FileError, PermissionError):
    """The file may not be opened."""


class FolderError(FileError, IsADirectoryError):
    """A folder stands where a file is needed."""


_FILE_ERRORS: dict[type[OSError], type[FileError]] = {
    FileNotFoundError: MissingFileError,
    PermissionError: ForbiddenFileError,
    IsADirectoryError: FolderError,
}


class MissingPackageError(W2VError, ImportError):
    """An optional package is not installed; the sentence says how to install it."""


class ClusterError(W2VError, RuntimeError):
    """Other machines cannot be reached, or their work is lost; the sentence says how to go on."""


class UnknownWordError(W2VError, KeyError):
    """A word is not in the vocabulary; the sentence suggests near spellings."""

    def __str__(self) -> str:  # KeyError would show the repr of the sentence
        return str(self.args[0])


class MissingAttributeError(ConfigError, KeyError):
    """Vectors carry no attribute of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


class EmptyListError(ConfigError, ZeroDivisionError):
    """A mean of no words was asked for."""


class ArgumentError(ConfigError, TypeError):
    """Arguments that do not go together, or of a kind that is not taken."""


class DivergedError(W2VError):
    """Training left the finite numbers, or its loss exploded."""


class ModelStateError(ConfigError, RuntimeError):
    """A model cannot do what it is asked for as it stands: it has no vocabulary, or another objective."""


class NoTrainingStateError(FormatError, AttributeError):
    """A file holds vectors and not a model."""


class TokenError(CorpusError, TypeError):
    """Sentences or tokens of a kind that is not taken."""


class NoWordsError(CorpusError, RuntimeError):
    """A corpus leaves no vocabulary."""


class NoCorpusError(CorpusError, FileNotFoundError, TypeError):
    """There is no such file or folder."""

    def __str__(self) -> str:  # OSError shows its number if there is one
        return str(self.args[0])


class NoKnownWordError(CorpusError):
    """No word of a model occurs in a corpus. The second argument: the words that were read."""

    def __str__(self) -> str:
        return str(self.args[0])
