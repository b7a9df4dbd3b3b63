"""The commands that serve annotation: export, import, labels and suggest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unionie.cli_output import INCOMPLETE, STDERR, complain, count, give_up, print_table, say
from unionie.errors import AnnotationError, UnfinishedError, UnionieError

if TYPE_CHECKING:
    from rich.table import Table

    from unionie.annotation import Paragraph
    from unionie.schema import Scheme
    from unionie.suggestion import Suggestion


class Tool(StrEnum):
    """The tools that annotations go to and come from."""

    LABEL_STUDIO = "label-studio"
    DOCCANO = "doccano"
    BRAT = "brat"
    PRODIGY = "prodigy"
    SPACY = "spacy"


_TOOLS = ", ".join(Tool)
_REPORTS = "Reports as .txt, .docx, .pdf or .html"

Model = Annotated[
    Path | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", help="Folder of a pipeline, or bundled, the default."
    ),
]

OwnLabels = Annotated[
    Path | None,
    typer.Option(
        "--labels", metavar="FILE", help="TOML file with labels and relations of your own."
    ),
]


def export(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help=f"{_REPORTS}, which the model annotates, or annotation files (.jsonl), which are "
            "converted as they are; or folders of either.",
        ),
    ],
    to: Annotated[
        Tool, typer.Option("--to", metavar="TOOL", help=f"The tool that will read them: {_TOOLS}.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="A file; for brat a folder.")
    ],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what stands in a brat folder.")
    ] = False,
    model: Model = None,
) -> None:
    """Write reports, annotated, for an annotation tool.

    A file that cannot be read is named on standard error and the rest goes on; the exit
    status is then 1.
    """
    from unionie.exchange.formats import FORMATS, write_export

    failures: list[str] = []
    try:
        paragraphs = list(_read_inputs(paths, model, failures))
        _stop_if_nothing(paragraphs, failures)
        if not output.absolute().parent.is_dir():
            raise UnionieError(f"{output}: the folder {output.parent} does not exist")
        write_export(paragraphs, output, FORMATS[to], overwrite=overwrite)
    except (OSError, UnionieError) as error:
        give_up(error, failures)
    say(_amount(len(paragraphs), _documents(paragraphs), output))
    _finish(failures)


def import_(
    source: Annotated[
        Path, typer.Argument(metavar="EXPORT", help="What the tool exported: a file or folder.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FOLDER", help="Where the annotation files go."),
    ],
    tool: Annotated[
        Tool | None,
        typer.Option("--from", metavar="TOOL", help=f"{_TOOLS}; by default told from EXPORT."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace annotation files that are there.")
    ] = False,
    labels: OwnLabels = None,
) -> None:
    """Read what an annotation tool exported into annotation files, one a document.

    The result is held against the scheme; what breaks it is printed as a warning. What
    cannot be read is named on standard error and left out; the exit status is then 1.
    """
    from unionie.annotation import dump_annotations
    from unionie.durable import write_text
    from unionie.exchange.formats import FORMATS, guess_format, read_export
    from unionie.exchange.origin import by_document
    from unionie.own_labels import read_labels

    failures: list[str] = []
    unfinished: list[UnfinishedError] = []
    try:
        scheme = read_labels(labels)
        format_ = FORMATS[tool] if tool else guess_format(source)
        paragraphs = []
        for found in read_export(source, format_):
            if isinstance(found, UnfinishedError):
                unfinished.append(found)
            elif isinstance(found, AnnotationError):
                failures.append(str(found))
            else:
                paragraphs.append(found)
        paragraphs = _without_repeats(paragraphs, failures)
        _skipped(unfinished)
        _stop_if_nothing(paragraphs, failures)
        files = {
            output / f"{name}.jsonl": sorted(members, key=lambda paragraph: paragraph.line)
            for name, members in by_document(paragraphs).items()
        }
        if not overwrite and (taken := [file for file in files if file.exists()]):
            raise UnionieError(
                f"{taken[0]}: is there already; nothing was written; --overwrite replaces it"
            )
        output.mkdir(parents=True, exist_ok=True)
        for file, members in files.items():
            write_text(file, dump_annotations(members))
    except (OSError, UnionieError) as error:
        give_up(error, failures)
    _warn(files, scheme)
    say(_amount(len(paragraphs), len(files), output))
    _finish(failures)


def labels(
    tool: Annotated[
        Tool, typer.Option("--for", metavar="TOOL", help=f"The tool to configure: {_TOOLS}.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="Write the files here instead."),
    ] = None,
    own: OwnLabels = None,
) -> None:
    """Print the labels, relations and colours as a tool's configuration.

    If the tool takes several files, each comes after a line with its name.
    """
    from unionie.durable import write_text
    from unionie.exchange.labels import LABEL_FILES
    from unionie.own_labels import read_labels

    if tool not in LABEL_FILES:
        say(f"{tool} needs no configuration; its files hold the labels")
        return
    try:
        files = LABEL_FILES[tool](read_labels(own))
    except UnionieError as error:
        give_up(error)
    for name, content in files.items():
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
            write_text(output / name, content)
            say(str(output / name))
        else:
            typer.echo(f"==> {name} <==\n{content}" if len(files) > 1 else content)


def suggest(
    paths: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help=f"{_REPORTS}, or folders of them.")
    ],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="How many.")] = 20,
    known: Annotated[
        list[Path] | None,
        typer.Option(
            "--known",
            metavar="PATH",
            help="Annotation files whose names are no news; may be repeated.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="Write the paragraphs: .jsonl, or .txt without names.",
        ),
    ] = None,
    model: Model = None,
) -> None:
    """Choose the paragraphs that are most worth annotating, and say why.

    The first is the one to annotate first. Without OUT they come as a table.
    """
    from unionie.annotation import dump_annotations, read_annotations
    from unionie.durable import write_text
    from unionie.suggestion import suggest as choose

    failures: list[str] = []
    try:
        if output is not None and output.suffix not in (".jsonl", ".txt"):
            raise UnionieError(f"{output}: name it .jsonl or .txt")
        paragraphs = list(_annotate(paths, model, failures))
        _stop_if_nothing(paragraphs, failures)
        seen = [paragraph for path in known or () for paragraph in read_annotations(path)]
        suggestions = choose(paragraphs, number, known=seen)
        if output is None:
            print_table(_table(suggestions), width=160)
        else:
            chosen = [suggestion.paragraph for suggestion in suggestions]
            lines = "".join(f"{paragraph.text}\n" for paragraph in chosen)
            content = dump_annotations(chosen) if output.suffix == ".jsonl" else lines
            write_text(output, content)
    except (OSError, UnionieError) as error:
        give_up(error, failures)
    say(
        f"{len(suggestions)} of {count(len(paragraphs), 'paragraph')}"
        + (f": {output}" if output else "")
    )
    _finish(failures)


def _read_inputs(
    paths: Iterable[Path], model: Path | None, failures: list[str]
) -> Iterator[Paragraph]:
    from unionie.annotation import annotation_files, read_lines
    from unionie.files import SUFFIXES

    reports: list[Path] = []
    annotated: list[Path] = []
    for path in paths:
        if path.is_dir() and any(path.rglob("*.jsonl")):
            if any(file.suffix.lower() in SUFFIXES for file in path.rglob("*")):
                raise UnionieError(
                    f"{path}: holds both reports and .jsonl files; name those that you mean"
                )
            annotated += annotation_files(path)
        elif path.suffix == ".jsonl":
            annotated.append(path)
        else:
            reports.append(path)
    for file in dict.fromkeys(annotated):
        for number, found in read_lines(file):
            if isinstance(found, AnnotationError):
                failures.append(f"{file}:{number}: {found}")
            else:
                yield found
    if reports:
        yield from _annotate(reports, model, failures)


def _annotate(
    paths: Iterable[Path], model: Path | None, failures: list[str]
) -> Iterator[Paragraph]:
    from rich.progress import track

    from unionie.extraction import load
    from unionie.files import count_kinds, find_files, read_document
    from unionie.preannotation import preannotate
    from unionie.reading import writable

    others: list[Path] = []
    files = find_files(paths, on_other=others.append)
    if others:
        say(f"passed over (no documents): {count_kinds(others)}")
    nlp = load(model) if model else None
    names = _names(files)
    for file in track(
        files, "annotating", console=STDERR, transient=True, disable=not STDERR.is_terminal
    ):
        try:
            text = read_document(file).text
            source = writable(file.as_posix())
            yield from preannotate(text, doc=names[file], source=source, nlp=nlp)
        except OSError as error:
            failures.append(f"{file}: {error.strerror or error}")
        except UnionieError as error:
            failures.append(str(error) if str(file) in str(error) else f"{file}: {error}")


def _names(files: list[Path]) -> dict[Path, str]:
    """Return a name for each file's document: as short as tells it from the others.

    Two reports of one name, in two folders or two formats, are two documents.
    """
    from unionie.reading import writable

    stems = Counter(file.stem for file in files)
    places = Counter(file.with_suffix("") for file in files)
    names = {}
    for file in files:
        place = file.with_suffix("")
        whole = file if places[place] > 1 else place
        names[file] = writable(file.stem if stems[file.stem] == 1 else whole.as_posix())
    return names


def _without_repeats(paragraphs: Iterable[Paragraph], failures: list[str]) -> list[Paragraph]:
    """Return ``paragraphs`` without those that come again, as from a second annotator."""
    first: dict[tuple[str, int, str], Paragraph] = {}
    for paragraph in paragraphs:
        place = (paragraph.doc, paragraph.line, paragraph.text)
        if first.setdefault(place, paragraph) != paragraph:
            failures.append(
                f"{paragraph.doc}:{paragraph.line}: annotated twice, and differently; the first "
                "was kept; import one annotator's work at a time"
            )
    return list(first.values())


def _table(suggestions: Iterable[Suggestion]) -> Table:
    from rich.table import Table

    table = Table(
        caption="errors: how many the scores let expect; new: the share unlike the paragraphs "
        "before and what is known",
        caption_justify="left",
    )
    for name in ("place", "errors", "new", "why", "text"):
        # A Chinese sentence is one word for rich, and what is too long in it would be cut.
        table.add_column(name, overflow="fold")
    for suggestion in suggestions:
        paragraph = suggestion.paragraph
        table.add_row(
            f"{paragraph.doc}:{paragraph.line}",
            f"{suggestion.errors:.1f}",
            f"{suggestion.novelty:.0%}",
            suggestion.reason,
            paragraph.text if len(paragraph.text) <= 60 else paragraph.text[:59] + "…",
        )
    return table


def _warn(files: dict[Path, list[Paragraph]], scheme: Scheme) -> None:
    from unionie.check import check_paragraph

    reviews = 0
    for file, members in files.items():
        for number, paragraph in enumerate(members, start=1):
            findings = check_paragraph(paragraph, file=str(file), line=number, scheme=scheme)
            for finding in findings:
                if finding.level == "error":
                    say(f"warning: {finding}")
                else:
                    reviews += 1
    if reviews:
        say(f"{count(reviews, 'place')} to review: unionie check --review")


def _skipped(unfinished: list[UnfinishedError]) -> None:
    for error in unfinished[:1]:
        more = f" (and {len(unfinished) - 1} more)" if len(unfinished) > 1 else ""
        say(f"left out: {error}{more}")


def _stop_if_nothing(paragraphs: list[Paragraph], failures: list[str]) -> None:
    if not paragraphs:
        why = "nothing could be read" if failures else "there is no paragraph"
        raise UnionieError(f"{why}; nothing was written")


def _amount(paragraphs: int, documents: int, output: Path) -> str:
    return f"{count(paragraphs, 'paragraph')} of {count(documents, 'document')}: {output}"


def _documents(paragraphs: Iterable[Paragraph]) -> int:
    return len({paragraph.doc for paragraph in paragraphs})


def _finish(failures: list[str]) -> None:
    complain(failures)
    if failures:
        raise typer.Exit(INCOMPLETE)
