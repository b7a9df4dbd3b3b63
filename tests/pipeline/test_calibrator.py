import pytest
from inline import parse_inline
from small_pipeline import blank
from spacy.tokens import Doc

from unionie.errors import ModelError
from unionie.pipeline.annotations import set_entity_scores, set_figure_scores, set_relations
from unionie.pipeline.calibration import Calibration
from unionie.pipeline.calibrator import Calibrator
from unionie.pipeline.corpus import make_reference

GOLD = parse_inline("[市总|O1]筹[资|I1][30万元|M1:I1,O1]。")


@pytest.fixture(scope="module")
def nlp():
    return blank()


def scored(nlp, score: float) -> Doc:
    doc = make_reference(nlp, GOLD)
    set_entity_scores(doc, [score] * len(doc.ents))
    set_relations(doc, [relation._replace(score=score) for relation in doc._.relations])
    set_figure_scores(doc, [score])
    return doc


def test_without_curves_a_relation_needs_its_spans_and_a_figure_all_of_them(nlp):
    doc = Calibrator(nlp.vocab, "calibrator")(scored(nlp, 0.5))
    assert doc._.entity_scores == (0.5, 0.5, 0.5)
    assert [relation.score for relation in doc._.relations] == [0.125, 0.125]
    assert doc._.figure_scores == (0.0625,)


def test_without_a_linker_entities_are_calibrated_all_the_same(nlp):
    doc = make_reference(nlp, GOLD.with_annotation(GOLD.spans, ()))
    set_entity_scores(doc, [0.5] * len(doc.ents))
    doc = Calibrator(nlp.vocab, "calibrator")(doc)
    assert doc._.entity_scores == (0.5, 0.5, 0.5)
    assert doc._.figure_scores == ()


def test_fitted_scores_say_how_often_such_answers_were_right(nlp):
    wrong = GOLD.with_annotation([span for span in GOLD.spans if span.label != "ORG"], ())
    pairs = [(scored(nlp, 0.9), gold) for gold in [GOLD] * 60 + [wrong] * 40]
    calibrator = Calibrator(nlp.vocab, "calibrator")
    calibrator.fit(pairs)
    doc = calibrator(scored(nlp, 0.9))
    assert doc._.entity_scores[0] == pytest.approx(0.6, abs=0.02)  # ORG
    assert doc._.entity_scores[1] == pytest.approx(0.9)  # INDICATOR was never wrong
    assert all(r.score == pytest.approx(0.6, abs=0.02) for r in doc._.relations)
    assert doc._.figure_scores[0] == pytest.approx(0.6, abs=0.02)


def test_curves_survive_the_disk(nlp, tmp_path):
    calibrator = Calibrator(nlp.vocab, "calibrator")
    calibrator.curves = {"ORG": Calibration(0.5, 2.0, -0.25)}
    calibrator.to_disk(tmp_path)
    again = Calibrator(nlp.vocab, "calibrator").from_disk(tmp_path)
    assert again(scored(nlp, 0.7))._.entity_scores == calibrator(scored(nlp, 0.7))._.entity_scores


@pytest.mark.parametrize("data", [b"", b"[1, 2]", b'{"ORG": 3}', b'{"ORG": [1, "x", 2]}', b"\xff"])
def test_damaged_curves_are_refused(nlp, data):
    with pytest.raises(ModelError, match="damaged"):
        Calibrator(nlp.vocab, "calibrator").from_bytes(data)


def test_empty_doc(nlp):
    doc = Calibrator(nlp.vocab, "calibrator")(nlp.make_doc(""))
    assert (doc._.entity_scores, doc._.relations, doc._.figure_scores) == ((), (), ())
