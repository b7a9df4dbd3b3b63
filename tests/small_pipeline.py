"""Small pipelines for the tests: quick to train, and without LAC's encoder."""

from __future__ import annotations

from collections.abc import Sequence

import spacy
from spacy.language import Language

from unionie.annotation import Paragraph
from unionie.pipeline.corpus import examples_of


def blank() -> Language:
    """Return a pipeline that has a tokenizer only, one of characters."""
    tokenizer = {"@tokenizers": "unionie.CharTokenizer.v1"}
    return spacy.blank("zh", config={"nlp": {"tokenizer": tokenizer}})


def untrained(*, width: int = 32, norms: int = 500, trees: int = 300) -> Language:
    """Return a pipeline with every component, none of them initialized.

    ``width`` is that of its network, ``norms`` the rows for characters in its embedding,
    ``trees`` the linker's.
    """
    embed = {
        "@architectures": "spacy.MultiHashEmbed.v2",
        "width": width,
        "attrs": ["NORM", "TAG"],
        "rows": [norms, 100],
        "include_static_vectors": False,
    }
    reader = {"@architectures": "unionie.SentenceReader.v1", "width": width, "embed": embed}
    model = {"@architectures": "unionie.TagScorer.v1", "reader": reader}
    nlp = blank()
    nlp.add_pipe("unionie_entities", name="entities", config={"model": model})
    nlp.add_pipe("unionie_linker", name="linker", config={"trees": trees})
    nlp.add_pipe("unionie_calibrator", name="calibrator")
    return nlp


def trained(paragraphs: Sequence[Paragraph]) -> Language:
    """Return a pipeline that knows ``paragraphs`` by heart."""
    nlp = untrained()
    examples = examples_of(nlp, [*paragraphs] * 4)
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    for _ in range(40):
        losses = nlp.update(examples_of(nlp, paragraphs), sgd=optimizer)
    assert losses["entities"] < 1
    return nlp
