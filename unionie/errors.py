"""The errors unionie raises on purpose; all of them are :class:`UnionieError`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class UnionieError(ValueError):
    """Something about the input that its owner can mend; the message says how."""


class InputError(UnionieError):
    """A text or file that cannot be read; the message names it and the remedy."""


class MissingExtraError(UnionieError):
    """What needs libraries that are not installed; the message holds the command to run."""


@contextmanager
def needs_extra(extra: str, doing: str) -> Iterator[None]:
    """Say what to install if an import in the ``with`` block finds no library.

    Args:
        extra: the extra of unionie that brings the libraries.
        doing: what they are needed for; begins the message.

    Raises:
        MissingExtraError: one of them is not installed.

    """
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "unionie":
            raise
        raise MissingExtraError(
            f'{doing} needs more libraries; run: pip install "unionie[{extra}]"'
        ) from error


class AnnotationError(UnionieError):
    """An annotation file that is broken."""


class UnfinishedError(AnnotationError):
    """A paragraph that nobody has finished in a tool: skipped, rejected, not submitted."""


class ModelError(UnionieError):
    """A model folder that is missing, incomplete or of another version."""


class LabelsError(UnionieError):
    """A declaration of own labels and relations that is broken."""


class TrainingError(UnionieError):
    """A training that cannot start or go on with what it was given."""


class ExtractionError(UnionieError):
    """A text at which the reader or the pipeline failed in a way that is not foreseen."""


class WorkerError(UnionieError):
    """A worker process that was killed or could not be started."""
