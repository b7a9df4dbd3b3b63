"""The round trip through a real Label Studio; `docs/annotation-tools.md` says how to run it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from unionie.exchange import label_studio
from unionie.exchange.labels import LABEL_FILES
from unionie.schema import SHIPPED

pytestmark = pytest.mark.label_studio

TOKEN = "0123456789abcdef0123456789abcdef01234567"
SECONDS = 600  # that the first start may take, with its migrations, on a busy machine


class Server:
    """A running Label Studio's API."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def call(self, method: str, path: str, data: object = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if data is None else json.dumps(data).encode(),
            headers={"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.loads(response.read())


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    program = os.environ.get("LABEL_STUDIO") or shutil.which("label-studio")
    if program is None:
        pytest.fail("no label-studio on PATH; name the program in the variable LABEL_STUDIO")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("label-studio")
    environment = os.environ | {
        "HOME": str(folder),
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_USERNAME": "reader@example.com",
        "LABEL_STUDIO_PASSWORD": "a-password-for-tests",
        "LABEL_STUDIO_USER_TOKEN": TOKEN,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "COLLECT_ANALYTICS": "false",
        "LATEST_VERSION_CHECK": "false",
        "SENTRY_DSN": "",
        "FRONTEND_SENTRY_DSN": "",
    }
    command = [program, "start", "--no-browser", "--internal-host", "127.0.0.1"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--data-dir", str(folder)],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        if not answers(process, f"http://127.0.0.1:{port}/health"):
            pytest.fail(f"Label Studio did not start:\n{(folder / 'log').read_text()[-2000:]}")
        yield Server(port)
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(process: subprocess.Popen, url: str) -> bool:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(url, timeout=5)
            return True
        time.sleep(1)
    return False


def test_tasks_come_back_from_the_real_program(server, reports, tmp_path):
    config = LABEL_FILES["label-studio"](SHIPPED)["label-studio.xml"]
    project = server.call("POST", "/api/projects", {"title": "reports", "label_config": config})
    tasks = json.loads(label_studio.dump(reports))
    imported = server.call("POST", f"/api/projects/{project['id']}/import", tasks)
    assert imported["prediction_count"] == len(reports)
    for task in server.call("GET", f"/api/tasks?project={project['id']}&fields=all")["tasks"]:
        (prediction,) = task["predictions"]
        # The editor submits what it was given; it drops the scores of relations.
        result = [
            {
                key: value
                for key, value in item.items()
                if item["type"] == "labels" or key != "score"
            }
            for item in prediction["result"]
        ]
        server.call(
            "POST",
            f"/api/tasks/{task['id']}/annotations",
            {"result": result, "parent_prediction": prediction["id"]},
        )
    export = server.call("GET", f"/api/projects/{project['id']}/export?exportType=JSON")
    file = tmp_path / "export.json"
    file.write_text(json.dumps(export), encoding="utf-8")
    assert sorted(label_studio.load(file), key=repr) == sorted(reports, key=repr)
