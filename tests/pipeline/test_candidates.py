from __future__ import annotations

import numpy as np

from unionie.inline import parse_inline
from unionie.pipeline.candidates import FEATURES, featurize, split_sentences
from unionie.sentences import sentence_spans

LINE = (
    "[市总|O1]建立[工会|I1][3家|C1:I1,O1],“[金秋助学|G1]”[资助|I2][5人|C2:I2,G1]。"
    "[会员|I3]多。[去年|P1][2次|C3]"
)


def sentences_of(line: str):
    paragraph = parse_inline(line)
    return split_sentences(paragraph.text, list(sentence_spans(paragraph.text)), paragraph.spans)


def test_sentences_without_a_figure_are_left_out():
    assert [len(sentence.spans) for sentence in sentences_of(LINE)] == [6, 2]


def test_candidates_are_the_pairs_that_the_scheme_allows():
    first, second = sentences_of(LINE)
    pairs = {
        (first.text[h.start : h.end], c.relation, first.text[t.start : t.end])
        for c in first.candidates()
        for h, t in [(first.spans[c.head], first.spans[c.tail])]
    }
    assert pairs == {
        (figure, relation, tail)
        for figure in ("3家", "5人")
        for relation, tail in [
            ("BY", "市总"),
            ("MEASURES", "工会"),
            ("MEASURES", "资助"),
            ("MEASURES", "金秋助学"),
            ("UNDER", "金秋助学"),
        ]
    }
    assert [c.relation for c in second.candidates()] == ["DURING"]


def test_features_have_a_name_each_and_are_finite():
    for sentence in sentences_of(LINE):
        candidates = list(sentence.candidates())
        features = featurize(sentence, candidates)
        assert features.shape == (len(candidates), len(FEATURES))
        assert np.isfinite(features).all()
    assert len(set(FEATURES)) == len(FEATURES)


def test_features_do_not_depend_on_where_the_sentence_stands():
    alone = sentences_of(LINE)[0]
    shifted = sentences_of("开头。\n" + LINE)[0]
    np.testing.assert_array_equal(
        featurize(alone, list(alone.candidates())), featurize(shifted, list(shifted.candidates()))
    )


def test_no_candidates():
    (sentence,) = sentences_of("[5人|C1]")
    assert featurize(sentence, []).shape == (0, len(FEATURES))
