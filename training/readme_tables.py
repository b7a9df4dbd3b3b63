"""Write the tables of results into the README and the dataset card.

Each file has marked places, ``<!-- NAME:start -->`` to ``<!-- NAME:end -->``; what stands
between them comes from ``docs/results``. A test checks that it is up to date.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import srsly
import typer

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "results"


def rows_of(sections: dict[str, Any], names: list[str]) -> list[str]:
    """Return table rows: name, P, R, F1 and interval, support."""
    lines = []
    for name in names:
        for number, row in enumerate(sections[name]):
            title = f"**{name}**" if number == 0 else row["name"]
            lines.append(
                f"| {title} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} "
                f"| {row['f1_low']:.3f}–{row['f1_high']:.3f} | {row['support']} |"
            )
    return lines


def scores(result: dict[str, Any], names: list[str]) -> str:
    """Return a table of precision, recall, F1, interval and support."""
    head = ["| | precision | recall | F1 | 95% interval | support |", "|---|---|---|---|---|---|"]
    return "\n".join(head + rows_of(result["sections"], names))


def results() -> str:
    """Return the README's section on quality."""
    names = [
        "entities, strict",
        "entities, overlap",
        "relations from raw text, strict",
        "relations given gold entities",
    ]
    seeds = srsly.read_json(RESULTS / "seeds.json")
    parts = [
        "Leave-one-report-out on the five seed reports: each is read by a pipeline that was "
        "trained without it, on the four others and the written corpus. All folds pooled, from raw "
        "text; intervals by bootstrap over the five reports.",
        scores(seeds, names),
    ]
    test = RESULTS / "test.json"
    if test.exists():
        parts += [
            "The bundled pipeline on the written test split, whose places, unions and writers "
            "appear nowhere in training:",
            scores(srsly.read_json(test), names),
        ]
    readers = srsly.read_json(RESULTS / "figure_readers.json")
    parts.append(
        f"The figure reader and its peers on the {readers['cases']} surfaces of its test table "
        "(ours was corrected on this table, the others were not):"
    )
    lines = [
        "| reader | number | with unit | with approximation | unreadable but read |",
        "|---|---|---|---|---|",
    ]
    for row in readers["results"]:
        due, bad = row["readable"], row["unreadable"]
        cells = [f"{row[k]}/{due}" for k in ("number", "with_unit", "with_approximation")]
        lines.append(
            f"| {row['reader']} | {' | '.join(cells)} | {row['unreadable_guessed']}/{bad} |"
        )
    parts.append("\n".join(lines))
    parts.append(
        "Commands: `weasel run evaluate training` and `weasel run compare training`; what they "
        "measured is in `docs/results/`."
    )
    return "\n\n".join(parts)


def agreement() -> str:
    """Return the dataset card's section on agreement."""
    names = ["entities, strict", "entities, overlap", "relations, strict", "relations, overlap"]
    parts = []
    for file, title in (("agreement_seeds", "Seed reports"), ("agreement_test", "Test split")):
        path = RESULTS / f"{file}.json"
        if not path.exists():
            continue
        sections = srsly.read_json(path)["sections"]
        lines = [f"| {title} | {' | '.join(names)} | first reader | second reader |"]
        lines.append("|---" * (len(names) + 3) + "|")
        for kind in ("entities", "relations"):
            strict, overlap = sections[f"{kind}, strict"], sections[f"{kind}, overlap"]
            for one, other in zip(strict, overlap, strict=True):
                f1 = [f"{one['f1']:.3f}", f"{other['f1']:.3f}"]
                cells = [*f1, "", ""] if kind == "entities" else ["", "", *f1]
                cells += [str(one["support"]), str(one["proposed"])]
                lines.append(f"| {one['name']} | {' | '.join(cells)} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def second_reading() -> str:
    """Return the dataset card's section on what the second reading changed."""
    result = srsly.read_json(RESULTS / "second_reading.json")
    columns = ("kept", "moved", "removed", "added")
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for label, counts in result["labels"].items():
        lines.append(f"| {label} | {' | '.join(str(counts[column]) for column in columns)} |")
    lines.append("")
    lines.append(
        f"Of {result['paragraphs']:,} paragraphs {result['reworded']} were reworded by the second "
        "reader and are not counted in the table."
    )
    return "\n".join(lines)


def sizes() -> str:
    """Return the dataset card's section on sizes and variety."""
    variety = srsly.read_json(RESULTS / "variety.json")
    lines = ["| split | documents | paragraphs | characters |", "|---|---|---|---|"]
    for name, split in variety["splits"].items():
        lines.append(
            f"| {name} | {split['documents']} | {split['paragraphs']} | {split['characters']:,} |"
        )
    labels = ["| label | mentions | distinct surfaces |", "|---|---|---|"]
    for name, counts in variety["labels"].items():
        labels.append(f"| {name} | {counts['mentions']:,} | {counts['distinct']:,} |")
    relations = ", ".join(f"{name} {count:,}" for name, count in variety["relations"].items())
    patterns = ", ".join(f"{name} {share:.1%}" for name, share in variety["patterns"].items())
    return "\n\n".join(
        [
            "\n".join(lines),
            "\n".join(labels),
            f"Relations: {relations}. Distinct last words of indicators: "
            f"{variety['indicator_heads']:,}. Where the measured words stand: {patterns}. "
            f"Character 8-grams that come back within a document: "
            f"{variety['grams_repeated_within']:.1%}; that another document holds too: "
            f"{variety['grams_shared_across']:.1%}.",
        ]
    )


PLACES = {
    ROOT / "README.md": {"results": results},
    ROOT / "annotations" / "README.md": {
        "sizes": sizes,
        "agreement": agreement,
        "second-reading": second_reading,
    },
}


def filled(path: Path) -> str:
    """Return the text of ``path`` with its marked places filled in."""
    text = path.read_text(encoding="utf-8")
    for name, write in PLACES[path].items():
        pattern = rf"(<!-- {name}:start -->\n).*?(<!-- {name}:end -->)"
        content = write() + "\n"
        text = re.sub(pattern, lambda m, c=content: m[1] + c + m[2], text, flags=re.DOTALL)
    return text


def main() -> None:
    """Fill the marked places from docs/results."""
    for path in PLACES:
        path.write_text(filled(path), encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
