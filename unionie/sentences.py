"""Sentence boundaries as the annotation scheme defines them.

A sentence ends at 。！？, at a half-width . ! ? used in their place, or at a
line break. Relations never leave a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# A full stop is a sentence end only where it cannot be a decimal point, part of
# a Latin word or address, or the dot of a list number ("1.加强…").
_END = re.compile(
    r"""
    (?: [。！？!?]+
      | (?<![0-9A-Za-z０-９.]) \. (?![0-9A-Za-z０-９.])
      | (?<=[0-9A-Za-z]) \. (?=\s|$)
    )
    [”’"』」）)】》]*          # closing marks belong to the sentence they end
    | \r\n | [\n\r\v\f\x1c-\x1e\x85\u2028\u2029]
    """,
    re.VERBOSE,
)
_LIST_NUMBER = re.compile(r"\s*[0-9A-Za-z]{1,3}\.\Z")


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield ``(start, end)`` code-point offsets that together cover ``text`` exactly.

    Closing quotes and brackets after the final mark, and the line break itself,
    belong to the sentence they end. Empty text yields nothing.
    """
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if _LIST_NUMBER.match(text, start, end):
            continue
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)
