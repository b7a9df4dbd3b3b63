"""The columns of a table of figures."""

from __future__ import annotations

#: Name -> meaning, in the order of the table; ``docs/table.md`` and Excel files print them.
MEANINGS = {
    "file": "path of the file as it was given; empty for a text from elsewhere",
    "region": "province-level region, by its official name: 甘肃省; 全国 for a national body",
    "region_status": "stated by the organisation of the figure's sentence, or inferred",
    "year": "the year that the figure belongs to",
    "year_status": "stated by the period of the figure's sentence, or inferred",
    "figure": "the figure as the report says it: 近8.5万户",
    "label": "MONEY, COUNT or PERCENT",
    "value": (
        "the number said, in base units: yuan, ones, per cent; empty for a range or an "
        "unread figure"
    ),
    "low": "the least value the words allow; empty if they name no lower bound",
    "high": "the greatest value the words allow; empty if they name no upper bound",
    "unit": (
        "元 or another currency's name, the classifier as written (人, 人次, 户 …), % or "
        "个百分点; empty for a bare number"
    ),
    "per": "what a rate is per: 户 in 600元/户, 人/年 in 5000元/人/年",
    "currency": "ISO 4217 code of an amount of money",
    "approx": "exact, about, at_least, at_most, between or unread",
    "indicator": "the words that say what the figure measures",
    "indicator_label": "INDICATOR, or AWARD or PROGRAMME where that is what is counted",
    "organisation": "the body that did it or has it",
    "organisation_status": "stated in the figure's sentence, or inherited",
    "period": "the time expression that governs the figure",
    "period_status": "stated in the figure's sentence, or inherited",
    "programmes": "the programmes in whose course the figure arose, joined by ；",
    "sentence": "the figure's sentence",
    "page": "page of the file, from 1; empty where the format has no fixed pages",
    "paragraph": (
        "number of the paragraph or table cell in the file, from 1; of a plain text, of the line"
    ),
    "start": "offset of the figure's first code point in the report's text",
    "end": "offset after its last",
    "indicator_start": "offset of the indicator's first code point",
    "indicator_end": "offset after its last",
    "score": "the probability that the row is right in all its sentence states, 0 to 1",
}

#: The columns, in order.
COLUMNS = tuple(MEANINGS)
