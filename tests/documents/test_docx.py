from __future__ import annotations

import zipfile
from contextlib import suppress

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from unionie.documents import docx as reader
from unionie.errors import InputError
from unionie.files import read_document


@pytest.fixture
def word():
    return docx.Document()


def read(word, tmp_path):
    path = tmp_path / "报告.docx"
    word.save(str(path))
    return read_document(path)


def test_paragraphs_and_tables_in_order_with_their_numbers(word, tmp_path):
    word.add_heading("工会工作报告", 1)
    word.add_paragraph("")
    word.add_paragraph("会员达3万人。")
    table = word.add_table(rows=2, cols=2)
    for row, texts in zip(table.rows, [("指标", "数量"), ("会员", "3万人")], strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    word.add_paragraph("再接再厉。")
    document = read(word, tmp_path)
    assert document.text.splitlines() == [
        "工会工作报告",
        "会员达3万人。",
        "指标\t数量",
        "会员\t3万人",
        "再接再厉。",
    ]
    found = [(b.paragraph, b.kind, document.text[b.start : b.end]) for b in document.blocks]
    assert found == [
        (1, "paragraph", "工会工作报告"),
        (2, "paragraph", "会员达3万人。"),
        (3, "cell", "指标"),
        (4, "cell", "数量"),
        (5, "cell", "会员"),
        (6, "cell", "3万人"),
        (7, "paragraph", "再接再厉。"),
    ]


def test_a_cell_that_lays_out_the_page_keeps_its_paragraphs(word, tmp_path):
    cell = word.add_table(rows=1, cols=1).rows[0].cells[0]
    cell.text = "第一段。"
    cell.add_paragraph("第二段。")
    inner = cell.add_table(rows=1, cols=2)
    inner.rows[0].cells[0].text, inner.rows[0].cells[1].text = "会员", "3人"
    assert read(word, tmp_path).text.splitlines() == ["第一段。", "第二段。", "会员\t3人"]


def test_merged_cells_are_read_once(word, tmp_path):
    table = word.add_table(rows=2, cols=2)
    table.cell(0, 0).merge(table.cell(1, 0)).text = "会员"
    table.cell(0, 1).text, table.cell(1, 1).text = "1人", "2人"
    assert read(word, tmp_path).text.split() == ["会员", "1人", "2人"]


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<w:r><w:t>会</w:t></w:r><w:ins><w:r><w:t>员</w:t></w:r></w:ins>", "会员"),
        ("<w:r><w:t>会</w:t></w:r><w:del><w:r><w:delText>员</w:delText></w:r></w:del>", "会"),
        ("<w:hyperlink><w:r><w:t>会员</w:t></w:r></w:hyperlink>", "会员"),
        ("<w:r><w:t>会员</w:t><w:br/><w:t>三人</w:t></w:r>", "会员\n三人"),
        ("<w:sdt><w:sdtContent><w:r><w:t>会员</w:t></w:r></w:sdtContent></w:sdt>", "会员"),
    ],
    ids=["inserted", "deleted", "link", "line break", "control"],
)
def test_what_word_wraps_around_text(word, tmp_path, inside, text):
    body = word.element.body
    body.insert(0, parse_xml(f"<w:p {nsdecls('w')}>{inside}</w:p>"))
    assert read(word, tmp_path).text.strip() == text


def controlled(inner: str) -> str:
    return f"<w:sdt><w:sdtPr/><w:sdtContent>{inner}</w:sdtContent></w:sdt>"


PARAGRAPH = "<w:p><w:r><w:t>会员</w:t></w:r></w:p>"
CELL = f"<w:tc>{PARAGRAPH}</w:tc>"


@pytest.mark.parametrize(
    "row",
    [
        f"<w:tr>{CELL}{controlled(CELL)}</w:tr>",
        controlled(f"<w:tr>{CELL}{CELL}</w:tr>"),
        controlled(controlled(f"<w:tr>{controlled(CELL + CELL)}</w:tr>")),
        f"<w:tr>{CELL}<w:tc>{controlled(PARAGRAPH)}</w:tc></w:tr>",
    ],
    ids=["cell", "row", "both", "paragraph"],
)
def test_content_controls_in_a_table(word, tmp_path, row):
    word.element.body.insert(0, parse_xml(f"<w:tbl {nsdecls('w')}>{row}</w:tbl>"))
    assert read(word, tmp_path).text == "会员\t会员\n"


def test_text_boxes_follow_their_paragraph(word, tmp_path):
    box = "<w:p><w:r><w:t>框中</w:t></w:r></w:p>"
    xml = (
        f"<w:p {nsdecls('w')}><w:r><w:t>框外</w:t></w:r><w:r><w:pict>"
        f"<w:txbxContent>{box}</w:txbxContent></w:pict></w:r></w:p>"
    )
    word.element.body.insert(0, parse_xml(xml))
    assert read(word, tmp_path).text.splitlines() == ["框外", "框中"]


def rewrite(path, name: str, change) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[name] = change(parts.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, data in parts.items():
            archive.writestr(part, data)


def test_entities_of_xml_are_inert(word, tmp_path):
    path = tmp_path / "bomb.docx"
    (tmp_path / "secret.txt").write_text("秘密")
    word.add_paragraph("会员达MARK3万人。")
    word.save(str(path))
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    head = (
        f'<!DOCTYPE w [<!ENTITY l0 "哈">{levels}'
        f'<!ENTITY file SYSTEM "file://{tmp_path}/secret.txt">]>'
    ).encode()

    def change(data: bytes) -> bytes:
        opening, rest = data.split(b"?>", 1)
        return opening + b"?>" + head + rest.replace(b"MARK", b"&l11;&file;")

    rewrite(path, "word/document.xml", change)
    try:
        text = read_document(path).text
    except InputError:
        return
    assert "哈" not in text
    assert "秘密" not in text


def test_zip_bomb_is_not_opened(word, tmp_path):
    path = tmp_path / "bomb.docx"
    word.save(str(path))
    rewrite(path, "word/media/zeros.bin", lambda data: bytes(20_000_000))
    with pytest.raises(InputError, match=r"bomb\.docx.*would unpack to 2. MB"):
        read_document(path)


def test_limit_of_what_it_unpacks_to(word, tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MAX_UNPACKED", 1000)
    with pytest.raises(InputError, match="would unpack"):
        read(word, tmp_path)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 and no more", "broken"),
        ("会员".encode(), "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"\.doc file; save it as \.docx"),
    ],
)
def test_what_is_no_word_document(tmp_path, data, complaint):
    path = tmp_path / "x.docx"
    path.write_bytes(data)
    with pytest.raises(InputError, match=rf"x\.docx.*{complaint}"):
        read_document(path)


def test_another_archive(tmp_path):
    path = tmp_path / "x.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "会员")
    with pytest.raises(InputError, match="not a Word document"):
        read_document(path)


@pytest.mark.parametrize("place", [0.2, 0.4, 0.6, 0.8])
def test_damaged_inside(word, tmp_path, place):
    path = tmp_path / "x.docx"
    word.add_paragraph("会员" * 500)
    word.save(str(path))
    data = bytearray(path.read_bytes())
    middle = int(place * len(data))
    data[middle : middle + 400] = bytes(400)
    path.write_bytes(data)
    with suppress(InputError):  # and no other error; what is in a picture does no harm
        read_document(path)
