"""Draw the scores' reliability and the coverage they leave, from docs/results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import matplotlib as mpl
import srsly
import typer
from train import ROOT

mpl.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes

RESULTS = ROOT / "docs" / "results"

#: Kind of answer -> colour (Okabe and Ito's palette for all kinds of colour vision).
COLOURS = {"entity": "#0072B2", "relation": "#D55E00", "figure": "#009E73"}
_NAMES = {"entity": "entities", "relation": "relations", "figure": "figures (whole rows)"}


def draw_reliability(axes: Axes, scores: dict[str, Any]) -> None:
    """Draw promised against kept precision, with intervals."""
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle=":")
    for kind, colour in COLOURS.items():
        bins = scores[kind]["reliability"]
        x = [part["score"] for part in bins]
        y = [part["precision"] for part in bins]
        low = [max(part["precision"] - part["low"], 0) for part in bins]
        high = [max(part["high"] - part["precision"], 0) for part in bins]
        axes.errorbar(
            x, y, yerr=[low, high], color=colour, marker="o", markersize=4, linewidth=1,
            capsize=2, label=f"{_NAMES[kind]}, error {scores[kind]['calibration_error']:.3f}",
        )  # fmt: skip
    axes.set(xlabel="mean score", ylabel="share that is right", xlim=(0, 1.02), ylim=(0, 1.02))
    axes.legend(frameon=False, fontsize=8, loc="upper left")


def draw_coverage(axes: Axes, scores: dict[str, Any]) -> None:
    """Draw what share of the answers is left at which precision."""
    for kind, colour in COLOURS.items():
        points = scores[kind]["coverage"]
        x = [point["coverage"] for point in points]
        axes.plot(x, [point["precision"] for point in points], color=colour, label=_NAMES[kind])
        axes.fill_between(
            x, [point["low"] for point in points], [point["high"] for point in points],
            color=colour, alpha=0.15, linewidth=0,
        )  # fmt: skip
        for point in points:
            if point["min_score"] == 0.9:
                axes.plot(point["coverage"], point["precision"], "o", color=colour)
    axes.axhline(0.9, color="#999999", linewidth=1, linestyle=":")
    axes.set(xlabel="share of answers kept (dot: min_score=0.9)", ylabel="share that is right")
    axes.set(xlim=(0, 1.02), ylim=(0.5, 1.01))
    axes.legend(frameon=False, fontsize=8, loc="lower left")


def main(folder: Annotated[Path, typer.Argument(help="The folder for the pictures.")]) -> None:
    """Draw one picture for the seed reports and one for the written test split."""
    mpl.rcParams["svg.hashsalt"] = "unionie"  # the same picture from the same numbers
    folder.mkdir(parents=True, exist_ok=True)
    for name, title in (("seeds", "Real reports, left out one by one"), ("test", "Written test")):
        scores = srsly.read_json(RESULTS / f"{name}.json")["scores"]
        figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
        figure.suptitle(title)
        draw_reliability(left, scores)
        draw_coverage(right, scores)
        figure.savefig(folder / f"scores_{name}.svg", metadata={"Date": None})
        plt.close(figure)


if __name__ == "__main__":
    typer.run(main)
