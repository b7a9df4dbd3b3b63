"""Run the figure reader and its peers on the same table of surfaces, side by side.

There are two tables: the one that the tests use, on which unionie's reader was corrected and
the peers were not, and a held-out one, on which none was. "number" asks for the value, or
for both bounds of a range, which is what every peer could give; "with unit" for the unit
or currency too, and "with approximation" for exact, about, at least, at most or between
besides. Surfaces that nobody can read for certain must not be read. Peers that are not
installed are named: ``pip install "unionie[benchmark]"``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import srsly
import typer
from rich.console import Console
from rich.table import Table

from unionie.quantities import read_quantity

ROOT = Path(__file__).resolve().parent.parent
TABLES = {
    "test": ROOT / "tests" / "data" / "quantities.jsonl",
    "held out": ROOT / "tests" / "data" / "quantities_held_out.jsonl",
}
FIELDS = ("value", "low", "high", "unit", "per", "currency", "approx")

Answer = dict[str, Any]
Reader = Callable[[str], Answer | None]


def ours() -> Reader:
    """Return unionie's reader."""

    def read(surface: str) -> Answer | None:
        quantity = read_quantity(surface)
        if quantity.approx == "unread":
            return None
        return {name: getattr(quantity, name) for name in FIELDS}

    return read


def jionlp() -> Reader:
    """Return JioNLP's money parser: amounts of money with bounds and a definition."""
    from jionlp import parse_money

    kinds = {"accurate": "exact", "blur": "about", "blur+": "at_least", "blur-": "at_most"}

    def read(surface: str) -> Answer | None:
        found = parse_money(surface)
        number = found["num"]
        answer: Answer = {"unit": found["case"], "approx": kinds.get(found["definition"], "about")}
        if isinstance(number, list):
            answer["approx"] = "between"
            return answer | {"low": decimal(number[0]), "high": decimal(number[1])}
        return answer | {"value": decimal(number)}

    return read


def cn2an() -> Reader:
    """Return cn2an's numeral converter, on what is left of the surface's unit."""
    from cn2an import cn2an

    numeral = re.compile(r"[0-9.零〇一二两三四五六七八九十百千万亿点]+")

    def read(surface: str) -> Answer | None:
        match = numeral.match(surface)
        if match is None:
            return None
        return {"value": decimal(cn2an(match[0], "smart")), "unit": surface[match.end() :] or None}

    return read


def recognizers_text() -> Reader:
    """Return Microsoft's Recognizers-Text: its currency, percentage and number models."""
    from recognizers_number import recognize_number, recognize_percentage
    from recognizers_number_with_unit import recognize_currency

    def read(surface: str) -> Answer | None:
        for recognize in (recognize_currency, recognize_percentage, recognize_number):
            found = recognize(surface, "zh-cn")
            if found:
                resolution = found[0].resolution
                value = str(resolution["value"])
                answer: Answer = {"unit": resolution.get("unit")}
                answer["currency"] = resolution.get("isoCurrency")
                if value.endswith("%"):
                    answer["unit"] = "%"
                return answer | {"value": decimal(value.removesuffix("%"))}
        return None

    return read


READERS: dict[str, Callable[[], Reader]] = {
    "unionie": ours,
    "jionlp": jionlp,
    "cn2an": cn2an,
    "recognizers-text": recognizers_text,
}


def decimal(number: Any) -> Decimal | None:
    """Return ``number`` as a Decimal, None if it is none."""
    try:
        return None if number is None else Decimal(str(number))
    except InvalidOperation:
        return None


def expected(case: Answer) -> Answer | None:
    """Return what the table says of a case; None for what must not be read."""
    if case["approx"] == "unread":
        return None
    return {n: decimal(case[n]) if n in ("value", "low", "high") else case[n] for n in FIELDS}


def numbers(answer: Answer | None) -> tuple[Any, ...] | None:
    """Return the value, or both bounds of a range."""
    if answer is None:
        return None
    if answer.get("value") is not None:
        return (answer["value"],)
    return answer.get("low"), answer.get("high")


def same_unit(answer: Answer, due: Answer) -> bool:
    """Say whether the unit is right; for money either its name or its currency code."""
    if due["currency"] and answer.get("currency") == due["currency"]:
        return True
    return bool(answer.get("unit") == due["unit"])


def run(name: str, cases: list[Answer]) -> dict[str, Any]:
    """Return how often one reader is right on ``cases``."""
    try:
        read = READERS[name]()
    except ImportError as error:
        return {"reader": name, "missing": f"not installed ({error.name or error})"}
    number = with_unit = with_approximation = guessed = errors = 0
    readable = [case for case in cases if case["approx"] != "unread"]
    for case in cases:
        try:
            answer = read(case["surface"])
        except Exception:  # a peer's crash is its result
            answer = None
            errors += 1
        due = expected(case)
        if due is None:
            guessed += answer is not None and numbers(answer) != (None, None)
            continue
        if answer is None or numbers(answer) != numbers(due):
            continue
        number += 1
        if same_unit(answer, due):
            with_unit += 1
            with_approximation += answer.get("approx") == due["approx"]
    return {
        "reader": name,
        "readable": len(readable),
        "number": number,
        "with_unit": with_unit,
        "with_approximation": with_approximation,
        "unreadable": len(cases) - len(readable),
        "unreadable_guessed": guessed,
        "errors": errors,
    }


def main(
    output: Annotated[Path | None, typer.Argument(help="A JSON file to write.")] = None,
) -> None:
    """Print, and write to OUTPUT, how often each reader is right."""
    results = {}
    for name, path in TABLES.items():
        cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        results[name] = [run(reader, cases) for reader in READERS]
        show(results[name], f"{name}: {len(cases)} surfaces")
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        srsly.write_json(output, results)


def show(results: list[dict[str, Any]], title: str) -> None:
    """Print the results of one table."""
    table = Table(title=title)
    columns = ("number", "with unit", "with approximation", "unreadable but read", "errors")
    for column in ("reader", *columns):
        table.add_column(column, justify="left" if column == "reader" else "right")
    for row in results:
        if "missing" in row:
            table.add_row(row["reader"], row["missing"])
            continue
        table.add_row(
            row["reader"],
            *(f"{row[k]}/{row['readable']}" for k in ("number", "with_unit", "with_approximation")),
            f"{row['unreadable_guessed']}/{row['unreadable']}",
            str(row["errors"]),
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    typer.run(main)
