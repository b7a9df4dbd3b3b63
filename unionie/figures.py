"""Figures: the rows that a researcher wants, built from entities and relations.

What the figure's own sentence states comes from the relations. Where a sentence names
no organisation or no period, the text before it often does; that is inferred here and
marked as inherited:

* a period is inherited from the last PERIOD that opens an earlier sentence of the same
  paragraph (5年来,…。…。);
* an organisation is inherited from the last ORG that opens an earlier sentence of the
  same paragraph, else from the report's issuer: the union body that the whole report
  names most often. Where an acting class of bodies (各级工会) stands before the figure in
  its sentence, the scheme lets no body come back, and none is inherited.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Literal

from unionie import schema
from unionie.quantities import Approx, read_quantity_at
from unionie.sentences import sentence_spans
from unionie.values import Entity, Relation

#: Whether the sentence states it or the text before does; None if neither.
Status = Literal["stated", "inherited"] | None

_NUMBERS = ("value", "low", "high")
_OPENING = re.compile(r"[\W\d_一二三四五六七八九十是]*")
_UNION = re.compile(r"(工会|工会委员会|工委|工联|总工会办公室)$")
_CLASS = re.compile(
    r"(?:^|[，,；;：:—])[^，,；;：:—向为对给将把]*?"
    r"(?:各级|各地|各[县市区旗盟州]|以上|基层)[^，,；;：:向为对给将把]{0,6}?工会(?!组织|经费|干部|会员|主席)"
)
_NATIONAL = re.compile(r"^(中华全国总工会|全国总工会|全总)")


@dataclass(frozen=True, slots=True, repr=False)
class Figure:
    """One figure of a report, with what it says and what it is a figure of.

    Attributes:
        entity: the span of the figure itself.
        value: the number said, None for a range or an unread figure. Money is in units
            of its currency, counts are in ones, shares in per cent.
        low: the least value the surface allows, None if it names no lower bound.
        high: the greatest value the surface allows, None if it names no upper bound.
        unit: 元 or another currency's name, a classifier, ``%`` or ``个百分点``.
        per: what a rate is per (``户``, ``人/年``), else None.
        currency: the ISO 4217 code of an amount of money, else None.
        approx: ``exact``, ``about``, ``at_least``, ``at_most``, ``between`` or ``unread``.
        indicators: the INDICATOR, AWARD or PROGRAMME spans that the figure measures.
        organisation: the body that did it or has it.
        organisation_status: ``stated`` in the sentence or ``inherited`` from the text
            before it; None if there is no organisation.
        period: the time expression that governs the figure.
        period_status: as for the organisation.
        programmes: the programmes in whose course the figure arose.
        sentence: the sentence, without the white space around it.
        score: the probability that the row is right in all that its sentence states: the
            figure, all that it measures, organisation, period and programmes.

    """

    entity: Entity
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    unit: str | None
    per: str | None
    currency: str | None
    approx: Approx
    indicators: tuple[Entity, ...]
    organisation: Entity | None
    organisation_status: Status
    period: Entity | None
    period_status: Status
    programmes: tuple[Entity, ...]
    sentence: str
    score: float

    def __repr__(self) -> str:
        measured = "、".join(indicator.text for indicator in self.indicators) or "?"
        return f"<Figure {measured}: {self.entity.text}>"

    def entities(self) -> Iterator[Entity]:
        """Yield the figure's own span and all that it is tied to, inherited or stated."""
        yield self.entity
        yield from self.indicators
        yield from self.programmes
        yield from (e for e in (self.organisation, self.period) if e is not None)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form; numbers are strings, so that they stay exact."""
        data = asdict(self)
        for name in _NUMBERS:
            data[name] = None if data[name] is None else str(data[name])
        data["indicators"] = list(data["indicators"])
        data["programmes"] = list(data["programmes"])
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Figure:
        """Build from what :meth:`to_dict` returned."""
        data = dict(data)
        for name in _NUMBERS:
            data[name] = None if data[name] is None else Decimal(data[name])
        for name in ("entity", "organisation", "period"):
            data[name] = None if data[name] is None else Entity.from_dict(data[name])
        for name in ("indicators", "programmes"):
            data[name] = tuple(map(Entity.from_dict, data[name]))
        return cls(**data)


def build_figures(
    text: str,
    entities: Sequence[Entity],
    relations: Iterable[Relation],
    scores: Mapping[Entity, float] | None = None,
) -> tuple[Figure, ...]:
    """Return a figure for every MONEY, COUNT and PERCENT entity, in order of appearance.

    ``scores`` gives the figures' own scores; one that is not there gets the least score
    among its entity and its relations.
    """
    context = _Context(text, entities)
    links: dict[Entity, list[Relation]] = {}
    for relation in relations:
        links.setdefault(relation.head, []).append(relation)
    return tuple(
        _figure(entity, links.get(entity, []), context, scores.get(entity) if scores else None)
        for entity in entities
        if entity.label in schema.FIGURE_LABELS
    )


def _figure(
    entity: Entity, relations: list[Relation], context: _Context, score: float | None
) -> Figure:
    def tails(label: str) -> tuple[Entity, ...]:
        return tuple(sorted(r.tail for r in relations if r.label == label))

    sentence = context.sentence_of(entity)
    organisation = next(iter(tails(schema.BY)), None)
    organisation_status: Status = "stated"
    if organisation is None:
        if not context.class_acts_before(entity, sentence):
            organisation = context.opener(schema.ORG, sentence) or context.issuer
        organisation_status = "inherited" if organisation else None
    period = next(iter(tails(schema.DURING)), None)
    period_status: Status = "stated"
    if period is None:
        period = context.opener(schema.PERIOD, sentence)
        period_status = "inherited" if period else None
    quantity = read_quantity_at(context.text, entity.start, entity.end)
    least = min([entity.score, *(relation.score for relation in relations)])
    return Figure(
        entity=entity,
        value=quantity.value,
        low=quantity.low,
        high=quantity.high,
        unit=quantity.unit,
        per=quantity.per,
        currency=quantity.currency,
        approx=quantity.approx,
        indicators=tails(schema.MEASURES),
        organisation=organisation,
        organisation_status=organisation_status,
        period=period,
        period_status=period_status,
        programmes=tails(schema.UNDER),
        sentence=context.surface(sentence),
        score=least if score is None else min(score, least),
    )


class _Context:
    """What the text around a sentence says about it."""

    def __init__(self, text: str, entities: Sequence[Entity]) -> None:
        self.text = text
        self.sentences = list(sentence_spans(text))
        self._starts = [start for start, _ in self.sentences]
        # 新建基层工会120家 counts a class; the class does nothing.
        chars = list(text)
        for entity in entities:
            if entity.label == schema.INDICATOR:
                chars[entity.start : entity.end] = "\0" * (entity.end - entity.start)
        self._text_without_indicators = "".join(chars)
        openers: dict[str, dict[int, Entity]] = {schema.ORG: {}, schema.PERIOD: {}}
        periods: dict[int, int] = {}
        for entity in entities:
            sentence = self.sentence_of(entity)
            opens_at = periods.get(sentence, self._starts[sentence])
            if entity.label in openers and _OPENING.fullmatch(text, opens_at, entity.start):
                openers[entity.label].setdefault(sentence, entity)
                if entity.label == schema.PERIOD:
                    periods[sentence] = entity.end
        self._openers = {label: self._carried(own) for label, own in openers.items()}
        # Many figures may share one long sentence: what holds for it is found once.
        self._surfaces: dict[int, str] = {}
        self._classes: dict[int, int | None] = {}
        self.issuer = _issuer(entities)

    def sentence_of(self, entity: Entity) -> int:
        """Return the number of the sentence in which ``entity`` starts."""
        return bisect_right(self._starts, entity.start) - 1

    def surface(self, sentence: int) -> str:
        """Return the sentence without the white space around it, the same string each time."""
        if sentence not in self._surfaces:
            start, end = self.sentences[sentence]
            self._surfaces[sentence] = self.text[start:end].strip()
        return self._surfaces[sentence]

    def class_acts_before(self, figure: Entity, sentence: int) -> bool:
        """Say whether a class of bodies, and no particular one, is the subject before it."""
        if sentence not in self._classes:
            start, end = self.sentences[sentence]
            # The pattern is lazy, so the first match is also the first to end.
            found = _CLASS.search(self._text_without_indicators[start:end])
            self._classes[sentence] = found and start + found.end()
        end_of_class = self._classes[sentence]
        return end_of_class is not None and end_of_class <= figure.start

    def opener(self, label: str, sentence: int) -> Entity | None:
        """Return what last opened an earlier sentence of the same paragraph."""
        return self._openers[label][sentence]

    def _carried(self, openers: dict[int, Entity]) -> list[Entity | None]:
        """Return for each sentence the last of ``openers`` before it in its paragraph."""
        carried: list[Entity | None] = []
        last = None
        for sentence in range(len(self.sentences)):
            carried.append(last)
            last = None if self._ends_line(sentence) else openers.get(sentence, last)
        return carried

    def _ends_line(self, sentence: int) -> bool:
        _, end = self.sentences[sentence]
        around = self.text[end - 1 : end + 1]  # a break is a sentence of its own after 。
        return len(around.splitlines()) > 1 or around[0] in "\r\n"


def _issuer(entities: Sequence[Entity]) -> Entity | None:
    """Return the first mention of the union body named most often, the national one last."""
    unions = [e for e in entities if e.label == schema.ORG and _UNION.search(e.text)]
    own = [entity for entity in unions if not _NATIONAL.match(entity.text)] or unions
    if not own:
        return None
    counts = Counter(entity.text for entity in own)
    first: dict[str, Entity] = {}
    for entity in own:
        first.setdefault(entity.text, entity)
    return max(first.values(), key=lambda entity: (counts[entity.text], -entity.start))
