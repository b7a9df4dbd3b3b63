"""Cross-validation: every document is read by a pipeline that was trained without it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from unionie.annotation import dump_annotations, group_by_document
from unionie.assessment import Evaluation, evaluate, pool_evaluations
from unionie.check import read_checked
from unionie.errors import AnnotationError
from unionie.own_labels import read_labels
from unionie.training import Settings, rank_by_hash, train


def cross_validate(
    annotations: Sequence[str | Path],
    folds: int,
    *,
    base: str | Path | None = None,
    corpus: Sequence[str | Path] = (),
    labels: str | Path | None = None,
    epochs: int | None = None,
    on_fold: Callable[[int], None] | None = None,
) -> Evaluation:
    """Return the evaluation of ``folds`` pipelines, each on the documents it has not seen.

    Every pipeline is trained from scratch: one that was trained on these documents before
    would know them. Only the segmenter and LAC's encoder come from ``base``.

    Args:
        annotations: annotation files or folders.
        folds: how many parts the documents are dealt into, by a hash of their names.
        base: the pipeline whose settings are used; the bundled one if None.
        corpus: further annotation files or folders that every pipeline is trained on, but
            for documents that are in ``annotations`` too.
        labels: a TOML file that declares labels and relations of one's own.
        epochs: passes over the annotations; those of the pipeline's config if None.
        on_fold: called with the number of each fold that is done.

    Raises:
        AnnotationError: something is wrong in the annotations, or there are fewer
            documents than folds.

    """
    scheme = read_labels(labels)
    documents = group_by_document(read_checked(annotations, scheme=scheme))
    beside = group_by_document(read_checked(corpus, scheme=scheme))
    if not 2 <= folds <= len(documents):
        raise AnnotationError(
            f"{len(documents)} documents cannot be dealt into {folds} folds: give at least 2 "
            "folds and as many documents"
        )
    ranked = rank_by_hash(documents)
    parts = []
    for fold in range(folds):
        test = {*ranked[fold::folds]}
        train_on = [
            *(p for name, own in documents.items() if name not in test for p in own),
            *(p for name, own in beside.items() if name not in documents for p in own),
        ]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "train.jsonl"
            file.write_text(dump_annotations(train_on), encoding="utf-8")
            nlp = train(
                [file],
                Path(folder) / "model",
                base=base,
                from_scratch=True,
                labels=labels,
                settings=Settings(epochs=epochs, dev_share=0, seed=fold),
            )
        parts.append(evaluate(nlp, [p for name in sorted(test) for p in documents[name]]))
        if on_fold is not None:
            on_fold(fold + 1)

    return pool_evaluations(parts, f"{folds}-fold cross-validation over {len(documents)} documents")
