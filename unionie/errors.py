"""The errors unionie raises on purpose; all of them are :class:`UnionieError`."""

from __future__ import annotations


class UnionieError(ValueError):
    """Something about the input that its owner can mend; the message says how."""


class InputError(UnionieError):
    """A text or file that cannot be read; the message names it and the remedy."""


class MissingExtraError(UnionieError):
    """A format whose libraries are not installed; the message holds the command to run."""


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
