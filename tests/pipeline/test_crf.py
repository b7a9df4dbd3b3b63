"""The CRF against sums over all tag sequences, written out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from unionie.pipeline.crf import CRF, _groups, decode_spans, encode_spans, tag_count

LABELS = 2
TAGS = tag_count(LABELS)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def crf(rng):
    return CRF(rng.normal(size=(TAGS + 1, TAGS + 1)), LABELS)


@pytest.fixture
def sequences(rng):
    return [rng.normal(size=(length, TAGS)) for length in (3, 1, 4, 2)]


def log_score(crf, emissions, tags):
    path = [TAGS, *tags, TAGS]
    moves = sum(crf.scores[a, b] for a, b in itertools.pairwise(path))
    return moves + sum(emissions[i, tag] for i, tag in enumerate(tags))


def all_paths(crf, emissions):
    paths = list(itertools.product(range(TAGS), repeat=len(emissions)))
    scores = np.array([log_score(crf, emissions, tags) for tags in paths])
    return paths, scores, np.logaddexp.reduce(scores)


@pytest.mark.parametrize(
    "spans", [[], [(0, 1, 0)], [(0, 2, 1)], [(1, 4, 0), (4, 5, 0)], [(0, 5, 1)], [(2, 4, 1)]]
)
def test_spans_survive_tags(spans):
    assert decode_spans(encode_spans(spans, 5)) == spans


def test_best_path_is_the_best_of_all(crf, sequences):
    for emissions, best in zip(sequences, crf.best(sequences), strict=True):
        paths, scores, _ = all_paths(crf, emissions)
        assert tuple(best) == paths[scores.argmax()]


def test_span_probability_is_the_share_of_all_paths_with_it(crf, sequences):
    spans = [[(0, min(2, len(emissions)), 1)] for emissions in sequences]
    found = crf.span_probabilities(sequences, spans)
    for emissions, (span,), (probability,) in zip(sequences, spans, found, strict=True):
        paths, scores, total = all_paths(crf, emissions)
        # Impossible paths weigh nothing; decode_spans is only meant for possible ones.
        share = sum(
            np.exp(score - total)
            for tags, score in zip(paths, scores, strict=True)
            if score > -1000 and span in decode_spans(np.array(tags))
        )
        assert probability == pytest.approx(share)


def test_loss_is_the_negative_log_likelihood(crf, sequences):
    gold = [encode_spans([(0, 1, 1)], len(emissions)) for emissions in sequences]
    loss, _, _ = crf.gradient(sequences, gold)
    by_hand = sum(
        all_paths(crf, emissions)[2] - log_score(crf, emissions, tags)
        for emissions, tags in zip(sequences, gold, strict=True)
    )
    assert loss == pytest.approx(by_hand)


def test_gradients_are_those_of_the_loss(rng, sequences):
    transitions = rng.normal(size=(TAGS + 1, TAGS + 1))
    gold = [encode_spans([(0, 1, 1)], len(emissions)) for emissions in sequences]
    loss, d_emissions, d_transitions = CRF(transitions, LABELS).gradient(sequences, gold)
    step = 1e-6
    for index, place in [(0, (1, 2)), (1, (0, 8)), (2, (3, 5))]:
        moved = [emissions.copy() for emissions in sequences]
        moved[index][place] += step
        change = CRF(transitions, LABELS).gradient(moved, gold)[0] - loss
        assert d_emissions[index][place] == pytest.approx(change / step, abs=1e-4)
    for place in [(TAGS, 1), (1, 3), (0, 0), (8, TAGS), (1, 7)]:
        moved_transitions = transitions.copy()
        moved_transitions[place] += step
        change = CRF(moved_transitions, LABELS).gradient(sequences, gold)[0] - loss
        assert d_transitions[place] == pytest.approx(change / step, abs=1e-4)


def test_nothing_to_tag(crf):
    assert crf.best([]) == []
    assert crf.span_probabilities([], []) == []


def test_extreme_scores_stay_finite(crf, rng):
    emissions = [rng.normal(size=(50, TAGS)) * 300]
    (tags,) = crf.best(emissions)
    spans = [decode_spans(tags)]
    assert np.isfinite(crf.span_probabilities(emissions, spans)[0]).all()
    loss, gradient, _ = crf.gradient(emissions, [encode_spans([], 50)])
    assert np.isfinite(loss)
    assert np.isfinite(gradient[0]).all()


def test_what_is_padded_together_is_bounded_and_nothing_is_lost(crf, rng, monkeypatch):
    sequences = [rng.normal(size=(length, TAGS)) for length in (1, 9, 2, 40, 1, 3, 9)]
    whole = crf.best(sequences), crf.span_probabilities(sequences, [[(0, 1, 0)]] * 7)
    monkeypatch.setattr("unionie.pipeline.crf._POSITIONS", 20)
    groups = list(_groups(sequences))
    assert sorted(itertools.chain(*groups)) == list(range(7))
    assert all(len(g) == 1 or len(g) * len(sequences[g[0]]) <= 20 for g in groups)
    for left, right in zip(whole[0], crf.best(sequences), strict=True):
        assert left.tolist() == right.tolist()
    again = crf.span_probabilities(sequences, [[(0, 1, 0)]] * 7)
    assert again == [pytest.approx(found) for found in whole[1]]
