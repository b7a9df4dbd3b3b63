"""The same extraction on many machines, with Ray Data: ``pip install "unionie[ray]"``.

Ray schedules, starts workers anew, tries tasks again and spills to the disk; here is only
what a worker does with a block of reports.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unionie.document import Document
from unionie.errors import InputError, UnionieError, needs_extra
from unionie.extraction import BUNDLED, Source, load, outcomes
from unionie.reading import decode
from unionie.report import Report, to_frame

with needs_extra("ray", "running on several machines"):
    import pyarrow as pa
    import pyarrow.fs
    import ray.data

if TYPE_CHECKING:
    import datasets


def read(source: str | Path | Sequence[str] | datasets.Dataset) -> ray.data.Dataset:
    """Return reports as a Ray Dataset with the columns ``text`` and, of text files, ``file``.

    Args:
        source: a file or folder, or several, as paths or URIs that every machine can read:
            text files, ``.jsonl`` or ``.parquet``, which a folder's name says as ``*.jsonl``
            would; or a ``datasets.Dataset``. Tables keep their columns.

    """
    if not isinstance(source, str | Path | Sequence):
        return ray.data.from_huggingface(source)
    paths = list(map(_place, [source] if isinstance(source, str | Path) else source))
    kinds = {Path(path).suffix.lower() for path in paths}
    if kinds <= {".jsonl", ".json"}:
        return ray.data.read_json(paths, lines=True)
    if kinds == {".parquet"}:
        return ray.data.read_parquet(paths)
    files = ray.data.read_binary_files(paths, include_paths=True, file_extensions=["txt"])
    return files.rename_columns({"bytes": "text", "path": "file"})


def figures(
    reports: ray.data.Dataset,
    *,
    text: str = "text",
    file: str = "file",
    failures: str | Path | None = None,
    model: str | Path | None = None,
    workers: int | None = None,
    rows_per_task: int = 64,
) -> ray.data.Dataset:
    """Return the figures of ``reports``, lazily: the rows and columns of :func:`to_frame`.

    The order of the reports is not kept; ``file`` and ``start`` are in every row.

    Args:
        reports: one report a row.
        text: name of the column of texts, str or the bytes of a text file.
        file: name of the column of the reports' names, if there is one.
        failures: folder or URI that every machine can write; a report that fails becomes a
            file ``{"file": …, "error": …}`` there. Without it the first one ends the run.
        model: folder of a pipeline, on every machine; the bundled one if None.
        workers: the most processes, each of one core and with one pipeline; as many as the
            cluster has cores if None.
        rows_per_task: reports that are done, and done again after a loss, together.

    """
    worker = {
        "text": text,
        "file": file,
        "failures": failures and _place(failures),
        "model": _place(model) if model and str(model) != BUNDLED else None,
    }
    return reports.repartition(target_num_rows_per_block=rows_per_task).map_batches(
        _Extractor,
        fn_constructor_kwargs=worker,
        batch_size=None,
        batch_format="pyarrow",
        num_cpus=1,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
    )


class _Extractor:
    """What each worker process of the cluster holds: one pipeline."""

    def __init__(self, text: str, file: str, failures: str | None, model: str | None) -> None:
        self._text = text
        self._file = file
        self._failures = failures
        self._nlp = load(model)
        self._schema = pa.Schema.from_pandas(to_frame([]), preserve_index=False)

    def __call__(self, block: Any) -> Any:
        if self._text not in block.column_names:
            raise InputError(
                f"no column {self._text!r} among {', '.join(block.column_names)}; name the "
                "column of the texts with text="
            )
        texts = block[self._text].to_pylist()
        named = self._file in block.column_names
        names = [
            None if name is None else str(name)  # the column may hold numbers
            for name in (block[self._file].to_pylist() if named else [None] * len(texts))
        ]
        sources = map(_source, texts, names)
        found = []
        for content, name, outcome in zip(
            texts, names, outcomes(sources, nlp=self._nlp), strict=True
        ):
            if isinstance(outcome, Report):
                found.append(outcome)
            else:
                self._record(content, name, outcome)
        return pa.Table.from_pandas(to_frame(found), schema=self._schema, preserve_index=False)

    def _record(self, content: object, name: str | None, error: Exception) -> None:
        if self._failures is None:
            raise error
        # The name comes from the content, so that a task done again writes the same file.
        digest = hashlib.sha256(repr((name, content)).encode()).hexdigest()
        system, folder = pyarrow.fs.FileSystem.from_uri(self._failures)
        system.create_dir(folder)
        with system.open_output_stream(f"{folder}/{digest}.json") as stream:
            record = {"file": name, "error": str(error)}
            stream.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")


def _place(path: str | Path) -> str:
    """Return a URI as it is, and a path so that it holds in every process."""
    return str(path) if "://" in str(path) else str(Path(path).absolute())


def _source(content: Any, name: str | None) -> Source:
    try:
        if isinstance(content, bytes):
            content = decode(content, name=name or "a report")
    except UnionieError as error:
        return error
    return Document(content, file=name)
