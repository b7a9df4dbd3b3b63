"""Files that appear whole or not at all, and are there after the machine has lost its power."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a stream whose bytes take the place of ``path`` when the block ends well.

    If the block raises, whatever stood at ``path`` stays.

    Raises:
        FileNotFoundError: the folder of ``path`` does not exist.
        IsADirectoryError: ``path`` is a folder.

    """
    # What the calls below raise would name the temporary file.
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "The folder does not exist", str(path.parent))
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "This is a folder; name a file", str(path))
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_folder(path.absolute().parent)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, in UTF-8 and with the line ends it has.

    Raises:
        FileNotFoundError, IsADirectoryError: as :func:`replacing`.

    """
    with replacing(path) as stream:
        stream.write(text.encode())


def sync_folder(path: Path) -> None:
    """Put on the disk which files the folder holds; without effect on Windows."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
