"""A few hundred inputs of the fuzzing command, so that it keeps working."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_it_finds_nothing_and_goes_on_where_it_stopped(tmp_path):
    output = tmp_path / "fuzz.json"
    for number in (100, 200):
        command = [sys.executable, str(Path(__file__).with_name("run.py")), "-o", str(output)]
        counts = ["--inputs", str(number), "--texts", str(number), "--files", str(number)]
        done = subprocess.run([*command, *counts], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    state = json.loads(output.read_text(encoding="utf-8"))
    assert (state["surfaces"], state["texts"], state["damaged_files"]) == (200, 200, 200)
