import pytest
from inline import parse_inline

from unionie.matching import right_figures, right_links, right_spans

GOLD = parse_inline("[市总|O1][筹资|I1][30万元|M1:I1,O1],[走访|I2][5户|C1:I2]。")


@pytest.mark.parametrize(
    ("found", "spans", "links", "figures"),
    [
        ("[市总|O1][筹资|I1][30万元|M1:I1,O1],[走访|I2][5户|C1:I2]。", "11111", "111", "11"),
        ("[市总|O1][筹资|I1][30万元|M1:I1],[走访|I2][5户|C1:I2]。", "11111", "11", "01"),
        (
            "[市总|O1][筹资|I1][30万元|M1:I1,O1],[走访|I2][5户|C1:I2,O1]。",
            "11111",
            "1101",
            "10",
        ),
        ("[市总|O1]筹[资|I1][30万元|M1:I1,O1],走访[5户|C1]。", "1011", "10", "00"),
        ("市总筹资30万元,走访5户。", "", "", ""),
    ],
)
def test_right(found, spans, links, figures):
    own = parse_inline(found)
    for function, expected in (
        (right_spans, spans),
        (right_links, links),
        (right_figures, figures),
    ):
        assert function(GOLD, own) == [mark == "1" for mark in expected]
