"""Put a trained pipeline into the package, with the digest of what it came from."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import srsly
import typer
from train import digests, training_files

from unionie import __version__


def record() -> dict[str, object]:
    """Return what the bundled pipeline's meta.json says about its origin."""
    files = training_files()
    return {**digests(files), "documents": len(files)}


def main(
    model: Annotated[Path, typer.Argument(help="What train.py wrote.")],
    package: Annotated[Path, typer.Argument(help="The folder in the package.")],
) -> None:
    """Copy the pipeline in MODEL to PACKAGE."""
    notice = (package / "NOTICE").read_text(encoding="utf-8")
    source = model / "model-last"
    if not source.is_dir():
        raise SystemExit(f"{source}: nothing here; run train.py first")
    shutil.rmtree(package)
    shutil.copytree(source, package)
    (package / "NOTICE").write_text(notice, encoding="utf-8")
    config = (package / "config.cfg").read_text(encoding="utf-8")
    (package / "config.cfg").write_text(without_paths(config), encoding="utf-8")
    meta = srsly.read_json(package / "meta.json")
    meta |= {
        "name": "unionie",
        "version": __version__,
        "description": "Entities and relations in the work reports of Chinese trade unions",
        "license": "MIT; the LAC encoder inside is Apache-2.0, see NOTICE",
        "unionie": record(),
    }
    meta.pop("performance", None)  # on training text; docs/results has the honest numbers
    srsly.write_json(package / "meta.json", meta)
    size = sum(file.stat().st_size for file in package.rglob("*") if file.is_file())
    print(f"{size / 1e6:.1f} MB -> {package}")


def without_paths(config: str) -> str:
    """Empty the [paths] of a saved config: they name one machine's folders."""
    lines = []
    inside = False
    for line in config.split("\n"):
        if line.startswith("["):
            inside = line == "[paths]"
        if inside and " = " in line:
            name, value = line.split(" = ", 1)
            lines.append(f"{name} = {'[]' if value.startswith('[') else 'null'}")
        else:
            lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
