from __future__ import annotations

import json

import pytest
from inline import parse_inline

from unionie.annotation import Paragraph, dump_annotations, read_annotations
from unionie.errors import AnnotationError

PARAGRAPH = parse_inline(
    "[市总工会|O1]发展[会员|I1][22万人|C1:I1,O1]🎉", doc="d", source="s", number=3
)


def test_json_round_trip():
    assert Paragraph.from_dict(json.loads(json.dumps(PARAGRAPH.to_dict()))) == PARAGRAPH


def test_json_form_is_doccanos():
    data = PARAGRAPH.to_dict()
    assert data["entities"][0] == {"id": 0, "label": "ORG", "start_offset": 0, "end_offset": 4}
    assert data["relations"][0] == {"id": 0, "from_id": 2, "to_id": 0, "type": "BY"}
    assert (data["doc"], data["source"], data["line"]) == ("d", "s", 3)


def test_files_and_folders_are_read(tmp_path):
    file = tmp_path / "a" / "x.jsonl"
    file.parent.mkdir()
    file.write_text("\n" + dump_annotations([PARAGRAPH]), encoding="utf-8")
    assert list(read_annotations(file)) == list(read_annotations(tmp_path)) == [PARAGRAPH]


def test_a_paragraph_without_a_document_is_of_its_file(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text('{"text": "x", "entities": [], "relations": []}')
    assert [paragraph.doc for paragraph in read_annotations(tmp_path)] == ["a", "b"]


def broken(**changes: object) -> dict:
    return PARAGRAPH.to_dict() | changes


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "expected a JSON object"),
        (b"{}", "field 'text' must be str, found nothing"),
        (json.dumps(broken(entities=[1])).encode(), "expected an object"),
        (
            json.dumps(
                broken(entities=[{"id": 1, "label": "ORG", "start_offset": 3, "end_offset": 99}])
            ).encode(),
            "do not fit",
        ),
        (json.dumps(broken(entities=[])).encode(), "relation 1: from_id names entity 2"),
        (json.dumps(broken(line=True)).encode(), "field 'line' must be int"),
        (json.dumps(broken(text="\ud800" * 99)).encode(), "field 'text': lone surrogate"),
        (json.dumps(broken(doc="\ud800")).encode(), "field 'doc': lone surrogate"),
    ],
)
def test_broken_lines_name_file_line_and_fault(tmp_path, content, complaint):
    file = tmp_path / "x.jsonl"
    file.write_bytes(dump_annotations([PARAGRAPH]).encode() + content + b"\n")
    with pytest.raises(AnnotationError, match=rf"x\.jsonl:2: .*{complaint}"):
        list(read_annotations(file))


@pytest.mark.parametrize("name", ["nowhere", ""])
def test_nothing_to_read(tmp_path, name):
    with pytest.raises(FileNotFoundError, match=r"no such file|no \.jsonl file"):
        list(read_annotations(tmp_path / name))
