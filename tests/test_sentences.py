from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionie.sentences import sentence_spans


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        ("一。二！三？", ["一。", "二！", "三？"]),
        ("入会率达98.5%,新增3.9万人.经费收缴", ["入会率达98.5%,新增3.9万人.", "经费收缴"]),
        ("他说：“很好。”大家笑了", ["他说：“很好。”", "大家笑了"]),
        ("一行\n二行\r\n三行", ["一行\n", "二行\r\n", "三行"]),
        ("1.加强组织建设。2.做好服务", ["1.加强组织建设。", "2.做好服务"]),
        ("什么？！好", ["什么？！", "好"]),
        ("见http://www.example.org.cn/a.html。完", ["见http://www.example.org.cn/a.html。", "完"]),
        ("一是建会;二是入会;", ["一是建会;二是入会;"]),
    ],
)
def test_sentences(text, sentences):
    assert split(text) == sentences


@given(st.text())
def test_sentences_cover_the_text_exactly(text):
    assert "".join(split(text)) == text
