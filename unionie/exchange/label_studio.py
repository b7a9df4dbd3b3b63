"""Label Studio: tasks with predictions out, the JSON export in.

Its editor counts offsets in code points, as we do. The origin of a paragraph travels in a
task's ``data``; scores of spans and relations in its prediction. What is read are the
annotations that somebody submitted, never predictions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from unionie import __version__
from unionie.annotation import Link, Paragraph, Span, read_field
from unionie.errors import AnnotationError, UnfinishedError
from unionie.exchange.origin import origin_of, with_origin

#: The names that the labelling configuration gives its controls.
LABELS, TEXT = "label", "text"


def dump(paragraphs: Iterable[Paragraph]) -> bytes:
    """Return the tasks, each with one prediction, as the JSON that Label Studio imports."""
    tasks = [_task(paragraph) for paragraph in paragraphs]
    return json.dumps(tasks, ensure_ascii=False, indent=1).encode()


def load(file: Path) -> Iterator[Paragraph | AnnotationError]:
    """Yield the submitted annotation of each task in a JSON export.

    Raises:
        AnnotationError: the file is no JSON export.

    """
    try:
        tasks = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise AnnotationError(
            f"{file}: not JSON ({error}); export from Label Studio as JSON"
        ) from error
    if not isinstance(tasks, list):
        raise AnnotationError(f"{file}: not a list of tasks; export from Label Studio as JSON")
    for number, task in enumerate(tasks, start=1):
        name = task.get("id", f"number {number}") if isinstance(task, dict) else f"number {number}"
        try:
            yield _paragraph(task, file, number)
        except AnnotationError as error:
            yield type(error)(f"{file}: task {name}: {error}")


def _task(paragraph: Paragraph) -> dict[str, Any]:
    ids = {span: f"e{number}" for number, span in enumerate(paragraph.spans)}
    regions = [
        {
            "id": ids[span],
            "from_name": LABELS,
            "to_name": TEXT,
            "type": "labels",
            "value": {
                "start": span.start,
                "end": span.end,
                "text": paragraph.surface(span),
                "labels": [span.label],
            },
            **paragraph.score_field(span),
        }
        for span in paragraph.spans
    ]
    relations = [
        {
            "type": "relation",
            "from_id": ids[link.head],
            "to_id": ids[link.tail],
            "direction": "right",
            "labels": [link.label],
            **paragraph.score_field(link),
        }
        for link in paragraph.links
    ]
    prediction: dict[str, Any] = {
        "model_version": f"unionie {__version__}",
        "result": regions + relations,
    }
    if paragraph.scores:
        prediction["score"] = sum(paragraph.scores.values()) / len(paragraph.scores)
    return {"data": {"text": paragraph.text, **origin_of(paragraph)}, "predictions": [prediction]}


def _paragraph(task: Any, file: Path, number: int) -> Paragraph:
    data = read_field(task, "data", dict, default={})
    if not data and "text" in task:
        raise AnnotationError("this is the form JSON-MIN, which has no relations; export as JSON")
    text = read_field(data, "text", str)
    results = _submitted(task)
    spans: dict[str, Span] = {}
    for item in results:
        if read_field(item, "type", str) == "labels":
            name = read_field(item, "id", str)
            spans[name] = _span(item, text, name)
    links = [link for item in results if item["type"] == "relation" for link in _links(item, spans)]
    paragraph = Paragraph(text, tuple(spans.values()), tuple(links))
    return with_origin(paragraph, data, file=file, number=number)


def _submitted(task: Any) -> list[Any]:
    """Return the regions and relations of the one annotation that counts."""
    annotations = [
        annotation
        for annotation in read_field(task, "annotations", list, default=[])
        if isinstance(annotation, dict) and not annotation.get("was_cancelled")
    ]
    if not annotations:
        raise UnfinishedError("nobody has submitted an annotation")
    chosen = annotations
    if len(annotations) > 1:
        chosen = [annotation for annotation in annotations if annotation.get("ground_truth")]
    if len(chosen) != 1:
        raise AnnotationError(
            f"has {len(annotations)} annotations; mark one as ground truth, or delete the others"
        )
    return read_field(chosen[0], "result", list)


def _span(item: Any, text: str, name: str) -> Span:
    value = read_field(item, "value", dict)
    labels = read_field(value, "labels", list)
    start, end = (read_field(value, key, int) for key in ("start", "end"))
    surface = read_field(value, "text", str, default=text[max(start, 0) : end])
    region = f"region {name} “{surface}”"
    if len(labels) != 1 or not isinstance(labels[0], str):
        raise AnnotationError(f"{region} has {len(labels)} labels; give it one")
    if not 0 <= start < end <= len(text) or text[start:end] != surface:
        raise AnnotationError(
            f"{region}: its offsets [{start}, {end}) do not cover it in the text; "
            "draw the region again, in Label Studio 1.23 or later"
        )
    return Span(start, end, read_field({"labels": labels[0]}, "labels", str))


def _links(item: Any, spans: Mapping[str, Span]) -> Iterator[Link]:
    ids = [read_field(item, key, str) for key in ("from_id", "to_id")]
    if missing := [name for name in ids if name not in spans]:
        raise AnnotationError(f"a relation names region {missing[0]}, which is not there")
    head, tail = (spans[name] for name in ids)
    between = f"the relation between regions {ids[0]} and {ids[1]}"
    direction = read_field(item, "direction", str, default="right")
    if direction not in ("left", "right"):
        raise AnnotationError(f"{between} points both ways; let it point from the figure")
    labels = read_field({"labels": item.get("labels") or []}, "labels", list)
    if not labels or not all(isinstance(label, str) for label in labels):
        raise AnnotationError(f"{between} has no label; choose one")
    if direction == "left":
        head, tail = tail, head
    for label in labels:
        yield Link(head, tail, read_field({"labels": label}, "labels", str))
