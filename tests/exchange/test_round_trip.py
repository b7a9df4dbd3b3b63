"""Every format gives back what it was given: text, spans, relations, origin."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inline import parse_inline

from unionie import schema
from unionie.annotation import Link, Paragraph, Span
from unionie.exchange.formats import FORMATS, write_export

# Astral characters, a joined emoji, marks, spaces and separators among plain text.
CHARS = st.sampled_from(
    "市总工会职工3496户元,。“” \u3000\t\u2028é\u0301𠮷𪚥🎉👨\u200d👩\ufe0f"
) | st.characters(exclude_categories=["Cs"], exclude_characters="\n\r")


@st.composite
def paragraphs(draw: st.DrawFn) -> Paragraph:
    text = draw(st.text(CHARS, max_size=40))
    edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    spans = [
        Span(start, end, draw(st.sampled_from(schema.ENTITY_LABELS)))
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    ]
    ends = st.sampled_from(spans) if spans else st.nothing()
    links = draw(
        st.lists(st.builds(Link, ends, ends, st.sampled_from(schema.RELATION_LABELS)), max_size=6)
    )
    scores = (
        draw(st.dictionaries(st.sampled_from([*spans, *links]), st.floats(0, 1))) if spans else {}
    )
    return Paragraph(
        text,
        tuple(spans),
        tuple(links),
        doc=draw(st.sampled_from(["d", "", "a/b", "..", "报告🎉", "D", "x" * 300])),
        source=draw(st.text(CHARS, max_size=5)),
        line=draw(st.integers(1, 10**9)),
        scores=scores,
    )


def submit(tasks: bytes) -> bytes:
    """Do to tasks what Label Studio does when each prediction is submitted as it is."""
    return json.dumps(
        [
            {"id": number, "data": task["data"], "annotations": task["predictions"]}
            for number, task in enumerate(json.loads(tasks))
        ]
    ).encode()


@pytest.mark.parametrize("name", FORMATS)
@settings(deadline=None, max_examples=50)
@given(originals=st.lists(paragraphs(), max_size=3))
def test_what_goes_out_comes_back(name, originals, tmp_path_factory):
    path = tmp_path_factory.mktemp("round") / "x"
    content = FORMATS[name].dump(originals)
    if name == "brat":
        path.mkdir()
        for file, data in content.items():
            (path / file).write_bytes(data)
    else:
        path.write_bytes(submit(content) if name == "label-studio" else content)
    found = list(FORMATS[name].load(path))
    if name == "brat":  # whose files are sorted documents
        found.sort(key=order)
        originals.sort(key=order)
    assert found == originals


def order(paragraph: Paragraph) -> str:
    return json.dumps(replace(paragraph, scores={}).to_dict())


SCORED = parse_inline("[会员|I1][22万人|C1:I1]", doc="d")
SCORED = replace(SCORED, scores={SCORED.spans[0]: 0.25, SCORED.links[0]: 0.5})


@pytest.mark.parametrize("name", ["label-studio", "prodigy"])
def test_scores_stand_on_spans_and_relations(name):
    text = FORMATS[name].dump([SCORED]).decode()
    assert '"score": 0.25' in text
    assert '"score": 0.5' in text


def test_a_lone_surrogate_is_named(tmp_path):
    with pytest.raises(Exception, match=r"d:3: lone surrogate"):
        write_export(
            [Paragraph("a\ud800", doc="d", line=3)], tmp_path / "x.json", FORMATS["label-studio"]
        )
    assert not list(tmp_path.iterdir())
