"""Labels, relations, and which label may link to which.

This module is the only place where the annotation scheme is written down as
code; every other module reads it from here. Its source is the annotation
scheme, kept in ``docs/annotation-scheme.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

ORG: Final = "ORG"
AWARD: Final = "AWARD"
PROGRAMME: Final = "PROGRAMME"
MONEY: Final = "MONEY"
COUNT: Final = "COUNT"
PERCENT: Final = "PERCENT"
INDICATOR: Final = "INDICATOR"
PERIOD: Final = "PERIOD"

#: Every entity label, in the order used for tables, legends and model outputs.
ENTITY_LABELS: Final = (ORG, AWARD, PROGRAMME, MONEY, COUNT, PERCENT, INDICATOR, PERIOD)

#: The labels of figures: the only spans a relation may start from.
FIGURE_LABELS: Final = (MONEY, COUNT, PERCENT)

MEASURES: Final = "MEASURES"
BY: Final = "BY"
DURING: Final = "DURING"
UNDER: Final = "UNDER"

#: Every relation label, in the order used for tables.
RELATION_LABELS: Final = (MEASURES, BY, DURING, UNDER)

#: Relation label -> the entity labels its tail may carry. Heads are always figures.
RELATION_TAILS: Final[dict[str, tuple[str, ...]]] = {
    MEASURES: (INDICATOR, AWARD, PROGRAMME),
    BY: (ORG,),
    DURING: (PERIOD,),
    UNDER: (PROGRAMME,),
}

#: Relations of which a figure has at most one.
SINGLE_RELATIONS: Final = (BY, DURING)


def may_link(head: str, relation: str, tail: str) -> bool:
    """Say whether the scheme allows ``relation`` from label ``head`` to label ``tail``."""
    return head in FIGURE_LABELS and tail in RELATION_TAILS.get(relation, ())


def relations_to(tail: str) -> tuple[str, ...]:
    """Return the relations a figure may have to a span labelled ``tail``, in table order."""
    return tuple(name for name in RELATION_LABELS if tail in RELATION_TAILS[name])


@dataclass(frozen=True, slots=True)
class Scheme:
    """The lists above, and what one pipeline adds to them of its own.

    Nothing can be taken from the shipped lists or changed in them.

    Attributes:
        added_labels: further entity labels.
        added_relations: further relations, each with the labels its tail may carry. Heads
            are always figures.
        added_single: those of the further relations of which a figure has at most one.

    """

    added_labels: tuple[str, ...] = ()
    added_relations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    added_single: tuple[str, ...] = ()

    @property
    def entity_labels(self) -> tuple[str, ...]:
        """Every entity label, the shipped ones first."""
        return ENTITY_LABELS + self.added_labels

    @property
    def relation_labels(self) -> tuple[str, ...]:
        """Every relation, the shipped ones first."""
        return RELATION_LABELS + tuple(self.added_relations)

    @property
    def relation_tails(self) -> dict[str, tuple[str, ...]]:
        """Every relation, the shipped ones first, with the labels its tail may carry."""
        return {**RELATION_TAILS, **self.added_relations}

    @property
    def single_relations(self) -> tuple[str, ...]:
        """Every relation of which a figure has at most one."""
        return SINGLE_RELATIONS + self.added_single

    def may_link(self, head: str, relation: str, tail: str) -> bool:
        """Say whether ``relation`` may go from label ``head`` to label ``tail``."""
        if relation in self.added_relations:
            return head in FIGURE_LABELS and tail in self.added_relations[relation]
        return may_link(head, relation, tail)


#: The scheme without additions.
SHIPPED: Final = Scheme()


#: Verbs that never open an INDICATOR (a closed list of the scheme).
LIGHT_VERBS: Final = (
    *("有", "是", "为", "达", "已", "现有", "累计", "建立", "建成", "新建", "成立", "设立", "开展"),
    *(
        "举办",
        "举行",
        "召开",
        "组织",
        "实现",
        "完成",
        "发放",
        "提供",
        "出台",
        "制定",
        "命名",
        "获得",
    ),
    *("建设", "打造", "推动", "协调", "安排"),
)

#: Scope words that stay out of an INDICATOR's left edge (a closed list of the scheme).
SCOPE_WORDS: Final = (
    *("全国", "全省", "全市", "全区", "全州", "全县", "各级", "各类", "各项", "各", "共"),
)

#: Marks that come in pairs, opening to closing.
PAIRED_MARKS: Final[dict[str, str]] = {
    "“": "”",
    "‘": "’",
    "「": "」",
    "『": "』",
    "《": "》",
    "(": ")",
    "（": "）",
    "【": "】",
}
