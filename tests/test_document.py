from __future__ import annotations

from unionie.document import Block, join_lines, locator


def test_joining_lines_keeps_the_place_of_every_part():
    text, blocks = join_lines(
        [
            [("", ("会员", 1, "cell", None)), ("\t", ("3人", 2, "cell", None))],
            [("", ("完", 3, "paragraph", 2))],
        ]
    )
    assert text == "会员\t3人\n完\n"
    assert blocks == (
        Block(0, 2, 1, "cell"),
        Block(3, 5, 2, "cell"),
        Block(6, 7, 3, "paragraph", 2),
    )
    assert [Block.from_dict(block.to_dict()) for block in blocks] == list(blocks)
    locate = locator(text, blocks)
    assert [locate(offset) for offset in (1, 3, 6)] == [
        (None, 1, "cell"),
        (None, 2, "cell"),
        (2, 3, "paragraph"),
    ]
    assert locate(2)[:2] == (None, None)


def test_paragraphs_of_a_plain_text_are_its_lines():
    locate = locator("一\r\n\n三\n四", ())
    assert [locate(offset)[1] for offset in (0, 4, 6)] == [1, 3, 4]
    assert locator("", ())(0)[1] == 0
