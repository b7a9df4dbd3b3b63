"""Figures from hand-made entities and relations: no model involved."""

from __future__ import annotations

from decimal import Decimal

import pytest
from inline import parse_inline

from unionie.figures import Figure, build_figures
from unionie.values import Entity, Relation


def figures_of(line: str) -> tuple[Figure, ...]:
    paragraphs = [parse_inline(part) for part in line.split("\n")]
    text = "\n".join(paragraph.text for paragraph in paragraphs)
    entities, relations = [], []
    offset = 0
    for paragraph in paragraphs:
        made = {
            span: Entity(
                offset + span.start, offset + span.end, span.label, paragraph.surface(span), 0.9
            )
            for span in paragraph.spans
        }
        entities += made.values()
        relations += (Relation(made[k.head], made[k.tail], k.label, 0.8) for k in paragraph.links)
        offset += len(paragraph.text) + 1
    return build_figures(text, entities, relations, {})


def test_a_stated_figure():
    (figure,) = figures_of(
        "[5年来|P1],[市总工会|O1]“[金秋助学|G1]”[资助学生|I1]、[职工子女|I2][近2万人|C1:I1,I2,O1,P1,G1]。"
    )
    assert (figure.value, figure.low, figure.high) == (Decimal(20000), None, Decimal(20000))
    assert (figure.unit, figure.approx) == ("人", "at_most")
    assert [indicator.text for indicator in figure.indicators] == ["资助学生", "职工子女"]
    assert (figure.organisation.text, figure.organisation_status) == ("市总工会", "stated")
    assert (figure.period.text, figure.period_status) == ("5年来", "stated")
    assert [programme.text for programme in figure.programmes] == ["金秋助学"]
    assert figure.sentence == "5年来,市总工会“金秋助学”资助学生、职工子女近2万人。"
    assert figure.score == 0.8


@pytest.mark.parametrize(
    ("text", "period", "status"),
    [
        ("[5年来|P1],成绩显著。[会员|I1]达[5人|C1:I1]。", "5年来", "inherited"),
        ("一是[去年|P1]启动。二是推进。[会员|I1][5人|C1:I1]。", "去年", "inherited"),
        ("[去年|P1]启动。[今年|P2]推进。[会员|I1][5人|C1:I1]。", "今年", "inherited"),
        ("工作始于[去年|P1]。[会员|I1][5人|C1:I1]。", None, None),
        ("[去年|P1]启动。\n[会员|I1][5人|C1:I1]。", None, None),
        ("[去年|P1]启动。[今年|P2][会员|I1][5人|C1:I1,P2]。", "今年", "stated"),
        ("[去年|P1]启动。" + "推进。" * 2000 + "[会员|I1][5人|C1:I1]。", "去年", "inherited"),
    ],
)
def test_period(text, period, status):
    figure = figures_of(text)[-1]
    assert (figure.period and figure.period.text, figure.period_status) == (period, status)


@pytest.mark.parametrize(
    ("text", "organisation", "status"),
    [
        ("[市总工会|O1]工作总结\n[会员|I1][5人|C1:I1]。", "市总工会", "inherited"),
        ("[市委|O1]重视。\n[会员|I1][5人|C1:I1]。", None, None),
        ("[市委|O1]重视。[会员|I1][5人|C1:I1]。", "市委", "inherited"),
        (
            "[全国总工会|O1]和[市委|O2]。\n[全国总工会|O3]与[市总工会|O4]。\n[会员|I1][5人|C1:I1]。",
            "市总工会",
            "inherited",
        ),
        ("[市总工会|O1]总结。\n[县总工会|O2][会员|I1][5人|C1:I1,O2]。", "县总工会", "stated"),
        ("[市总工会|O1]总结。\n各级工会[筹资|I1][5万元|M1:I1]。", None, None),
        ("[市总工会|O1]总结。\n[去年|P1],县级以上工会[筹资|I1][5万元|M1:I1,P1]。", None, None),
        ("[市总工会|O1]总结。\n新建[基层工会|I1][5家|C1:I1]。", "市总工会", "inherited"),
        ("[市总工会|O1]总结。\n向基层工会[下拨经费|I1][5万元|M1:I1]。", "市总工会", "inherited"),
    ],
)
def test_organisation(text, organisation, status):
    figure = figures_of(text)[-1]
    found = figure.organisation and figure.organisation.text
    assert (found, figure.organisation_status) == (organisation, status)


def test_figures_of_a_sentence_share_its_text_and_subject():
    before, *after = figures_of(
        "[市总工会|O1]总结。\n[会员|I1][5人|C1:I1]，基层工会[筹资|I2][6元|M1:I2]、[7元|M2:I2]。"
    )
    assert [figure.organisation_status for figure in (before, *after)] == ["inherited", None, None]
    assert all(figure.sentence is before.sentence for figure in after)


def test_unread_figure_keeps_its_surface():
    (figure,) = figures_of("[会员|I1][数百人|C1:I1]。")
    assert (figure.value, figure.approx, figure.entity.text) == (None, "unread", "数百人")


def test_figure_prints_briefly():
    assert [repr(f) for f in figures_of("[会员|I1][5人|C1:I1],[3家|C2]")] == [
        "<Figure 会员: 5人>",
        "<Figure ?: 3家>",
    ]


def test_json_round_trip():
    (figure,) = figures_of("[5年来|P1],[市总工会|O1][会员|I1][2.5万人|C1:I1,O1,P1]。")
    assert Figure.from_dict(figure.to_dict()) == figure
    assert figure.to_dict()["value"] == "25000"
