from __future__ import annotations

import json

import pytest

from unionie.annotation import Link, Paragraph, Span
from unionie.errors import AnnotationError, UnfinishedError
from unionie.exchange import label_studio

TEXT = "会员22万人"
REGIONS = [
    {"id": "a", "type": "labels", "value": {"start": 0, "end": 2, "text": "会员", "labels": ["I"]}},
    {"id": "b", "type": "labels", "value": {"start": 2, "end": 6, "labels": ["C"]}},
]
HEAD, TAIL = Span(2, 6, "C"), Span(0, 2, "I")


def region(**value: object) -> dict:
    return {"id": "a", "type": "labels", "value": value}


def relation(**changes: object) -> dict:
    return {
        "type": "relation",
        "from_id": "b",
        "to_id": "a",
        "direction": "right",
        "labels": ["MEASURES"],
    } | changes


def task(*results: dict, **changes: object) -> dict:
    return {"id": 7, "data": {"text": TEXT}, "annotations": [{"result": list(results)}]} | changes


def load(tmp_path, *tasks: object) -> list:
    file = tmp_path / "export.json"
    file.write_text(json.dumps(tasks), encoding="utf-8")
    return list(label_studio.load(file))


def test_export_of_the_real_program(data, reports):
    assert list(label_studio.load(data / "label-studio-1.23.2.json")) == reports


def test_relation_drawn_by_hand_without_a_label_is_named(data):
    (error,) = label_studio.load(data / "label-studio-1.23.2-unlabelled.json")
    assert "task 1" in str(error)
    assert "has no label; choose one" in str(error)


def test_region_drawn_by_hand_after_astral_characters(data, reports, tmp_path):
    (found,) = json.loads((data / "label-studio-1.23.2-unlabelled.json").read_bytes())
    result = found["annotations"][0]["result"]
    assert "manual" in {item.get("origin") for item in result}
    next(item for item in result if "labels" not in item and "value" not in item)["labels"] = [
        "MEASURES"
    ]
    assert load(tmp_path, found) == reports[:1]


@pytest.mark.parametrize(
    ("change", "links"),
    [
        ({}, (Link(HEAD, TAIL, "MEASURES"),)),
        ({"direction": "left"}, (Link(TAIL, HEAD, "MEASURES"),)),
        ({"labels": ["BY", "UNDER"]}, (Link(HEAD, TAIL, "BY"), Link(HEAD, TAIL, "UNDER"))),
    ],
)
def test_relations_keep_direction_and_labels(tmp_path, change, links):
    (paragraph,) = load(tmp_path, task(*REGIONS, relation(**change)))
    assert paragraph == Paragraph(TEXT, (TAIL, HEAD), links, "export", "export.json", 1)


def test_results_of_other_controls_are_passed_over(tmp_path):
    (paragraph,) = load(tmp_path, task(*REGIONS, {"type": "choices", "value": {}}))
    assert paragraph.spans == (TAIL, HEAD)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (task(*REGIONS, relation(direction="bi")), "points both ways"),
        (task(*REGIONS, relation(labels=[])), "has no label"),
        (task(*REGIONS, relation(labels=None)), "has no label"),
        (task(*REGIONS, relation(to_id="z")), "names region z"),
        (task(region(start=1, end=3, text="会员", labels=["I"])), "“会员”: its offsets"),
        (task(region(start=5, end=9, labels=["I"])), "its offsets"),
        (task(region(start=0, end=2, labels=["I", "C"])), "2 labels"),
        (task({"type": "labels"}), "field 'id' must be str"),
        (task(annotations=[{"result": []}, {"result": []}]), "2 annotations; mark one as ground"),
        (task(data={}), "field 'text' must be str"),
        (task(data={"text": "\ud842"}), "field 'text': lone surrogate"),
        (task(region(start=0, end=2, labels=["\ud842"])), "field 'labels': lone surrogate"),
        (task(*REGIONS, relation(labels=["\ud842"])), "field 'labels': lone surrogate"),
        ({"id": 7, "text": TEXT, "label": []}, "JSON-MIN"),
    ],
)
def test_broken_tasks_are_named_and_the_rest_is_read(tmp_path, broken, complaint):
    error, read = load(tmp_path, broken, task(*REGIONS))
    with pytest.raises(AnnotationError, match=rf"export\.json: task 7: .*{complaint}"):
        raise error
    assert read.spans == (TAIL, HEAD)


@pytest.mark.parametrize(
    "annotations", [[], [{"was_cancelled": True, "result": []}], [None]], ids=str
)
def test_what_nobody_submitted_is_unfinished(tmp_path, annotations):
    (found,) = load(tmp_path, task(annotations=annotations, predictions=[{"result": REGIONS}]))
    assert isinstance(found, UnfinishedError)


def test_the_ground_truth_counts_among_several(tmp_path):
    annotations = [{"result": []}, {"result": REGIONS, "ground_truth": True}]
    (paragraph,) = load(tmp_path, task(annotations=annotations))
    assert paragraph.spans == (TAIL, HEAD)


@pytest.mark.parametrize("content", [b"{}", b"[", b"\xff", b"[" * 100_000])
def test_what_is_no_export_is_named(tmp_path, content):
    file = tmp_path / "x.json"
    file.write_bytes(content)
    with pytest.raises(AnnotationError, match=r"x\.json: not .*export from Label Studio as JSON"):
        list(label_studio.load(file))
