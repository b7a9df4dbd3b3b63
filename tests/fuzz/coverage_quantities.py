"""The figure reader under atheris, which looks for inputs that reach new code.

Optional: ``pip install atheris``, then ``python tests/fuzz/coverage_quantities.py -runs=1000000``.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["unionie"]):
    import unionie.quantities  # noqa: F401

from properties import check_quantity

_WORDS = "0123456789.,零一二两三五九十百千万亿余多几近约超上成半分之点至到-~%元人户个/每以上下 "


def check(data: bytes) -> None:
    """Read the bytes as words of the grammar, an odd one as any character."""
    provider = atheris.FuzzedDataProvider(data)
    chars = []
    while provider.remaining_bytes():
        number = provider.ConsumeIntInRange(0, 255)
        odd = number >= 4 * len(_WORDS)
        chars.append(provider.ConsumeUnicode(1) if odd else _WORDS[number % len(_WORDS)])
    check_quantity("".join(chars))


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
