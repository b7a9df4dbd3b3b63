"""The figure reader, on a table of surfaces kept as data."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionie.quantities import MAX_LENGTH, UNREAD, Quantity, read_quantity, read_quantity_at


def table(name: str) -> list[dict[str, Any]]:
    lines = (Path(__file__).parent / "data" / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


CASES = table("quantities.jsonl")


def decimal(number: str | None) -> Decimal | None:
    return None if number is None else Decimal(number)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["surface"])
def test_surface_is_read_as_the_table_says(case):
    assert read_quantity(case["surface"]) == Quantity(
        value=decimal(case["value"]),
        low=decimal(case["low"]),
        high=decimal(case["high"]),
        unit=case["unit"],
        per=case["per"],
        currency=case["currency"],
        approx=case["approx"],
    )


@pytest.mark.parametrize("case", table("quantities_in_context.jsonl"), ids=str)
def test_a_part_of_a_number_is_not_read(case):
    start, end = len(case["before"]), len(case["before"] + case["surface"])
    found = read_quantity_at(case["before"] + case["surface"] + case["after"], start, end)
    assert found == (UNREAD if case["cut"] else read_quantity(case["surface"]))
    assert found == UNREAD or not case["cut"]


def test_the_table_is_large_and_has_no_surface_twice():
    surfaces = [case["surface"] for case in CASES]
    assert len(surfaces) == len(set(surfaces)) >= 250


def test_equal_numbers_print_alike():
    assert str(read_quantity("3.50万元").value) == str(read_quantity("35000元").value) == "35000"


@pytest.mark.parametrize(
    "surface", ["1" + "亿" * 60, "亿" * 40 + "人", "万亿" * 30 + "元", "-1" + "亿" * 40]
)
def test_numbers_beyond_exact_arithmetic_are_unread(surface):
    assert read_quantity(surface) == UNREAD
    assert read_quantity("3亿亿元").value == Decimal(3) * 10**16


def test_overlong_surface_is_unread():
    assert read_quantity("1" * (MAX_LENGTH + 1) + "人") == UNREAD


@pytest.mark.parametrize("wrong", [None, 5, ["3元"], b"3"])
def test_what_is_no_str_is_refused(wrong):
    with pytest.raises(TypeError, match="must be a str"):
        read_quantity(wrong)


def test_long_numbers_stay_exact():
    digits = "123456789" * 6
    assert read_quantity(f"{digits}元").value == Decimal(digits)


PIECES = st.sampled_from(
    [*"0123456789.,，％%‰-~至到约近超余多几元万亿千百十零两三五点成半分之每/人户次个 　以上"]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_surface_gives_consistent_bounds(surface):
    quantity = read_quantity(surface)
    if quantity.approx == "unread":
        assert quantity == UNREAD
    elif quantity.approx == "between":
        assert quantity.value is None
        assert quantity.low < quantity.high
    else:
        assert quantity.value is not None
        assert quantity.low in (None, quantity.value)
        assert quantity.high in (None, quantity.value)


@given(st.text(max_size=80))
def test_any_text_is_read_or_given_up(surface):
    assert isinstance(read_quantity(surface), Quantity)


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(["人", "人次", "元", "%"]))
def test_plain_integers_round_trip(number, unit):
    quantity = read_quantity(f"{number:,}{unit}")
    assert (quantity.value, quantity.unit, quantity.approx) == (number, unit, "exact")


def test_no_held_out_surface_is_in_the_table():
    path = Path(__file__).parent / "data" / "quantities_held_out.jsonl"
    held_out = {json.loads(line)["surface"] for line in path.read_text("utf-8").splitlines()}
    assert held_out.isdisjoint(case["surface"] for case in CASES)
