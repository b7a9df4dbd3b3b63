"""The command line."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

import unionie
from unionie.errors import UnionieError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_BAD_FILES = 1
_NOTHING_READ = 2
_STOPPED = 130


class Format(StrEnum):
    """What ``unionie extract`` writes."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"
    SPACY = "spacy"


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
            metavar="FILE...",
            help="Reports as .txt, .docx, .pdf or .html, or folders of them; - or none: stdin.",
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
    min_score: Annotated[
        float,
        typer.Option(min=0, max=1, metavar="P", help="Leave out figures less probable than this."),
    ] = 0.0,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, metavar="N", help="Number of processes.")
    ] = 1,
) -> None:
    """Write the figures of reports as a table, CSV, Excel or JSON Lines.

    A file that cannot be read is named on standard error and the rest goes on; the exit
    status is then 1. With OUT, a command that was stopped goes on where it stopped when it
    is given again.
    """
    from unionie.batch import STDIN, Batch
    from unionie.files import find_files
    from unionie.writing import STREAMS, Failure, check_output

    failures: list[Failure] = []
    errors = Console(stderr=True)
    try:
        if output is None and (format or Format.TABLE) not in STREAMS:
            raise UnionieError(f"{format} is no text for the screen; name a file with -o")
        if output is not None:
            check_output(output, format)
        paths = find_files(files or [STDIN])
        if output is not None:
            paths = [path for path in paths if path.absolute() != output.absolute()]
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=errors,
            transient=True,
            disable=not errors.is_terminal,
        ) as progress:
            task = progress.add_task("extracting", total=None)

            def advance(name: str, done: float) -> None:
                progress.update(task, description=name, advance=done)

            def start(taken: int, size: int) -> None:
                progress.update(task, total=size or None)
                if taken:
                    errors.print(f"{taken} reports were finished before", style="dim")

            batch = Batch(paths, model=model, n_process=jobs, on_progress=advance)
            failures = batch.failures
            if output is None:
                start(0, batch.size())
                reports = (report.at_least(min_score) for report in batch.reports())
                STREAMS[format or Format.TABLE](reports, sys.stdout)
            else:
                batch.write(output, format=format, min_score=min_score, on_start=start)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has seen enough
        raise typer.Exit from None
    except KeyboardInterrupt:
        errors.print("stopped; with -o, the same command goes on from here", markup=False)
        raise typer.Exit(_STOPPED) from None
    except (OSError, UnionieError) as error:
        _complain(errors, [failure.error for failure in failures])
        errors.print(f"error: {error}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(_NOTHING_READ) from error
    _complain(errors, [failure.error for failure in failures])
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


def _complain(errors: Console, failures: list[str]) -> None:
    for failure in failures:
        errors.print(f"error: {failure}", style="red", markup=False, soft_wrap=True)
