from __future__ import annotations

import pytest

from unionie.annotation import Link, Paragraph, Span
from unionie.errors import AnnotationError
from unionie.exchange import brat

TEXT = "凝心聚力\n\n𠮷会员22万人\n"
ANN = "T1\tINDICATOR 7 9\t会员\nT2\tCOUNT 9 13\t22万人\nR1\tMEASURES Arg1:T2 Arg2:T1\t\n"
HEAD, TAIL = Span(3, 7, "COUNT"), Span(1, 3, "INDICATOR")
PARAGRAPHS = [
    Paragraph("凝心聚力", doc="r", source="r.txt", line=1),
    Paragraph("𠮷会员22万人", (TAIL, HEAD), (Link(HEAD, TAIL, "MEASURES"),), "r", "r.txt", 3),
]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "r.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "r.ann").write_text(ANN, encoding="utf-8")
    return tmp_path


def test_documented_form_takes_its_origin_from_the_file(folder):
    assert list(brat.load(folder)) == PARAGRAPHS


def test_windows_line_breaks_and_notes_are_read(folder):
    (folder / "r.txt").write_bytes(TEXT.replace("\n", "\r\n").encode())
    notes = "#1\tAnnotatorNotes T1\tdoubtful\nA1\tNegation T1\nN1\tReference T1 Wikipedia:1\tx\n"
    (folder / "r.ann").write_bytes((ANN + notes).replace("\n", "\r\n").encode())
    assert list(brat.load(folder)) == PARAGRAPHS


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("T3\tORG 0 2;3 4\t凝心 力", "neither a span of one piece"),
        ("T3\tORG 0 " + "9" * 5000 + "\t凝", "neither"),
        ("E1\tMeeting:T1", "neither"),
        ("*\tEquiv T1 T2", "neither"),
        ("T3\tORG 0 2\t聚力", r"“聚力” does not stand at \[0, 2\)"),
        ("T3\tORG 2 2\t", "does not stand"),
        ("R2\tBY Arg1:T2 Arg2:T9", "names T9, which is not there"),
        ("T1\tORG 0 2\t凝心", "the id T1 is used twice"),
        ("R1\tBY Arg1:T2 Arg2:T1", "the id R1 is used twice"),
    ],
)
def test_broken_document_is_named_and_the_rest_is_read(folder, line, complaint):
    (folder / "s.txt").write_text(TEXT, encoding="utf-8")
    (folder / "s.ann").write_text(ANN + line + "\n", encoding="utf-8")
    *read, error = brat.load(folder)
    with pytest.raises(AnnotationError, match=rf"s\.ann:4: .*{complaint}"):
        raise error
    assert read == PARAGRAPHS


def test_relation_across_lines_is_named(folder):
    (folder / "r.ann").write_text(ANN + "T3\tORG 0 2\t凝心\nR2\tBY Arg1:T2 Arg2:T3\n")
    (error,) = brat.load(folder)
    assert "r.ann:5: the relation leaves its line" in str(error)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("[]", "the 3 lines of the text"), ("{", "not JSON"), ('[{"doc": 1}, {}, {}]', "field 'doc'")],
)
def test_broken_origins_are_named(folder, content, complaint):
    (folder / "r.origin.json").write_text(content)
    (error,) = brat.load(folder)
    assert f"r.origin.json: {complaint}"[:14] in str(error)
    assert complaint in str(error)


def test_missing_text_and_wrong_encoding_are_named(folder):
    (folder / "q.ann").write_text("")
    (folder / "r.txt").write_bytes(TEXT.encode("gb18030"))
    missing, encoding = brat.load(folder)
    assert "q.txt: missing" in str(missing)
    assert "r.txt: not UTF-8" in str(encoding)


@pytest.mark.parametrize(
    ("paragraph", "complaint"),
    [
        (Paragraph("a\nb", doc="d", line=4), "d:4: holds a line break"),
        (Paragraph("ab", (Span(0, 1, "基层 组织"),), doc="d"), "“基层 组织” is no type for brat"),
    ],
)
def test_what_brat_cannot_hold_is_refused(paragraph, complaint):
    with pytest.raises(AnnotationError, match=complaint):
        brat.dump([paragraph])
