from __future__ import annotations

from pathlib import Path

import pytest

from unionie.annotation import Paragraph
from unionie.exchange.origin import by_document, with_origin


@pytest.mark.parametrize(
    ("docs", "names"),
    [
        (["b", "a", "b"], ["b", "a"]),
        (["a", "A"], ["a", "A-2"]),
        (["a/b", "a\\b", "../c"], ["a_b", "a_b-2", "__c"]),
        (["", "..", "a. "], ["document", "_", "a_"]),
        (["市总工会" * 100], ["市总工会" * 15]),
    ],
)
def test_documents_get_names_that_file_systems_take(docs, names):
    grouped = by_document(Paragraph("", doc=doc, line=i) for i, doc in enumerate(docs))
    assert list(grouped) == names
    assert [p.doc for members in grouped.values() for p in members] == sorted(docs, key=docs.index)


def test_a_file_whose_name_is_no_text_can_be_an_origin():
    paragraph = with_origin(Paragraph("好"), {}, file=Path("a\udcff.jsonl"), number=1)
    assert (paragraph.doc, paragraph.source) == (r"a\udcff", r"a\udcff.jsonl")
