"""Ray Data on a local cluster of several worker processes: ``pytest -m ray``."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from contextlib import suppress

import pandas as pd
import pytest

import unionie
from unionie.columns import COLUMNS

pytestmark = pytest.mark.ray
ray = pytest.importorskip("ray")
psutil = pytest.importorskip("psutil")

COUNT = 24


@pytest.fixture(scope="module")
def cluster():
    ray.init(num_cpus=3, include_dashboard=False, configure_logging=False)
    yield
    ray.shutdown()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    reports = tmp_path_factory.mktemp("reports")
    for number in range(COUNT):
        text = f"2021年,武威市总工会发展会员{number + 1}人,发放慰问金3.5万元。\n" * 10
        (reports / f"{number:02}.txt").write_text(text, encoding="utf-8")
    return reports


@pytest.fixture(scope="module")
def expected(folder):
    return unionie.to_frame(unionie.read_many(folder))


def written(dataset, path) -> pd.DataFrame:
    dataset.write_parquet(str(path))
    frame = pd.read_parquet(path)
    assert tuple(frame.columns) == COLUMNS
    return frame


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    ordered = frame.sort_values(["file", "start", "indicator_start"], ignore_index=True)
    return ordered.astype(unionie.to_frame([]).dtypes)


def test_text_files_give_the_table_of_one_machine(cluster, folder, expected, tmp_path):
    from unionie import ray_data

    (folder / "zz.txt").write_bytes(b"\0")
    try:
        found = written(
            ray_data.figures(ray_data.read(folder), rows_per_task=4, failures=tmp_path / "failed"),
            tmp_path / "figures",
        )
    finally:
        (folder / "zz.txt").unlink()
    pd.testing.assert_frame_equal(in_order(found), in_order(expected))
    (failure,) = (tmp_path / "failed").iterdir()
    assert "zero bytes" in json.loads(failure.read_text(encoding="utf-8"))["error"]


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "datasets"])
def test_tables_of_texts(cluster, folder, expected, tmp_path, kind):
    from unionie import ray_data

    rows = [{"file": str(p), "text": unionie.read_text(p)} for p in sorted(folder.iterdir())]
    source = tmp_path / f"reports.{kind}"
    if kind == "jsonl":
        pd.DataFrame(rows).to_json(source, orient="records", lines=True, force_ascii=False)
    elif kind == "parquet":
        pd.DataFrame(rows).to_parquet(source)
    else:
        source = pytest.importorskip("datasets").Dataset.from_list(rows)
    found = written(ray_data.figures(ray_data.read(source)), tmp_path / "figures")
    pd.testing.assert_frame_equal(in_order(found), in_order(expected))


def test_a_killed_worker_loses_and_doubles_nothing(cluster, folder, expected, tmp_path):
    from unionie import ray_data

    killed = []
    stop = threading.Event()

    def kill() -> None:
        while not stop.is_set() and not killed:
            time.sleep(0.05)
            done = list((tmp_path / "figures").rglob("*.parquet"))
            workers = extractors()
            if done and workers:
                os.kill(workers[0], signal.SIGKILL)
                killed.append(workers[0])

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        dataset = ray_data.figures(ray_data.read(folder), rows_per_task=1, workers=2)
        found = written(dataset, tmp_path / "figures")
    finally:
        stop.set()
        killer.join()
    assert killed
    pd.testing.assert_frame_equal(in_order(found), in_order(expected))


def extractors() -> list[int]:
    """Return the worker processes of this cluster that hold a pipeline."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it may just have ended
            if "_Extractor" in " ".join(process.cmdline()):
                found.append(process.pid)
    return found


def test_the_example_of_the_documentation(cluster, folder, expected, root, tmp_path):
    (tmp_path / "reports").symlink_to(folder)
    page = (root / "docs" / "bulk.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(import unionie.ray_data.*?)```", page, re.DOTALL)
    exec(code.replace("/data", str(tmp_path)), {})
    found = pd.read_parquet(tmp_path / "figures")
    assert len(found) == len(expected)
    assert list(found.dtypes) == list(expected.dtypes)


def test_names_may_be_numbers():
    import pyarrow as pa

    from unionie import ray_data

    block = pa.table({"text": ["2021年,武威市总工会发展会员3人。"] * 2, "file": [7, None]})
    found = ray_data._Extractor("text", "file", None, None)(block)
    assert found["file"].to_pylist() == ["7", None]


def test_a_wrong_column_is_named(cluster):
    from unionie import ray_data

    with pytest.raises(Exception, match="no column 'text' among words"):
        ray_data.figures(ray.data.from_items([{"words": "会员3人"}])).take_all()
