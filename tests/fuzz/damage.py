"""Files of every format, damaged, and what their readers may do with them."""

from __future__ import annotations

import gc
import json
import random
import shutil
import zlib
from collections.abc import Callable
from functools import cache, partial
from io import BytesIO
from pathlib import Path

import docx
from properties import require
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfgen.canvas import Canvas
from texts import ODD, ROOT, fragment

import unionie
from unionie.annotation import Paragraph, dump_annotations, read_lines
from unionie.check import check_annotations
from unionie.exchange.formats import FORMATS as FORMATS_OF_TOOLS
from unionie.exchange.formats import read_export
from unionie.extraction import BUNDLED_MODEL

_NUMBERS = [0, -1, 1, 2**31, 2**63, 2**64, 10**400, 0.5, float("inf"), float("nan")]
_VALUES = [None, True, "", "x", [], {}, [[]], "../../etc/passwd", "\x00", *_NUMBERS]


def damage_bytes(rng: random.Random, data: bytes) -> bytes:
    """Return ``data`` with bytes changed, lost, doubled, cut off, or sizes blown up."""
    out = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        place = rng.randrange(len(out) + 1)
        match rng.randrange(6):
            case 0:
                out[place : place + 1] = bytes([rng.randrange(256)])
            case 1:
                del out[place : place + rng.randint(1, 64)]
            case 2:
                out = out[:place]
            case 3:
                out[place:place] = out[max(0, place - 64) : place]
            case 4:
                out[place : place + 4] = rng.choice([b"\xff" * 4, b"\0" * 4, b"\xdd\xff\xff\xff"])
            case 5:
                out[place:place] = rng.choice(ODD).encode("utf-8", "surrogatepass")
    return bytes(out)


def damage_json(rng: random.Random, value: object) -> object:
    """Return ``value`` with a field replaced, lost or added at some depth."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(list(value))
        match rng.randrange(4):
            case 0:
                return {name: inner for name, inner in value.items() if name != key}
            case 1:
                return value | {key: rng.choice(_VALUES)}
            case _:
                return value | {key: damage_json(rng, value[key])}
    if isinstance(value, list) and value and rng.random() < 0.9:
        place = rng.randrange(len(value))
        return [*value[:place], damage_json(rng, value[place]), *value[place + 1 :]]
    return rng.choice(_VALUES)


@cache
def _annotations() -> list[bytes]:
    files = sorted((ROOT / "annotations").rglob("*.jsonl"))
    return [line for file in files for line in file.read_bytes().splitlines() if b'"id": 2' in line]


def _annotation(rng: random.Random, folder: Path) -> bool:
    line = rng.choice(_annotations())
    if rng.random() < 0.6:
        line = json.dumps(
            damage_json(rng, json.loads(line)), ensure_ascii=rng.random() < 0.5
        ).encode("utf-8", "surrogatepass")
    else:
        line = damage_bytes(rng, line)
    file = folder / "a.jsonl"
    file.write_bytes(line)
    refused = False
    for _, found in read_lines(file):
        if isinstance(found, unionie.AnnotationError):
            refused = True
            continue
        for span in found.spans:
            require(0 <= span.start < span.end <= len(found.text), "a span outside its text")
        dump_annotations([found])
    list(check_annotations(file))
    return refused


def _export(tool: str, rng: random.Random, folder: Path) -> bool:
    """Read what an annotation tool would export, damaged."""
    form = FORMATS_OF_TOOLS[tool]
    lines = rng.sample(_annotations(), 2)
    content = form.dump([Paragraph.from_dict(json.loads(line)) for line in lines])
    path = folder / f"{tool}{form.suffix}"
    if isinstance(content, bytes):
        path.write_bytes(_damage_export(tool, rng, content))
    else:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        broken = rng.choice(sorted(content))
        for name, data in content.items():
            (path / name).write_bytes(damage_bytes(rng, data) if name == broken else data)
    refused = False
    for found in read_export(path, form):
        if isinstance(found, unionie.AnnotationError):
            require(str(folder) in str(found), f"an error that does not name its file: {found}")
            refused = True
            continue
        for span in found.spans:
            require(0 <= span.start < span.end <= len(found.text), "a span outside its text")
        dump_annotations([found])
    return refused


def _damage_export(tool: str, rng: random.Random, data: bytes) -> bytes:
    inside = rng.random() < 0.7
    if tool == "spacy":
        if inside:
            return zlib.compress(damage_bytes(rng, zlib.decompress(data)))
    elif tool == "label-studio":
        tasks = json.loads(data)
        for task in tasks:
            task["annotations"] = task.pop("predictions")  # as when somebody has submitted them
        data = json.dumps(damage_json(rng, tasks) if inside else tasks).encode()
    elif inside:
        records = [json.loads(line) for line in data.splitlines()]
        records[0] = damage_json(rng, records[0])
        text = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
        return text.encode("utf-8", "surrogatepass")
    return data if inside else damage_bytes(rng, data)


def _text(rng: random.Random, folder: Path) -> bool:
    encoding = rng.choice(["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
    data = "\n".join(fragment(rng) for _ in range(5)).encode(encoding, "replace")
    return _read(folder / "a.txt", damage_bytes(rng, data) if rng.random() < 0.9 else data)


def _read(file: Path, data: bytes) -> bool:
    file.write_bytes(data)
    try:
        document = unionie.read_document(file)
    except unionie.InputError as error:
        require(str(file) in str(error), f"an error that does not name its file: {error}")
        return True
    for block in document.blocks:
        require(0 <= block.start <= block.end <= len(document.text), "a block outside its text")
    document.text.encode("utf-8")
    return False


@cache
def _word() -> bytes:
    rng = random.Random(0)
    document = docx.Document()
    for _ in range(3):
        document.add_paragraph(fragment(rng).replace("\x0b", ""))
    table = document.add_table(2, 2)
    table.cell(0, 0).text = "会员"
    out = BytesIO()
    document.save(out)
    return out.getvalue()


@cache
def _pdf() -> bytes:
    out = BytesIO()
    registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(out, pagesize=A4, pageCompression=0)
    for number in range(2):
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(72, 700, f"5年来,武威市总工会帮扶困难职工3496户、{number}万元。")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


_PAGE = (
    "<html><head><meta charset='utf-8'><title>x</title></head><body><div><p>{}</p>"
    "<table><tr><td>会员</td><td>3人</td></tr></table><script>1</script></div></body></html>"
)


def _html(rng: random.Random, folder: Path) -> bool:
    page = _PAGE.format("".join(fragment(rng) for _ in range(4))).encode()
    return _read(folder / "a.html", damage_bytes(rng, page))


@cache
def _model_files() -> list[str]:
    files = [path for path in BUNDLED_MODEL.rglob("*") if path.is_file()]
    return sorted(path.relative_to(BUNDLED_MODEL).as_posix() for path in files)


def _model(rng: random.Random, folder: Path) -> bool:
    copy = folder / "model"
    if not copy.exists():
        shutil.copytree(BUNDLED_MODEL, copy)
    name = rng.choice([file for file in _model_files() if file != "NOTICE"])
    file = copy / name
    good = file.read_bytes()
    try:
        if name.endswith(".json") and rng.random() < 0.7:
            file.write_text(json.dumps(damage_json(rng, json.loads(good))), encoding="utf-8")
        elif rng.random() < 0.1:
            file.unlink()
        else:
            file.write_bytes(damage_bytes(rng, good))
        try:
            nlp = unionie.load(copy)
        except unionie.ModelError as error:
            require(str(copy) in str(error), f"an error that does not name the folder: {error}")
            return True
        unionie.extract(fragment(rng), nlp=nlp)
        return False
    finally:
        file.write_bytes(good)


#: Format -> in which proportion damaged files are of it.
FORMATS: dict[str, int] = {
    "annotation": 3000,
    "doccano": 1000,
    "label-studio": 1000,
    "prodigy": 1000,
    "brat": 400,
    "spacy": 100,
    "text": 1500,
    "html": 900,
    "docx": 600,
    "pdf": 450,
    "model": 50,
}
_CHECKS: dict[str, Callable[[random.Random, Path], bool]] = {
    "annotation": _annotation,
    "text": _text,
    "html": _html,
    "docx": lambda rng, folder: _read(folder / "a.docx", damage_bytes(rng, _word())),
    "pdf": lambda rng, folder: _read(folder / "a.pdf", damage_bytes(rng, _pdf())),
    "model": _model,
    **{tool: partial(_export, tool) for tool in FORMATS_OF_TOOLS},
}


def check_damaged(name: str, rng: random.Random, folder: Path) -> bool:
    """Read a damaged file of the format ``name``; say whether its reader refused it.

    Raises:
        Exception: the reader raised what is not documented, or a property does not hold.

    """
    refused = _CHECKS[name](rng, folder)
    require(gc.isenabled(), "garbage collection was left off")
    return refused
