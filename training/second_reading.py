"""Count what the second reading of the training documents changed, by label.

A span is kept if both readings have it, moved if only its boundaries changed, removed or
added otherwise. Paragraphs whose wording the second reader mended are counted apart.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import srsly
import typer
from rich.console import Console
from rich.table import Table

from unionie import schema
from unionie.annotation import Paragraph, annotation_files, read_annotations
from unionie.digest import digest_files
from unionie.evaluation import count_links, count_spans

ROOT = Path(__file__).resolve().parent.parent
COLUMNS = ("kept", "moved", "removed", "added")


def changes(before: Paragraph, after: Paragraph) -> dict[str, Counter[str]]:
    """Return, for each label and relation, how many items were kept, moved, removed, added."""
    found = {}
    for labels, count in (
        (schema.ENTITY_LABELS, count_spans),
        (schema.RELATION_LABELS, count_links),
    ):
        for label in labels:
            strict = count(after, before, label, "strict")
            overlap = count(after, before, label, "overlap")
            found[label] = Counter(
                kept=strict.right,
                moved=overlap.right - strict.right,
                removed=overlap.proposed - overlap.right,
                added=overlap.gold - overlap.right,
            )
    return found


def main(
    first: Annotated[Path, typer.Argument(help="Annotations as they were first written.")],
    second: Annotated[Path, typer.Argument(help="Annotations after the second reading.")],
    output: Annotated[Path, typer.Argument(help="The JSON file to write.")],
) -> None:
    """Compare both readings and write OUTPUT."""
    before = {(p.doc, p.line): p for p in read_annotations(first)}
    documents = {doc for doc, _ in before}
    totals = {name: Counter() for name in (*schema.ENTITY_LABELS, *schema.RELATION_LABELS)}
    reworded = paragraphs = 0
    for after in read_annotations(second):
        if after.doc not in documents:
            continue
        paragraphs += 1
        old = before.get((after.doc, after.line))
        if old is None or old.text != after.text:
            reworded += 1
            continue
        for label, counts in changes(old, after).items():
            totals[label].update(counts)
    table = Table("", *COLUMNS)
    for label, counts in totals.items():
        table.add_row(label, *(str(counts[column]) for column in COLUMNS))
    Console().print(table)
    print(f"{reworded} of {paragraphs} paragraphs were reworded and are not counted above")
    files = annotation_files(first) + annotation_files(second)
    srsly.write_json(
        output,
        {
            "data_digest": digest_files((file.resolve() for file in files), root=ROOT),
            "paragraphs": paragraphs,
            "reworded": reworded,
            "labels": {
                label: {column: counts[column] for column in COLUMNS}
                for label, counts in totals.items()
            },
        },
    )


if __name__ == "__main__":
    typer.run(main)
