"""Ready configurations of the annotation tools: labels, relations, colours.

Labels and what may link to what come from :mod:`unionie.schema`, colours from
:mod:`unionie.markup`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree

from unionie import schema
from unionie.exchange.label_studio import LABELS, TEXT
from unionie.markup import colour_of

_DARK = "#000000"  # reads on every background colour
_RELATION_COLOUR = "#bbbbbb"


def _label_studio() -> dict[str, str]:
    view = ElementTree.Element("View")
    relations = ElementTree.SubElement(view, "Relations")
    for label in schema.RELATION_LABELS:
        ElementTree.SubElement(relations, "Relation", value=label)
    labels = ElementTree.SubElement(view, "Labels", name=LABELS, toName=TEXT, choice="single")
    for label in schema.ENTITY_LABELS:
        ElementTree.SubElement(labels, "Label", value=label, background=colour_of(label))
    ElementTree.SubElement(view, "Text", name=TEXT, value="$text", granularity="symbol")
    ElementTree.indent(view)
    return {"label-studio.xml": ElementTree.tostring(view, encoding="unicode") + "\n"}


def _doccano() -> dict[str, str]:
    spans = [
        (label, str(key), colour_of(label)) for key, label in enumerate(schema.ENTITY_LABELS, 1)
    ]
    relations = [(label, None, _RELATION_COLOUR) for label in schema.RELATION_LABELS]
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


def _brat() -> dict[str, str]:
    heads = "|".join(schema.FIGURE_LABELS)
    relations = [
        f"{label}\tArg1:{heads}, Arg2:{'|'.join(schema.RELATION_TAILS[label])}"
        for label in schema.RELATION_LABELS
    ]
    # brat insists on all four sections.
    types = ["[entities]", *schema.ENTITY_LABELS, "[relations]", *relations]
    drawing = [f"{label}\tbgColor:{colour_of(label)}" for label in schema.ENTITY_LABELS]
    return {
        "annotation.conf": "\n".join([*types, "[events]", "[attributes]"]) + "\n",
        "visual.conf": "\n".join(["[labels]", "[drawing]", *drawing]) + "\n",
    }


def _prodigy() -> dict[str, str]:
    theme = {label: colour_of(label) for label in schema.ENTITY_LABELS}
    command = (
        f"prodigy rel.manual reports blank:zh reports.jsonl "
        f"--label {','.join(schema.RELATION_LABELS)} "
        f"--span-label {','.join(schema.ENTITY_LABELS)} --wrap\n"
    )
    return {
        "prodigy.txt": command,
        "prodigy.json": json.dumps({"custom_theme": {"labels": theme}}, indent=2) + "\n",
    }


#: Tool -> what makes its configuration files, by name.
LABEL_FILES: dict[str, Callable[[], dict[str, str]]] = {
    "label-studio": _label_studio,
    "doccano": _doccano,
    "brat": _brat,
    "prodigy": _prodigy,
}
