"""From texts to reports: loading the pipeline and running it.

Texts of any length are cut at line breaks into pieces that are processed on their own;
because entities and relations never leave a sentence, and a sentence is read without
what stands around it, this changes nothing in the result.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unionie.document import Document
from unionie.errors import ExtractionError, ModelError, UnionieError, WorkerError
from unionie.figures import build_figures
from unionie.files import SUFFIXES, find_files, read_document
from unionie.reading import as_path, check_text
from unionie.report import Report, check_min_score
from unionie.sentences import sentence_spans
from unionie.spacy_docs import spans_of
from unionie.values import Entity, Relation
from unionie.workers import count_cores, run

if TYPE_CHECKING:
    from spacy.language import Language
    from threadpoolctl import ThreadpoolController

#: The pipeline that ships with the package.
BUNDLED_MODEL = Path(__file__).parent / "model"

#: What names it wherever the folder of a pipeline is due.
BUNDLED = "bundled"

#: Pieces longer than this many characters are cut between sentences, and a sentence
#: longer than this at a comma; it bounds the memory that one sentence can take.
MAX_PIECE = 4000

# A loaded pipeline must get through these before it is given out.
_PROBES = ("5年来,市总工会在“送温暖”活动中帮扶职工3496户、1588万元,增长5%。", "ab c")
#: Pieces of one text are processed together up to about this many characters.
MAX_BATCH = 8000

#: What can be extracted from: a Document or a file; an error stands for itself.
Source = Document | Path | Exception

_CLAUSE_ENDS = "，,；;、：: 　"

# A pipeline is not made for two threads at once, nor for a fork in the middle of its work.
_lock = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )


def folder_of(pipeline: str | Path | None) -> Path:
    """Return the folder of a pipeline; of the bundled one for None and ``bundled``."""
    if pipeline is None or str(pipeline) == BUNDLED:
        return BUNDLED_MODEL
    return Path(pipeline)


def load(path: str | Path | None = None, **overrides: Any) -> Language:
    """Load a pipeline.

    A folder at ``path`` is taken for data: it is refused if it names anything but the
    parts of unionie's own pipelines, if it links elsewhere, or if its files are too large
    or damaged. To load a pipeline with components of your own, or of other packages, use
    ``spacy.load``, which trusts the folder.

    Args:
        path: the folder of a trained pipeline; the bundled one if None or ``"bundled"``.
        **overrides: ``vocab``, ``disable``, ``enable``, ``exclude`` and ``config``, as
            ``spacy.load`` takes them.

    Returns:
        The spaCy Language; ``spacy.load("unionie")`` gives the same as ``load()``.

    Raises:
        ModelError: there is no pipeline at ``path``, or it is refused; the message names
            the file.

    """
    import spacy.util

    from unionie.pipeline_folder import check_components, check_folder, collecting_again

    folder = folder_of(path)
    bundled = folder is BUNDLED_MODEL  # the same folder given by its path is checked
    if not (folder / "config.cfg").is_file():
        remedy = (
            "train one with training/project.yml, or reinstall unionie"
            if bundled
            else "give the folder that holds the pipeline's config.cfg"
        )
        raise ModelError(f"{folder}: no trained pipeline here; {remedy}")
    if bundled:
        return spacy.util.load_model_from_path(folder, **overrides)
    check_folder(folder)
    try:
        with collecting_again():
            nlp = spacy.util.load_model_from_path(folder, **overrides)
            check_components(nlp)
            for _ in nlp.pipe(_PROBES):
                pass
    except ModelError as error:
        raise ModelError(f"{folder}: {error}") from error
    except Exception as error:  # damaged weights raise anything
        raise ModelError(f"{folder}: damaged ({type(error).__name__}: {error})") from error
    return nlp


@cache
def _bundled() -> Language:
    return load()


def _pipeline(nlp: Language | None) -> Language:
    if nlp is not None:
        return nlp
    with _lock:
        return _bundled()


def extract(text: str | Document, *, nlp: Language | None = None, min_score: float = 0.0) -> Report:
    """Extract entities, relations and figures from one text.

    The bundled pipeline is loaded at the first call. Threads may call this at once;
    they take turns in using the pipeline.

    Args:
        text: the report, of any length, or a Document, of which the Report keeps blocks
            and file. Empty text gives an empty Report.
        nlp: a pipeline from :func:`load`; the bundled one if None.
        min_score: keep what is at least so probable, see :meth:`Report.at_least`.

    Raises:
        TypeError: ``text`` is not a str, or ``min_score`` not a number.
        InputError: ``text`` holds a lone surrogate, which no encoding can write.
        ValueError: ``min_score`` is not from 0 to 1.

    Warns:
        UserWarning: ``text`` is the name of a file, which :func:`read` would read.

    """
    check_min_score(min_score)
    (outcome,) = outcomes([_document(text)], nlp=nlp)
    if isinstance(outcome, Exception):
        raise outcome
    _warn_of_file_name(outcome, "unionie.read reads the file")
    return outcome.at_least(min_score)


def extract_many(
    texts: Iterable[str | Document],
    *,
    nlp: Language | None = None,
    min_score: float = 0.0,
    n_process: int = 1,
    on_error: Callable[[int, Exception], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[Report]:
    """Extract from many texts, lazily, in order and in bounded memory.

    A text yields the same alone and among others, whatever the number of processes.

    Args:
        texts: the reports, each a str or a Document; read as the results are asked for.
        nlp: a pipeline from :func:`load`; the bundled one if None. No other thread may use
            it by other ways than unionie's in the meantime.
        min_score: keep what is at least so probable, see :meth:`Report.at_least`.
        n_process: worker processes, each with its own copy of the pipeline; -1 for one
            a core. When one is killed, a new one takes its texts.
        on_error: called with the index of a text and the error it raised; that text
            yields no Report and the rest goes on. Without it the error is raised.
        on_progress: called with the number of characters that are done since the last
            call, those of a piece or, of several processes, a text.

    Raises:
        WorkerError: worker processes cannot be started, or a text ended two of them.

    Warns:
        UserWarning: a text is the name of a file, which :func:`read_many` would read.

    """
    if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        raise TypeError(
            f"expected a list or another iterable of texts, not {type(texts).__name__}; "
            "use unionie.extract for one text"
        )
    check_min_score(min_score)

    def tell(done: int, whole: int) -> None:
        if on_progress is not None:
            on_progress(done)

    found = outcomes(map(_document, texts), nlp=nlp, n_process=n_process, on_progress=tell)
    for index, outcome in enumerate(found):
        if isinstance(outcome, Report):
            _warn_of_file_name(outcome, "unionie.read_many reads files")
            yield outcome.at_least(min_score)
        elif on_error is None:
            raise outcome
        else:
            on_error(index, outcome)


def _document(text: str | Document) -> Document:
    return text if isinstance(text, Document) else Document(text)


def _warn_of_file_name(report: Report, remedy: str) -> None:
    """Warn, at the line that asked for the report, if its text is the name of a file."""
    if report.file is None and _names_a_file(report.text):
        warnings.warn(
            f"{report.text!r} is the name of a file, and its letters were read as a report; "
            f"{remedy}",
            stacklevel=3,
        )


def _names_a_file(text: str) -> bool:
    return (
        text.lower().endswith(tuple(SUFFIXES))
        and not any(char.isspace() for char in text)
        and os.path.isfile(text)  # unlike Path.is_file, False for what can be no name
    )


def read(path: str | Path, *, nlp: Language | None = None) -> Report:
    """Read a file and extract from it; the file's suffix says what it is.

    Args:
        path: a file with one of the suffixes :data:`unionie.files.SUFFIXES`.
        nlp: a pipeline from :func:`load`; the bundled one if None.

    Raises:
        InputError, MissingExtraError, OSError, TypeError: as :func:`unionie.read_document`.

    """
    return extract(read_document(path), nlp=nlp)


def read_many(
    paths: str | Path | Iterable[str | Path],
    *,
    nlp: Language | None = None,
    n_process: int = 1,
    on_error: Callable[[Path, Exception], None] | None = None,
) -> Iterator[Report]:
    """Read many files and extract from them, lazily and in order.

    Args:
        paths: files, or folders, whose documents are read at any depth. A document of a
            kind that is not read, such as .doc, is an error; pictures, archives and
            spreadsheets in a folder are passed over.
        nlp: a pipeline from :func:`load`; the bundled one if None.
        n_process: worker processes, as in :func:`extract_many`.
        on_error: called with the path of a file that cannot be read and the error, whose
            message names the file too; the rest goes on. Without it the error is raised.

    Raises:
        InputError: a folder holds no file that can be read.

    """
    if isinstance(paths, str | bytes) or not isinstance(paths, Iterable):
        paths = [as_path(paths)]
    files = find_files(paths)
    for file, outcome in zip(files, outcomes(files, nlp=nlp, n_process=n_process), strict=True):
        if isinstance(outcome, Report):
            yield outcome
            continue
        error = _about(file, outcome)
        if on_error is None:
            raise error
        on_error(file, error)


def _about(file: Path, error: Exception) -> Exception:
    """Return the error with the file in its message."""
    if isinstance(error, ExtractionError | WorkerError) and str(file) not in str(error):
        named = type(error)(f"{file}: {error}")
        named.__cause__ = error.__cause__
        return named
    return error


def outcomes(
    sources: Iterable[Source],
    *,
    nlp: Language | None = None,
    n_process: int = 1,
    on_progress: Callable[[int, int], None] = lambda done, whole: None,
) -> Iterator[Report | Exception]:
    """Yield what becomes of each source, in order: its Report or the error it raised.

    Args:
        sources: Documents, and paths of files, which the worker processes read; an error
            is passed through, so that what failed before keeps its place.
        nlp: as for :func:`extract_many`.
        n_process: as for :func:`extract_many`.
        on_progress: called with the characters of a text that are done since the last call,
            and all it has.

    """
    if n_process == 0 or n_process < -1:
        raise ValueError("n_process must be -1 or at least 1")
    pipeline = _pipeline(nlp)
    if n_process == 1:
        for source in sources:
            yield _outcome(source, pipeline, on_progress)
        return
    processes = count_cores() if n_process == -1 else n_process
    for outcome in run(_set_up, (pipeline,), _groups(sources), n_process=processes):
        if isinstance(outcome, Report):
            on_progress(len(outcome.text), len(outcome.text))
        yield outcome


def _set_up(nlp: Language) -> Callable[[list[Source]], list[Report | Exception]]:
    """Return what a worker process does."""
    return lambda sources: [_outcome(source, nlp) for source in sources]


def _groups(sources: Iterable[Source]) -> Iterator[list[Source]]:
    """Put short texts together, so that sending them costs little beside the work."""
    group: list[Source] = []
    size = 0
    for source in sources:
        group.append(source)
        text = source.text if isinstance(source, Document) else None
        size += len(text) if isinstance(text, str) else MAX_BATCH
        if size >= MAX_BATCH:
            yield group
            group, size = [], 0
    if group:
        yield group


def _outcome(
    source: Source,
    nlp: Language,
    on_progress: Callable[[int, int], None] = lambda done, whole: None,
) -> Report | Exception:
    if isinstance(source, Exception):
        return source
    try:
        if isinstance(source, Path):
            source = read_document(source)
        return _report(source, nlp, on_progress)
    except (OSError, TypeError, UnionieError) as error:
        return error
    except Exception as error:  # one bad text must not cost the rest
        failure = ExtractionError(f"this text cannot be processed: {error!r}")
        failure.__cause__ = error
        return failure


def _report(document: Document, nlp: Language, on_progress: Callable[[int, int], None]) -> Report:
    text = document.text
    check_text(text)
    entities: list[Entity] = []
    relations: list[Relation] = []
    scores: dict[Entity, float] = {}
    for batch in _batches(cut_pieces(text)):
        pieces = [(text[start:end], start) for start, end in batch]
        with _alone_with(nlp):
            for doc, start in nlp.pipe(pieces, as_tuples=True, batch_size=len(pieces)):
                found = spans_of(doc, start)
                entities += found[0]
                relations += found[1]
                scores |= found[2]
        for piece, _ in pieces:
            on_progress(len(piece), len(text))
    relations.sort()
    return Report(
        text=text,
        entities=tuple(entities),
        relations=tuple(relations),
        figures=build_figures(text, entities, relations, scores),
        blocks=document.blocks,
        file=document.file,
    )


def _batches(pieces: Iterable[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    # Of one text only: products of matrices differ in the last bits with their shapes, and
    # a text's scores must not depend on what else is in the batch.
    batch: list[tuple[int, int]] = []
    for start, end in pieces:
        if batch and end - batch[0][0] > MAX_BATCH:
            yield batch
            batch = []
        batch.append((start, end))
    if batch:
        yield batch


@contextmanager
def _alone_with(nlp: Language) -> Iterator[None]:
    """Keep other threads from the pipeline, and what it learns of words from staying.

    One BLAS thread is enough for matrices of this size, leaves the cores to the other
    processes, and gives the same bits whatever the number of cores.
    """
    with _lock, ExitStack() as stack:
        stack.enter_context(_blas().limit(limits=1, user_api="blas"))
        if not nlp.vocab.in_memory_zone:  # zones do not nest; the caller's does as well
            stack.enter_context(nlp.memory_zone())
        yield


@cache
def _blas() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def cut_pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield ``(start, end)`` of the pieces of ``text``: lines, without blank ones.

    A line longer than :data:`MAX_PIECE` is cut between sentences, a sentence longer
    than that after a comma, or anywhere if it has none.
    """
    first = end = 0
    for start, stop in sentence_spans(text):
        for _, cut in _cut_long(text, start, stop):
            if cut - first > MAX_PIECE:
                yield first, end
                first = end
            end = cut
        if _ends_line(text, stop):
            if text[first:end].strip():
                yield first, end
            first = end
    if text[first:end].strip():
        yield first, end


def _cut_long(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    while stop - start > MAX_PIECE:
        end = max(text.rfind(mark, start, start + MAX_PIECE) for mark in _CLAUSE_ENDS) + 1
        end = end if end > start else start + MAX_PIECE
        yield start, end
        start = end
    yield start, stop


def _ends_line(text: str, stop: int) -> bool:
    return text[stop - 1] in "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029"
