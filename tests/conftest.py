"""Fixtures shared by the tests: a tiny corpus and pipelines."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from spacy.language import Language

import unionie

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
