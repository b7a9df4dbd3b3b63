from inline import parse_inline

from unionie.annotation import Paragraph, Span
from unionie.error_page import error_page, error_tables
from unionie.markup import mark_spans

GOLD = parse_inline("[市总|O1][筹资|I1][30万元|M1:I1,O1],<b>[走访|I2][5户|C1:I2,O1]。", doc="d1")
FOUND = parse_inline("[市总|O1]筹[资|I1][30万元|M1:I1],<b>[走访|I2][5户|C1:I2,O1]。", doc="d1")


def test_tables_count_errors_and_support():
    tables = {table.title: table for table in error_tables([(GOLD, FOUND)])}
    spans = tables["Errors of spans by kind"]
    assert dict(zip(spans.columns, spans.rows[6], strict=True)) == {
        "entity": "INDICATOR",
        "gold": 2,
        "boundary": 1,
        "label": 0,
        "both": 0,
        "missed": 0,
        "spurious": 0,
    }
    causes = tables["Errors of relations by cause"]
    assert causes.rows[0] == ("MEASURES", 1, 0, 1, 0)
    assert causes.rows[1] == ("BY", 0, 1, 0, 0)


def test_page_shows_gold_beside_found_and_escapes_text():
    page = error_page([(GOLD, FOUND)], title="a <title>")
    assert "<title>a &lt;title&gt;</title>" in page
    assert "&lt;b&gt;" in page
    assert "<b>" not in page
    assert "missed BY: 30万元 → 市总" in page
    assert "d1:1" in page


def test_page_without_errors():
    assert "The 0 sentences" in error_page([(GOLD, GOLD)], title="none")


def test_page_of_all_errors_names_each():
    page = error_page([(GOLD, FOUND)] * 60, title="all", worst=None)
    assert "All 60 sentences with errors" in page
    assert "boundary INDICATOR 筹资 → INDICATOR 资" in page
    assert "missed MEASURES: 30万元 → 筹资 (its spans are not right)" in page


def test_no_field_can_bring_markup_along():
    evil = "\"'><script>alert(1)</script>"
    gold = Paragraph(text=evil + "3户", spans=(Span(0, len(evil), "ORG"),), doc=evil, source=evil)
    page = error_page([(gold, gold.with_annotation((), ()))], title=evil)
    assert "<script>alert" not in page
    assert f'"{evil}' not in page
    assert "<script>" not in mark_spans(evil, [Span(0, 3, evil)])
