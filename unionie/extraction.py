"""From texts to reports: loading the pipeline and running it.

Texts of any length are cut at line breaks into pieces that are processed on their own;
because entities and relations never leave a sentence, and a sentence is read without
what stands around it, this changes nothing in the result.
"""

from __future__ import annotations

import gc
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unionie.document import Document
from unionie.errors import InputError, ModelError, UnionieError
from unionie.figures import build_figures
from unionie.files import find_files, read_document
from unionie.report import Report
from unionie.sentences import sentence_spans
from unionie.spacy_docs import spans_of
from unionie.values import Entity, Relation

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

#: The pipeline that ships with the package.
BUNDLED_MODEL = Path(__file__).parent / "model"

#: Pieces longer than this many characters are cut between sentences, and a sentence
#: longer than this at a comma; it bounds the memory that one sentence can take.
MAX_PIECE = 4000

# A loaded pipeline must get through these before it is given out.
_PROBES = ("5年来,市总工会在“送温暖”活动中帮扶职工3496户、1588万元,增长5%。", "ab c")
_CLAUSE_ENDS = "，,；;、：: 　"
_lock = threading.RLock()


def load(path: str | Path | None = None, **overrides: Any) -> Language:
    """Load a pipeline.

    A folder at ``path`` is taken for data: it is refused if it names anything but the
    parts of unionie's own pipelines, if it links elsewhere, or if its files are too large
    or damaged. To load a pipeline with components of your own, or of other packages, use
    ``spacy.load``, which trusts the folder.

    Args:
        path: the folder of a trained pipeline; the bundled one if None.
        **overrides: ``vocab``, ``disable``, ``enable``, ``exclude`` and ``config``, as
            ``spacy.load`` takes them.

    Returns:
        The spaCy Language; ``spacy.load("unionie")`` gives the same as ``load()``.

    Raises:
        ModelError: there is no pipeline at ``path``, or it is refused; the message names
            the file.

    """
    import spacy.util

    from unionie.pipeline_folder import check_components, check_folder

    folder = BUNDLED_MODEL if path is None else Path(path)
    if not (folder / "config.cfg").is_file():
        remedy = (
            "train one with training/project.yml, or reinstall unionie"
            if path is None
            else "give the folder that holds the pipeline's config.cfg"
        )
        raise ModelError(f"{folder}: no trained pipeline here; {remedy}")
    if path is None:
        return spacy.util.load_model_from_path(folder, **overrides)
    check_folder(folder)
    collecting = gc.isenabled()
    try:
        nlp = spacy.util.load_model_from_path(folder, **overrides)
        check_components(nlp)
        for _ in nlp.pipe(_PROBES):
            pass
    except ModelError as error:
        raise ModelError(f"{folder}: {error}") from error
    except Exception as error:  # damaged weights raise anything
        raise ModelError(f"{folder}: damaged ({type(error).__name__}: {error})") from error
    finally:
        if collecting:
            gc.enable()  # srsly leaves it off when a file is damaged
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
        TypeError: ``text`` is not a str.
        InputError: ``text`` holds a lone surrogate, which no encoding can write.

    """
    (report,) = extract_many([text], nlp=nlp, min_score=min_score)
    return report


def extract_many(
    texts: Iterable[str | Document],
    *,
    nlp: Language | None = None,
    min_score: float = 0.0,
    n_process: int = 1,
    batch_size: int = 64,
    on_error: Callable[[int, Exception], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[Report]:
    """Extract from many texts, lazily and in order.

    Args:
        texts: the reports, each a str or a Document; read as the results are asked for.
        nlp: a pipeline from :func:`load`; the bundled one if None.
        min_score: keep what is at least so probable, see :meth:`Report.at_least`.
        n_process: worker processes, each with its own copy of the pipeline; -1 for one
            a core.
        batch_size: pieces (mostly paragraphs) that are processed together.
        on_error: called with the index of a text and the error it raised; that text
            yields no Report and the rest goes on. Without it the error is raised.
        on_progress: called with the number of characters of each piece that is done.

    """
    if isinstance(texts, str):
        raise TypeError("expected many texts, not one str; use unionie.extract for one")
    if not 0 <= min_score <= 1:
        raise ValueError(f"min_score is a probability from 0 to 1, not {min_score}")
    if n_process == 0 or n_process < -1 or batch_size < 1:
        raise ValueError("n_process must be -1 or at least 1, batch_size at least 1")
    pipeline = _pipeline(nlp)
    stream = _Stream(texts, on_error)
    docs = iter(pipeline.pipe(stream.pieces(), batch_size=batch_size, n_process=n_process))
    while True:
        with _lock:  # a pipeline is not made for two threads at once
            doc = next(docs, None)
        if doc is None:
            break
        stream.take(doc)
        if on_progress is not None:
            on_progress(len(doc.text))
        yield from (report.at_least(min_score) for report in stream.finished())
    yield from (report.at_least(min_score) for report in stream.finished())


def read(path: str | Path, *, nlp: Language | None = None) -> Report:
    """Read a file and extract from it; the file's suffix says what it is.

    Args:
        path: a file with one of the suffixes :data:`unionie.files.SUFFIXES`.
        nlp: a pipeline from :func:`load`; the bundled one if None.

    Raises:
        InputError, MissingExtraError, OSError: as :func:`unionie.read_document`.

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
        paths: files, or folders whose files of known suffixes are read at any depth.
        nlp: a pipeline from :func:`load`; the bundled one if None.
        n_process: worker processes, as in :func:`extract_many`.
        on_error: called with the path of a file that cannot be read and the error; the
            rest goes on. Without it the error is raised.

    Raises:
        InputError: a folder holds no file that can be read.

    """
    files = find_files([paths] if isinstance(paths, str | Path) else paths)

    def documents() -> Iterator[Document]:
        for file in files:
            try:
                yield read_document(file)
            except (OSError, UnionieError) as error:
                if on_error is None:
                    raise
                on_error(file, error)

    yield from extract_many(documents(), nlp=nlp, n_process=n_process)


@dataclass(slots=True)
class _Job:
    """One document on its way through the pipeline, piece by piece."""

    document: Document
    entities: list[Entity] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    scores: dict[Entity, float] = field(default_factory=dict)
    waiting: int = 0
    cut: bool = False

    def report(self) -> Report:
        relations = tuple(sorted(self.relations))
        entities = tuple(self.entities)
        return Report(
            text=self.document.text,
            entities=entities,
            relations=relations,
            figures=build_figures(self.document.text, entities, relations, self.scores),
            blocks=self.document.blocks,
            file=self.document.file,
        )


class _Stream:
    """Cuts texts into pieces and puts what was found in the pieces together again.

    The pipeline returns Docs in the order of their texts, so two queues are enough.
    """

    def __init__(
        self, texts: Iterable[str | Document], on_error: Callable[[int, Exception], None] | None
    ) -> None:
        self._texts = texts
        self._on_error = on_error
        self._jobs: deque[_Job] = deque()
        self._places: deque[tuple[_Job, int]] = deque()

    def pieces(self) -> Iterator[str]:
        """Yield the pieces of all texts that can be read."""
        for index, given in enumerate(self._texts):
            document = given if isinstance(given, Document) else Document(given)
            text = document.text
            try:
                check_text(text)
            except (TypeError, InputError) as error:
                if self._on_error is None:
                    raise
                self._on_error(index, error)
                continue
            job = _Job(document)
            self._jobs.append(job)
            for start, end in cut_pieces(text):
                job.waiting += 1
                self._places.append((job, start))
                yield text[start:end]
            job.cut = True

    def take(self, doc: Doc) -> None:
        """Add what was found in the next piece."""
        job, offset = self._places.popleft()
        job.waiting -= 1
        entities, relations, scores = spans_of(doc, offset)
        job.entities += entities
        job.relations += relations
        job.scores |= scores

    def finished(self) -> Iterator[Report]:
        """Yield the reports that are complete, in order."""
        while self._jobs and self._jobs[0].cut and not self._jobs[0].waiting:
            yield self._jobs.popleft().report()


def check_text(text: object) -> None:
    """Refuse what is not a text.

    Raises:
        TypeError: ``text`` is not a str.
        InputError: ``text`` holds a lone surrogate.

    """
    if not isinstance(text, str):
        hint = "; decode bytes first, or use unionie.read_text" if isinstance(text, bytes) else ""
        raise TypeError(f"a report must be a str, not {type(text).__name__}{hint}")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"lone surrogate {text[error.start]!r} at offset {error.start}: the text was decoded "
            "wrongly; read it again with the right encoding"
        ) from error


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
