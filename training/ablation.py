"""Measure what each part of the pipeline is worth, on the validation split.

Every row is the pipeline with one thing changed, trained with two seeds on every
fifth training document of three rounds (a question of size with one seed on all of
them, and the linkers too) and scored against the validation split from raw text. What
is measured already stays; delete the JSON file to start anew. The test split and the
seed reports take no part in this.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import spacy
import srsly
import typer
from gold import gold_paragraphs
from spacy import util
from train import BUILD, CONFIG, CORPUS, digests, fit, stored
from variants import LINKERS, RecordingLinker, span_based, transition_based, uncut

from unionie.annotation import Paragraph, annotation_files, read_annotations
from unionie.evaluation import Score, annotate, score_entities, score_relations
from unionie.pipeline.annotations import read_doc
from unionie.pipeline.corpus import examples_of, make_reference
from unionie.pipeline.tokenizer import CharTokenizer

SEEDS = (0, 1)
_SHARE = 5
_LAST_WRITER = "W22"  # what later writers add does not make the table stale
_VALIDATION_WRITER = "W03"
_CHARACTERS = "components.entities.model.reader.embed.*.characters"
_LAC = "components.entities.model.reader.embed.*.lac"


@dataclass(frozen=True)
class Row:
    """One variant of the entity recognizer."""

    group: str
    name: str
    overrides: dict[str, Any] = field(default_factory=dict)
    change: Callable[[dict[str, Any]], None] | None = None
    every: int = _SHARE
    seeds: tuple[int, ...] = SEEDS


def augmented(change: str) -> dict[str, Any]:
    """Return the settings that train on a changed copy besides, in fewer epochs."""
    return {
        "corpora.train.@readers": "variants.AugmentingCorpus.v1",
        "corpora.train.change": change,
        "training.max_epochs": 5,
    }


ROWS = [
    Row("as it ships", "characters that know their place in a word, tuned LAC, CRF"),
    Row("tokenization", "pkuseg's words as tokens", {
        "nlp.tokenizer.@tokenizers": "variants.WordTokenizer.v1",
        "corpora.train.@readers": "variants.UncutCorpus.v1",
        "corpora.dev.@readers": "variants.UncutCorpus.v1",
    }),
    Row("tokenization", "characters that carry their whole word", {
        "nlp.tokenizer.@tokenizers": "variants.WordFeatureTokenizer.v1",
        f"{_CHARACTERS}.attrs": ["NORM", "TAG", "LEMMA"],
        f"{_CHARACTERS}.rows": [3000, 100, 5000],
    }),
    Row("tokenization", "characters without words", {
        f"{_CHARACTERS}.attrs": ["NORM"], f"{_CHARACTERS}.rows": [3000],
    }),
    Row("encoder", "none", {f"{_LAC}.@architectures": "variants.NoEncoder.v1"}),
    Row("encoder", "LAC's character vectors", {f"{_LAC}.@architectures": "variants.StaticLac.v1"}),
    Row("encoder", "LAC frozen", {f"{_LAC}.tuning": 0.0}),
    Row("encoder", "LAC tuned three times as far", {f"{_LAC}.tuning": 0.3}),
    Row("decoder", "transition-based", {}, transition_based),
    Row("decoder", "spans by their edges, then classified", {}, span_based),
    Row("augmentation", "half the names swapped in a copy of the text", augmented("names")),
    Row("augmentation", "numbers drawn anew in a copy", augmented("numbers"), seeds=(0,)),
    Row("augmentation", "full-width or half-width marks and digits in a copy",
        augmented("widths"), seeds=(0,)),
    Row("augmentation", "noise in a copy", augmented("noise"), seeds=(0,)),
    Row("figures", "the figure reader's grammar as features", {
        "nlp.tokenizer.@tokenizers": "variants.FigureTokenizer.v1",
    }),
    Row("on all documents", "LAC tuned", every=1, seeds=(0,)),
    Row("on all documents", "LAC frozen throughout", {f"{_LAC}.tuning": 0.0}, every=1, seeds=(0,)),
    Row("on all documents", "LAC tuned, half the names swapped in a copy", augmented("names"),
        every=1, seeds=(0,)),
]  # fmt: skip


def sources() -> list[Path]:
    """Return the annotation files that the results depend on."""
    return train_files() + annotation_files(CORPUS / "dev")


def train_files() -> list[Path]:
    """Return the training documents that take part."""
    files = annotation_files(CORPUS / "train")
    return [file for file in files if file.stem.split("-")[0] <= _LAST_WRITER]


def validation_gold() -> list[Paragraph]:
    """Return the gold that every row is scored on: the validation split of the first round."""
    gold = gold_paragraphs("corpus", "validation")
    return [paragraph for paragraph in gold if paragraph.doc.startswith(_VALIDATION_WRITER)]


def run_row(row: Row, seed: int) -> dict[str, Any]:
    """Train a row with one seed and return what it finds in the validation split."""
    gold = validation_gold()
    started = time.monotonic()

    def change(config: dict[str, Any]) -> None:
        config["nlp"]["pipeline"] = ["entities"]
        config["training"]["eval_frequency"] = 100_000
        if row.change is not None:
            row.change(config)

    with tempfile.TemporaryDirectory() as folder:
        dev = annotation_files(CORPUS / "dev")[:1]  # only printed; the gold is scored below
        with (Path(folder) / "log").open("w") as log:
            nlp = fit(
                train_files()[:: row.every], dev, Path(folder), seed=seed, log=log,
                overrides=row.overrides, change=change,
            )  # fmt: skip
        seconds = time.monotonic() - started
        return {"found": annotate(nlp, gold), "seconds": seconds}


def run_linkers(seed: int) -> dict[str, list[Paragraph]]:
    """Fit every linker to all training documents and return how it links validation gold."""
    gold = validation_gold()
    nlp = spacy.blank(
        "zh", config={"nlp": {"tokenizer": {"@tokenizers": "unionie.CharTokenizer.v1"}}}
    )
    config = util.load_config(CONFIG, overrides={"system.seed": seed}, interpolate=True)
    settings = {
        key: value
        for key, value in config["components"]["linker"].items()
        if key not in ("factory", "scorer")
    }
    paragraphs = [p for file in train_files() for p in read_annotations(file)]
    examples = examples_of(nlp, paragraphs)
    # What the classifiers learn from is the same for all and costs most.
    recorder = RecordingLinker(nlp.vocab, "linker", lambda *args, **kwargs: {}, **settings)
    recorder.initialize(lambda: examples)
    found = {}
    for name, kind in LINKERS.items():
        linker = kind(nlp.vocab, "linker", lambda *args, **kwargs: {}, **settings)
        linker.contexts = recorder.contexts
        linker.models = {
            label: linker.fit_classifier(*data)
            for label, data in zip(linker.labels, recorder.data, strict=True)
        }
        bare = (paragraph.with_annotation(paragraph.spans, ()) for paragraph in gold)
        found[name] = [read_doc(linker(make_reference(nlp, own)), own) for own in bare]
    return found


def share_cut() -> float:
    """Return the share of validation spans that start or end inside a word of pkuseg."""
    tokenizer = CharTokenizer(spacy.blank("xx").vocab)
    tokenizer.initialize(pkuseg_model=BUILD / "segmenter")
    gold = validation_gold()
    kept = sum(len(uncut(paragraph, tokenizer).spans) for paragraph in gold)
    return 1 - kept / sum(len(paragraph.spans) for paragraph in gold)


def summary(scores: list[Score], per_seed: list[float]) -> dict[str, Any]:
    """Return F1 over all seeds together, its interval over documents, and each seed's."""
    return {
        "f1": round(scores[0].counts.f1, 4),
        "low": round(scores[0].low, 4),
        "high": round(scores[0].high, 4),
        "seeds": [round(value, 4) for value in per_seed],
        "labels": {row.name: round(row.counts.f1, 4) for row in scores[1:]},
    }


def entity_entry(gold: list[Paragraph], runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is kept of a row's runs, one for each seed."""
    found = [run["found"] for run in runs]
    pooled = gold * len(runs), list(chain.from_iterable(found))
    each = [score_entities(gold, one, "strict")[0].counts.f1 for one in found]
    return {
        **summary(score_entities(*pooled, "strict"), each),
        "overlap": round(score_entities(*pooled, "overlap")[0].counts.f1, 4),
        "minutes": round(sum(run["seconds"] for run in runs) / 60 / len(runs), 1),
    }


def linker_entry(gold: list[Paragraph], runs: list[list[Paragraph]]) -> dict[str, Any]:
    """Return what is kept of a linker's runs, one for each seed."""
    pooled = gold * len(runs), list(chain.from_iterable(runs))
    each = [score_relations(gold, run, "strict")[0].counts.f1 for run in runs]
    return summary(score_relations(*pooled, "strict"), each)


def main(
    output: Annotated[Path, typer.Argument(help="The JSON file to write.")],
    workers: Annotated[int, typer.Option(help="Trainings at once.")] = 2,
) -> None:
    """Run every row that is not in OUTPUT yet."""
    result = stored(output, digests(sources()))
    if "entities" not in result:
        result |= {"seeds": list(SEEDS), "entities": {}, "linkers": {}}
        result["spans_cut_by_words"] = round(share_cut(), 4)
    gold = validation_gold()
    result["training_characters"] = {
        every: sum(len(p.text) for file in train_files()[::every] for p in read_annotations(file))
        for every in sorted({row.every for row in ROWS})
    }
    kinds = {row.name: {"group": row.group, "every": row.every} for row in ROWS}
    with ProcessPoolExecutor(workers) as pool:
        jobs: dict[Any, tuple[str, str, int]] = {}
        for row in ROWS:
            if row.name not in result["entities"]:
                for seed in row.seeds:
                    jobs[pool.submit(run_row, row, seed)] = ("entities", row.name, seed)
        if not result["linkers"]:
            for seed in SEEDS:
                jobs[pool.submit(run_linkers, seed)] = ("linkers", "all", seed)
        due = Counter((kind, name) for kind, name, _ in jobs.values())
        done: dict[str, list[Any]] = {}
        failed = False
        for job in as_completed(jobs):
            kind, name, seed = jobs[job]
            print(f"{kind}: {name}, seed {seed}: {job.exception() or 'done'}", flush=True)
            if job.exception():
                failed = True
                continue
            done.setdefault(name, []).append(job.result())
            if len(done[name]) < due[kind, name]:
                continue
            if kind == "entities":
                result[kind][name] = kinds[name] | entity_entry(gold, done[name])
                result[kind] = {one: result[kind][one] for one in kinds if one in result[kind]}
            else:
                result[kind] = {
                    one: linker_entry(gold, [run[one] for run in done[name]]) for one in LINKERS
                }
            srsly.write_json(output, result)
    raise typer.Exit(failed)


if __name__ == "__main__":
    typer.run(main)
