from __future__ import annotations

import re
import zlib

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, FrameBreak, PageTemplate, Paragraph

from unionie.documents import pdf
from unionie.errors import InputError
from unionie.files import read_document

FONT = "STSong-Light"
TITLE = "凝心聚力谱新篇"


@pytest.fixture(scope="module", autouse=True)
def font():
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))


@pytest.fixture
def paragraphs(root) -> list[str]:
    text = (root / "seeds" / "000_9d4743c97575e472.txt").read_text(encoding="utf-8")
    # The font of these tests has no middle dot.
    return [line.strip().replace("·", "") for line in text.splitlines() if line.strip()]


def newspaper(path, paragraphs, *, columns: int, leading: float, indent: float = 20) -> None:
    """Set paragraphs in columns under a headline, with a number at the foot of each page."""
    width, height = A4
    margin, gutter = 50, 16
    body = ParagraphStyle("body", fontName=FONT, fontSize=10, leading=leading, wordWrap="CJK")
    body.firstLineIndent = indent
    head = ParagraphStyle("head", fontName=FONT, fontSize=22, leading=28, alignment=1)
    frame = (width - 2 * margin - gutter * (columns - 1)) / columns

    def frames(tall: float) -> list[Frame]:
        return [
            Frame(margin + n * (frame + gutter), margin, frame, tall, 0, 0, 0, 0)
            for n in range(columns)
        ]

    def number(canvas, template):
        canvas.setFont(FONT, 9)
        canvas.drawCentredString(width / 2, 30, f"- {template.page} -")

    first = [Frame(margin, height - 120, width - 2 * margin, 70, 0, 0, 0, 0)]
    first += frames(height - 130 - margin)
    pages = [
        PageTemplate(id="first", frames=first, onPage=number, autoNextPageTemplate="next"),
        PageTemplate(id="next", frames=frames(height - 2 * margin), onPage=number),
    ]
    story = [Paragraph(TITLE, head), FrameBreak(), *(Paragraph(p, body) for p in paragraphs)]
    BaseDocTemplate(str(path), pagesize=A4, pageTemplates=pages).build(story)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(("columns", "leading"), [(1, 15), (1, 28), (2, 15), (3, 14)])
def test_columns_and_broken_lines_are_put_together(tmp_path, paragraphs, columns, leading):
    path = tmp_path / "报.pdf"
    newspaper(path, paragraphs * 2, columns=columns, leading=leading)
    document = read_document(path)
    wanted = [squeezed(text) for text in [TITLE, *paragraphs, *paragraphs]]
    assert [squeezed(line) for line in document.text.splitlines()] == wanted
    assert [b.page for b in document.blocks] == sorted(b.page for b in document.blocks)
    assert document.blocks[-1].page > 1
    assert document.blocks[-1].paragraph == len(wanted)
    held = "".join(document.text[b.start : b.end] for b in document.blocks)
    assert squeezed(held) == squeezed(document.text)


def test_a_paragraph_over_two_pages_is_one_line_of_two_blocks(tmp_path):
    path = tmp_path / "报.pdf"
    newspaper(path, ["会员达三万人和五个基层工会组织的" * 200 + "。"], columns=2, leading=15)
    document = read_document(path)
    assert len(document.text.splitlines()) == 2
    assert [(b.page, b.paragraph) for b in document.blocks] == [(1, 1), (1, 2), (2, 2)]


def test_paragraphs_without_indent_end_at_a_full_stop(tmp_path, paragraphs):
    path = tmp_path / "报.pdf"
    newspaper(path, paragraphs, columns=1, leading=15, indent=0)
    lines = {squeezed(line) for line in read_document(path).text.splitlines()}
    ends = [text for text in paragraphs if text.endswith("。") and len(text) < 40]
    assert ends
    assert all(squeezed(text) in lines for text in ends)


def drawn(path, lines, **options):
    canvas = Canvas(str(path), pagesize=A4, **options)
    for x, y, text in lines:
        canvas.setFont(FONT, 10)
        canvas.drawString(x, y, text)
    canvas.save()
    return path


CASES = [
    # lines in one column 200 wide: a full line, then how it goes on; what comes of it
    (["会员" * 10, "三万人。"], ["会员" * 10 + "三万人。"]),
    (["会员" * 9, "三万人。", "会员" * 10], ["会员" * 9, "三万人。", "会员" * 10]),
    (["会员" * 9 + "达3", "496户。"], ["会员" * 9 + "达3496户。"]),
    (["会员" * 9 + "GDP", "growth。"], ["会员" * 9 + "GDP growth。"]),
    # the number would not have fitted
    (
        ["会员" * 8 + "共计", "304321人。", "会员" * 10],
        ["会员" * 8 + "共计304321人。", "会员" * 10],
    ),
]


@pytest.mark.parametrize(("lines", "wanted"), CASES)
def test_joining_of_lines(tmp_path, lines, wanted):
    placed = [(50, 700 - 15 * n, line) for n, line in enumerate(lines)]
    assert read_document(drawn(tmp_path / "x.pdf", placed)).text.splitlines() == wanted


ITEMS = ["一、办公室", "二、组织和宣传教育部", "三、财务部", "四、法律工作和权益保障部", "五、党委"]


@pytest.mark.parametrize(("size", "left"), [(16, 50), (16, 30), (12, 180)])
@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["会员" * 10, "三万人。"] + ["会员" * 10] * 3, ["会员" * 10 + "三万人。", "会员" * 30]),
        (ITEMS, ITEMS),  # no line of these is full
    ],
)
def test_a_headline_wider_than_the_column_does_not_set_its_width(
    tmp_path, size, left, lines, wanted
):
    canvas = Canvas(str(tmp_path / "x.pdf"), pagesize=A4)
    canvas.setFont(FONT, size)
    canvas.drawString(left, 730, TITLE * 3)
    canvas.setFont(FONT, 10)
    for number, line in enumerate(lines):
        canvas.drawString(50, 700 - 15 * number, line)
    canvas.save()
    text = read_document(tmp_path / "x.pdf").text
    assert text.splitlines() == [TITLE * 3, *wanted]


PAGES = ["甲" * 20, "乙" * 20, "丙" * 20]  # lines of the text
# What stands at the foot of each page, how far below the text and where it begins (None: a line of
# the text like any other); whether it is a page number. The text's lines are 15 apart, from 50.
FEET = [
    # remainders of sentences
    (["100%。"], None, None, False),
    (["100%"], None, None, False),
    (["1588"], None, None, False),
    (["20。"], None, None, False),
    (["1"], None, None, False),
    (["100%。", "95%。", "80%。"], None, None, False),
    (["100%。", "100%。", "100%。"], None, None, False),
    (["5人次", "8人次", "3人次"], None, None, False),
    (["5人。", "5人。", "5人。"], None, None, False),
    (["1588", "20", "7"], None, None, False),
    (["1", "2"], None, None, False),
    (["3/4", "1/4"], None, None, False),
    # the same set off from the text
    (["100%"], 90, 250, False),
    (["1。", "2。"], 90, 250, False),
    (["1588"], 90, 250, False),
    (["1588", "1588"], 90, 250, False),
    (["12345", "12346"], 90, 250, False),
    (["2"], 90, 250, False),
    (["1"], 20, 250, False),
    # page numbers
    (["1"], 90, 250, True),
    (["第1页"], 20, 250, True),
    (["- 1 -"], 20, 250, True),
    (["1", "2"], 30, 50, True),
    (["1", "2"], 15, 250, True),
    (["7", "8", "9"], 30, 250, True),
    (["２１", "２２"], 30, 250, True),
    (["- 3 -", "- 4 -"], 15, 250, True),
    (["— 3 —", "— 4 —"], 15, 250, True),
    (["第3页", "第4页"], 15, 50, True),
    (["第 1 页 共 2 页", "第 2 页 共 2 页"], 30, 250, True),
    (["1/12", "2/12"], 30, 250, True),
    # running feet
    (["工会工作报告"] * 3, 30, 250, True),
    (["工会工作报告 1", "工会工作报告 2", "工会工作报告 3"], 30, 250, True),
    (["2021年工作报告"] * 3, 30, 250, True),
]


@pytest.mark.parametrize(("feet", "below", "left", "is_furniture"), FEET)
def test_only_what_counts_the_pages_is_a_page_number(tmp_path, feet, below, left, is_furniture):
    canvas = Canvas(str(tmp_path / "x.pdf"), pagesize=A4)
    for line, foot in zip(PAGES, feet, strict=False):
        canvas.setFont(FONT, 10)
        for number in range(5):
            canvas.drawString(50, 700 - 15 * number, line)
        canvas.drawString(left or 50, 640 - (below or 15), foot)
        canvas.showPage()
    canvas.save()
    text = squeezed(read_document(tmp_path / "x.pdf").text)
    kept = ["" if is_furniture else foot for foot in feet]
    assert text == squeezed(
        "".join(line * 5 + foot for line, foot in zip(PAGES, kept, strict=False))
    )


def test_a_number_that_opens_a_page_is_kept(tmp_path):
    canvas = Canvas(str(tmp_path / "x.pdf"), pagesize=A4)
    for opening, line in zip(["甲", "1588", "1589"], PAGES, strict=True):
        canvas.setFont(FONT, 10)
        canvas.drawString(50, 700, opening)
        canvas.drawString(50, 685, line)
        canvas.showPage()
    canvas.save()
    text = read_document(tmp_path / "x.pdf").text
    assert "1588" in text
    assert "1589" in text


BROKEN_WORDS = [
    ("困难职工中深度", "特困5人。", "困难职工中深度特困5人。"),
    ("标准化哺乳", "室818个。", "标准化哺乳室818个。"),
    ("签订合同的企业达", "100%。", "签订合同的企业达100%。"),
    ("走访困难职工", "1588", "走访困难职工1588"),
]


@pytest.mark.parametrize("over_pages", [False, True])
@pytest.mark.parametrize(("end", "start", "joined"), BROKEN_WORDS)
def test_words_broken_over_lines_and_pages_are_joined(tmp_path, end, start, joined, over_pages):
    full = ("会员" * 10)[: 20 - len(end)] + end
    canvas = Canvas(str(tmp_path / "x.pdf"), pagesize=A4)
    canvas.setFont(FONT, 10)
    canvas.drawString(50, 700, "会员" * 10)
    canvas.drawString(50, 685, full)
    if over_pages:
        canvas.drawString(145, 640, "1")
        canvas.showPage()
        canvas.setFont(FONT, 10)
        canvas.drawString(145, 640, "2")
    canvas.drawString(50, 700 if over_pages else 670, start)
    canvas.save()
    (line,) = read_document(tmp_path / "x.pdf").text.splitlines()
    assert line.endswith(joined)


def test_bold_by_drawing_twice_is_read_once(tmp_path):
    line = "会员会员达3000万人"
    path = drawn(tmp_path / "x.pdf", [(50, 700, line), (50.3, 700, line)])
    assert read_document(path).text.strip() == line


def test_a_table_is_read_row_by_row(tmp_path):
    cells = [("指标", "数量"), ("会员", "3万人"), ("组织", "5个")]
    placed = [
        (50 + 200 * x, 700 - 15 * y, c) for y, row in enumerate(cells) for x, c in enumerate(row)
    ]
    text = read_document(drawn(tmp_path / "x.pdf", placed)).text
    assert text.splitlines() == ["指标 数量", "会员 3万人", "组织 5个"]


def test_a_scan_has_no_text(tmp_path):
    canvas = Canvas(str(tmp_path / "scan.pdf"))
    canvas.rect(50, 50, 200, 200, fill=1)
    canvas.save()
    with pytest.raises(InputError, match=r"scan\.pdf: no text in it.*OCR"):
        read_document(tmp_path / "scan.pdf")


def test_a_password_is_asked_for_only_where_reading_needs_one(tmp_path):
    line = [(50, 700, "会员达3万人")]
    locked = drawn(tmp_path / "locked.pdf", line, encrypt=StandardEncryption("secret", "owner"))
    with pytest.raises(InputError, match=r"locked\.pdf: encrypted"):
        read_document(locked)
    # reportlab does not encrypt all that a Chinese font needs.
    canvas = Canvas(str(tmp_path / "open.pdf"), encrypt=StandardEncryption("", "owner"))
    canvas.drawString(50, 700, "3000 members")
    canvas.save()
    assert read_document(tmp_path / "open.pdf").text.strip() == "3000 members"


def raw_pdf(content: bytes, filters: bytes) -> bytes:
    """Return a PDF of one page by hand, with this content stream."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<<>>>>",
        b"<</Length %d/Filter[%b]>>stream\n%b\nendstream" % (len(content), filters, content),
    ]
    data = b"%PDF-1.4\n"
    places = []
    for number, item in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, item)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return data + (
        b"xref\n0 5\n0000000000 65535 f \n%btrailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (table, len(data))
    )


BOMBS = {
    "flate": (zlib.compress(b" " * 5_000_000), b"/FlateDecode"),
    "twice": (zlib.compress(zlib.compress(b" " * 5_000_000)), b"/FlateDecode/FlateDecode"),
    "hex": (zlib.compress(b" " * 5_000_000).hex().encode(), b"/ASCIIHexDecode/FlateDecode"),
    "damaged": (zlib.compress(b" " * 5_000_000)[:-1] + b"x", b"/FlateDecode"),
    "run length": (b"\x81 " * 50_000, b"/RunLengthDecode"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_streams_that_unpack_to_too_much(tmp_path, monkeypatch, bomb):
    monkeypatch.setattr(pdf, "MAX_UNPACKED", 1_000_000)
    path = tmp_path / "bomb.pdf"
    path.write_bytes(raw_pdf(*BOMBS[bomb]))
    with pytest.raises(InputError, match=r"bomb\.pdf: its streams unpack to more than 1 MB"):
        read_document(path)


@pytest.mark.parametrize(
    ("limit", "complaint"),
    [("MAX_PAGES", "more than 1 pages"), ("MAX_CHARACTERS", "more than 1 characters")],
)
def test_other_limits(tmp_path, monkeypatch, paragraphs, limit, complaint):
    monkeypatch.setattr(pdf, limit, 1)
    newspaper(tmp_path / "x.pdf", paragraphs * 3, columns=1, leading=15)
    with pytest.raises(InputError, match=complaint):
        read_document(tmp_path / "x.pdf")


@pytest.mark.parametrize("keep", [8, 500, -300])
def test_broken_files(tmp_path, keep):
    path = drawn(tmp_path / "x.pdf", [(50, 700, "会员达3万人")])
    path.write_bytes(path.read_bytes()[:keep] if keep >= 0 else b"%PDF-1.4" + bytes(-keep))
    with pytest.raises(InputError, match=r"x\.pdf: (broken|no text)"):
        read_document(path)


def test_a_form_that_draws_itself(tmp_path):
    canvas = Canvas(str(tmp_path / "x.pdf"))
    canvas.beginForm("loop")
    canvas.doForm("loop")
    canvas.endForm()
    canvas.doForm("loop")
    canvas.save()
    with pytest.raises(InputError, match=r"x\.pdf"):
        read_document(tmp_path / "x.pdf")
