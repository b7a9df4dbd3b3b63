from __future__ import annotations

import pytest

from unionie.errors import InputError
from unionie.files import read_document

PARAGRAPHS = [
    "近年来,武威市总工会在市委和省总工会的坚强领导下,坚持围绕中心服务大局,各项工作取得新进展、新成效。",
    "5年来,武威市总工会帮扶困难职工3496户、1588万元。",
    "全市工会会员达22万人,基层工会组织3000多个,覆盖单位一万余家,职工之家建设成效显著。",
]
PAGE = """<!DOCTYPE html><html><head><title>武威市总工会</title><style>p {{color: red}}</style>
<script>var money = "广告3万元";</script></head><body>
<div class="nav"><a href="/">新闻中心</a> <a href="/">首页</a> &gt;
<a href="/n">国内新闻</a> &gt; 正文</div>
<table><tr><td><h1>武威市总工会工作纪实</h1>
<p>http://www.example.com 2022年04月21日08:35 工人日报天讯在线</p>
<div id="artibody">{inner}</div>
<div>【<a href="#">小字</a>】【<a href="#">打印</a>】
【<a href="#">收藏</a>】【<a href="#">关闭</a>】</div>
</td><td><a href="x">免费试用15M收费邮箱 赶紧行动!</a>
<ul><li><a href="1">春意融融</a></li><li><a href="2">绿色春天身临其境</a></li>
</ul></td></tr></table>
<div><p>意见反馈留言板 电话:010-82612286</p><p>Copyright © 1996 - 2022 All Rights Reserved</p>
<p>版权所有 某某网</p></div></body></html>"""
FORMS = {
    "p": "".join(f"<p>　　{text}</p>" for text in PARAGRAPHS),
    "br": "<br>".join("　　" + text for text in PARAGRAPHS),
    "div": "".join(f"<div><span>{t[:9]}</span><b>{t[9:]}</b></div>" for t in PARAGRAPHS),
}


def read(tmp_path, source: str, encoding: str = "utf-8"):
    path = tmp_path / "报告.html"
    path.write_bytes(source.encode(encoding))
    return read_document(path)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("form", FORMS)
def test_running_text_is_kept_and_the_furniture_left_out(tmp_path, form, encoding):
    document = read(tmp_path, PAGE.format(inner=FORMS[form]), encoding)
    lines = document.text.splitlines()
    assert lines[0] == "武威市总工会工作纪实"
    assert lines[2:] == PARAGRAPHS
    assert [block.paragraph for block in document.blocks] == list(range(1, len(lines) + 1))
    assert [document.text[b.start : b.end] for b in document.blocks] == lines


LONG = "保护作品{}的合法权益,推动各级工会组织深入开展职工维权服务活动,帮扶困难职工3496户、1588万元"
BLOCKS = [
    (LONG.format("版权所有者") + "。", True),
    (LONG.format("版权所有者"), True),
    (LONG.format("(版权所有)") + ";", True),
    ("网站浏览次数达3万次", True),
    ("取得Copyright认证3项", True),
    ("指导ICP备案企业建会5家", True),
    ("下一篇章再添会员3万人", True),
    (LONG.format("创作者") + "。(责任编辑:张三)", True),
    ("责任编辑:张三", False),
    ("您当前位置:首页 > 工作报告 > 正文", False),
    ("来源:工人日报 浏览次数:12", False),
    ("某某市总工会 版权所有 京ICP备05000000号-1 京公网安备11010502000000号", False),
    ("ICP备案号:京ICP备05000000号", False),
    ("Copyright 2022 某某市总工会 电话:010-82612286", False),
    ("上一篇: 无", False),
    ("【打印本页】", False),
]


@pytest.mark.parametrize(("block", "is_kept"), BLOCKS)
def test_no_sentence_is_lost_for_a_word_of_the_furniture(tmp_path, block, is_kept):
    inner = f"<p>{PARAGRAPHS[0]}</p><p>{block}</p><p>{PARAGRAPHS[2]}</p>"
    lines = read(tmp_path, PAGE.format(inner=inner)).text.splitlines()
    assert lines[2:] == [PARAGRAPHS[0], *([block] if is_kept else []), PARAGRAPHS[2]]


def test_a_row_of_a_table_is_a_line(tmp_path):
    table = (
        "<table><tr><th>指标</th><th>数量</th></tr><tr><td>会员</td><td>22万人</td></tr></table>"
    )
    inner = f"<p>{PARAGRAPHS[0]}</p>{table}<p>{PARAGRAPHS[2]}</p>"
    document = read(tmp_path, PAGE.format(inner=inner))
    assert "会员\t22万人" in document.text.splitlines()
    assert [b.kind for b in document.blocks].count("cell") == 4


def test_a_page_without_running_text(tmp_path):
    with pytest.raises(InputError, match=r"报告\.html: no running text"):
        read(tmp_path, "<html><body><a href='/'>首页</a></body></html>")
    with pytest.raises(InputError, match="no running text"):
        read(tmp_path, "\n")


def test_entities_of_xml_are_inert(tmp_path):
    head = '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html [<!ENTITY l0 "哈">'
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    page = f"{head}{levels}]><html><body><p>&l11;{PARAGRAPHS[0]}</p></body></html>"
    assert read(tmp_path, page).text.count("哈") <= 1
