from __future__ import annotations

from dataclasses import replace

import pytest
from inline import parse_inline

from unionie.annotation import Span
from unionie.digest import digest_annotations

ONE = parse_inline("[会员|I1][22人|C1:I1]", doc="d", number=3)
OTHER = parse_inline("[会员|I1][5人|C1:I1]", doc="d", number=4)


@pytest.mark.parametrize("same", [{"scores": {ONE.spans[0]: 0.25}}, {"source": "x"}, {"line": 9}])
def test_only_what_is_annotated_counts(same):
    assert digest_annotations([OTHER, replace(ONE, **same)]) == digest_annotations([ONE, OTHER])


@pytest.mark.parametrize(
    "other", [{"text": "会员23人"}, {"doc": "e"}, {"links": ()}, {"spans": (Span(0, 2, "ORG"),)}]
)
def test_other_annotations_have_another_digest(other):
    changed = replace(ONE, **{"links": (), **other})
    assert digest_annotations([changed]) != digest_annotations([ONE])
