"""Reading the files that reports come as: text, Word, PDF and web pages."""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from unionie.document import Document
from unionie.errors import InputError, needs_extra
from unionie.reading import as_path, check_size, read_text, writable

#: Suffix -> the module that reads it; None for plain text.
SUFFIXES: dict[str, str | None] = {
    ".txt": None,
    ".docx": "docx",
    ".pdf": "pdf",
    ".html": "html",
    ".htm": "html",
}

#: Suffix of another file that holds a running text -> what their owner can do.
REMEDIES = {
    **dict.fromkeys((".doc", ".docm", ".dot", ".dotx", ".wps", ".wpt"), "save it as .docx"),
    **dict.fromkeys((".rtf", ".odt", ".pages"), "save it as .docx"),
    **dict.fromkeys((".ppt", ".pptx", ".dps", ".odp"), "save it as .pdf"),
    **dict.fromkeys((".ofd", ".ceb", ".cebx", ".caj", ".xps", ".epub"), "save it as .pdf"),
    **dict.fromkeys((".mht", ".mhtml"), "save it as .html"),
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
        FileNotFoundError, IsADirectoryError, PermissionError: there is no such file, it is
            a folder, or you may not read it.
        InputError: the suffix is unknown or wrong, or the file is broken, encrypted, too
            large or holds no text.
        MissingExtraError: the libraries that read this format are not installed.
        TypeError: ``path`` is no path.

    """
    path = as_path(path)
    check_file(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        remedy = REMEDIES.get(suffix, f"give a file of one of these: {known}")
        raise InputError(f"{path}: {suffix or 'no suffix'} is not read; {remedy}")
    with path.open("rb") as stream:
        opening = stream.read(8)
    if not opening:
        raise InputError(f"{path}: empty, 0 bytes; save or download it again")
    _check_suffix(path, suffix, opening)
    module = SUFFIXES[suffix]
    if module is None:
        return Document(read_text(path), file=writable(path))
    check_size(path)
    document = _reader(module, suffix)(path)
    if not document.text.strip():
        raise InputError(f"{path}: no text in it; if it shows pictures of pages, run OCR on them")
    return replace(document, file=writable(path))


def check_file(path: Path) -> None:
    """Refuse a folder, and a path at which there is nothing.

    Raises:
        FileNotFoundError, IsADirectoryError: the message says so, and names the remedy.

    """
    if path.is_dir():
        reason = "This is a folder; unionie.read_many reads the files in it"
        raise IsADirectoryError(errno.EISDIR, reason, str(path))
    if not path.exists():
        folder = path.absolute().parent
        reason = f"No such file in {folder}" if folder.is_dir() else f"No such folder: {folder}"
        raise FileNotFoundError(errno.ENOENT, reason, str(path))


def find_files(
    paths: Iterable[str | Path], *, on_other: Callable[[Path], None] = lambda file: None
) -> list[Path]:
    """Return the files that ``paths`` are, and the documents in their folders.

    Folders are searched at any depth, in order of names. A document of a kind that is not
    read, such as ``.doc``, is returned too, so that reading it says what to do. No file is
    returned twice.

    Args:
        paths: files and folders.
        on_other: called with each file in a folder that is no document, as a picture, an
            archive or a spreadsheet; not with hidden files and the lock files of Word (``~$``).

    Raises:
        InputError: there is no document in a folder.

    """
    found: dict[Path, None] = {}
    for path in map(as_path, paths):
        if not path.is_dir():
            found[path] = None
            continue
        inside = [file for file in sorted(path.rglob("*")) if _is_visible(file, path)]
        documents = [file for file in inside if _is_document(file)]
        others = [file for file in inside if not _is_document(file)]
        if not documents:
            only = f", only {count_kinds(others)}" if others else ""
            raise InputError(f"{path}: no {', '.join(SUFFIXES)} file in this folder{only}")
        found |= dict.fromkeys(documents)
        for file in others:
            on_other(file)
    return list(found)


def count_kinds(files: Iterable[Path]) -> str:
    """Return how many files there are of each suffix, as in ``3 .jpg, 1 .zip``."""
    counts = Counter(file.suffix.lower() or "without suffix" for file in files)
    return ", ".join(f"{number} {suffix}" for suffix, number in counts.most_common())


def _is_visible(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return not any(part.startswith((".", "~$")) for part in parts) and file.is_file()


def _is_document(file: Path) -> bool:
    return file.suffix.lower() in {*SUFFIXES, *REMEDIES}


def _check_suffix(path: Path, suffix: str, opening: bytes) -> None:
    for signature, right in _SIGNATURES.items():
        if opening.startswith(signature) and right != suffix:
            remedy = REMEDIES.get(right, f"rename it to {right}")
            if right == ".doc":  # or an encrypted .docx, which begins alike
                remedy += ", without a password"
            raise InputError(f"{path}: this is no {suffix} but a {right} file; {remedy}")


def _reader(module: str, suffix: str) -> Callable[[Path], Document]:
    with needs_extra("files", f"reading {suffix} files"):
        reader: Callable[[Path], Document] = import_module(f"unionie.documents.{module}").read
    return reader
