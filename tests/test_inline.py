from __future__ import annotations

import pytest
from inline import parse_inline

from unionie.annotation import Link, Span
from unionie.errors import AnnotationError


def test_spans_and_links():
    paragraph = parse_inline("[近五年|P1][工会会员|I1]达[5万人|C1:I1,P1]。")
    count = Span(8, 11, "COUNT")
    assert paragraph.text == "近五年工会会员达5万人。"
    assert paragraph.spans == (Span(0, 3, "PERIOD"), Span(3, 7, "INDICATOR"), count)
    assert set(paragraph.links) == {
        Link(count, Span(3, 7, "INDICATOR"), "MEASURES"),
        Link(count, Span(0, 3, "PERIOD"), "DURING"),
    }


@pytest.mark.parametrize(("link", "label"), [("G1", "UNDER"), ("=G1", "MEASURES")])
def test_programme_is_measured_or_stands_over(link, label):
    paragraph = parse_inline(f"[金秋助学|G1][3次|C1:{link}]")
    assert [link.label for link in paragraph.links] == [label]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("[a|X1]", "no label has the letter X"),
        ("[a|C1][b|C1]", "used twice"),
        ("[a|C1:I9]", "which is not in this line"),
        ("[a|O1:O2][b|O2]", "only a figure"),
        ("[a|C1:C2][b|C2]", "cannot link to COUNT"),
        ("[1|C1:=O1][b|O1]", "nothing measures ORG"),
        ("a|C1]", "does not open"),
    ],
)
def test_broken_lines_say_what_is_wrong(line, complaint):
    with pytest.raises(AnnotationError, match=complaint):
        parse_inline(line)


def test_square_brackets_of_the_text_stay():
    assert parse_inline("发[2023]5号").text == "发[2023]5号"
