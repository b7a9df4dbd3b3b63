from __future__ import annotations

import numpy as np
from inline import parse_inline

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


def features_of(*sentences):
    return featurize(sentences, [list(sentence.candidates()) for sentence in sentences])


def test_features_have_a_name_each_and_are_finite():
    for sentence in sentences_of(LINE):
        features = features_of(sentence)
        assert features.shape == (len(list(sentence.candidates())), len(FEATURES))
        assert np.isfinite(features).all()
    assert len(set(FEATURES)) == len(FEATURES)


def test_features_do_not_depend_on_where_the_sentence_stands():
    alone = sentences_of(LINE)[0]
    shifted = sentences_of("开头。\n" + LINE)[0]
    np.testing.assert_array_equal(features_of(alone), features_of(shifted))


def test_features_do_not_depend_on_the_sentences_beside():
    both = sentences_of(LINE)
    apart = np.concatenate([features_of(sentence) for sentence in both])
    np.testing.assert_array_equal(features_of(*both), apart)


def test_features_tell_what_stands_around_a_pair():
    # The figure 2 (5人) and the first indicator (工会), two spans and a comma away.
    sentence = sentences_of(LINE)[0]
    pairs = list(sentence.candidates())
    (row,) = [
        dict(zip(FEATURES, values, strict=True))
        for pair, values in zip(pairs, features_of(sentence).tolist(), strict=True)
        if (sentence.spans[pair.head].start, pair.relation)
        == (sentence.text.index("5人"), "MEASURES")
        and sentence.spans[pair.tail].start == sentence.text.index("工会")
    ]
    assert row["after"] == 0
    assert row["gap"] == len("3家,“金秋助学”资助")
    assert row["spans between"] == 3
    assert row["figures between"] == row["COUNT between"] == row["INDICATOR between"] == 1
    assert row["marks ，,"] == row["clauses between"] == 1
    assert row['marks “”"「」'] == 2
    assert row["from nearest before"] == 1
    assert row["first of label"] == 1
    assert row["only of label"] == 0
    assert row["sentence figures"] == row["sentence tails"] == 2
    assert row["tail touches figure after"] == 1
    assert row["conjunct of nearest"] == 0


def test_names_in_a_row_are_conjuncts():
    (sentence,) = sentences_of("[书屋|I1]、[驿站|I2][3个|C1:I1,I2]")
    assert features_of(sentence)[:, FEATURES.index("conjunct of nearest")].tolist() == [1, 0]


def test_no_candidates():
    (sentence,) = sentences_of("[5人|C1]")
    assert features_of(sentence).shape == (0, len(FEATURES))
