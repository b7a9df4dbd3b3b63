"""What can stand in place of a paragraph when a tool's file is read."""

from __future__ import annotations

from unionie.errors import AnnotationError


class UnfinishedError(AnnotationError):
    """A paragraph that nobody has finished in the tool: skipped, rejected, not submitted."""
