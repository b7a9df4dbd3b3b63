"""Dependencies are bounded, and locked for development."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


@pytest.fixture
def requirements(root) -> list[Requirement]:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    return [Requirement(line) for line in lines if not line.startswith("unionie[")]


@pytest.fixture
def lock(root) -> dict[str, str]:
    lines = (root / "requirements" / "dev.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.!+-]+", line) for line in pins)  # no address, no path
    return {canonicalize_name(name): version for name, version in (p.split("==") for p in pins)}


def test_every_dependency_has_an_upper_bound(requirements):
    for requirement in requirements:
        operators = {specifier.operator for specifier in requirement.specifier}
        assert operators & {"<", "<=", "=="}, requirement


def test_the_lock_is_within_the_bounds(requirements, lock):
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        if name in lock:  # the extra for benchmarks is not locked
            assert requirement.specifier.contains(lock[name]), requirement


def test_no_pdfminer_that_unpickles_character_maps(requirements):
    (pdfminer,) = {r for r in requirements if r.name == "pdfminer.six"}
    assert not pdfminer.specifier.contains("20251229")  # CVE-2025-70559


def test_what_pandas_reads_excel_files_with_comes_with_what_writes_them(root):
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    files = {Requirement(line).name for line in project["optional-dependencies"]["files"]}
    assert {"xlsxwriter", "openpyxl"} <= files


@pytest.mark.parametrize("name", ["spacy", "numpy", "pandas", "lxml", "pytest", "ruff", "mypy"])
def test_what_matters_is_locked(lock, name):
    assert name in lock
