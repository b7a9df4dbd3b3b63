"""The plain values that a report is made of: entities and relations."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Entity:
    """A labelled span of a text.

    Attributes:
        start: offset of the first code point, counted from 0.
        end: offset after the last code point, so that ``text[start:end]`` of the
            report's text is this entity's ``text``.
        label: one of :data:`unionie.schema.ENTITY_LABELS`, or a label of the model's own.
        text: the characters covered.
        score: the model's probability of exactly this span with this label, 0 to 1.

    """

    start: int
    end: int
    label: str
    text: str
    score: float

    def __repr__(self) -> str:
        return f"<{self.label} {self.text} [{self.start}:{self.end}] {self.score:.2f}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Entity:
        """Build from what :meth:`to_dict` returned."""
        return cls(**data)


@dataclass(frozen=True, slots=True, order=True, repr=False)
class Relation:
    """A directed relation from a figure to another span of its sentence.

    Attributes:
        head: the figure.
        tail: what the figure is related to.
        label: one of :data:`unionie.schema.RELATION_LABELS`.
        score: the linker's probability of the relation between these two spans, 0 to 1.

    """

    head: Entity
    tail: Entity
    label: str
    score: float

    def __repr__(self) -> str:
        return f"<{self.head.text} {self.label} {self.tail.text} {self.score:.2f}>"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Relation:
        """Build from what :meth:`to_dict` returned."""
        ends = {key: Entity.from_dict(data[key]) for key in ("head", "tail")}
        return cls(**(data | ends))
