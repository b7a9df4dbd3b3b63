"""The errors unionie raises on purpose; all of them are :class:`UnionieError`."""

from __future__ import annotations


class UnionieError(ValueError):
    """Something about the input that its owner can mend; the message says how."""


class InputError(UnionieError):
    """A text that cannot be read: not a str, a lone surrogate, undecodable bytes."""


class AnnotationError(UnionieError):
    """An annotation file or an inline annotation that is broken."""


class ModelError(UnionieError):
    """A model folder that is missing, incomplete or of another version."""


class LabelsError(UnionieError):
    """A declaration of own labels and relations that is broken."""


class TrainingError(UnionieError):
    """A training that cannot start or go on with what it was given."""
