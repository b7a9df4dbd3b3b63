from __future__ import annotations

import numpy as np
from small_pipeline import blank

import unionie
from unionie.evaluation import annotate
from unionie.own_labels import scheme_of
from unionie.pipeline.corpus import examples_of
from unionie.pipeline.lac import NODE, WEIGHTS
from unionie.schema import SHIPPED, Scheme
from unionie.untrained import continue_from, start_afresh

PLACE = Scheme(("PLACE",), {"AT": ("PLACE",)}, ("AT",))


def test_new_labels_take_nothing_from_what_is_known(small_model, paragraphs):
    base = unionie.load(small_model)
    grown = continue_from(unionie.load(small_model), PLACE, examples_of(base, paragraphs))
    assert scheme_of(grown) == PLACE
    assert grown.pipe_names == ["entities", "linker", "own_linker", "calibrator"]
    grown.remove_pipe("own_linker")  # not fitted yet
    assert annotate(grown, paragraphs) == annotate(base, paragraphs) == paragraphs


def test_without_new_labels_the_pipeline_is_the_same(small_model, paragraphs):
    base = unionie.load(small_model)
    assert continue_from(base, SHIPPED, examples_of(base, paragraphs)) is base


def test_afresh_nothing_is_known_but_the_settings(small_model, paragraphs):
    base = unionie.load(small_model)
    nlp = start_afresh(base, SHIPPED, examples_of(base, paragraphs))
    assert nlp.config["components"] == base.config["components"]
    assert nlp.get_pipe("linker").models == {}
    weights = [
        pipe.get_pipe("entities").model.get_ref("output").get_param("W") for pipe in (base, nlp)
    ]
    assert not np.allclose(*weights)


def test_afresh_the_encoder_is_as_published(paragraphs):
    nlp = blank()
    embed = {"@architectures": "unionie.LacEncoder.v1", "tuning": 0.1}
    reader = {"@architectures": "unionie.SentenceReader.v1", "width": 8, "embed": embed}
    model = {"@architectures": "unionie.TagScorer.v1", "reader": reader}
    entities = nlp.add_pipe("unionie_entities", name="entities", config={"model": model})
    draw = np.random.default_rng(0)
    (lac,) = [node for node in entities.model.walk() if node.name == NODE]
    shapes = {"embedding": (4, 6), "bias": (2, 6 * 128), "recurrent": (2, 3 * 128, 128)}
    for name in lac.param_names:
        kind = name.removeprefix("tuned_").rsplit("_", 1)[0]
        inputs = 6 if name.endswith("1") else 256
        shape = shapes.get(kind, (2, 3 * 128, inputs))
        lac.set_param(name, draw.normal(size=shape).astype("float32"))
    lac.attrs.update(characters="工会\0", rows=np.array([1, 2, 3], "int32").tobytes())
    fresh = start_afresh(nlp, SHIPPED, examples_of(nlp, paragraphs))
    (encoder,) = [n for n in fresh.get_pipe("entities").model.walk() if n.name == NODE]
    assert encoder.attrs["characters"] == "工会\0"
    for name in lac.param_names:
        expected = lac.get_param(name) if name in WEIGHTS else 0
        assert (encoder.get_param(name) == expected).all(), name
