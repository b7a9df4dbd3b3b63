"""Files that only one run at a time has open."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic, sleep
from typing import IO

import portalocker

from unionie.errors import UnionieError

_LOCK_SECONDS = 5.0  # the workers of a run that was killed hold its lock a moment longer


def open_locked(path: Path) -> IO[bytes]:
    """Open a file to read and append, a new one if there is none, and keep other runs out.

    The lock ends when the stream is closed, be it by a kill.

    Raises:
        UnionieError: another run has the file open.

    """
    end = monotonic() + _LOCK_SECONDS
    while True:
        stream = path.open("a+b")
        try:
            portalocker.lock(stream, portalocker.LOCK_EX | portalocker.LOCK_NB)
            # The run that had it may have deleted it since it was opened here.
            if os.path.samestat(os.fstat(stream.fileno()), path.stat()):
                return stream
        except FileNotFoundError:
            pass
        except portalocker.LockException as error:
            if monotonic() > end:
                stream.close()
                raise UnionieError(
                    f"{path}: another run is at work on this; wait for its end or "
                    "choose another output"
                ) from error
        stream.close()
        sleep(0.05)
