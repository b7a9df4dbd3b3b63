"""The HTML of reports, as strings; how it looks and acts is in ``test_report_in_browser.py``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from inline import parse_inline

from unionie import schema
from unionie.figures import build_figures
from unionie.markup import COLOURS
from unionie.report import Report
from unionie.report_html import MAX_CELL, report_html
from unionie.values import Entity, Relation

Maker = Callable[[str], Report]


@pytest.fixture
def make() -> Maker:
    """Return a maker of reports from inline annotation, every score being 0.9."""

    def make_report(inline: str) -> Report:
        paragraph = parse_inline(inline)
        entities = {
            span: Entity(span.start, span.end, span.label, paragraph.surface(span), 0.9)
            for span in paragraph.spans
        }
        relations = tuple(
            Relation(entities[link.head], entities[link.tail], link.label, 0.9)
            for link in paragraph.links
        )
        figures = build_figures(paragraph.text, tuple(entities.values()), relations)
        return Report(paragraph.text, tuple(entities.values()), relations, figures)

    return make_report


@pytest.fixture
def report(make) -> Report:
    return make("[去年|P1],[市总工会|O1][筹资|I1][近30万元|M1:I1,O1,P1]。[走访|I2][5户|C1:I2]。")


def _text(html: str) -> str:
    return re.search(r'unionie-text"[^>]*>(.*?)</div>', html, re.DOTALL)[1]


def _rows(html: str) -> list[str]:
    return re.findall(r"<tr class=.*?</tr>", html, re.DOTALL)


def test_text_has_every_figure_as_a_link_to_its_row(report):
    period, organisation, money = COLOURS["PERIOD"], COLOURS["ORG"], COLOURS["MONEY"]
    indicator, count = COLOURS["INDICATOR"], COLOURS["COUNT"]
    assert _text(report_html(report, "p")) == (
        f'<mark class="ul1 ul2 ui2" data-label="PERIOD" title="PERIOD" style="background:{period}">'
        "去年</mark>,"
        f'<mark class="ul1 ul2 ui2" data-label="ORG" title="ORG" style="background:{organisation}">'
        "市总工会</mark>"
        f'<mark class="ul1" data-label="INDICATOR" title="INDICATOR" style="background:{indicator}'
        '">筹资</mark>'
        f'<mark class="uf uf1 ul1" data-label="MONEY" title="MONEY" style="background:{money}">'
        '<a id="p-f1" href="#p-r1" title="MONEY: 近30万元 = ≤ 300,000 元\nindicator: 筹资\n'
        'organisation: 市总工会\nperiod: 去年\nscore: 0.90" style="color:#111">近30万元</a></mark>'
        "。"
        f'<mark class="ul2" data-label="INDICATOR" title="INDICATOR" style="background:{indicator}'
        '">走访</mark>'
        f'<mark class="uf uf2 ul2" data-label="COUNT" title="COUNT" style="background:{count}">'
        '<a id="p-f2" href="#p-r2" title="COUNT: 5户 = 5 户\nindicator: 走访\n'
        'organisation: (市总工会)\nperiod: (去年)\nscore: 0.90" style="color:#111">5户</a></mark>。'
    )


def test_table_has_one_row_a_figure_and_says_what_is_inherited(report):
    assert _rows(report_html(report, "p")) == [
        '<tr class="uf uf1 ul1"><td>筹资</td>'
        '<td class="unionie-figure"><a id="p-r1" href="#p-f1">近30万元</a></td>'
        '<td class="unionie-number">≤ 300,000 元</td><td>市总工会</td><td>去年</td><td></td>'
        '<td class="unionie-number">0.90</td></tr>',
        '<tr class="uf uf2 ul2"><td>走访</td>'
        '<td class="unionie-figure"><a id="p-r2" href="#p-f2">5户</a></td>'
        '<td class="unionie-number">5 户</td><td class="unionie-inherited">(市总工会)</td>'
        '<td class="unionie-inherited">(去年)</td><td></td>'
        '<td class="unionie-number">0.90</td></tr>',
    ]


def test_conjuncts_and_programmes_are_joined_in_one_row(make):
    html = report_html(make("[甲|I1]和[乙|I2]在[送温暖|G1]中[5户|C1:I1,I2,G1]"), "p")
    (row,) = _rows(html)
    assert "<td>甲、乙</td>" in row
    assert "<td>送温暖</td>" in row


@pytest.mark.parametrize("text", ["", "没有数字。"])
def test_a_report_without_figures_says_so(text):
    html = report_html(Report(text), "p")
    assert "No figures were found." in html
    assert "<table>" not in html
    assert _text(html) == (text or "The text is empty.")


def test_text_and_labels_are_escaped():
    bad = "<img src=x onerror=alert(1)>\"'&</script></style>"
    entity = Entity(0, len(bad), "COUNT", bad, 0.9)
    mine = Entity(len(bad), 2 * len(bad), bad, bad, 0.9)
    figures = build_figures(bad + bad, [entity], [])
    page = Report(bad + bad, (entity, mine), (), figures).to_html()
    assert "<img" not in page
    assert "alert(1)>" not in page
    assert "</script" not in page
    assert page.count("</style>") == 2  # the page's and the report's own


def test_page_loads_and_runs_nothing(report):
    page = report.to_html()
    assert page.startswith("<!doctype html>")
    assert '<meta charset="utf-8">' in page
    assert not re.search(r"<script|<link|<img|url\(|@import|https?:", page)


def test_a_page_bears_the_name_of_its_file(report):
    named = replace(report, file="reports/武威<1>.docx").to_html()
    assert "<title>武威&lt;1&gt;.docx</title>" in named
    assert '<h1 lang="zh">武威&lt;1&gt;.docx</h1>' in named
    page = report.to_html()
    assert "<title>去年,市总工会筹资近30万元。走访5户。</title>" in page
    assert "<h1" not in page
    assert 'unionie-text" lang="zh"' in page


def test_long_cells_are_cut_and_keep_all_in_the_tooltip(make):
    name = "总" * 200
    (row,) = _rows(report_html(make(f"[{name}|I1][5户|C1:I1]"), "p"))
    assert f'<td title="{name}">{"总" * (MAX_CELL - 1)}…</td>' in row


def test_it_can_be_read_where_style_rules_are_removed_and_mathematics_is_typeset(report):
    html = report_html(report, "p")
    assert 'class="unionie mathjax_ignore tex2jax_ignore"' in html
    assert re.search(r'unionie-text"[^>]* style="white-space:pre-wrap"', html)
    links = re.findall(r'<mark[^>]* style="background:#\w+"><a [^>]*>', html)
    assert len(links) == len(report.figures)
    assert all('style="color:#111"' in link for link in links)


def test_every_id_and_rule_carries_the_prefix(report):
    html = report_html(report, "p")
    assert all(found.startswith("p") for found in re.findall(r'(?:id="|href="#)([^"]*)', html))
    style = re.search(r"<style>\n(.*?)</style>", html, re.DOTALL)[1]
    for line in style.splitlines():
        assert line.startswith(("#p", "@media print { #p")), line


def test_notebook_gives_equal_reports_different_prefixes(report):
    first, second = report._repr_html_(), report._repr_html_()
    assert first != second
    ids = [re.findall(r'id="([^"]*)"', html) for html in (first, second)]
    assert set(ids[0]).isdisjoint(ids[1])
    assert first.replace(ids[0][0], "p") == second.replace(ids[1][0], "p")


def test_page_is_the_same_each_time_and_goes_to_a_file(report, tmp_path):
    page = report.to_html()
    report._repr_html_()
    assert report.to_html(tmp_path / "报告.html") is None
    assert (tmp_path / "报告.html").read_bytes() == page.encode()


def test_legend_has_the_labels_of_the_scheme_and_of_the_report():
    html = report_html(Report("甲", (Entity(0, 1, "MINE", "甲", 0.9),)), "p")
    legend = re.search(r'<p class="unionie-legend">(.*?)</p>', html, re.DOTALL)[1]
    assert re.findall(r"<mark[^>]*>([^<]*)", legend) == [*schema.ENTITY_LABELS, "MINE"]


def test_a_page_that_cannot_be_written_leaves_the_earlier_one(report, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("earlier")

    def fail(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="full"):
        report.to_html(path)
    assert path.read_text() == "earlier"
    assert list(tmp_path.iterdir()) == [path]
