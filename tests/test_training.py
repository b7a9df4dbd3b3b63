from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import spacy

import unionie
from unionie.annotation import Link, Paragraph, Span, dump_annotations
from unionie.digest import digest_annotations
from unionie.errors import (
    AnnotationError,
    LabelsError,
    MissingExtraError,
    ModelError,
    TrainingError,
    UnionieError,
)
from unionie.evaluation import Counts, Score, annotate
from unionie.extraction import BUNDLED_MODEL
from unionie.own_labels import scheme_of
from unionie.training import (
    CONTINUED_EPOCHS,
    NEW_LABEL_UPDATES,
    Epoch,
    Settings,
    Training,
    read_data,
    train,
)

NEW = [
    "[今年|P1],[区总工会|O1]慰问[困难职工|I1][{n}户|C1:I1,O1,P1]。",
    "[去年|P1]培训[女职工|I1][{n}人|C1:I1,P1],支出[培训费|I2][{n}万元|M1:I2,P1]。",
]


def lines(number: int) -> list[str]:
    return [line.replace("{n}", str(number)) for line in NEW]


@pytest.fixture
def report(write_annotations):
    return write_annotations("mine", *lines(31))


@pytest.fixture
def reports(write_annotations):
    """Ten documents, each a file."""
    files = [write_annotations(f"many/r{n}", *lines(n)) for n in range(11, 21)]
    return files[0].parent


def weights(folder) -> list[np.ndarray]:
    model = unionie.load(folder).get_pipe("entities").model
    return [n.get_param(name) for n in model.walk() for name in n.param_names if n.has_param(name)]


# Data


def test_every_fault_of_every_file_is_named_before_anything_is_trained(
    tmp_path, small_model, report
):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "a.jsonl").write_text("{}\nnot json\n", encoding="utf-8")
    wrong = Paragraph(
        "市总走访5户", (Span(0, 2, "ORGAN"), Span(4, 6, "COUNT"), Span(5, 6, "MONEY"))
    )
    (tmp_path / "bad" / "b.jsonl").write_text(dump_annotations([wrong]), encoding="utf-8")
    with pytest.raises(AnnotationError) as caught:
        Training([report, tmp_path / "bad"], tmp_path / "out", base=small_model)
    message = str(caught.value)
    assert "4 faults" in message
    for place in ("a.jsonl:1", "a.jsonl:2", "b.jsonl:1:0-2: error label", "error overlap"):
        assert place in message
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bad", "mine.jsonl"]


def test_whole_documents_are_held_out_and_stay_so(reports, write_annotations):
    data = read_data([reports], dev_share=0.2)
    held_out = {p.doc for p in data.dev}
    assert len(held_out) == 2
    assert len(data.dev) == 4
    assert held_out.isdisjoint({p.doc for p in data.new})
    assert read_data([reports], dev_share=0.2) == data
    more = read_data([reports, write_annotations("r99", *lines(99))], dev_share=0.2)
    assert held_out & {p.doc for p in more.dev}


def test_few_documents_are_all_learned_from(report):
    data = read_data([report], dev_share=0.5)
    assert not data.dev
    assert len(data.new) == 2


def test_a_corrected_document_takes_the_place_of_the_corpus_own(reports, write_annotations):
    corrected = write_annotations("r15", lines(15)[0])
    data = read_data([corrected], corpus=[reports])
    assert [p.doc for p in data.train].count("r15") == 1
    assert len(data.corpus) == 18


def test_a_corrected_text_under_another_name_takes_the_place_of_the_corpus_own(
    reports, write_annotations
):
    corrected = write_annotations("corrected", *lines(15))
    held_out = write_annotations("held-out", *lines(16), lines(15)[0])
    data = read_data([corrected], corpus=[reports], dev=[held_out])
    assert {p.doc for p in data.corpus}.isdisjoint({"r15", "r16"})
    assert len(data.corpus) == 16
    assert [p.line for p in data.dev] == [1, 2]  # the third is trained on


def test_a_held_out_document_cannot_be_trained_on_under_another_name(report, write_annotations):
    with pytest.raises(AnnotationError, match="every held-out paragraph"):
        read_data([report], dev=[write_annotations("copy", *lines(31))])


def test_a_held_out_document_cannot_be_trained_on(report):
    with pytest.raises(AnnotationError, match=r"held-out.*mine"):
        read_data([report], dev=[report])


def test_a_file_names_its_document(tmp_path):
    path = tmp_path / "unnamed.jsonl"
    path.write_text(dump_annotations([Paragraph("只有文字。")]), encoding="utf-8")
    assert read_data([path]).new[0].doc == "unnamed"


def test_nothing_to_learn_from(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    with pytest.raises(AnnotationError, match="not one paragraph"):
        read_data([tmp_path / "empty.jsonl"])
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_data([tmp_path / "nowhere"])


# Training


def test_it_learns_and_does_not_forget(tmp_path, small_model, report, paragraphs):
    output = tmp_path / "out"
    epochs: list[Epoch] = []
    train(
        [report],
        output,
        base=small_model,
        settings=Settings(epochs=25, learn_rate=0.01),
        on_epoch=epochs.append,
    )
    assert [epoch.number for epoch in epochs] == list(range(26))
    nlp = spacy.load(output)
    gold = list(read_data([report]).new)
    assert annotate(nlp, gold)[0].spans == gold[0].spans
    base = unionie.load(small_model)
    assert nlp.get_pipe("linker").to_bytes() == base.get_pipe("linker").to_bytes()
    assert nlp.get_pipe("calibrator").curves == base.get_pipe("calibrator").curves
    assert not (tmp_path / "out.training").exists()
    assert unionie.extract(gold[0].text, nlp=unionie.load(output)).figures


def test_meta_says_where_it_came_from(tmp_path, small_model, report, reports):
    training = Training(
        [report],
        tmp_path / "out",
        base=small_model,
        corpus=[reports],
        settings=Settings(epochs=1),
    )
    list(training.epochs())
    training.finish()
    meta = json.loads((tmp_path / "out" / "meta.json").read_text(encoding="utf-8"))["unionie"]
    assert meta["annotations_digest"] == digest_annotations(training.data.train)
    assert meta["documents"] == 11
    assert meta["from_scratch"] is False
    assert meta["trained_on"] == sorted(["mine", *(f"r{n}" for n in range(11, 21))])
    assert meta["held_out"] == []

    again = Training([reports], tmp_path / "again", base=tmp_path / "out")
    held_out = {p.doc for p in again.data.dev}
    assert any(line.endswith(f": {', '.join(sorted(held_out))}") for line in again.plan())
    assert set(again._origin()["held_out"]) == held_out
    assert held_out < set(again._origin()["trained_on"])  # by the base, before


def test_meta_holds_no_more_names_than_it_has_room_for(tmp_path, small_model, report, monkeypatch):
    monkeypatch.setattr("unionie.training._NAMES_SIZE", 5)
    assert Training([report], tmp_path / "out", base=small_model)._origin()["trained_on"] == []


def test_the_corpus_refits_the_linker_and_enough_documents_the_calibrator(
    tmp_path, small_model, reports, paragraphs, write_annotations, monkeypatch
):
    monkeypatch.setattr("unionie.training.CALIBRATE_FROM", (2, 4))
    corpus = write_annotations("corpus", *lines(77))
    training = Training(
        [reports], tmp_path / "out", base=small_model, corpus=[corpus], settings=Settings(epochs=1)
    )
    assert training.refits_linker
    assert training.calibrates
    assert "linker: fitted to all of these" in training.plan()
    stages: list[str] = []
    epochs = list(training.epochs(on_stage=stages.append))
    assert all(epoch.entities is not None for epoch in epochs)
    nlp = training.finish(stages.append)
    assert stages == ["fitting the linker", "fitting the calibrator", f"writing {training.output}"]
    assert (
        nlp.get_pipe("linker").to_bytes() != unionie.load(small_model).get_pipe("linker").to_bytes()
    )
    assert "COUNT" in nlp.get_pipe("calibrator").curves


def test_an_epoch_replays_a_share_of_the_corpus(tmp_path, small_model, report, reports):
    training = Training(
        [report], tmp_path / "out", base=small_model, corpus=[reports], settings=Settings(replay=2)
    )
    one, two = training._choose(1), training._choose(2)
    assert {0, 1} <= {*one} & {*two}
    assert one != two
    replayed = sum(len(training.data.train[i].text) for i in one if i > 1)
    new = sum(len(p.text) for p in training.data.new)
    assert 2 * new <= replayed < 3.5 * new
    whole = Training(
        [report],
        tmp_path / "out",
        base=small_model,
        corpus=[reports],
        settings=Settings(replay=None),
    )
    assert len(whole._choose(1)) == 22


def test_from_scratch_it_knows_only_what_it_was_shown(tmp_path, small_model, report, paragraphs):
    nlp = train(
        [report],
        tmp_path / "out",
        base=small_model,
        from_scratch=True,
        settings=Settings(epochs=40, learn_rate=0.01),
    )
    gold = list(read_data([report]).new)
    assert [p.spans for p in annotate(nlp, gold)] == [p.spans for p in gold]
    assert annotate(nlp, paragraphs) != paragraphs
    assert nlp.get_pipe("calibrator").curves == {}


def test_labels_of_ones_own(tmp_path, small_model, paragraphs):
    (tmp_path / "mine.toml").write_text(
        'labels = ["PLACE"]\n[relations.AT]\ntails = ["PLACE"]\nsingle = true\n'
    )
    own = []
    for place in ("东山", "西山", "南河", "北河", "城东", "城西"):
        for number in (5, 8):
            text = f"在{place}新建驿站{number}个。"
            spans = [Span(1, 3, "PLACE"), Span(5, 7, "INDICATOR"), Span(7, 9, "COUNT")]
            links = [Link(spans[2], spans[0], "AT"), Link(spans[2], spans[1], "MEASURES")]
            own.append(Paragraph(text, tuple(spans), tuple(links), doc=place))
    path = tmp_path / "own.jsonl"
    path.write_text(dump_annotations(own), encoding="utf-8")
    with pytest.raises(AnnotationError, match="unknown label PLACE; known are ORG, "):
        Training([path], tmp_path / "out", base=small_model)
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(dump_annotations(paragraphs), encoding="utf-8")
    options = {"base": small_model, "labels": tmp_path / "mine.toml", "corpus": [corpus]}
    assert any(
        "no PLACE annotated" in x for x in Training([path], tmp_path / "o", **options).plan()
    )
    nlp = train(
        [path], tmp_path / "out", settings=Settings(epochs=30, learn_rate=0.01, dev_share=0),
        **options,
    )  # fmt: skip
    report = unionie.extract("在城西新建驿站8个。", nlp=nlp)
    assert ("PLACE", "城西") in [(entity.label, entity.text) for entity in report.entities]
    assert [(r.head.text, r.tail.text) for r in report.relations if r.label == "AT"] == [
        ("8个", "城西")
    ]
    assert [p.spans for p in annotate(nlp, paragraphs)] == [p.spans for p in paragraphs]

    # The pipeline knows its labels by itself from now on.
    assert scheme_of(nlp).added_labels == ("PLACE",)
    again = Training([path], tmp_path / "again", base=tmp_path / "out")
    assert again.scheme.relation_labels[-1] == "AT"
    (tmp_path / "other.toml").write_text('[relations.AT]\ntails = ["ORG"]\n')
    with pytest.raises(LabelsError, match="AT already"):
        Training([path], tmp_path / "again", base=tmp_path / "out", labels=tmp_path / "other.toml")


@pytest.mark.parametrize(("documents", "interval"), [(1, ""), (2, " (0.000–1.000)")])
def test_the_score_on_a_single_document_has_no_interval(documents, interval):
    score = Score("entities", Counts(1, 2, 2), 0, 1)
    assert str(Epoch(1, None, score, None, documents)) == f"epoch 1, entities F1 0.500{interval}"


def of_places(*places: str) -> list[Paragraph]:
    text = "在{}新建驿站5个。"
    spans = Span(1, 3, "PLACE"), Span(5, 7, "INDICATOR"), Span(7, 9, "COUNT")
    links = Link(spans[2], spans[0], "AT"), Link(spans[2], spans[1], "MEASURES")
    return [Paragraph(text.format(place), spans, links, doc=place) for place in places]


@pytest.fixture
def own_labels(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('labels = ["PLACE"]\n[relations.AT]\ntails = ["PLACE"]\n')
    return file


@pytest.mark.parametrize(("copies", "epochs"), [(1, NEW_LABEL_UPDATES), (600, CONTINUED_EPOCHS)])
def test_a_new_label_gets_enough_updates(tmp_path, small_model, own_labels, copies, epochs):
    path = tmp_path / "own.jsonl"
    path.write_text(dump_annotations(of_places("东山") * copies), encoding="utf-8")
    training = Training([path], tmp_path / "out", base=small_model, labels=own_labels)
    assert training.total == epochs


def test_a_label_that_was_not_learned_is_named(tmp_path, small_model, own_labels):
    path = tmp_path / "own.jsonl"
    places = of_places("东山", "西山", "南河", "北河", "城东", "城西")
    path.write_text(dump_annotations(places), encoding="utf-8")
    options = {"base": small_model, "labels": own_labels}
    for epochs, rate, warnings in ((1, None, 1), (40, 0.01, 0)):
        training = Training(
            [path],
            tmp_path / f"out{epochs}",
            settings=Settings(epochs=epochs, learn_rate=rate),
            **options,
        )
        list(training.epochs())
        assert len(training.warnings()) == warnings
        assert not warnings or "PLACE, AT was found nowhere" in training.warnings()[0]
        resumed = Training(
            [path],
            tmp_path / f"out{epochs}",
            settings=Settings(epochs=epochs, learn_rate=rate),
            **options,
        )
        assert list(resumed.epochs()) == training.history
        assert resumed.warnings() == training.warnings()


# Interruption


def test_a_resumed_training_comes_to_the_same_result(tmp_path, small_model, reports):
    settings = Settings(epochs=4, seed=3)
    train([reports], tmp_path / "whole", base=small_model, settings=settings)
    for stop in (1, 3):  # the epoch after which it stops; 0 is the score before the first
        training = Training([reports], tmp_path / "parts", base=small_model, settings=settings)
        for epoch in training.epochs():
            if epoch.number == stop:
                break
    resumed = Training([reports], tmp_path / "parts", base=small_model, settings=settings)
    assert resumed.resumes
    assert [epoch.number for epoch in resumed.epochs()] == [0, 1, 2, 3, 4]
    assert resumed.history[1].entities is not None
    resumed.finish()
    for one, two in zip(weights(tmp_path / "whole"), weights(tmp_path / "parts"), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_killed_command_goes_on_when_it_is_run_again(tmp_path, small_model, reports, name):
    arguments = [
        *(sys.executable, "-m", "unionie", "train", str(reports)),
        *("--base", str(small_model), "--epochs", "60"),  # enough for the signal to come amid
    ]
    process = subprocess.Popen(
        [*arguments, "-o", str(tmp_path / "out")], stderr=subprocess.PIPE, text=True
    )
    state = tmp_path / "out.training" / "state.npz"
    while not state.exists() and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(getattr(signal, name))
    _, errors = process.communicate()
    assert not (tmp_path / "out").exists()
    assert process.returncode == (-signal.SIGKILL if name == "SIGKILL" else 130)
    assert name == "SIGKILL" or "the same command goes on" in errors
    again = subprocess.run(
        [*arguments, "-o", str(tmp_path / "out")], capture_output=True, text=True, check=True
    )
    assert "going on from a stored state" in again.stderr
    train([reports], tmp_path / "whole", base=small_model, settings=Settings(epochs=60))
    for one, two in zip(weights(tmp_path / "whole"), weights(tmp_path / "out"), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-6)


def test_two_runs_do_not_share_a_state(tmp_path, small_model, report, monkeypatch):
    monkeypatch.setattr("unionie.locking._LOCK_SECONDS", 0)
    settings = Settings(epochs=1)
    one, other = (
        Training([report], tmp_path / "out", base=small_model, settings=settings) for _ in "12"
    )
    epochs = one.epochs()
    next(epochs)
    with pytest.raises(UnionieError, match="another run"):
        next(other.epochs())
    list(epochs)
    one.finish()
    assert not one.folder.exists()


def test_a_state_of_another_training_is_not_taken(tmp_path, small_model, report, reports):
    for _ in Training([report], tmp_path / "out", base=small_model).epochs():
        break
    with pytest.raises(TrainingError, match="other annotations or settings"):
        Training([reports], tmp_path / "out", base=small_model)
    with pytest.raises(TrainingError, match="other annotations or settings"):
        Training([report], tmp_path / "out", base=small_model, settings=Settings(seed=9))


def test_a_missing_scikit_learn_is_named_before_anything_is_trained(
    tmp_path, small_model, report, reports, monkeypatch
):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtraError, match=r'pip install "unionie\[train\]"'):
        Training([report], tmp_path / "out", base=small_model, corpus=[reports])
    Training([report], tmp_path / "out", base=small_model)  # needs none: the linker is kept


def test_bundled_is_a_base(tmp_path, report):
    assert Training([report], tmp_path / "out", base="bundled").base == BUNDLED_MODEL


def test_what_cannot_start(tmp_path, small_model, report):
    with pytest.raises(TrainingError, match="is there already"):
        Training([report], small_model, base=small_model)
    with pytest.raises(TrainingError, match="does not exist"):
        Training([report], tmp_path / "no" / "out", base=small_model)
    with pytest.raises(ModelError, match="no trained pipeline"):
        Training([report], tmp_path / "out", base=tmp_path)
    with pytest.raises(TrainingError, match="not come to its end"):
        Training([report], tmp_path / "out", base=small_model).finish()
    assert os.listdir(tmp_path) == ["mine.jsonl"]
