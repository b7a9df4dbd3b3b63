"""spaCy: a ``.spacy`` DocBin of one Doc a paragraph, as training data or for displaCy.

Code points are the tokens. Entities are in ``doc.ents``; relations and scores in
``doc._.relations`` and ``doc._.entity_scores``, which live in the user data together with
the origin of the paragraph.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from unionie.annotation import Paragraph
from unionie.errors import AnnotationError
from unionie.exchange.origin import origin_of, with_origin
from unionie.pipeline_folder import check_msgpack, collecting_again

if TYPE_CHECKING:
    from spacy.tokens import Doc, DocBin
    from spacy.vocab import Vocab

#: What a file may unpack to, in bytes: some five million tokens.
MAX_UNPACKED = 200_000_000
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
        AnnotationError: the file is no DocBin, or unpacks to more than :data:`MAX_UNPACKED`.

    """
    from spacy.vocab import Vocab

    try:
        with collecting_again():
            docs = list(_read(file).get_docs(Vocab()))
    except (AnnotationError, OSError):
        raise
    except Exception as error:  # zlib's, msgpack's, numpy's and spaCy's own
        raise AnnotationError(
            f"{file}: no DocBin of this spaCy ({error}); write it again with DocBin.to_disk"
        ) from error
    for number, doc in enumerate(docs, start=1):
        try:
            yield _paragraph(doc, file, number)
        except ValueError as error:  # ours, or spaCy's of entities that make no sense
            yield AnnotationError(f"{file}: doc {number}: {error}")


def _read(file: Path) -> DocBin:
    """Return the DocBin in ``file``, which may come from a stranger."""
    from spacy.tokens import DocBin

    packed = file.read_bytes()
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(packed, MAX_UNPACKED)
    if len(data) >= MAX_UNPACKED and not unpacker.eof:
        raise AnnotationError(
            f"{file}: unpacks to more than {MAX_UNPACKED / 1e6:.0f} MB; write several files"
        )
    check_msgpack(data, name="its content")
    docs = DocBin().from_bytes(packed)
    for user_data in filter(None, docs.user_data):
        check_msgpack(user_data, name="its user data")
    docs.span_groups = [b""] * len(docs)  # not read
    return docs


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
    from unionie.pipeline.annotations import read_doc

    origin = doc.user_data.get(_ORIGIN, {})
    return read_doc(doc, with_origin(Paragraph(doc.text), origin, file=file, number=number))
