from __future__ import annotations

from pathlib import Path

import pytest

from unionie.annotation import Paragraph, read_annotations


@pytest.fixture(scope="session")
def data(root) -> Path:
    """Return the folder of what real tools exported."""
    return root / "tests" / "data" / "exchange"


@pytest.fixture(scope="session")
def reports(data) -> list[Paragraph]:
    """Return what those tools were given: astral characters before and inside spans."""
    return list(read_annotations(data / "reports.jsonl"))
