"""Checks of annotations against the scheme.

Each rule is one small function over one paragraph. A finding at level ``error``
breaks the scheme; one at level ``review`` asks a reader to look again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from unionie import schema
from unionie.annotation import (
    Paragraph,
    Span,
    annotation_files,
    read_annotations,
    read_lines,
)
from unionie.errors import AnnotationError
from unionie.quantities import read_quantity
from unionie.schema import SHIPPED, Scheme
from unionie.sentences import sentence_spans

Level = Literal["error", "review"]

_DIGITS = re.compile(r"[0-9０-９]+(?:[.．,，][0-9０-９]+)*")


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken or doubtful place: where it is, what it says, which rule it breaks.

    ``file`` and ``line`` say where the paragraph stands, ``start`` and ``end`` are code
    points in it.
    """

    file: str
    line: int
    start: int
    end: int
    surface: str
    rule: str
    message: str
    level: Level

    def __str__(self) -> str:
        place, what = f"{self.file}:{self.line}", f"{self.level} {self.rule}"
        if self.start == self.end:  # a line that is no paragraph has no spans
            return f"{place}: {what}: {self.message}"
        return f"{place}:{self.start}-{self.end}: {what}: “{self.surface}” {self.message}"


_Hit = tuple[int, int, str]
_Rule = Callable[[Paragraph, Scheme], Iterator[_Hit]]


def check_annotations(path: str | Path, *, scheme: Scheme = SHIPPED) -> Iterator[Finding]:
    """Yield what is wrong or doubtful in an annotation file, line by line.

    A line that is no paragraph at all is a finding of the rule ``format``.
    """
    for number, found in read_lines(Path(path)):
        if isinstance(found, AnnotationError):
            yield Finding(str(path), number, 0, 0, "", "format", str(found), "error")
        else:
            yield from check_paragraph(found, file=str(path), line=number, scheme=scheme)


def check_paragraph(
    paragraph: Paragraph, *, file: str = "", line: int = 1, scheme: Scheme = SHIPPED
) -> Iterator[Finding]:
    """Yield what is wrong or doubtful in ``paragraph``, rule by rule."""
    for name, level, rule in RULES:
        for start, end, message in rule(paragraph, scheme):
            surface = paragraph.text[start:end]
            yield Finding(file, line, start, end, surface, name, message, level)


def read_checked(
    paths: Iterable[str | Path], *, scheme: Scheme = SHIPPED, ignore: Collection[str] = ()
) -> list[Paragraph]:
    """Return the paragraphs of annotation files and folders, if none breaks the scheme.

    ``ignore`` names rules that may be broken.

    Raises:
        AnnotationError: the message names every fault in every file.
        FileNotFoundError: there is nothing at one of the paths.

    """
    files = list(dict.fromkeys(file for path in paths for file in annotation_files(path)))
    faults = [
        finding
        for file in files
        for finding in check_annotations(file, scheme=scheme)
        if finding.level == "error" and finding.rule not in ignore
    ]
    if faults:
        number = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise AnnotationError(f"{number} in the annotations:\n" + "\n".join(map(str, faults)))
    return [paragraph for file in files for paragraph in read_annotations(file)]


def _labels(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    for span in paragraph.spans:
        if span.label not in scheme.entity_labels:
            known = ", ".join(scheme.entity_labels)
            yield span.start, span.end, f"has the unknown label {span.label}; known are {known}"


def _one_line(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    if len(paragraph.text.splitlines()) > 1:
        yield 0, 0, "holds a line break: a paragraph is one line"


def _overlaps(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    for left, right in pairwise(paragraph.spans):
        if right.start < left.end:
            yield right.start, right.end, f"overlaps “{paragraph.surface(left)}”"


def _edges(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    for span in paragraph.spans:
        surface = paragraph.surface(span)
        if surface != surface.strip():
            yield span.start, span.end, "starts or ends with a space"
        if len(surface.splitlines()) > 1:
            yield span.start, span.end, "crosses a line break"


def _half_pairs(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    for span in paragraph.spans:
        surface = paragraph.surface(span)
        for opening, closing in schema.PAIRED_MARKS.items():
            if surface.count(opening) != surface.count(closing):
                yield span.start, span.end, f"holds half of the pair {opening}{closing}"


def _whole_quotes(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    for span in paragraph.spans:
        surface = paragraph.surface(span)
        if len(surface) > 1 and schema.PAIRED_MARKS.get(surface[0]) == surface[-1]:
            inside = surface[1:-1]
            if surface[0] not in inside and surface[-1] not in inside:
                yield span.start, span.end, "takes its quotation marks along"


def _link_types(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    for link in paragraph.links:
        if link.label not in scheme.relation_labels:
            yield (
                link.head.start,
                link.head.end,
                f"has the unknown relation {link.label}; known are "
                + ", ".join(scheme.relation_labels),
            )
        elif not scheme.may_link(link.head.label, link.label, link.tail.label):
            yield (
                link.head.start,
                link.head.end,
                f"{link.head.label} cannot be {link.label} {link.tail.label}",
            )


def _link_sentences(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    ends = [end for _, end in sentence_spans(paragraph.text)]

    def sentence(span: Span) -> int:
        return sum(end <= span.start for end in ends)

    for link in paragraph.links:
        if sentence(link.head) != sentence(link.tail):
            tail = paragraph.surface(link.tail)
            yield link.head.start, link.head.end, f"links to “{tail}” in another sentence"


def _single_links(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    for span in paragraph.spans:
        for label in scheme.single_relations:
            if sum(link.head == span and link.label == label for link in paragraph.links) > 1:
                yield span.start, span.end, f"has more than one {label}"


def _measured(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    measured = {link.tail for link in paragraph.links if link.label == schema.MEASURES}
    for span in paragraph.spans:
        if span.label == schema.INDICATOR and span not in measured:
            yield span.start, span.end, "is an INDICATOR that no figure MEASURES"


def _unmeasured(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    measuring = {link.head for link in paragraph.links if link.label == schema.MEASURES}
    for span in paragraph.spans:
        if span.label in schema.FIGURE_LABELS and span not in measuring:
            yield span.start, span.end, "MEASURES nothing"


def _unread(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    for span in paragraph.spans:
        figure = span.label in schema.FIGURE_LABELS
        if figure and read_quantity(paragraph.surface(span)).approx == "unread":
            yield span.start, span.end, "is a figure that the figure reader cannot read"


def _left_edges(words: tuple[str, ...], what: str) -> _Rule:
    def rule(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
        for span in paragraph.spans:
            if span.label == schema.INDICATOR and paragraph.surface(span).startswith(words):
                yield span.start, span.end, f"opens with a {what}"

    return rule


def _bare_digits(paragraph: Paragraph, scheme: Scheme) -> Iterator[_Hit]:
    for match in _DIGITS.finditer(paragraph.text):
        if not any(s.start < match.end() and match.start() < s.end for s in paragraph.spans):
            yield match.start(), match.end(), "is a number that no span covers"


#: Every rule: its name, its level and the function that finds what breaks it.
RULES: tuple[tuple[str, Level, _Rule], ...] = (
    ("label", "error", _labels),
    ("one-line", "error", _one_line),
    ("overlap", "error", _overlaps),
    ("edge", "error", _edges),
    ("half-pair", "error", _half_pairs),
    ("whole-quote", "error", _whole_quotes),
    ("link-type", "error", _link_types),
    ("link-sentence", "error", _link_sentences),
    ("link-single", "error", _single_links),
    ("measured", "error", _measured),
    ("unmeasured", "review", _unmeasured),
    ("unread", "review", _unread),
    ("light-verb", "review", _left_edges(schema.LIGHT_VERBS, "light verb")),
    ("scope-word", "review", _left_edges(schema.SCOPE_WORDS, "scope word")),
    ("bare-digits", "review", _bare_digits),
)
