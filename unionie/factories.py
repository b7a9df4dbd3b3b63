"""What unionie registers with spaCy, found through the entry points in pyproject.toml.

spaCy imports this module whenever any pipeline is made in the environment. So it
imports nothing but spaCy and its thinc, and each factory imports what it needs when called.
"""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from thinc.api import Model

if TYPE_CHECKING:
    from unionie.pipeline.calibrator import Calibrator
    from unionie.pipeline.entities import EntityRecognizer
    from unionie.pipeline.linker import Linker
    from unionie.pipeline.own_linker import OwnLinker

_DEFAULT_MODEL = {
    "@architectures": "unionie.TagScorer.v1",
    "reader": {
        "@architectures": "unionie.SentenceReader.v1",
        "width": 128,
        "embed": {
            "@architectures": "spacy.MultiHashEmbed.v2",
            "width": 96,
            "attrs": ["NORM", "TAG"],
            "rows": [4000, 200],
            "include_static_vectors": False,
        },
    },
}


@Language.factory(
    "unionie_entities",
    assigns=["doc.ents"],
    default_config={
        "model": _DEFAULT_MODEL,
        "scorer": {"@scorers": "unionie.entity_scorer.v1"},
    },
    default_score_weights={"ents_f": 1.0, "ents_p": 0.0, "ents_r": 0.0, "ents_per_type": None},
)
def make_entities(
    nlp: Language, name: str, model: Model, scorer: Callable[..., dict[str, Any]]
) -> "EntityRecognizer":
    """Create the entity recognizer; see :class:`unionie.pipeline.entities.EntityRecognizer`."""
    from unionie.pipeline.entities import EntityRecognizer

    return EntityRecognizer(nlp.vocab, model, name, scorer)


@Language.factory(
    "unionie_linker",
    requires=["doc.ents"],
    default_config={
        "threshold": 0.5,
        "trees": 300,
        "depth": 6,
        "learning_rate": 0.1,
        "seed": 0,
        "scorer": {"@scorers": "unionie.relation_scorer.v1"},
    },
    default_score_weights={
        "relations_f": 1.0,
        "relations_p": 0.0,
        "relations_r": 0.0,
        "relations_per_type": None,
    },
)
def make_linker(
    nlp: Language,
    name: str,
    scorer: Callable[..., dict[str, Any]],
    threshold: float,
    trees: int,
    depth: int,
    learning_rate: float,
    seed: int,
) -> "Linker":
    """Create the linker; see :class:`unionie.pipeline.linker.Linker` for the settings."""
    from unionie.pipeline.linker import Linker

    return Linker(
        nlp.vocab,
        name,
        scorer,
        threshold=threshold,
        trees=trees,
        depth=depth,
        learning_rate=learning_rate,
        seed=seed,
    )


@Language.factory("unionie_calibrator", requires=["doc.ents"])
def make_calibrator(nlp: Language, name: str) -> "Calibrator":
    """Create the calibrator; see :class:`unionie.pipeline.calibrator.Calibrator`."""
    from unionie.pipeline.calibrator import Calibrator

    return Calibrator(nlp.vocab, name)


@Language.factory(
    "unionie_own_linker",
    requires=["doc.ents"],
    default_config={"threshold": 0.5, "trees": 300, "depth": 6, "learning_rate": 0.1, "seed": 0},
)
def make_own_linker(
    nlp: Language,
    name: str,
    relations: dict[str, list[str]],
    single: list[str],
    threshold: float,
    trees: int,
    depth: int,
    learning_rate: float,
    seed: int,
) -> "OwnLinker":
    """Create the own linker; see :class:`unionie.pipeline.own_linker.OwnLinker`."""
    from unionie.pipeline.own_linker import OwnLinker

    return OwnLinker(
        nlp.vocab,
        name,
        relations=relations,
        single=single,
        threshold=threshold,
        trees=trees,
        depth=depth,
        learning_rate=learning_rate,
        seed=seed,
    )
