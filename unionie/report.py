"""A report: a text with its entities, relations and figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from numbers import Real
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from unionie import schema
from unionie.columns import COLUMNS
from unionie.document import Block, locator
from unionie.durable import write_text
from unionie.figures import Figure
from unionie.places import region_of_report, regions_in
from unionie.values import Entity, Relation
from unionie.years import year_of_period, year_of_report

if TYPE_CHECKING:
    import pandas as pd

_FLOATS = ("value", "low", "high", "score")
_INTEGERS = ("year", "page", "paragraph", "indicator_start", "indicator_end")

#: A row of the table, by the keys of :data:`COLUMNS`.
Row = dict[str, str | int | float | Decimal | None]


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """What was found in one text.

    Attributes:
        text: the text as it was given, unchanged.
        entities: in order of appearance; they do not overlap.
        relations: from figures to other entities, in order of their heads and tails.
        figures: one for each MONEY, COUNT and PERCENT entity, in order of appearance.
        blocks: where in the file the parts of the text stand; empty for a plain text,
            whose paragraphs are its lines.
        file: name of the file it was read from; None if it comes from no file.

    """

    text: str
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    figures: tuple[Figure, ...] = ()
    blocks: tuple[Block, ...] = ()
    file: str | None = None

    def __repr__(self) -> str:
        opening = " ".join(self.text.split())
        if len(opening) > 20:
            opening = opening[:20] + "…"
        return (
            f"<Report “{opening}”: {len(self.text)} characters, {len(self.entities)} entities, "
            f"{len(self.relations)} relations, {len(self.figures)} figures>"
        )

    def at_least(self, min_score: float) -> Report:
        """Return the report with only what has at least the score ``min_score``.

        A figure is kept or dropped with its whole row, by its own score; an entity or
        relation of a kept figure is kept with it.

        Raises:
            TypeError, ValueError: ``min_score`` is no number from 0 to 1.

        """
        check_min_score(min_score)
        if min_score == 0:
            return self
        figures = tuple(figure for figure in self.figures if figure.score >= min_score)
        heads = {figure.entity for figure in figures}
        relations = tuple(r for r in self.relations if r.score >= min_score or r.head in heads)
        needed = {entity for figure in figures for entity in figure.entities()}
        needed |= {entity for r in relations for entity in (r.head, r.tail)}
        entities = tuple(e for e in self.entities if e.score >= min_score or e in needed)
        return replace(self, entities=entities, relations=relations, figures=figures)

    def rows(self) -> Iterator[Row]:
        """Yield one row for each figure and indicator, with the keys of :data:`COLUMNS`.

        A figure that measures nothing gives one row without an indicator. Programmes
        are joined by ；.
        """
        stem = PurePath(self.file).stem if self.file else ""
        organisations = [e.text for e in self.entities if e.label == schema.ORG]
        report_region = region_of_report(stem, organisations, self.text)
        report_year = year_of_report(stem, self.text)
        locate = locator(self.text, self.blocks)
        for figure in self.figures:
            region, region_status = _region(figure, report_region)
            page, paragraph, kind = locate(figure.entity.start)
            # The year of a cell stands in a head of the table, which is not tied to it.
            year, year_status = _year(figure, None if kind == "cell" else report_year)
            for indicator in figure.indicators or (None,):
                yield {
                    "file": self.file,
                    "region": region,
                    "region_status": region_status,
                    "year": year,
                    "year_status": year_status,
                    "figure": figure.entity.text,
                    "label": figure.entity.label,
                    "value": figure.value,
                    "low": figure.low,
                    "high": figure.high,
                    "unit": figure.unit,
                    "per": figure.per,
                    "currency": figure.currency,
                    "approx": figure.approx,
                    "indicator": indicator.text if indicator else None,
                    "indicator_label": indicator.label if indicator else None,
                    "organisation": figure.organisation.text if figure.organisation else None,
                    "organisation_status": figure.organisation_status,
                    "period": figure.period.text if figure.period else None,
                    "period_status": figure.period_status,
                    "programmes": "；".join(p.text for p in figure.programmes) or None,
                    "sentence": figure.sentence,
                    "page": page,
                    "paragraph": paragraph,
                    "start": figure.entity.start,
                    "end": figure.entity.end,
                    "indicator_start": indicator.start if indicator else None,
                    "indicator_end": indicator.end if indicator else None,
                    "score": figure.score,
                }

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame of this report; see :func:`to_frame`."""
        return to_frame([self])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: lists, dicts, strings and numbers only."""
        return {
            "file": self.file,
            "text": self.text,
            "entities": [entity.to_dict() for entity in self.entities],
            "relations": [relation.to_dict() for relation in self.relations],
            "figures": [figure.to_dict() for figure in self.figures],
            "blocks": [block.to_dict() for block in self.blocks],
        }

    def to_html(self, path: str | Path | None = None) -> str | None:
        """Write the report as an HTML page to ``path``, or return the page.

        The page shows the text in colours beside the table of its figures, and needs
        nothing from elsewhere.

        Raises:
            OSError: ``path`` cannot be written.

        """
        from unionie.report_html import report_page

        page = report_page(self)
        if path is None:
            return page
        write_text(Path(path), page)
        return None

    def _repr_html_(self) -> str:
        from unionie.report_html import notebook_html

        return notebook_html(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        """Build from what :meth:`to_dict` returned; the result equals the original."""
        return cls(
            text=data["text"],
            entities=tuple(map(Entity.from_dict, data["entities"])),
            relations=tuple(map(Relation.from_dict, data["relations"])),
            figures=tuple(map(Figure.from_dict, data["figures"])),
            blocks=tuple(map(Block.from_dict, data.get("blocks", ()))),
            file=data.get("file"),
        )


def to_frame(reports: Iterable[Report]) -> pd.DataFrame:
    """Return one pandas DataFrame of many reports.

    It has one row a figure and indicator and the columns :data:`COLUMNS`. ``value``,
    ``low`` and ``high`` are float64, ready to sum; the exact numbers are the Decimals of
    :attr:`Report.figures`. Integers that may be missing are nullable.

    Raises:
        TypeError: ``reports`` is one Report.

    """
    import pandas as pd

    check_many(reports)
    rows = [row for report in reports for row in report.rows()]
    # With NaN for what is missing, comparisons give plain bools, which & and | can join.
    types: dict[str, Any] = dict.fromkeys(COLUMNS, pd.StringDtype(na_value=float("nan")))
    types |= dict.fromkeys(_FLOATS, "float64") | dict.fromkeys(_INTEGERS, "Int64")
    types |= {"start": "int64", "end": "int64"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)


def check_min_score(min_score: object) -> None:
    """Refuse what is no probability.

    Raises:
        TypeError: it is no number.
        ValueError: it is not from 0 to 1.

    """
    if not isinstance(min_score, Real):
        raise TypeError(
            f"min_score must be a number from 0 to 1, not {type(min_score).__name__} {min_score!r}"
        )
    if not 0 <= float(min_score) <= 1:
        raise ValueError(f"min_score is a probability and must be from 0 to 1, not {min_score}")


def check_many(reports: object) -> None:
    """Refuse one Report where many are expected.

    Raises:
        TypeError: ``reports`` is a Report.

    """
    if isinstance(reports, Report):
        raise TypeError("expected many reports, not one; put it in a list: [report]")


def _region(figure: Figure, report_region: str | None) -> tuple[str | None, str | None]:
    """Return the figure's region and whether its sentence states it."""
    named = regions_in(figure.organisation.text) if figure.organisation else frozenset()
    if len(named) > 1:
        return None, None
    if named:
        stated = figure.organisation_status == "stated"
        return next(iter(named)), "stated" if stated else "inferred"
    return report_region, "inferred" if report_region else None


def _year(figure: Figure, report_year: int | None) -> tuple[int | None, str | None]:
    """Return the figure's year and whether its sentence states it."""
    period = figure.period.text if figure.period else ""
    year, named = year_of_period(period, report_year)
    if year is None:
        return None, None
    return year, "stated" if named and figure.period_status == "stated" else "inferred"
