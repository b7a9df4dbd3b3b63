"""A report: a text with its entities, relations and figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unionie.figures import Figure
from unionie.values import Entity, Relation

if TYPE_CHECKING:
    import pandas as pd

#: The columns of a table of figures, in order; documented in ``docs/table.md``.
COLUMNS = (
    "figure",
    "label",
    "value",
    "low",
    "high",
    "unit",
    "per",
    "currency",
    "approx",
    "indicator",
    "indicator_label",
    "organisation",
    "organisation_status",
    "period",
    "period_status",
    "programmes",
    "sentence",
    "start",
    "end",
    "indicator_start",
    "indicator_end",
    "score",
)

_NUMBERS = ("value", "low", "high")


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """What was found in one text.

    Attributes:
        text: the text as it was given, unchanged.
        entities: in order of appearance; they do not overlap.
        relations: from figures to other entities, in order of their heads and tails.
        figures: one for each MONEY, COUNT and PERCENT entity, in order of appearance.

    """

    text: str
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    figures: tuple[Figure, ...] = ()

    def __repr__(self) -> str:
        opening = " ".join(self.text.split())
        if len(opening) > 20:
            opening = opening[:20] + "…"
        return (
            f"<Report “{opening}”: {len(self.text)} characters, {len(self.entities)} entities, "
            f"{len(self.relations)} relations, {len(self.figures)} figures>"
        )

    def rows(self) -> Iterator[dict[str, str | int | float | Decimal | None]]:
        """Yield one row for each figure and indicator, with the keys of :data:`COLUMNS`.

        A figure that measures nothing gives one row without an indicator. Programmes
        are joined by ；.
        """
        for figure in self.figures:
            for indicator in figure.indicators or (None,):
                yield {
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
                    "start": figure.entity.start,
                    "end": figure.entity.end,
                    "indicator_start": indicator.start if indicator else None,
                    "indicator_end": indicator.end if indicator else None,
                    "score": figure.score,
                }

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas DataFrame: one row a figure and indicator, columns :data:`COLUMNS`.

        ``value``, ``low`` and ``high`` are float64, ready to sum; the exact numbers are
        the Decimals of :attr:`figures`. Offsets of indicators are nullable integers.
        """
        import pandas as pd

        frame = pd.DataFrame(list(self.rows()), columns=list(COLUMNS))
        types = dict.fromkeys((*_NUMBERS, "score"), "float64")
        types |= {"start": "int64", "end": "int64"}
        types |= {"indicator_start": "Int64", "indicator_end": "Int64"}
        text = {name: "string" for name in COLUMNS if name not in types}
        return frame.astype(types | text)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: lists, dicts, strings and numbers only."""
        return {
            "text": self.text,
            "entities": [entity.to_dict() for entity in self.entities],
            "relations": [relation.to_dict() for relation in self.relations],
            "figures": [figure.to_dict() for figure in self.figures],
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
        Path(path).write_text(page, encoding="utf-8", newline="\n")
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
        )
