"""The formats of annotation tools by name: writing, reading, and telling which one a file has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from unionie.annotation import Paragraph, read_json_lines
from unionie.durable import replacing
from unionie.errors import AnnotationError, InputError
from unionie.exchange import brat, docbin, doccano, label_studio, prodigy
from unionie.reading import check_text


@dataclass(frozen=True, slots=True)
class Format:
    """How one tool keeps annotations.

    Attributes:
        name: as on the command line.
        suffix: of its files; empty for a format that is a folder of files.
        dump: paragraphs to a file's bytes, or to the names and bytes of a folder's files.
        load: a file or folder to its paragraphs, or what is wrong in place of one.

    """

    name: str
    suffix: str
    dump: Callable[[Iterable[Paragraph]], bytes | Mapping[str, bytes]]
    load: Callable[[Path], Iterator[Paragraph | AnnotationError]]


#: Format name -> format, in the order of the command line's help.
FORMATS: dict[str, Format] = {
    form.name: form
    for form in (
        Format("label-studio", ".json", label_studio.dump, label_studio.load),
        Format("doccano", ".jsonl", doccano.dump, doccano.load),
        Format("brat", "", brat.dump, brat.load),
        Format("prodigy", ".jsonl", prodigy.dump, prodigy.load),
        Format("spacy", ".spacy", docbin.dump, docbin.load),
    )
}

_SAY_IT = f"say it with --from: {', '.join(FORMATS)}"


def write_export(
    paragraphs: Iterable[Paragraph],
    path: Path,
    form: Format,
    *,
    overwrite: bool = False,
) -> None:
    """Write ``paragraphs`` for a tool: to the file ``path``, or the folder if it takes one.

    Args:
        paragraphs: in any order; with scores where a model annotated them.
        path: a file is replaced; a folder is made if it is not there.
        form: one of :data:`FORMATS`.
        overwrite: whether files of a folder, where the tool keeps people's work, may be
            replaced.

    Raises:
        AnnotationError: a paragraph that the format cannot hold; nothing is written.
        FileExistsError: a file of the folder is there and ``overwrite`` is false.

    """
    content = form.dump(map(_checked, paragraphs))
    if isinstance(content, bytes):
        _replace(path, content)
        return
    taken = [name for name in content if (path / name).exists()]
    if taken and not overwrite:
        raise FileExistsError(
            f"{path / taken[0]}: is there already; give --overwrite to replace it"
        )
    path.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        _replace(path / name, data)


def read_export(path: Path, form: Format) -> Iterator[Paragraph | AnnotationError]:
    """Yield the paragraphs of a file or folder from a tool, or what is wrong in place of one.

    A folder of a format that is a file stands for all such files in it, at any depth.

    Raises:
        FileNotFoundError: there is nothing to read at ``path``.

    """
    files = _files(path, form)
    for file in files:
        try:
            yield from form.load(file)
        except AnnotationError as error:
            yield error


def guess_format(path: Path) -> Format:
    """Return the format of a file or folder, from its suffix and its first record.

    Raises:
        FileNotFoundError: there is nothing at ``path``.
        AnnotationError: it is none of :data:`FORMATS`, or could be more than one.

    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    if path.is_dir():
        if next(path.rglob("*.ann"), None):
            return FORMATS["brat"]
        inside = (file for file in sorted(path.rglob("*")) if file.suffix in _suffixes())
        first = next(inside, None)
        if first is None:
            raise AnnotationError(f"{path}: no file of an annotation tool in this folder")
        return guess_format(first)
    if path.suffix == ".jsonl":
        return _guess_lines(path)
    for form in FORMATS.values():
        if form.suffix == path.suffix:
            return form
    hint = "unpack it first" if path.suffix == ".zip" else _SAY_IT
    raise AnnotationError(f"{path}: no known annotation tool writes such a file; {hint}")


def _guess_lines(path: Path) -> Format:
    _, record = next(read_json_lines(path), (1, None))
    if isinstance(record, dict):
        if "spans" in record or "answer" in record:
            return FORMATS["prodigy"]
        # Our own annotation files have the same form but count offsets in code points.
        if "entities" in record and ("Comments" in record or "id" in record):
            return FORMATS["doccano"]
    raise AnnotationError(f"{path}: cannot tell which tool wrote this; {_SAY_IT}")


def _suffixes() -> set[str]:
    return {form.suffix for form in FORMATS.values() if form.suffix}


def _files(path: Path, form: Format) -> list[Path]:
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file or folder")
    pattern = f"*{form.suffix or '.ann'}"
    if not path.is_dir():
        if not form.suffix:
            raise FileNotFoundError(
                f"{path}: {form.name} takes a folder; give the one with its files"
            )
        return [path]
    found = sorted(path.rglob(pattern))
    if not found:
        raise FileNotFoundError(f"{path}: no {pattern.removeprefix('*')} file in this folder")
    return found if form.suffix else [path]


def _checked(paragraph: Paragraph) -> Paragraph:
    try:
        check_text(paragraph.text)
    except InputError as error:
        raise AnnotationError(f"{paragraph.doc}:{paragraph.line}: {error}") from error
    return paragraph


def _replace(path: Path, content: bytes) -> None:
    with replacing(path) as stream:
        stream.write(content)
