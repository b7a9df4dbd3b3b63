"""A report as HTML: its text in colours beside the table of its figures.

Everything works without scripts, because notebooks strip them where they are not trusted.
Style rules go with them there, so what the text cannot be read without stands in ``style``
attributes. Nor may a notebook typeset ``$`` in the text as mathematics. Figure ``n`` and its
row carry the class ``ufn``; they and all that belongs to the figure carry ``uln``, what
it inherits ``uin`` as well. Style rules with ``:has()`` light ``uln`` when ``ufn`` is
pointed at; each ends in one class, by which browsers find rules fast. All rules and
anchors begin with a prefix that no other report on the page has.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from markupsafe import Markup

from unionie.figure_text import LEGEND, number_text, unit_text, with_status
from unionie.figures import Figure, Status
from unionie.markup import COLOURS, colour_of, mark_span, mark_spans
from unionie.rendering import render
from unionie.values import Entity

if TYPE_CHECKING:
    from unionie.report import Report

#: Longer texts are cut in the table; the tooltip and the report's text have all of them.
MAX_CELL = 40

_TITLE = 40
_shown: Counter[str] = Counter()


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    inherited: bool = False

    @property
    def full(self) -> str:
        return with_status(self.text, "inherited" if self.inherited else "stated")

    @property
    def short(self) -> str:
        if len(self.text) <= MAX_CELL:
            return self.full
        return replace(self, text=self.text[: MAX_CELL - 1] + "…").full


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    label: str
    indicator: _Cell
    figure: _Cell
    amount: str
    organisation: _Cell
    period: _Cell
    programmes: _Cell
    score: str

    @property
    def inherits(self) -> bool:
        return self.organisation.inherited or self.period.inherited

    @property
    def tooltip(self) -> str:
        linked = ("indicator", "organisation", "period", "programmes")
        cells = [(name, getattr(self, name)) for name in linked]
        return "\n".join(
            [
                f"{self.label}: {self.figure.text} = {self.amount}",
                *(f"{name}: {cell.full}" for name, cell in cells if cell.text),
                f"score: {self.score}",
            ]
        )


def report_html(report: Report, prefix: str) -> Markup:
    """Return the report as one ``<div>`` with the id ``prefix``, for a place in a page.

    ``prefix`` opens every id inside; it must be a CSS identifier that the page uses for
    nothing else.
    """
    rows = [_row(number, figure) for number, figure in enumerate(report.figures, start=1)]
    others = sorted({entity.label for entity in report.entities} - set(COLOURS))
    return render(
        "report.html",
        prefix=prefix,
        text=_marked_text(report, rows, prefix),
        rows=rows,
        labels=[(label, colour_of(label)) for label in (*COLOURS, *others)],
        signs=LEGEND,
    )


def report_page(report: Report) -> str:
    """Return the report as a page of its own that loads nothing from elsewhere."""
    opening = " ".join(report.text.split())
    return str(
        render(
            "report_page.html",
            name=PurePath(report.file).name if report.file else None,
            opening=opening if len(opening) <= _TITLE else opening[:_TITLE] + "…",
            body=report_html(report, _digest(report)),
        )
    )


def notebook_html(report: Report) -> str:
    """Return the report for a notebook, under a prefix not used before in this process."""
    prefix = _digest(report)
    _shown[prefix] += 1
    times = _shown[prefix]
    return str(report_html(report, prefix if times == 1 else f"{prefix}-{times}"))


def _digest(report: Report) -> str:
    content = json.dumps(report.to_dict()).encode()
    return "u" + hashlib.sha256(content).hexdigest()[:10]


def _row(number: int, figure: Figure) -> _Row:
    return _Row(
        number=number,
        label=figure.entity.label,
        indicator=_cell(figure.indicators),
        figure=_Cell(figure.entity.text),
        amount=f"{number_text(figure)} {unit_text(figure)}".strip(),
        organisation=_cell([figure.organisation], figure.organisation_status),
        period=_cell([figure.period], figure.period_status),
        programmes=_cell(figure.programmes),
        score=f"{figure.score:.2f}",
    )


def _cell(entities: Iterable[Entity | None], status: Status = "stated") -> _Cell:
    return _Cell("、".join(entity.text for entity in entities if entity), status == "inherited")


def _marked_text(report: Report, rows: list[_Row], prefix: str) -> Markup:
    numbered = dict(zip((figure.entity for figure in report.figures), rows, strict=True))
    links = _link_classes(report.figures)

    def mark(entity: Entity, surface: str) -> Markup:
        row = numbered.get(entity)
        if row is None:
            return mark_span(entity, surface, classes=" ".join(links.get(entity, ())))
        link = Markup(
            '<a id="{0}-f{1}" href="#{0}-r{1}" title="{2}" style="color:#111">{3}</a>'
        ).format(prefix, row.number, row.tooltip, surface)
        return mark_span(entity, link, classes=f"uf uf{row.number} ul{row.number}")

    return mark_spans(report.text, report.entities, mark)


def _link_classes(figures: tuple[Figure, ...]) -> dict[Entity, list[str]]:
    classes: dict[Entity, list[str]] = {}
    for number, figure in enumerate(figures, start=1):
        for entity in (*figure.indicators, *figure.programmes):
            classes.setdefault(entity, []).append(f"ul{number}")
        for tail, status in (
            (figure.organisation, figure.organisation_status),
            (figure.period, figure.period_status),
        ):
            if tail:
                names = ["ul", "ui"] if status == "inherited" else ["ul"]
                classes.setdefault(tail, []).extend(f"{name}{number}" for name in names)
    return classes
