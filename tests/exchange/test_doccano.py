from __future__ import annotations

import json

import pytest

from unionie.annotation import Paragraph, Span
from unionie.errors import AnnotationError
from unionie.exchange import doccano


def test_export_of_the_real_program(data, reports):
    assert list(doccano.load(data / "doccano-1.8.4.jsonl")) == reports


def test_offsets_count_utf16_code_units():
    line = json.loads(doccano.dump([Paragraph("𠮷🎉会员", (Span(2, 4, "INDICATOR"),))]))
    assert line["entities"][0]["start_offset"] == 4
    assert line["entities"][0]["end_offset"] == 6


def entity(start: int, end: int) -> dict:
    return {"id": 5, "label": "ORG", "start_offset": start, "end_offset": end}


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        ({"text": "𠮷会", "label": [[0, 1, "ORG"]]}, "Use relation"),
        ({"text": "𠮷会", "entities": [entity(1, 2)], "relations": []}, "offset 1 does not fit"),
        ({"text": "𠮷会", "entities": [entity(0, 4)], "relations": []}, "offset 4 does not fit"),
        ({"text": "𠮷会", "entities": [entity(2, 2)], "relations": []}, r"\[1, 1\) do not fit"),
        ({"text": "𠮷会", "entities": ["x"], "relations": []}, "expected an object"),
        (
            {"text": "会", "entities": [], "relations": [{"from_id": 1, "to_id": 2, "type": "BY"}]},
            "names entity 1",
        ),
        ({"text": "\ud842", "entities": [], "relations": []}, "lone surrogate"),
        ([], "expected an object"),
    ],
)
def test_broken_lines_are_named_and_the_rest_is_read(tmp_path, record, complaint):
    file = tmp_path / "x.jsonl"
    good = doccano.dump([Paragraph("好")])
    file.write_bytes(json.dumps(record).encode() + b"\n" + good)
    broken, read = doccano.load(file)
    assert isinstance(broken, AnnotationError)
    with pytest.raises(AnnotationError, match=rf"x\.jsonl:1: .*{complaint}"):
        raise broken
    assert read == Paragraph("好")


def test_examples_of_others_take_the_file_for_their_origin(tmp_path):
    file = tmp_path / "mine.jsonl"
    file.write_text('\n{"id": 7, "text": "好", "entities": [], "relations": [], "Comments": []}\n')
    (paragraph,) = doccano.load(file)
    assert (paragraph.doc, paragraph.source, paragraph.line) == ("mine", "mine.jsonl", 2)
