"""The command line."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

import unionie
from unionie import cli_annotation
from unionie.cli_output import (
    INCOMPLETE,
    STDERR,
    STOPPED,
    complain,
    count,
    give_up,
    prepare_stdout,
    print_table,
    say,
)
from unionie.errors import UnionieError
from unionie.writing import STREAMS, TABLES, Format, check_output, format_of

if TYPE_CHECKING:
    from unionie.batch import Batch, Written
    from unionie.training import Training

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # lines of docstrings are joined to paragraphs
    context_settings={"help_option_names": ["-h", "--help"]},
)

_STDOUT = Path("-")


@app.callback(invoke_without_command=True)
def main(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Figures, and what they measure, out of the work reports of Chinese trade unions."""
    prepare_stdout()
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
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            help=f"{', '.join(Format)}; by default that of OUT's suffix, else table.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Write to this file; - is standard output."
        ),
    ] = None,
    model: cli_annotation.Model = None,
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
    from unionie.progress import ProgressNotes

    batch: Batch | None = None
    notes = None if STDERR.is_terminal else ProgressNotes(say)
    try:
        output = _output(output, format)
        paths = _inputs(files or [STDIN], output)
        if STDIN in paths and sys.stdin.isatty():
            end = "Ctrl-Z and Enter" if sys.platform == "win32" else "Ctrl-D"
            say(f"reading standard input; end it with {end}")
        with _progress() as progress:
            task = progress.add_task("extracting", total=None)

            def advance(name: str, done: float) -> None:
                progress.update(task, description=name, advance=done)
                if notes and batch:
                    notes.advance(done, batch.done, batch.count)

            def start(taken: int, size: int) -> None:
                progress.update(task, total=size or None)
                if notes:
                    notes.start(size)
                if taken:
                    were = "was" if taken == 1 else "were"
                    say(f"{count(taken, 'report')} {were} finished before")

            batch = Batch(paths, model=model, n_process=jobs, on_progress=advance)
            if output is None:
                start(0, batch.size())
                STREAMS[format or Format.TABLE](batch.reports(min_score=min_score), sys.stdout)
            else:
                written = batch.write(output, format=format, min_score=min_score, on_start=start)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has seen enough
        raise typer.Exit from None
    except KeyboardInterrupt:
        say(_stopped(batch, output))
        raise typer.Exit(STOPPED) from None
    except (OSError, UnionieError) as error:
        give_up(error, map(str, batch.failures if batch else []))
    complain(map(str, batch.failures))
    left_out = _left_out(batch.left_out, min_score)
    if output is not None:
        say(_summary(output, format, written, left_out, len(batch.failures)))
    elif left_out:
        say(left_out)
    if batch.failures:
        raise typer.Exit(INCOMPLETE)


@app.command()
def check(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Annotation files or folders.")
    ],
    review: Annotated[
        bool, typer.Option("--review", help="Also list what asks for a second look.")
    ] = False,
    labels: cli_annotation.OwnLabels = None,
) -> None:
    """Hold annotation files against the scheme.

    Prints each finding with its file, line, span and rule. The exit status is 1 if the
    scheme is broken anywhere.
    """
    from unionie.annotation import annotation_files
    from unionie.check import check_annotations
    from unionie.own_labels import read_labels

    errors = 0
    reviews = 0
    try:
        scheme = read_labels(labels)
        files = dict.fromkeys(file for path in paths for file in annotation_files(path))
    except (OSError, UnionieError) as error:
        give_up(error)
    for file in files:
        try:
            findings = list(check_annotations(file, scheme=scheme))
        except OSError as error:
            errors += 1
            complain([f"{file}: {error.strerror or error}"])
            continue
        for finding in findings:
            if finding.level == "error":
                errors += 1
            else:
                reviews += 1
            if review or finding.level == "error":
                typer.echo(str(finding))
    found = f"{count(errors, 'error')}, {count(reviews, 'place')} to review"
    typer.echo(f"{count(len(files), 'file')}: {found}", err=True)
    if errors:
        raise typer.Exit(INCOMPLETE)


@app.command()
def train(
    annotations: Annotated[
        list[Path], typer.Argument(metavar="ANNOTATIONS...", help="Annotation files or folders.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="MODEL", help="The folder to write.")
    ],
    base: Annotated[
        Path | None, typer.Option(metavar="MODEL", help="Pipeline to go on from; else bundled.")
    ] = None,
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Learn afresh, not on top of the base.")
    ] = False,
    with_corpus: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Annotations to learn from besides; may be repeated."),
    ] = None,
    dev: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="Held-out annotations; may be repeated."),
    ] = None,
    dev_share: Annotated[
        float, typer.Option(min=0, max=0.9, help="Share of documents held out without --dev.")
    ] = 0.2,
    labels: Annotated[
        Path | None, typer.Option(help="TOML file with labels and relations of your own.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the data.")] = None,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
) -> None:
    """Train a pipeline on annotated reports.

    Prints what is used, then the score on held-out documents after every epoch. After an
    interruption the same command goes on where it stopped.
    """
    from unionie.training import Settings, Training

    try:
        with _sigterm_as_interrupt():
            training = Training(
                annotations,
                output,
                base=base,
                from_scratch=from_scratch,
                corpus=with_corpus or [],
                dev=dev or [],
                labels=labels,
                settings=Settings(epochs=epochs, dev_share=dev_share, seed=seed),
            )
            for line in training.plan():
                STDERR.print(line, soft_wrap=True)
            _learn(training)
            training.finish(_tell)
        STDERR.print(f"written: {output}", soft_wrap=True)
        for line in training.warnings():
            STDERR.print(line, soft_wrap=True)
    except KeyboardInterrupt:
        STDERR.print("interrupted; the same command goes on from the last epoch", style="red")
        raise typer.Exit(STOPPED) from None
    except (ImportError, OSError, UnionieError) as error:
        give_up(error)


@app.command()
def evaluate(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="Folder of a pipeline, or bundled.")
    ],
    annotations: Annotated[
        list[Path], typer.Argument(metavar="ANNOTATIONS...", help="Annotation files or folders.")
    ],
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the scores as JSON.")
    ] = None,
    html_file: Annotated[
        Path | None, typer.Option("--html", metavar="OUT", help="Write a page of all errors.")
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option("--cross-validate", metavar="K", help="Train K pipelines afresh instead."),
    ] = None,
    with_corpus: Annotated[
        list[Path] | None,
        typer.Option(metavar="PATH", help="With --cross-validate: train on these besides."),
    ] = None,
    labels: Annotated[
        Path | None, typer.Option(help="With --cross-validate: TOML file with own labels.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="With --cross-validate: passes over the data.")
    ] = None,
) -> None:
    """Measure a pipeline on annotated reports that it was not trained on.

    "bundled" stands for the shipped pipeline wherever a folder of one is due.
    """
    from unionie.assessment import evaluate as evaluate_pipeline
    from unionie.cross_validation import cross_validate
    from unionie.durable import write_text

    try:
        for file in (json_file, html_file):
            if file is not None:
                _check_writable(file)
        if folds is None:
            if with_corpus or labels or epochs:
                raise UnionieError("--with-corpus, --labels and --epochs need --cross-validate")
            evaluation = evaluate_pipeline(model, annotations)
        else:
            evaluation = cross_validate(
                annotations,
                folds,
                base=model,
                corpus=with_corpus or [],
                labels=labels,
                epochs=epochs,
                on_fold=lambda fold: STDERR.print(f"fold {fold} of {folds} done"),
            )
        _warn(evaluation.warnings)
        if json_file is not None:
            write_text(json_file, json.dumps(evaluation.to_dict(), ensure_ascii=False, indent=1))
        if html_file is not None:
            write_text(html_file, evaluation.to_html())
        for table in evaluation.tables():
            print_table(table, width=120)
    except (ImportError, OSError, UnionieError) as error:
        give_up(error)


@app.command()
def compare(
    model_a: Annotated[Path, typer.Argument(metavar="MODEL_A", help="The first pipeline.")],
    model_b: Annotated[Path, typer.Argument(metavar="MODEL_B", help="The second pipeline.")],
    annotations: Annotated[
        list[Path], typer.Argument(metavar="ANNOTATIONS...", help="Annotation files or folders.")
    ],
) -> None:
    """Say where two pipelines really differ, on annotated reports that neither has seen.

    MODEL_A and MODEL_B are folders; "bundled" stands for the shipped pipeline.
    """
    from unionie.assessment import compare_pipelines

    try:
        comparison = compare_pipelines(model_a, model_b, annotations)
    except (ImportError, OSError, UnionieError) as error:
        give_up(error)
    _warn(comparison.warnings)
    print_table(comparison.table(), width=120)
    for sentence in comparison.sentences():
        typer.echo(sentence)


def _output(output: Path | None, format: Format | None) -> Path | None:  # noqa: A002
    """Return the file to write, None for standard output, or say what is wrong with it.

    Raises:
        UnionieError: the file or the format will not do; the message says what will.

    """
    texts = f"--format {', '.join(STREAMS)}"
    if output == _STDOUT:
        if format is None:
            raise UnionieError(f"-o - writes to standard output; say in which format: {texts}")
        output = None
    if output is not None:
        check_output(output, format)
    elif (format or Format.TABLE) not in STREAMS:
        raise UnionieError(
            f"{format} is no text for the screen; name a file with -o, or use {texts}"
        )
    return output


def _summary(
    output: Path,
    format: Format | None,  # noqa: A002
    written: Written,
    left_out: str,
    failures: int,
) -> str:
    parts = [count(written.reports, "report"), count(written.figures, "figure")]
    if written.rows != written.figures and (format or format_of(output)) in TABLES:
        parts.append(count(written.rows, "row"))
    summary = f"{output}: {', '.join(parts)}"
    if left_out:
        summary += f"; {left_out}"
    if failures:
        summary += f"; {count(failures, 'file')} could not be read, see above"
    return summary


def _left_out(figures: int, min_score: float) -> str:
    if not figures:
        return ""
    return f"{count(figures, 'figure')} with a score below {min_score:g} left out"


def _stopped(batch: Batch | None, output: Path | None) -> str:
    done = f" after {batch.done:,} of {count(batch.count, 'file')}" if batch else ""
    if output is None:
        return f"stopped{done}; with -o FILE, a command that is given again goes on"
    return f"stopped{done}; give the same command again to go on"


def _inputs(paths: list[Path], output: Path | None) -> list[Path]:
    """Return the files to read, without the output, and say what is passed over in folders."""
    from unionie.files import count_kinds, find_files

    others: list[Path] = []
    files = find_files(paths, on_other=others.append)
    own = output.absolute() if output is not None else None
    others = [file for file in others if file.absolute() != own]
    if others:
        say(f"passed over (no documents): {count_kinds(others)}")
    return [file for file in files if file.absolute() != own]


def _progress() -> Progress:
    """Return a progress bar, which is seen on a terminal only."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=STDERR,
        transient=True,
        disable=not STDERR.is_terminal,
    )


def _learn(training: Training) -> None:
    with _progress() as progress:
        task = progress.add_task("preparing", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, description="learning")

        for epoch in training.epochs(show, _tell):
            if epoch.number or epoch.entities:  # else there is nothing to say of it
                STDERR.print(str(epoch), soft_wrap=True)


def _check_writable(file: Path) -> None:
    if file.is_dir():
        raise UnionieError(f"{file}: this is a folder; name a file")
    if not file.absolute().parent.is_dir():
        raise UnionieError(f"{file}: the folder {file.parent} does not exist")


def _tell(stage: str) -> None:
    say(f"{stage} …")


def _warn(warnings: Iterable[str]) -> None:
    for warning in warnings:
        say(f"warning: {warning}")


@contextmanager
def _sigterm_as_interrupt() -> Iterator[None]:
    """Let what ends a batch job be handled as Ctrl-C is."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


app.command("export")(cli_annotation.export)
app.command("import")(cli_annotation.import_)
app.command("labels")(cli_annotation.labels)
app.command("suggest")(cli_annotation.suggest)
