import numpy as np
import pytest
from inline import parse_inline

from unionie.confidence import (
    Answer,
    annotation_of,
    calibration_error,
    collect_answers,
    coverage,
    reliability,
)
from unionie.figures import build_figures
from unionie.report import Report
from unionie.values import Entity, Relation


def report_of(line: str, score: float) -> Report:
    paragraph = parse_inline(line)
    made = {
        span: Entity(span.start, span.end, span.label, paragraph.surface(span), score)
        for span in paragraph.spans
    }
    entities = tuple(made.values())
    relations = tuple(Relation(made[k.head], made[k.tail], k.label, score) for k in paragraph.links)
    figures = build_figures(paragraph.text, entities, relations)
    return Report(paragraph.text, entities, relations, figures)


def test_answers_of_a_report():
    gold = parse_inline("[市总|O1][筹资|I1][30万元|M1:I1,O1]。", doc="d")
    report = report_of("[市总|O1]筹[资|I1][30万元|M1:I1,O1]。", 0.8)
    assert annotation_of(report).spans[0] == gold.spans[0]
    answers = list(collect_answers([gold], [report]))
    assert [(a.kind, a.label, a.right) for a in answers] == [
        ("entity", "ORG", True),
        ("entity", "INDICATOR", False),
        ("entity", "MONEY", True),
        ("relation", "BY", True),
        ("relation", "MEASURES", False),
        ("figure", "MONEY", False),
    ]
    assert {(a.doc, a.score) for a in answers} == {("d", 0.8)}


@pytest.fixture
def honest():
    rng = np.random.default_rng(0)
    scores = rng.uniform(size=3000)
    return [
        Answer(f"d{number % 30}", "entity", "ORG", float(score), bool(rng.uniform() < score))
        for number, score in enumerate(scores)
    ]


def test_honest_scores_are_reliable(honest):
    parts = reliability(honest)
    assert len(parts) == 10
    assert sum(part.answers for part in parts) == 3000
    assert all(abs(part.score - part.precision) < 0.1 for part in parts)
    assert all(part.low <= part.precision <= part.high for part in parts)
    assert calibration_error(honest) < 0.05


def test_boasting_scores_are_not(honest):
    boasting = [Answer(a.doc, a.kind, a.label, 0.99, a.right) for a in honest]
    assert calibration_error(boasting) > 0.4


def test_coverage_falls_and_precision_rises(honest):
    points = coverage(honest, [0.0, 0.5, 0.9, 1.1])
    assert [point.min_score for point in points] == [0.0, 0.5, 0.9]  # nothing is above 1
    assert points[0].coverage == 1.0
    assert points[0].coverage > points[1].coverage > points[2].coverage
    assert points[0].precision < points[1].precision < points[2].precision
    assert points[2].precision > 0.9


def test_no_answers():
    assert reliability([]) == []
    assert coverage([], [0.0]) == []
    assert calibration_error([]) == 0.0
