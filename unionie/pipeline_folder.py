"""Checks of a pipeline folder, made before and after spaCy loads it.

A folder from a stranger is data: it may name only what unionie's own pipelines are made
of, hold only files of a sensible size, and claim no more than is there. Whoever extends
the pipeline with other components loads it with ``spacy.load``, which trusts the folder.
"""

from __future__ import annotations

import gc
import io
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unionie.errors import ModelError

if TYPE_CHECKING:
    from spacy.language import Language

_MB = 1_000_000
#: Path in the folder -> the most bytes that it may have; other files are not read.
MAX_SIZES: dict[str, int] = {
    "config.cfg": 32_000,
    "meta.json": _MB,
    "vocab/strings.json": 20 * _MB,
    # A unionie pipeline has no word vectors and no lookup tables.
    "vocab/key2row": 1,
    "vocab/lookups.bin": 1,
    "vocab/vectors": 128,
    "vocab/vectors.cfg": 1_000,
    "tokenizer/features.msgpack.gz": 50 * _MB,
    "tokenizer/weights.npz.gz": 100 * _MB,
}
#: The most bytes that any other file may have: those of the components.
MAX_SIZE = 200 * _MB
#: What an archive of arrays may unpack to.
MAX_UNPACKED = 400 * _MB
#: Values that a msgpack file may hold.
MAX_VALUES = 3_000_000
_MAX_DEPTH = 32
_MAX_PAD = 64
_MAX_FILES = 1_000

#: What unionie's pipelines use of spaCy and thinc, beside what unionie registers itself.
FOREIGN_NAMES = frozenset(
    {
        ("vectors", "spacy.Vectors.v1"),
        ("architectures", "spacy.MultiHashEmbed.v2"),
        ("layers", "concatenate.v1"),
        ("batchers", "spacy.batch_by_words.v1"),
        ("loggers", "spacy.ConsoleLogger.v1"),
        ("optimizers", "Adam.v1"),
        ("schedules", "decaying.v1"),
        # What spaCy writes into the config of any pipeline that was not made from one.
        ("readers", "spacy.Corpus.v1"),
        ("schedules", "compounding.v1"),
    }
)
_OWN = ("unionie.", "unionie_")
_SECTIONS = frozenset(
    ("paths", "system", "nlp", "corpora", "components", "training", "pretraining", "initialize")
)
_HOOKS = {
    "nlp": ("before_creation", "after_creation", "after_pipeline_creation"),
    "training": ("before_to_disk", "before_update"),
    "initialize": ("before_init", "after_init"),
}
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VARIABLE = re.compile(r"[\w.*-]+\s*=\s*\$\{(?:paths|system)\.\w+\}\s*")


def check_folder(folder: Path) -> None:
    """Refuse a pipeline folder that is more than data.

    Raises:
        ModelError: a file is a link or no file, too large, claims more than it holds, or
            the config names what no unionie pipeline uses; the message names the file.

    """
    files = list(_files(folder))
    if len(files) > _MAX_FILES:
        raise ModelError(f"{folder}: more than {_MAX_FILES} files; no unionie pipeline has so many")
    for file in files:
        _check_file(file, folder)
    check_config(folder / "config.cfg")
    for file in files:
        if file.name.endswith(".npz.gz"):
            _check_archive(_unpacked(file), file)
        elif file.name.endswith((".msgpack", ".msgpack.gz")) or file.name == "model":
            data = _unpacked(file) if file.suffix == ".gz" else file.read_bytes()
            check_msgpack(data, name=str(file))
            if file.name == "model":
                _check_attributes(data, name=str(file))


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = Path(parent, name)
            if path.is_symlink():
                raise ModelError(f"{path}: a link; a pipeline folder holds its files itself")
        for name in names:
            yield Path(parent, name)


def _check_file(file: Path, folder: Path) -> None:
    found = file.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ModelError(f"{file}: not a file")
    limit = MAX_SIZES.get(file.relative_to(folder).as_posix(), MAX_SIZE)
    if found.st_size > limit:
        raise ModelError(
            f"{file}: {found.st_size:,} bytes, no unionie pipeline needs more than {limit:,} here; "
            "if you trust it, load it with spacy.load"
        )


# --- the config -------------------------------------------------------------------


def check_config(path: Path) -> None:
    """Refuse a config that names anything but the parts of unionie's pipelines.

    Raises:
        ModelError: it is broken, or names something else; the message says what.

    """
    from spacy.util import load_config

    try:
        text = path.read_text(encoding="utf-8")
        for line in text.splitlines():
            # What a variable may stand for bounds what the config can grow to.
            if "$" in line and not _VARIABLE.fullmatch(line.strip()):
                raise ModelError(f"{path}: the variable in “{line.strip()[:80]}” is not allowed")
        if "__SECTION__" in text:
            raise ModelError(f"{path}: __SECTION__ is not allowed")
        for interpolate in (False, True):
            _check_sections(load_config(path, interpolate=interpolate), path)
    except ModelError:
        raise
    except (Exception, RecursionError) as error:
        raise ModelError(f"{path}: damaged ({_short(error)})") from error


def _check_sections(config: dict[str, Any], path: Path) -> None:
    for section in ("paths", "system"):
        if any(isinstance(value, dict) for value in config.get(section, {}).values()):
            raise ModelError(f"{path}: [{section}] must hold single values")
    if unknown := set(config) - _SECTIONS:
        raise ModelError(f"{path}: unknown section [{min(unknown)[:80]}]")
    nlp = config.get("nlp", {})
    if nlp.get("lang") != "zh":
        raise ModelError(f"{path}: lang must be zh")
    for section, hooks in _HOOKS.items():
        for hook in hooks:
            if config.get(section, {}).get(hook) is not None:
                raise ModelError(f"{path}: {section}.{hook} would run code; {_REMEDY}")
    for name, component in config.get("components", {}).items():
        if not _NAME.fullmatch(name):
            raise ModelError(f"{path}: {name[:80]!r} is no name for a component")
        factory = component.get("factory")
        if "source" in component or not _is_own_factory(factory):
            raise ModelError(
                f"{path}: the component {name} ({factory}) is not unionie's; {_REMEDY}"
            )
    _check_names(config, path)


_REMEDY = "if you trust this pipeline, load it with spacy.load"


def _check_names(value: Any, path: Path) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            if str(key).startswith("@") and not _is_known(str(key)[1:], inner):
                raise ModelError(f"{path}: {key} = {inner!r} is not unionie's; {_REMEDY}")
            _check_names(inner, path)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_names(inner, path)


def _is_known(kind: str, name: Any) -> bool:
    from spacy.util import registry

    if not isinstance(name, str) or not kind.isidentifier():
        return False
    if (kind, name) in FOREIGN_NAMES:
        return True
    return name.startswith(_OWN) and registry.has(kind, name) and _is_ours(registry.get(kind, name))


def _is_own_factory(name: Any) -> bool:
    import unionie.factories  # noqa: F401  registers them

    return _is_known("factories", name)


def _is_ours(function: Any) -> bool:
    return str(getattr(function, "__module__", "")).split(".")[0] == "unionie"


# --- what files claim -------------------------------------------------------------


def _unpacked(file: Path) -> bytes:
    from unionie.pipeline.tokenizer import read_packed

    return read_packed(file)


def _check_archive(data: bytes, file: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise ModelError(f"{file}: damaged ({_short(error)})") from error
    if size > MAX_UNPACKED:
        raise ModelError(f"{file}: unpacks to {size:,} bytes, more than {MAX_UNPACKED:,}")


# First byte of a msgpack value -> bytes of its length field, and how many values each
# counted thing is (0: it counts bytes).
_COUNTED = {
    **{0xC4 + i: (1 << i, 0) for i in range(3)},  # bin
    **{0xD9 + i: (1 << i, 0) for i in range(3)},  # str
    **{0xDC + i: (2 << i, 1) for i in range(2)},  # array
    **{0xDE + i: (2 << i, 2) for i in range(2)},  # map
}
_FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8}
_FIXED |= {0xCC + i: 1 << i for i in range(4)} | {0xD0 + i: 1 << i for i in range(4)}


@contextmanager
def collecting_again() -> Iterator[None]:
    """Switch garbage collection on again in the end, if it was on.

    srsly switches it off while it reads msgpack, and leaves it off where that is damaged.
    """
    collecting = gc.isenabled()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def check_msgpack(data: bytes, *, name: str) -> None:
    """Refuse msgpack that claims more values or bytes than it holds.

    The library that reads it makes room for what a header claims before it looks at what
    follows. Nothing is built here, so this takes no memory.

    Raises:
        ModelError: it does, or it holds too many values, or extension types.

    """
    position = 0
    values = 0
    open_: list[int] = [1]  # values still to come at each level
    end = len(data)
    while open_:
        if not open_[-1]:
            open_.pop()
            continue
        open_[-1] -= 1
        values += 1
        if values > MAX_VALUES or len(open_) > _MAX_DEPTH or position >= end:
            break
        first = data[position]
        position += 1
        inside = 0
        if first < 0x80 or first >= 0xE0:
            continue
        if first < 0x90:
            inside = 2 * (first & 0x0F)
        elif first < 0xA0:
            inside = first & 0x0F
        elif first < 0xC0:
            position += first & 0x1F
        elif first in _FIXED:
            position += _FIXED[first]
        elif first in _COUNTED:
            width, each = _COUNTED[first]
            count = int.from_bytes(data[position : position + width], "big")
            position += width
            if each:
                inside = each * count
            else:
                position += count
        else:
            break
        if position > end or inside > end - position:
            break
        if inside:
            open_.append(inside)
    else:
        if position == end:
            return
    raise ModelError(f"{name}: damaged, or it claims more than it holds")


def _check_attributes(data: bytes, *, name: str) -> None:
    """Check the msgpack that thinc keeps inside its msgpack."""
    import srsly

    try:
        attributes = [
            value for node in srsly.msgpack_loads(data)["attrs"] for value in node.values()
        ]
    except Exception as error:
        raise ModelError(f"{name}: damaged ({_short(error)})") from error
    for value in attributes:
        if not isinstance(value, bytes):
            raise ModelError(f"{name}: damaged, or it claims more than it holds")
        check_msgpack(value, name=name)


def check_components(nlp: Language) -> None:
    """Refuse weights that are no weights, and labels that are no names.

    thinc reads some of them in compiled code, which does not look where it reads.

    Raises:
        ModelError: a component is damaged; the message names it.

    """
    import numpy as np

    for name, component in nlp.pipeline:
        if not all(isinstance(label, str) for label in getattr(component, "labels", ())):
            raise ModelError(f"{name}: its labels are damaged")
        model = getattr(component, "model", None)
        for node in model.walk() if model is not None else ():
            if not 0 <= node.attrs.get("pad", 0) <= _MAX_PAD:
                raise ModelError(f"{name}: the network's settings are damaged")
            for parameter in node.param_names:
                weights = node.get_param(parameter) if node.has_param(parameter) else None
                if weights is None:
                    continue
                if weights.dtype != np.float32 or not weights.size:
                    raise ModelError(f"{name}: the weights {parameter} are damaged")
                if not np.isfinite(weights).all():
                    raise ModelError(f"{name}: the weights {parameter} are no numbers")
        for node in model.walk() if model is not None else ():
            rows = np.frombuffer(node.attrs.get("rows", b""), dtype="int32")
            known = len(node.get_param("embedding")) if node.has_param("embedding") else len(rows)
            if rows.size and not 0 <= rows.min() <= rows.max() < known:
                raise ModelError(f"{name}: the embedding's rows are damaged")


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip()[:200]}"
