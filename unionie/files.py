"""Reading the files that reports come as: text, Word, PDF and web pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from unionie.document import Document
from unionie.errors import InputError, MissingExtraError
from unionie.reading import check_size, read_text, writable

#: Suffix -> the module that reads it; None for plain text.
SUFFIXES: dict[str, str | None] = {
    ".txt": None,
    ".docx": "docx",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
}

_REMEDIES = {
    ".doc": "save it as .docx",
    ".wps": "save it as .docx",
    ".rtf": "save it as .docx",
    ".odt": "save it as .docx",
    ".mht": "save it as .html",
}
_SIGNATURES = {
    b"%PDF-": ".pdf",
    b"PK\x03\x04": ".docx",
    b"\xd0\xcf\x11\xe0": ".doc",
    b"{\\rtf": ".rtf",
}


def read_document(path: str | Path) -> Document:
    """Read a file into a Document; its suffix says what it is, in upper or lower case.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: from the file system.
        InputError: the suffix is unknown or wrong, or the file is broken, encrypted, too
            large or holds no text.
        MissingExtraError: the libraries that read this format are not installed.

    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        remedy = _REMEDIES.get(suffix, f"give a file of one of these: {known}")
        raise InputError(f"{path}: {suffix or 'no suffix'} is not read; {remedy}")
    with path.open("rb") as stream:
        opening = stream.read(8)
    _check_suffix(path, suffix, opening)
    module = SUFFIXES[suffix]
    if module is None:
        return Document(read_text(path), file=writable(path))
    check_size(path)
    return replace(_reader(module, suffix)(path), file=writable(path))


def find_files(paths: Iterable[str | Path]) -> list[Path]:
    """Return the files that ``paths`` are, and those of known suffixes in their folders.

    Folders are searched at any depth, in order of names; hidden files and the lock files
    of Word (``~$``) are passed over. No file is returned twice.

    Raises:
        InputError: there is no such file in a folder.

    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        if not path.is_dir():
            found[path] = None
            continue
        inside = [file for file in sorted(path.rglob("*")) if _is_report(file, path)]
        if not inside:
            raise InputError(f"{path}: no {', '.join(SUFFIXES)} file in this folder")
        found |= dict.fromkeys(inside)
    return list(found)


def _is_report(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    hidden = any(part.startswith((".", "~$")) for part in parts)
    return not hidden and file.suffix.lower() in SUFFIXES and file.is_file()


def _check_suffix(path: Path, suffix: str, opening: bytes) -> None:
    for signature, right in _SIGNATURES.items():
        if opening.startswith(signature) and right != suffix:
            remedy = _REMEDIES.get(right, f"rename it to {right}")
            raise InputError(f"{path}: this is no {suffix} but a {right} file; {remedy}")


def _reader(module: str, suffix: str) -> Callable[[Path], Document]:
    try:
        reader: Callable[[Path], Document] = import_module(f"unionie.documents.{module}").read
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("unionie"):
            raise
        raise MissingExtraError(
            f"reading {suffix} files needs more libraries; pip install 'unionie[files]'"
        ) from error
    return reader
