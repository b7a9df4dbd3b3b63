"""Annotations written inside the text: the notation of the tests.

A span is ``[surface|X1]``: its letter gives the label (O ORG, A AWARD,
G PROGRAMME, M MONEY, C COUNT, R PERCENT, I INDICATOR, P PERIOD), its number makes it
unique in its line. A figure lists what it links to after a colon; the tail's label
gives the relation, and ``=G1`` says that the figure MEASURES the programme
where a bare ``G1`` says UNDER::

    [5年来|P1],[自治区总工会|O1]已建立[基层工会组织|I1][3.9万个|C1:I1,O1,P1]
"""

from __future__ import annotations

import re

from unionie import schema
from unionie.annotation import Link, Paragraph, Span
from unionie.errors import AnnotationError

LETTERS = {
    "O": schema.ORG,
    "A": schema.AWARD,
    "G": schema.PROGRAMME,
    "M": schema.MONEY,
    "C": schema.COUNT,
    "R": schema.PERCENT,
    "I": schema.INDICATOR,
    "P": schema.PERIOD,
}
_SPAN = re.compile(r"\[([^\[\]|]+)\|([A-Z]\d+)(?::([^\[\]|]*))?\]")
_LEFTOVER = re.compile(r"\|[A-Z]\d+(?::[^\[\]|]*)?\]")


def parse_inline(line: str, *, doc: str = "", source: str = "", number: int = 1) -> Paragraph:
    """Read one line of inline notation.

    Raises:
        AnnotationError: an unknown letter, an id used twice, a link to an id that is not
            in the line, links on a span that is no figure, or a bracket left open.

    """
    text: list[str] = []
    length = 0
    spans: dict[str, Span] = {}
    wanted: list[tuple[str, str]] = []
    position = 0
    for match in _SPAN.finditer(line):
        surface, name, links = match.groups()
        before = line[position : match.start()]
        position = match.end()
        text += (before, surface)
        start = length + len(before)
        length = start + len(surface)
        if name[0] not in LETTERS:
            raise AnnotationError(f"'{match.group()}': no label has the letter {name[0]}")
        if name in spans:
            raise AnnotationError(f"'{match.group()}': the id {name} is used twice in this line")
        spans[name] = Span(start, length, LETTERS[name[0]])
        if links is not None:
            if spans[name].label not in schema.FIGURE_LABELS:
                raise AnnotationError(f"'{match.group()}': only a figure (M, C, R) has links")
            wanted += ((name, link) for link in links.split(",") if link)
    text.append(line[position:])
    plain = "".join(text)
    if leftover := _LEFTOVER.search(plain):
        raise AnnotationError(f"'{leftover.group()}' closes a span that does not open before it")
    return Paragraph(
        text=plain,
        spans=tuple(spans.values()),
        links=tuple(_link(spans, name, target) for name, target in wanted),
        doc=doc,
        source=source,
        line=number,
    )


def _link(spans: dict[str, Span], name: str, target: str) -> Link:
    measures = target.startswith("=")
    tail = spans.get(target.removeprefix("="))
    if tail is None:
        raise AnnotationError(f"{name} links to {target}, which is not in this line")
    possible = schema.relations_to(tail.label)
    if not possible:
        raise AnnotationError(f"{name} links to {target}: a figure cannot link to {tail.label}")
    if measures and schema.MEASURES not in possible:
        raise AnnotationError(f"{name} links to {target}: nothing measures {tail.label}")
    return Link(spans[name], tail, schema.MEASURES if measures else possible[-1])
