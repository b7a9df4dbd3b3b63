"""Reading the JSON Lines of a tool."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from unionie.annotation import Paragraph, read_json_lines
from unionie.errors import AnnotationError


def load_lines(
    file: Path, build: Callable[[Any, int], Paragraph]
) -> Iterator[Paragraph | AnnotationError]:
    """Yield what ``build`` makes of each line's JSON and number.

    An AnnotationError that it raises is yielded with file and line before its message.
    """
    for number, data in read_json_lines(file):
        try:
            if isinstance(data, AnnotationError):
                raise data
            yield build(data, number)
        except AnnotationError as error:
            yield type(error)(f"{file}:{number}: {error}")
