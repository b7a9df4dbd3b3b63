"""The whole way round: a report is read, corrected, learned from, and read better."""

from __future__ import annotations

import pytest
from small_pipeline import untrained

from unionie.annotation import annotation_files, dump_annotations, read_annotations
from unionie.assessment import evaluate
from unionie.pipeline.corpus import examples_of
from unionie.training import Settings, train


@pytest.fixture(scope="module")
def settings_only(root, tmp_path_factory):
    """Return the folder of a pipeline that was only initialized, without an encoder."""
    nlp = untrained(width=64, norms=3000, trees=60)
    some = list(read_annotations(annotation_files(root / "annotations" / "seeds")[1]))[:20]
    nlp.initialize(lambda: examples_of(nlp, some))
    folder = tmp_path_factory.mktemp("base") / "model"
    nlp.to_disk(folder)
    return folder


@pytest.mark.slow
def test_a_corrected_report_makes_the_pipeline_better_on_the_rest_of_it(
    root, tmp_path, settings_only
):
    annotations = root / "annotations"
    first, *others = annotation_files(annotations / "seeds")
    corpus = [*others, *annotation_files(annotations / "corpus" / "train")[::40]]
    elsewhere = annotation_files(annotations / "corpus" / "dev")[::2]

    # Every second paragraph of the report is corrected; the annotators' reading stands for
    # the correction. The others are never seen in training.
    paragraphs = [p for p in read_annotations(first) if p.spans]
    corrected = tmp_path / first.name
    corrected.write_text(dump_annotations(paragraphs[::2]), encoding="utf-8")
    rest = paragraphs[1::2]

    before, after = tmp_path / "before", tmp_path / "after"
    train(corpus, before, base=settings_only, from_scratch=True,
          settings=Settings(epochs=8, learn_rate=0.005, dev_share=0))  # fmt: skip
    # What has learned little yet can take larger steps than the bundled pipeline.
    train([corrected], after, base=before, corpus=corpus,
          settings=Settings(epochs=4, learn_rate=0.002))  # fmt: skip

    def f1(model, gold, section: str) -> float:
        return evaluate(model, gold).score(section).counts.f1

    for section in ("entities, strict", "relations from raw text, strict"):
        assert f1(after, rest, section) > f1(before, rest, section)
        assert f1(after, elsewhere, section) > f1(before, elsewhere, section) - 0.03
