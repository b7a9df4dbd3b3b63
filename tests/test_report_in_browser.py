"""Reports in a real browser: ``pytest -m browser``."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import unionie
from unionie import schema
from unionie.figures import Figure, build_figures
from unionie.report import Report
from unionie.values import Entity, Relation

pytestmark = pytest.mark.browser

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_RING = """root => [...root.querySelectorAll('.unionie-text mark')]
    .filter(mark => getComputedStyle(mark).outlineWidth === '2px')
    .map(mark => [mark.textContent, getComputedStyle(mark).outlineStyle])"""
_ROWS = """root => [...root.querySelectorAll('tbody tr')]
    .filter(row => getComputedStyle(row).outlineWidth === '2px')
    .map(row => Number(row.className.match(/uf([0-9]+)/)[1]))"""
_HIDDEN = """link => {
    const box = link.getBoundingClientRect();
    const pane = link.closest('.unionie-pane').getBoundingClientRect();
    return box.top < Math.max(pane.top, 0) || box.bottom > Math.min(pane.bottom, innerHeight);
}"""

HOSTILE = {
    "tags": "<b>甲</b><img src=x onerror=alert(1)><!-- 5户",
    "closing tags": "</script></style></mark></div></body>5户",
    "quotes": "\"'`&quot;&lt;&#0; 5户",
    "bidi marks": "甲\u202e乙\u2067丙5户丁\u200f\u061c戊",
    "astral characters": "𠀀👩‍👩‍👧🇨🇳5户𠮷",
    "long words": "x" * 200 + "5户" + "工" * 200,
    "one long line": "五年来,工会帮扶困难职工5户、1588万元," * 220,
    "no figures": "工会工作。",
    "nothing": "",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        own = Path(driver.chromium.executable_path)
        found = own if own.exists() else next(filter(None, map(shutil.which, _BROWSERS)), None)
        if found is None:
            pytest.skip("no browser: run `playwright install chromium`, or install Chromium")
        browser = driver.chromium.launch(executable_path=str(found))
        yield browser
        browser.close()


@pytest.fixture
def page(browser) -> Iterator[Any]:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    yield page
    page.close()


@pytest.fixture(scope="module")
def reports(nlp, seed_texts) -> list[Report]:
    return list(unionie.extract_many(seed_texts, nlp=nlp))


def _lit(page: Any, root: str = ".unionie") -> Counter[tuple[str, str]]:
    return Counter(map(tuple, page.locator(root).evaluate(_RING)))


def _belongs(figure: Figure) -> Counter[tuple[str, str]]:
    """Return the texts of the marks that must light, and in which line."""
    dashed = {"stated": "solid", "inherited": "dashed"}
    marks = {figure.entity: "solid"}
    marks |= dict.fromkeys((*figure.indicators, *figure.programmes), "solid")
    for tail, status in (
        (figure.organisation, figure.organisation_status),
        (figure.period, figure.period_status),
    ):
        if tail and status:
            marks[tail] = dashed[status]
    return Counter((entity.text, style) for entity, style in marks.items())


@pytest.mark.parametrize("seed", range(5))
def test_pointing_at_a_figure_or_its_row_lights_what_it_links_to(page, reports, seed):
    report = reports[seed]
    page.set_content(report.to_html())
    assert not _lit(page)
    chosen = range(0, len(report.figures), 1 + len(report.figures) // 8)
    for index in chosen:
        for place in (".unionie-text", "tbody"):
            page.locator(f"{place} .uf{index + 1}").hover()
            assert _lit(page) == _belongs(report.figures[index])
            assert page.locator(".unionie").evaluate(_ROWS) == [index + 1]
    page.mouse.move(0, 0)
    assert not _lit(page)


def test_click_and_keyboard_go_from_text_to_row_and_back(page, reports):
    report = reports[0]
    page.set_content(report.to_html())
    last = len(report.figures)
    in_text = page.locator(f".unionie-text .uf{last} a")
    in_table = page.locator(f"tr.uf{last} a")
    assert in_table.evaluate(_HIDDEN)
    in_text.click()
    page.mouse.move(0, 0)
    assert not in_table.evaluate(_HIDDEN)
    assert _lit(page) == _belongs(report.figures[-1])
    page.keyboard.press("Shift+Tab")  # to the row above
    assert _lit(page) == _belongs(report.figures[-2])
    page.keyboard.press("Enter")
    in_text = page.locator(f".unionie-text .uf{last - 1} a")
    assert not in_text.evaluate(_HIDDEN)
    assert in_text.evaluate("link => document.activeElement === link")
    assert _lit(page) == _belongs(report.figures[-2])


def test_equal_reports_on_one_page_do_not_disturb_each_other(page, reports):
    report = reports[3]
    page.set_content(report._repr_html_() + report._repr_html_())
    roots = page.locator(".unionie")
    ids = [f"#{roots.nth(index).get_attribute('id')}" for index in range(2)]
    page.locator(f"{ids[1]} .unionie-text .uf1").hover()
    assert not _lit(page, ids[0])
    assert _lit(page, ids[1]) == _belongs(report.figures[0])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_inherited_cells_contrast_with_the_page(browser, reports, scheme):
    page = browser.new_page(color_scheme=scheme)
    page.set_content(reports[0].to_html())
    # Drawing turns every notation of a colour into bytes.
    paint = """cell => {
        const canvas = document.createElement('canvas').getContext('2d');
        const probe = document.body.appendChild(document.createElement('div'));
        probe.style.background = 'Canvas';
        return [getComputedStyle(probe).backgroundColor, getComputedStyle(cell).color].map(
            colour => {
                canvas.fillStyle = colour;
                canvas.fillRect(0, 0, 1, 1);
                return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
            });
    }"""
    back, text = map(_luminance, page.locator("td.unionie-inherited").first.evaluate(paint))
    assert (max(back, text) + 0.05) / (min(back, text) + 0.05) >= 4.5
    page.close()


def _luminance(colour: list[int]) -> float:
    parts = (byte / 255 for byte in colour)
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("width", [400, 1200])
def test_hostile_text_is_shown_as_it_is(page, text, width):
    """Everything before 5户 is its organisation, everything after it its indicator."""
    start = text.find("5户")
    edges = [0, start, start + 2, len(text)] if start >= 0 else []
    entities = tuple(
        Entity(left, right, label, text[left:right], 0.9)
        for (left, right), label in zip(
            pairwise(edges), ("ORG", "COUNT", "INDICATOR"), strict=False
        )
        if left < right
    )
    relations = [
        Relation(head, tail, label, 0.9)
        for head in entities
        for tail in entities
        for label in schema.RELATION_LABELS
        if schema.may_link(head.label, label, tail.label)
    ]
    figures = build_figures(text, entities, relations)
    report = Report(text, entities, tuple(relations), figures)
    events: list[Any] = []

    def record(event: Any) -> None:  # playwright takes no bound method of a builtin
        events.append(event)

    page.on("dialog", record)
    page.on("request", record)
    page.set_viewport_size({"width": width, "height": 800})
    page.set_content(report.to_html())
    shown = page.locator(".unionie-text").evaluate("pane => pane.textContent")
    assert shown == (text or "The text is empty.")
    assert page.locator(".unionie-text *").count() == len(entities) + len(report.figures)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not events
