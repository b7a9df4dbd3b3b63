"""Take the README's picture of a report: ``python docs/report_picture.py``.

Needs a browser: ``playwright install chromium``, or the path of a Chromium as argument.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

import unionie

ROOT = Path(__file__).parent.parent
SEED = ROOT / "seeds" / "000_9d4743c97575e472.txt"
PICTURE = ROOT / "docs" / "images" / "report.png"
PARAGRAPHS = 4


def main(browser_path: str | None = None) -> None:
    """Write :data:`PICTURE`: the first paragraphs of a seed report, one figure pointed at."""
    lines = [line for line in unionie.read_text(SEED).splitlines() if line.strip()]
    report = unionie.extract("\n".join(lines[:PARAGRAPHS]))
    PICTURE.parent.mkdir(exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path)
        page = browser.new_page(viewport={"width": 1100, "height": 430})
        page.set_content(report.to_html())
        page.locator(".unionie-text .uf5").hover()
        page.locator(".unionie").screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
