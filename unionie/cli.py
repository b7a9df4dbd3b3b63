"""The command line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

import unionie
from unionie import cli_annotation
from unionie.errors import UnionieError

if TYPE_CHECKING:
    from unionie.writing import NamedReport

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_BAD_FILES = 1
_NOTHING_READ = 2


class Format(StrEnum):
    """What ``unionie extract`` writes."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Figures, and what they measure, out of the work reports of Chinese trade unions."""
    if version:
        typer.echo(f"unionie {unionie.__version__}")
        raise typer.Exit


@app.command()
def extract(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...", help="Text files, or folders of .txt files; - or none: stdin."
        ),
    ] = None,
    format: Annotated[  # noqa: A002
        Format | None,
        typer.Option("--format", "-f", help="By default that of OUT's suffix, else table."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="Write to this file.")
    ] = None,
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="Folder of a pipeline; else the bundled.")
    ] = None,
) -> None:
    """Write the figures of reports as a table, CSV or JSON Lines.

    A file that cannot be read is named on standard error and the rest goes on; the exit
    status is then 1.
    """
    from unionie.writing import WRITERS, replacing

    failures: list[str] = []
    errors = Console(stderr=True)
    try:
        chosen = format or _format_of(output)
        paths = _expand(files or [Path("-")])
        if output is not None and not output.absolute().parent.is_dir():
            raise UnionieError(f"{output}: the folder {output.parent} does not exist")
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=errors,
            transient=True,
            disable=not errors.is_terminal,
        ) as progress:
            reports = _reports(paths, model, failures, progress)
            if output is None:
                WRITERS[chosen](reports, sys.stdout)
            else:
                encoding = "utf-8-sig" if chosen is Format.CSV else "utf-8"
                with replacing(output, encoding=encoding) as stream:
                    WRITERS[chosen](reports, stream)
                    if len(failures) == len(paths):
                        raise UnionieError("none of the files could be read; nothing was written")
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has seen enough
        raise typer.Exit from None
    except (OSError, UnionieError) as error:
        _complain(errors, failures)
        errors.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(_NOTHING_READ) from error
    _complain(errors, failures)
    if failures:
        raise typer.Exit(_BAD_FILES)


@app.command()
def check(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Annotation files or folders.")
    ],
    review: Annotated[
        bool, typer.Option("--review", help="Also list what asks for a second look.")
    ] = False,
) -> None:
    """Hold annotation files against the scheme.

    Prints each finding with its file, line, span and rule. The exit status is 1 if the
    scheme is broken anywhere.
    """
    from unionie.annotation import annotation_files
    from unionie.check import check_file

    errors = 0
    reviews = 0
    try:
        files = [file for path in paths for file in annotation_files(path)]
    except FileNotFoundError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(_NOTHING_READ) from error
    for file in files:
        for finding in check_file(file):
            if finding.level == "error":
                errors += 1
            else:
                reviews += 1
            if review or finding.level == "error":
                typer.echo(str(finding))
    typer.echo(f"{len(files)} files: {errors} errors, {reviews} places to review", err=True)
    if errors:
        raise typer.Exit(_BAD_FILES)


def _format_of(output: Path | None) -> Format:
    if output is None or output.suffix == ".txt":
        return Format.TABLE
    suffix = output.suffix.removeprefix(".").lower()
    if suffix not in (Format.CSV, Format.JSONL):
        raise UnionieError(f"{output}: name it .csv or .jsonl, or choose the format with --format")
    return Format(suffix)


def _expand(paths: list[Path]) -> list[Path]:
    expanded: list[Path] = []
    for path in paths:
        found = sorted(path.glob("*.txt")) if path.is_dir() else [path]
        if not found:
            raise UnionieError(f"{path}: no .txt file in this folder (its subfolders are not read)")
        expanded += found
    return expanded


def _reports(
    paths: list[Path], model: Path | None, failures: list[str], progress: Progress
) -> Iterator[NamedReport]:
    from unionie.extraction import extract_many, load
    from unionie.reading import decode, read_text
    from unionie.writing import NamedReport

    nlp = load(model) if model else None
    sizes = [_size(path) for path in paths]
    # Done is counted in bytes: that is known of files which are not read yet.
    task = progress.add_task("extracting", total=sum(sizes) or None)
    for path, size in zip(paths, sizes, strict=True):
        name = "standard input" if str(path) == "-" else str(path)
        progress.update(task, description=name)
        try:
            if str(path) == "-":
                text = decode(sys.stdin.buffer.read(), name=name)
            else:
                text = read_text(path)
            advance = partial(_advance, progress, task, size / max(len(text), 1))
            (report,) = extract_many([text], nlp=nlp, on_progress=advance)
        except (OSError, UnionieError) as error:
            failures.append(_describe(path, error))
            continue
        yield NamedReport(name, report)


def _advance(progress: Progress, task: TaskID, share: float, characters: int) -> None:
    progress.advance(task, characters * share)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _describe(path: Path, error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{path}: {error.strerror}"
    return str(error)


def _complain(errors: Console, failures: list[str]) -> None:
    for failure in failures:
        errors.print(f"error: {failure}", style="red", markup=False, soft_wrap=True)


app.command("export")(cli_annotation.export)
app.command("import")(cli_annotation.import_)
app.command("labels")(cli_annotation.labels)
app.command("suggest")(cli_annotation.suggest)
