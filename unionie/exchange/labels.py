"""Ready configurations of the annotation tools: labels, relations, colours.

Labels and what may link to what come from a :class:`~unionie.schema.Scheme`, colours from
:mod:`unionie.markup`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree

from unionie import schema
from unionie.exchange.label_studio import LABELS, TEXT
from unionie.markup import colour_of
from unionie.schema import Scheme

_DARK = "#000000"  # reads on every background colour
_RELATION_COLOUR = "#bbbbbb"


def _label_studio(scheme: Scheme) -> dict[str, str]:
    view = ElementTree.Element("View")
    relations = ElementTree.SubElement(view, "Relations")
    for label in scheme.relation_labels:
        ElementTree.SubElement(relations, "Relation", value=label)
    labels = ElementTree.SubElement(view, "Labels", name=LABELS, toName=TEXT, choice="single")
    for label in scheme.entity_labels:
        ElementTree.SubElement(labels, "Label", value=label, background=colour_of(label))
    ElementTree.SubElement(view, "Text", name=TEXT, value="$text", granularity="symbol")
    ElementTree.indent(view)
    return {"label-studio.xml": ElementTree.tostring(view, encoding="unicode") + "\n"}


def _doccano(scheme: Scheme) -> dict[str, str]:
    spans = [
        (label, str(key) if key < 10 else None, colour_of(label))  # a key is one character
        for key, label in enumerate(scheme.entity_labels, 1)
    ]
    relations = [(label, None, _RELATION_COLOUR) for label in scheme.relation_labels]
    return {
        f"doccano-{name}.json": json.dumps(
            [
                {"text": label, "suffix_key": key, "background_color": colour, "text_color": _DARK}
                for label, key, colour in labels
            ],
            indent=2,
        )
        + "\n"
        for name, labels in (("spans", spans), ("relations", relations))
    }


def _brat(scheme: Scheme) -> dict[str, str]:
    heads = "|".join(schema.FIGURE_LABELS)
    relations = [
        f"{label}\tArg1:{heads}, Arg2:{'|'.join(scheme.relation_tails[label])}"
        for label in scheme.relation_labels
    ]
    # brat insists on all four sections.
    types = ["[entities]", *scheme.entity_labels, "[relations]", *relations]
    drawing = [f"{label}\tbgColor:{colour_of(label)}" for label in scheme.entity_labels]
    return {
        "annotation.conf": "\n".join([*types, "[events]", "[attributes]"]) + "\n",
        "visual.conf": "\n".join(["[labels]", "[drawing]", *drawing]) + "\n",
    }


def _prodigy(scheme: Scheme) -> dict[str, str]:
    theme = {label: colour_of(label) for label in scheme.entity_labels}
    command = (
        f"prodigy rel.manual reports blank:zh reports.jsonl "
        f"--label {','.join(scheme.relation_labels)} "
        f"--span-label {','.join(scheme.entity_labels)} --wrap\n"
    )
    return {
        "prodigy.txt": command,
        "prodigy.json": json.dumps({"custom_theme": {"labels": theme}}, indent=2) + "\n",
    }


#: Tool -> what makes its configuration files for a scheme, by name.
LABEL_FILES: dict[str, Callable[[Scheme], dict[str, str]]] = {
    "label-studio": _label_studio,
    "doccano": _doccano,
    "brat": _brat,
    "prodigy": _prodigy,
}
