"""Annotated paragraphs as spaCy training examples."""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from unionie.annotation import Paragraph, read_annotations
from unionie.errors import AnnotationError
from unionie.pipeline.annotations import DocRelation, set_relations


def make_corpus(paths: list[Path]) -> Callable[[Language], Iterator[Example]]:
    """Return a corpus reader over annotation files or folders.

    Registered as ``unionie.AnnotationCorpus.v1``, for ``[corpora]`` in a config.
    """

    def read(nlp: Language) -> Iterator[Example]:
        for path in paths:
            for paragraph in read_annotations(path):
                yield make_example(nlp, paragraph)

    return read


def make_example(nlp: Language, paragraph: Paragraph) -> Example:
    """Return an example whose prediction is empty and whose reference is ``paragraph``."""
    return Example(nlp.make_doc(paragraph.text), make_reference(nlp, paragraph))


def make_reference(nlp: Language, paragraph: Paragraph) -> Doc:
    """Return the Doc that ``paragraph`` describes.

    Raises:
        AnnotationError: a span does not fall on the tokenizer's boundaries.

    """
    doc = nlp.make_doc(paragraph.text)
    entities = []
    for span in paragraph.spans:
        entity = doc.char_span(span.start, span.end, label=span.label)
        if entity is None:
            raise AnnotationError(
                f"{paragraph.doc}:{paragraph.line}: “{paragraph.surface(span)}” cuts a token"
            )
        entities.append(entity)
    doc.set_ents(entities)
    set_relations(
        doc,
        (
            DocRelation(link.head.start, link.head.end, link.tail.start, link.tail.end, link.label)
            for link in paragraph.links
        ),
    )
    return doc


def examples_of(nlp: Language, paragraphs: Iterable[Paragraph]) -> list[Example]:
    """Return an example for each of ``paragraphs``."""
    return [make_example(nlp, paragraph) for paragraph in paragraphs]
