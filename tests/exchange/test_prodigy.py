from __future__ import annotations

import json

import pytest
from inline import parse_inline

from unionie.annotation import Link, Paragraph, Span
from unionie.errors import AnnotationError, UnfinishedError
from unionie.exchange import prodigy

# The documented form, as `rel.manual` stores it: tokens are words, a relation goes from
# the last token of one span to that of another, and ends of spans are counted inclusively.
TASK = {
    "text": "A B has 2 k",
    "tokens": [
        {"text": "A", "start": 0, "end": 1, "id": 0, "ws": True},
        {"text": "B", "start": 2, "end": 3, "id": 1, "ws": True},
        {"text": "has", "start": 4, "end": 7, "id": 2, "ws": True},
        {"text": "2", "start": 8, "end": 9, "id": 3, "ws": True},
        {"text": "k", "start": 10, "end": 11, "id": 4, "ws": False},
    ],
    "spans": [
        {"start": 0, "end": 3, "token_start": 0, "token_end": 1, "label": "INDICATOR"},
        {"start": 8, "end": 11, "token_start": 3, "token_end": 4, "label": "COUNT"},
    ],
    "relations": [
        {
            "head": 4,
            "child": 1,
            "head_span": {"start": 8, "end": 11, "label": "COUNT"},
            "child_span": {"start": 0, "end": 3, "label": "INDICATOR"},
            "color": "#ffd882",
            "label": "MEASURES",
        }
    ],
    "meta": {"doc": "d", "source": "s", "line": 3},
    "answer": "accept",
    "_view_id": "relations",
}
HEAD, TAIL = Span(8, 11, "COUNT"), Span(0, 3, "INDICATOR")
PARAGRAPH = Paragraph("A B has 2 k", (TAIL, HEAD), (Link(HEAD, TAIL, "MEASURES"),), "d", "s", 3)
BARE = {"head": 4, "child": 1, "label": "MEASURES"}


def load(tmp_path, *tasks: object) -> list:
    file = tmp_path / "x.jsonl"
    file.write_text("".join(json.dumps(task) + "\n" for task in tasks), encoding="utf-8")
    return list(prodigy.load(file))


@pytest.mark.parametrize("relations", [TASK["relations"], [BARE]], ids=["spans", "tokens"])
def test_documented_form(tmp_path, relations):
    assert load(tmp_path, TASK | {"relations": relations}) == [PARAGRAPH]


def test_tokens_are_code_points_and_ends_inclusive():
    task = json.loads(prodigy.dump([parse_inline("𠮷[会员|I1][22人|C1:I1]")]))
    assert [token["text"] for token in task["tokens"]] == list("𠮷会员22人")
    assert task["spans"][1] | {"label": ""} == {
        "start": 3, "end": 6, "token_start": 3, "token_end": 5, "label": "",
    }  # fmt: skip
    assert (task["relations"][0]["head"], task["relations"][0]["child"]) == (5, 2)


@pytest.mark.parametrize("answer", ["reject", "ignore"])
def test_answers_other_than_accept_are_unfinished(tmp_path, answer):
    (found,) = load(tmp_path, TASK | {"answer": answer})
    assert isinstance(found, UnfinishedError)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"spans": []}, r"head at \[8, 11\) is no span; mark it"),
        ({"relations": [BARE | {"child": 2}]}, r"child at \[4, 7\) is no span"),
        ({"relations": [BARE | {"child": 9}]}, "token 9, which is not there"),
        ({"spans": [{"start": 0, "end": 99, "label": "X"}]}, "does not fit a text of 11"),
        ({"relations": [5]}, "expected an object with the field 'head'"),
        ({"text": None}, "field 'text' must be str"),
        ({"text": "\ud842"}, "field 'text': lone surrogate"),
        ({"meta": {"line": "x"}}, "field 'line' must be int"),
    ],
)
def test_broken_lines_are_named_and_the_rest_is_read(tmp_path, change, complaint):
    error, read = load(tmp_path, TASK | change, TASK)
    with pytest.raises(AnnotationError, match=rf"x\.jsonl:1: .*{complaint}"):
        raise error
    assert read == PARAGRAPH
