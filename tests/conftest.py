"""Fixtures shared by the tests: a tiny corpus and pipelines."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from inline import parse_inline
from small_pipeline import trained
from spacy.language import Language

import unionie
from unionie.annotation import Paragraph, dump_annotations

ROOT = Path(__file__).parent.parent

os.environ["HF_HUB_OFFLINE"] = "1"  # `datasets` reads local files only here


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def nlp() -> Language:
    """Return the bundled pipeline; tests must not change it."""
    return unionie.load()


@pytest.fixture(scope="session")
def seed_texts() -> list[str]:
    return [unionie.read_text(path) for path in sorted((ROOT / "seeds").glob("*.txt"))]


LINES = [
    "[5年来|P1],[市总工会|O1]建立[基层工会|I1][3.9万个|C1:I1,O1,P1]。",
    "[去年|P1],[县总工会|O1]“[金秋助学|G1]”[资助学生|I1][243人|C1:I1,O1,P1,G1]。",
    "[今年|P1]发放[补助金|I1][5万元|M1:I1,P1],[入会率|I2]达[98%|R1:I2,P1]。",
    "评选[劳动模范|A1][12名|C1:A1],没有数字的一句。",
    "只有文字。",
]


@pytest.fixture(scope="session")
def paragraphs() -> list[Paragraph]:
    """Return five documents of one paragraph each."""
    return [parse_inline(line, doc=f"d{number}") for number, line in enumerate(LINES)]


@pytest.fixture(scope="session")
def small_model(tmp_path_factory, paragraphs) -> Path:
    """Return the folder of a small pipeline that knows the five paragraphs by heart."""
    folder = tmp_path_factory.mktemp("small") / "model"
    trained(paragraphs).to_disk(folder)
    return folder


@pytest.fixture
def write_annotations(tmp_path):
    """Return a function that writes inline lines to an annotation file and returns its path."""

    def write(name: str, *lines: str) -> Path:
        path = tmp_path / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = dump_annotations(
            parse_inline(line, doc=path.stem, number=n) for n, line in enumerate(lines, start=1)
        )
        path.write_text(text, encoding="utf-8")
        return path

    return write
