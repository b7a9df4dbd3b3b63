"""Agreement of two independent readings: F1 of one against the other, by label.

F1 does not depend on which of the two is taken as gold.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import srsly
import typer
from evaluate import Sections, show, to_json

from unionie.annotation import annotation_files, read_annotations
from unionie.evaluation import score_entities, score_relations


def main(
    first: Annotated[Path, typer.Argument(help="Annotations of the first reader.")],
    second: Annotated[Path, typer.Argument(help="Annotations of the second reader.")],
    output: Annotated[Path, typer.Argument(help="The JSON file to write.")],
) -> None:
    """Compare two readings of the same documents."""
    left, right = list(read_annotations(first)), list(read_annotations(second))
    if [p.text for p in left] != [p.text for p in right]:
        raise SystemExit("the two readings are not of the same paragraphs")
    sections: Sections = {
        "entities, strict": score_entities(left, right, "strict"),
        "entities, overlap": score_entities(left, right, "overlap"),
        "relations, strict": score_relations(left, right, "strict"),
        "relations, overlap": score_relations(left, right, "overlap"),
    }
    show(sections, "Agreement of two readings (F1)")
    files = annotation_files(first) + annotation_files(second)
    srsly.write_json(output, to_json(sections, files))


if __name__ == "__main__":
    typer.run(main)
