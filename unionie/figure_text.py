"""A figure's number and unit, written for a reader."""

from __future__ import annotations

from unionie.figures import Figure, Status

#: What the signs of a table of figures mean.
LEGEND = "(in brackets) inherited from the text around; ≥ at least, ≤ at most, ≈ about, ? unread"


def number_text(figure: Figure) -> str:
    """Return the number in base units with the sign of its approximation."""
    if figure.approx == "unread":
        return "?"
    if figure.approx == "between":
        return f"{figure.low:,} – {figure.high:,}"
    sign = {"exact": "", "about": "≈ ", "at_least": "≥ ", "at_most": "≤ "}[figure.approx]
    return f"{sign}{figure.value:,}"


def unit_text(figure: Figure) -> str:
    """Return the unit and what a rate is per, empty for a bare number."""
    return "/".join(part for part in (figure.unit, figure.per) if part)


def with_status(text: str, status: Status) -> str:
    """Return ``text``, in brackets if it is inherited."""
    return f"({text})" if status == "inherited" else text
