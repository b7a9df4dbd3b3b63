"""Read the gold annotations with Hugging Face ``datasets``, through the dataset card."""

from __future__ import annotations

import tempfile
from pathlib import Path

from datasets import disable_progress_bars, load_dataset

from unionie.annotation import Paragraph

ANNOTATIONS = Path(__file__).resolve().parent.parent / "annotations"


def gold_paragraphs(name: str, split: str = "train") -> list[Paragraph]:
    """Return the gold paragraphs of one split of one configuration of the dataset.

    The cache of ``datasets`` is passed by: it knows a local dataset by its name, and would
    give back annotations that have been corrected since.
    """
    disable_progress_bars()  # a second's work
    with tempfile.TemporaryDirectory() as cache:
        rows = load_dataset(
            str(ANNOTATIONS), name, split=split, cache_dir=cache, keep_in_memory=True
        )
        return [Paragraph.from_dict(row) for row in rows]
