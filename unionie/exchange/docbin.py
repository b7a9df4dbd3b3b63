"""spaCy: a ``.spacy`` DocBin of one Doc a paragraph, as training data or for displaCy.

Code points are the tokens. Entities are in ``doc.ents``; relations and scores in
``doc._.relations`` and ``doc._.entity_scores``, which live in the user data together with
the origin of the paragraph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from unionie.annotation import Link, Paragraph, Span
from unionie.errors import AnnotationError
from unionie.exchange.origin import origin_of, with_origin

if TYPE_CHECKING:
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

_ORIGIN = "unionie_origin"


def dump(paragraphs: Iterable[Paragraph]) -> bytes:
    """Return a DocBin with user data, as bytes.

    Raises:
        AnnotationError: spans overlap, which ``doc.ents`` cannot hold.

    """
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    vocab = Vocab()
    docs = (_doc(vocab, paragraph) for paragraph in paragraphs)
    return DocBin(attrs=["ENT_IOB", "ENT_TYPE"], store_user_data=True, docs=docs).to_bytes()


def load(file: Path) -> Iterator[Paragraph | AnnotationError]:
    """Yield the paragraphs of a DocBin; its tokens may be any.

    Raises:
        AnnotationError: the file is no DocBin.

    """
    from spacy.tokens import DocBin
    from spacy.vocab import Vocab

    try:
        docs = list(DocBin().from_bytes(file.read_bytes()).get_docs(Vocab()))
    except OSError:
        raise
    except Exception as error:  # zlib's, msgpack's, numpy's and spaCy's own
        raise AnnotationError(
            f"{file}: no DocBin of this spaCy ({error}); write it again with DocBin.to_disk"
        ) from error
    for number, doc in enumerate(docs, start=1):
        try:
            yield _paragraph(doc, file, number)
        except AnnotationError as error:
            yield AnnotationError(f"{file}: doc {number}: {error}")


def _doc(vocab: Vocab, paragraph: Paragraph) -> Doc:
    from spacy.tokens import Doc

    from unionie.pipeline.annotations import DocRelation, set_entity_scores, set_relations

    chars = list(paragraph.text)
    doc = Doc(vocab, words=chars, spaces=[False] * len(chars))
    try:
        doc.set_ents([doc.char_span(s.start, s.end, label=s.label) for s in paragraph.spans])
    except ValueError as error:
        raise AnnotationError(
            f"{paragraph.doc}:{paragraph.line}: spans overlap; spaCy's entities cannot"
        ) from error
    scores = paragraph.scores
    set_relations(
        doc,
        (
            DocRelation(
                *(link.head.start, link.head.end, link.tail.start, link.tail.end, link.label),
                scores.get(link, 1.0),
            )
            for link in paragraph.links
        ),
    )
    if scores:
        set_entity_scores(doc, (scores.get(span, 1.0) for span in paragraph.spans))
    doc.user_data[_ORIGIN] = origin_of(paragraph)
    return doc


def _paragraph(doc: Doc, file: Path, number: int) -> Paragraph:
    from unionie.pipeline.annotations import get_relations

    spans = {
        (ent.start_char, ent.end_char): Span(ent.start_char, ent.end_char, ent.label_)
        for ent in doc.ents
    }
    links = []
    for relation in get_relations(doc):
        ends = (relation[0], relation[1]), (relation[2], relation[3])
        if missing := [edges for edges in ends if edges not in spans]:
            start, end = missing[0]
            raise AnnotationError(f"a relation names [{start}, {end}), which is no entity")
        links.append(Link(spans[ends[0]], spans[ends[1]], relation.label))
    paragraph = Paragraph(doc.text, tuple(spans.values()), tuple(links))
    origin = doc.user_data.get(_ORIGIN, {})
    return with_origin(paragraph, origin, file=file, number=number)
