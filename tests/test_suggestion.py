from __future__ import annotations

from dataclasses import replace

import pytest
from inline import parse_inline

from unionie.annotation import Paragraph
from unionie.suggestion import UNMEASURED, expected_errors, suggest


def scored(line: str, score: float, *, number: int = 1) -> Paragraph:
    paragraph = parse_inline(line, number=number)
    return replace(paragraph, scores=dict.fromkeys((*paragraph.spans, *paragraph.links), score))


UNSURE = scored("[市总工会|O1]发展[会员|I1][22万人|C1:I1,O1]。", 0.4)
SURE = scored("[建会率|I1]达到[98.6%|R1:I1]。", 0.9)


@pytest.mark.parametrize(
    ("paragraph", "errors"),
    [(UNSURE, 5 * 0.6), (SURE, 3 * 0.1), (scored("[5人|C1]", 1), UNMEASURED), (Paragraph("无"), 0)],
)
def test_expected_errors(paragraph, errors):
    assert expected_errors(paragraph) == pytest.approx(errors)


def test_the_unsure_come_first_and_the_sure_never():
    suggestions = suggest([Paragraph("无"), SURE, UNSURE], 5)
    assert [suggestion.paragraph for suggestion in suggestions] == [UNSURE, SURE]
    assert [round(suggestion.novelty, 2) for suggestion in suggestions] == [1, 1]


def test_a_near_copy_waits_for_what_is_new():
    copy = scored("[市总工会|O1]发展[会员|I1][35万人|C1:I1,O1]。", 0.4, number=2)
    assert [s.paragraph for s in suggest([UNSURE, copy, SURE], 3)] == [UNSURE, SURE]
    nearly = scored("[市总工会|O1]发展[会员|I1][35万人|C1:I1,O1]了。", 0.4, number=3)
    first, second = suggest([UNSURE, nearly], 2)
    assert (first.novelty, second.paragraph) == (1, nearly)
    assert 0 < second.novelty < 0.5


def test_known_names_are_no_news():
    known = [parse_inline("[市总工会|O1]")]
    plain, informed = suggest([UNSURE], 1), suggest([UNSURE], 1, known=known)
    assert informed[0].novelty < plain[0].novelty
    assert "new words: 市总工会、会员" in plain[0].reason
    assert "new words: 会员" in informed[0].reason


@pytest.mark.parametrize(
    ("paragraph", "reason"),
    [
        (
            UNSURE,
            "1 figure below 0.5: 22万人 (0.40); 2 other spans below 0.5: 市总工会 (0.40)、"
            "会员 (0.40); 2 relations below 0.5: 22万人 BY 市总工会 (0.40)、"
            "22万人 MEASURES 会员 (0.40); new words: 市总工会、会员",
        ),
        (scored("[5人|C1]来", 0.498), "least sure: 5人 (0.50); 1 figure measuring nothing: 5人"),
        (SURE, "least sure: 98.6% (0.90); new words: 建会率"),
        (scored("[5人|C1]来", 1), "least sure: 5人 (1.00); 1 figure measuring nothing: 5人"),
        (
            scored("".join(f"[{c}会|O{i}]" for i, c in enumerate("甲乙丙丁戊己")), 0.9),
            "least sure: 丁会 (0.90); new words: 甲会、乙会、丙会、丁会、戊会、…",
        ),
    ],
)
def test_reasons_say_what_is_unsure_and_new(paragraph, reason):
    assert suggest([paragraph], 1)[0].reason == reason


@pytest.mark.parametrize("number", [0, 1, 9])
def test_no_paragraphs(number):
    assert suggest([], number) == []
