from __future__ import annotations

import pytest

from unionie.cross_validation import cross_validate
from unionie.errors import AnnotationError

LINE = "[今年|P1],[区总工会|O1]慰问[困难职工|I1][{n}户|C1:I1,O1,P1]。"


def test_every_document_is_read_once_by_a_pipeline_without_it(small_model, write_annotations):
    files = [write_annotations(f"r{n}", LINE.replace("{n}", str(n))) for n in range(11, 15)]
    corpus = write_annotations("r11x", *[LINE.replace("{n}", str(n)) for n in range(20, 30)])
    done: list[int] = []
    evaluation = cross_validate(
        files, 2, base=small_model, corpus=[corpus], epochs=30, on_fold=done.append
    )
    assert done == [1, 2]
    assert sorted(p.doc for p in evaluation.gold) == ["r11", "r12", "r13", "r14"]
    assert evaluation.score("entities, strict").counts.gold == 16
    assert evaluation.score("entities, strict").counts.f1 > 0.5
    assert "2-fold" in evaluation.model


@pytest.mark.parametrize("folds", [1, 3])
def test_folds_must_fit_the_documents(small_model, write_annotations, folds):
    files = [write_annotations(f"r{n}", LINE.replace("{n}", str(n))) for n in (11, 12)]
    with pytest.raises(AnnotationError, match="2 documents cannot be dealt"):
        cross_validate(files, folds, base=small_model)
