"""Train a pipeline by config.cfg on annotation files.

``python train.py OUTPUT`` trains what ships: all seed reports and the written corpus's
training part. :func:`fit` is what the evaluation uses too, on other selections. It makes
the first pipeline, from nothing but the config and what is in ``build``;
``unionie train`` starts from a pipeline that is there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Annotated, Any

import srsly
import typer
from spacy import util
from spacy.language import Language
from spacy.training.initialize import init_nlp
from spacy.training.loop import train as run_training
from threadpoolctl import threadpool_limits

from unionie.annotation import annotation_files, read_annotations
from unionie.digest import digest_files
from unionie.training import calibrate

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "training" / "config.cfg"
BUILD = ROOT / "training" / "build"
SEEDS = ROOT / "annotations" / "seeds"
CORPUS = ROOT / "annotations" / "corpus"


def training_files() -> list[Path]:
    """Return the annotation files that the shipped pipeline is trained on."""
    return annotation_files(SEEDS) + annotation_files(CORPUS / "train")


def digests(files: Iterable[Path]) -> dict[str, str]:
    """Return the digests that tie a result to its annotation ``files`` and the config."""
    return {
        "data_digest": digest_files((file.resolve() for file in files), root=ROOT),
        "config_digest": digest_files([CONFIG], root=ROOT),
    }


def stored(output: Path, source: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the JSON file ``output`` holds of ``source``, or ``source`` alone.

    What was measured on other data or by another config does not count.
    """
    result: dict[str, Any] = srsly.read_json(output) if output.exists() else {}
    return result if {key: result.get(key) for key in source} == source else dict(source)


def fit(
    train: Sequence[Path],
    dev: Sequence[Path],
    output: Path,
    *,
    seed: int = 0,
    log: IO[str] = sys.stdout,
    overrides: Mapping[str, Any] | None = None,
    change: Callable[[dict[str, Any]], None] | None = None,
) -> Language:
    """Train on ``train`` and return the pipeline after the last epoch, as saved in ``output``.

    The scores on ``dev`` are printed while training goes on, and in the end the curves
    of the calibrator are fitted to it; nothing else is learned or selected there.
    ``overrides`` replaces settings of the config, by their dotted names; ``change`` may
    rewrite it as a whole.
    """
    config = util.load_config(
        CONFIG,
        overrides={
            "paths.train": list(map(str, train)),
            "paths.dev": list(map(str, dev)),
            "paths.segmenter": str(BUILD / "segmenter"),
            "paths.lac": str(BUILD / "lac.npz"),
            "system.seed": seed,
            **(overrides or {}),
        },
        interpolate=False,
    )
    if change is not None:
        change(config)
    output.mkdir(parents=True, exist_ok=True)
    nlp = init_nlp(config)
    # What is saved has the averaged weights; ``nlp`` itself keeps the last ones.
    # One thread each: threads that wait for one another cost more than such matrices take.
    with threadpool_limits(1, user_api="blas"):
        run_training(nlp, output, stdout=log, stderr=log)
    nlp = util.load_model_from_path(output / "model-last")
    if "calibrator" in nlp.pipe_names:
        calibrate(nlp, [paragraph for file in dev for paragraph in read_annotations(file)])
        nlp.to_disk(output / "model-last")
    return nlp


def main(
    output: Annotated[Path, typer.Argument(help="The folder to write.")],
    seed: Annotated[int, typer.Option(help="The random seed.")] = 0,
) -> None:
    """Train the pipeline that ships."""
    fit(training_files(), annotation_files(CORPUS / "dev"), output, seed=seed)


if __name__ == "__main__":
    typer.run(main)
