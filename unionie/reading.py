"""Reading text files as they come: UTF-8 with or without BOM, UTF-16 with BOM, GB18030."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from unionie.errors import InputError

#: Files larger than this are refused rather than read into memory.
MAX_BYTES = 200_000_000

# GB18030 gives almost any bytes some meaning. Text that was really written in it keeps
# nearly all its characters within the common set, GB 2312.
_COMMON_SHARE = 0.9


def as_path(path: object) -> Path:
    """Return the path of a file or folder.

    Raises:
        TypeError: it is neither a str nor a Path.
        InputError: it is empty; to Python that would be the current folder.

    """
    if not isinstance(path, str | os.PathLike):
        several = isinstance(path, Iterable) and not isinstance(path, bytes)
        remedy = "unionie.read_many takes several" if several else "give the path of a file"
        raise TypeError(f"a path must be a str or a Path, not {type(path).__name__}; {remedy}")
    if not os.fspath(path):
        raise InputError("the path is empty; give the path of a file")
    return Path(path)


def read_text(path: str | Path) -> str:
    """Return the text of a file; line breaks stay as they are.

    Raises:
        FileNotFoundError, IsADirectoryError, PermissionError: from the file system.
        InputError: the file is too large, or is not text in a known encoding.
        TypeError: ``path`` is no path.

    """
    path = as_path(path)
    check_size(path)
    return decode(path.read_bytes(), name=str(path))


def check_size(path: Path) -> None:
    """Refuse a file that is larger than a report can be.

    Raises:
        FileNotFoundError, PermissionError: from the file system.
        InputError: the file is too large.

    """
    _check_length(path.stat().st_size, path)


def read_stream(stream: IO[bytes]) -> bytes:
    """Return what a stream holds, cut off one byte beyond what :func:`decode` takes."""
    return stream.read(MAX_BYTES + 1)


def _check_length(size: int, name: object) -> None:
    if size > MAX_BYTES:
        limit = f"{MAX_BYTES / 1e6:.0f} MB"
        raise InputError(f"{name}: more than {limit}, which no report has; split the file")


def writable(name: object) -> str:
    r"""Return a path or message as text that any encoding of Unicode can write.

    A file's name on the disk may be no text; its stray bytes become ``\\udcXX``.
    """
    return str(name).encode("utf-8", "backslashreplace").decode("utf-8")


def check_text(text: object) -> None:
    """Refuse what is not a text.

    Raises:
        TypeError: ``text`` is not a str.
        InputError: ``text`` holds a lone surrogate.

    """
    if not isinstance(text, str):
        if isinstance(text, bytes):
            hint = "decode bytes first, or use unionie.read_text"
        elif isinstance(text, os.PathLike):
            hint = "unionie.read reads a file"
        elif text is None or isinstance(text, float):  # NaN is how pandas says it
            hint = "leave out what is missing, in pandas with dropna()"
        elif isinstance(text, Iterable):
            hint = "unionie.extract_many takes many texts"
        else:
            hint = "give the text of the report"
        raise TypeError(f"a report must be a str, not {type(text).__name__}; {hint}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"lone surrogate {text[error.start]!r} at offset {error.start}: the text was decoded "
            "wrongly; read it again with the right encoding"
        ) from error


def decode(data: bytes, *, name: str = "input") -> str:
    """Decode the bytes of a text file; ``name`` stands for it in errors.

    Raises:
        InputError: the bytes are too many, or not text in a known encoding.

    """
    _check_length(len(data), name)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif b"\0" in data:
        raise InputError(f"{name}: holds zero bytes; this is no text file")
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or _plausible(text):
            return text
    tried = " or ".join(encoding.upper().removesuffix("-SIG") for encoding in encodings)
    raise InputError(f"{name}: not text in {tried}; save the file as UTF-8")


def _plausible(text: str) -> bool:
    foreign = re.sub(r"[\x00-\x7f]+", "", text)
    common = len(foreign.encode("gb2312", "ignore")) // 2  # two bytes each
    return common >= _COMMON_SHARE * len(foreign)
