import pytest

from unionie import schema
from unionie.annotation import Span
from unionie.markup import COLOURS, OTHER_COLOUR, colour_of, mark_spans


def test_every_label_has_a_colour_of_its_own():
    assert set(COLOURS) == set(schema.ENTITY_LABELS)
    assert len(set(COLOURS.values())) == len(COLOURS)
    assert colour_of("MINE") == OTHER_COLOUR


@pytest.mark.parametrize(
    ("text", "spans", "expected"),
    [
        ("", [], ""),
        ("a<b", [], "a&lt;b"),
        (
            "市总<好",
            [Span(0, 2, "ORG")],
            '<mark data-label="ORG" title="ORG" style="background:#77aadd">市总</mark>&lt;好',
        ),
        (
            '"x',
            [Span(0, 1, 'A"<')],
            '<mark data-label="A&#34;&lt;" title="A&#34;&lt;" style="background:#dddddd">&#34;'
            "</mark>x",
        ),
    ],
)
def test_mark_spans_escapes_text_and_labels(text, spans, expected):
    assert str(mark_spans(text, spans)) == expected
