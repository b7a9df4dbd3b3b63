"""Digests that tie a trained pipeline to the data and settings it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from unionie.annotation import Paragraph, dump_annotations


def digest_files(paths: Iterable[Path], *, root: Path) -> str:
    """Return the SHA-256 of files, their names relative to ``root`` included.

    The order of ``paths`` and the platform's line breaks make no difference.
    """
    total = hashlib.sha256()
    for name, path in sorted((path.relative_to(root).as_posix(), path) for path in paths):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        total.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def digest_folder(folder: Path) -> str:
    """Return the SHA-256 of all files in ``folder``, their names in it included."""
    return digest_files((path for path in folder.rglob("*") if path.is_file()), root=folder)


def digest_annotations(paragraphs: Iterable[Paragraph]) -> str:
    """Return the SHA-256 of ``paragraphs``: their documents, texts, spans and links.

    Neither their order nor the files they came from nor scores make a difference.
    """
    total = hashlib.sha256()
    bare = (replace(paragraph, source="", line=1, scores={}) for paragraph in paragraphs)
    for line in sorted(dump_annotations([paragraph]) for paragraph in bare):
        total.update(line.encode())
    return total.hexdigest()
