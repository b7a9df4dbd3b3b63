"""Write the tables of results into the README, the docs and the dataset card.

Each file has marked places, ``<!-- NAME:start -->`` to ``<!-- NAME:end -->``; what stands
between them comes from ``docs/results``. A test checks that it is up to date.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import srsly
import typer

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "docs" / "results"


#: Section of an evaluation -> the section of agreement that is its ceiling.
SECTIONS = {
    "entities, strict": "entities, strict",
    "entities, overlap": "entities, overlap",
    "relations from raw text, strict": "relations, strict",
    "relations from raw text, overlap": "relations, overlap",
    "relations given gold entities": None,
}

#: Sections of which only the first row, all labels together, is shown in the README.
_SHORT = ("entities, overlap", "relations from raw text, overlap")

#: Section -> the section on mentions that training does not hold.
_UNSEEN = {"entities, strict": "entities, strict, unseen in training"}


def scores(result: dict[str, Any], readings: dict[str, Any]) -> str:
    """Return a table of the scores, with what to hold them against."""
    lines = [
        "| | precision | recall | F1 | 95% interval | support | agreement | F1 unseen |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, ceiling in SECTIONS.items():
        rows = result["sections"].get(name, [])
        agreed = readings["sections"][ceiling] if ceiling else [None] * len(rows)
        unseen = result["sections"].get(_UNSEEN.get(name), [None] * len(rows))
        for number, (row, reading, new) in enumerate(zip(rows, agreed, unseen, strict=True)):
            if number and name.endswith(_SHORT):
                break
            title = row["name"] if number else f"**{name}**"
            agreement = f"{reading['f1']:.3f}" if reading else ""
            not_seen = f"{new['f1']:.3f} ({new['support']})" if new else ""
            lines.append(
                f"| {title} | {row['precision']:.3f} | {row['recall']:.3f} | {row['f1']:.3f} "
                f"| {row['f1_low']:.3f}–{row['f1_high']:.3f} | {row['support']} "
                f"| {agreement} | {not_seen} |"
            )
    return "\n".join(lines)


def results() -> str:
    """Return the README's section on quality."""
    seeds = srsly.read_json(RESULTS / "seeds.json")
    test = srsly.read_json(RESULTS / "test.json")
    readers = srsly.read_json(RESULTS / "figure_readers.json")
    lines = [
        "| surfaces | reader | number | with unit | with approximation | unreadable but read |",
        "|---|---|---|---|---|---|",
    ]
    for table, rows in readers.items():
        for row in rows:
            due, bad = row["readable"], row["unreadable"]
            cells = [f"{row[k]}/{due}" for k in ("number", "with_unit", "with_approximation")]
            cells.append(f"{row['unreadable_guessed']}/{bad}")
            lines.append(f"| {table} | {row['reader']} | {' | '.join(cells)} |")
    return "\n\n".join(
        [
            "From raw text, a missed gold item counting as missed. Strict means equal offsets and "
            "label, overlap the same label and a character in common; a relation is right if both "
            "its spans are. Intervals are by bootstrap over documents. *Agreement* is the F1 of "
            "two independent readings of the same text, one against the other; the readers are "
            "instances of one language model, see the [dataset card](annotations/README.md). "
            "*F1 unseen* counts only mentions whose surface training does not hold under the same "
            "label, with how many there are.",
            "**Real reports.** Leave-one-report-out on the five seed reports: each is read by a "
            "pipeline trained without it, on the four others and the written corpus.",
            scores(seeds, srsly.read_json(RESULTS / "agreement_seeds.json")),
            "**Written reports.** The bundled pipeline on the test split; no report in training is "
            "from its provinces or unions, or by its writers:",
            scores(test, srsly.read_json(RESULTS / "agreement_test.json")),
            "**Figure reader.** It and its peers on two tables of surfaces. Ours was corrected on "
            "the test table, never on the held-out one, which somebody else wrote when the reader "
            "was finished:",
            "\n".join(lines),
            "Commands: `weasel run evaluate training` and `weasel run compare training`; what they "
            "measured is in `docs/results/`.",
        ]
    )


def _whole_figures() -> dict[str, Any]:
    """Return how many figures are right on the seed reports, all and from a score of 0.9."""
    points = srsly.read_json(RESULTS / "seeds.json")["scores"]["figure"]["coverage"]
    every, sure = (next(p for p in points if p["min_score"] == least) for least in (0.0, 0.9))
    return {"every": every, "sure": sure}


def rows() -> str:
    """Return the README's sentences on how often a row is right."""
    return (
        "Of the figures in real reports that it had not learned from, {every[precision]:.0%} "
        "({every[low]:.0%}–{every[high]:.0%}) came out right in everything that their sentence "
        "says: number, all that it measures, organisation, period and programmes. The numbers "
        "themselves are nearly always right; most errors are an indicator a word too long or "
        "too short. Of the {sure[coverage]:.0%} with a `score` of 0.9 and more, "
        "{sure[precision]:.0%} ({sure[low]:.0%}–{sure[high]:.0%}) were right."
    ).format(**_whole_figures())


def rows_in_chinese() -> str:
    """Return the same sentences for the Chinese README."""
    return (
        "拿训练时没有用过的真实报告来测,{every[precision]:.0%}({every[low]:.0%}–{every[high]:.0%})"
        "的数字整行全对,即数值、所有指标、单位、时期、活动都和原句一致。数值本身极少出错,错得最多的是"
        "指标多一个词或少一个词。`score` 在 0.9 以上的占 {sure[coverage]:.0%},其中 "
        "{sure[precision]:.0%}({sure[low]:.0%}–{sure[high]:.0%})全对。"
    ).format(**_whole_figures())


def accuracy() -> str:
    """Return the Chinese README's section on quality: F1 of entities and relations."""
    lines = ["| | 实体 F1 | 关系 F1 |", "|---|---|---|"]
    for file, title in (
        ("seeds", "真实报告(五篇,读哪一篇,训练时就不用哪一篇)"),
        ("test", "仿写报告(测试集,其中的地区、工会和作者不见于训练集)"),
    ):
        sections = srsly.read_json(RESULTS / f"{file}.json")["sections"]
        rows = [sections[f"{name}, strict"][0] for name in ("entities", "relations from raw text")]
        cells = [f"{r['f1']:.3f} ({r['f1_low']:.3f}–{r['f1_high']:.3f})" for r in rows]
        lines.append(f"| {title} | {' | '.join(cells)} |")
    return "\n\n".join(
        [
            "\n".join(lines),
            "从原文读起,边界、类别全对才算对,漏掉的也算错;关系要两端都对。括号里是 95% 置信区间"
            "(按报告重抽样)。各类实体、各种关系的分数见[英文说明](README.md#how-good-is-it)。",
        ]
    )


def agreement_tables() -> str:
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


def errors() -> str:
    """Return the tables of errors on the seed reports."""
    parts = []
    for table in srsly.read_json(RESULTS / "seeds.json")["errors"]:
        lines = [f"**{table['title']}**", "", f"| {' | '.join(table['columns'])} |"]
        lines.append("|---" * len(table["columns"]) + "|")
        lines += [f"| {' | '.join(map(str, row))} |" for row in table["rows"]]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def trust() -> str:
    """Return the section on what min_score keeps."""
    lines = [
        "| answers | min_score | kept | right among them | 95% interval | calibration error |",
        "|---|---|---|---|---|---|",
    ]
    for name, title in (("seeds", "real reports"), ("test", "written test")):
        for kind, own in srsly.read_json(RESULTS / f"{name}.json")["scores"].items():
            lines += [
                f"| {title}, {kind} | {point['min_score']:.2f} | {point['coverage']:.1%} "
                f"| {point['precision']:.3f} | {point['low']:.3f}–{point['high']:.3f} "
                f"| {own['calibration_error']:.3f} |"
                for point in own["coverage"]
                if point["min_score"] in (0.0, 0.5, 0.8, 0.9, 0.95)
            ]
    return "\n".join(lines)


def speed() -> str:
    """Return the section on speed, start and memory."""
    result = srsly.read_json(RESULTS / "benchmark.json")
    seeds = result["seeds"]
    low, high = seeds["ratio_range"]
    rows = [
        ("end to end beside LAC's tagger alone, one core, seed reports",
         f"{seeds['ratio']:.2f} times its speed ({low:.2f}–{high:.2f} over rounds)"),
        ("import of unionie", f"{result['import_seconds']:.3f} s, without spaCy"),
        ("first extraction, loading included", f"{result['first_extraction_seconds']:.1f} s"),
        ("peak memory on the five seed reports", f"{result['peak_megabytes_on_seeds']} MB"),
        ("bundled pipeline", f"{result['model_megabytes']} MB"),
    ]  # fmt: skip
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows), ""]
    lines += [
        "| characters in one call | microseconds a character | against the first | peak MB |",
        "|---|---|---|---|",
    ]
    first = result["growth"][0]["microseconds_per_character"]
    for row in result["growth"]:
        own = row["microseconds_per_character"]
        lines.append(
            f"| {row['characters']:,} | {own} | {own / first:.2f} | {row['peak_megabytes']} |"
        )
    return "\n".join(lines)


def ablation() -> str:
    """Return the section on what each part of the entity recognizer is worth."""
    result = srsly.read_json(RESULTS / "ablation.json")
    shipped: dict[int, float] = {}  # by the share of the documents trained on
    few, many = sorted(result["training_characters"].values())
    lines = [
        "| | strict F1 | 95% interval | by seed | against what ships | overlap F1 | minutes |",
        "|---|---|---|---|---|---|---|",
    ]
    group = None
    for name, row in result["entities"].items():
        if row["group"] != group:
            group = row["group"]
            lines.append(f"| **{group}** | | | | | | |")
        seeds = ", ".join(f"{value:.3f}" for value in row["seeds"])
        against = row["f1"] - shipped.setdefault(row["every"], row["f1"])
        lines.append(
            f"| {name} | {row['f1']:.3f} | {row['low']:.3f}–{row['high']:.3f} | {seeds} "
            f"| {against:+.3f} | {row['overlap']:.3f} | {row['minutes']} |"
        )
    return "\n".join(
        [
            *lines,
            "",
            f"Trained on {few:,} characters, the last group on {many:,}. A word of pkuseg cuts "
            f"{result['spans_cut_by_words']:.1%} of the validation split's spans.",
        ]
    )


def linkers() -> str:
    """Return the section on kinds of linkers."""
    result = srsly.read_json(RESULTS / "ablation.json")
    relations = ("MEASURES", "BY", "DURING", "UNDER")
    lines = [
        f"| | F1 | 95% interval | by seed | {' | '.join(relations)} |",
        "|---" * (len(relations) + 4) + "|",
    ]
    for name, row in result["linkers"].items():
        seeds = ", ".join(f"{value:.3f}" for value in row["seeds"])
        labels = " | ".join(f"{row['labels'][label]:.3f}" for label in relations)
        lines.append(
            f"| {name} | {row['f1']:.3f} | {row['low']:.3f}–{row['high']:.3f} | {seeds} "
            f"| {labels} |"
        )
    return "\n".join(lines)


def curve() -> str:
    """Return the section on how quality grows with training text."""
    rows = srsly.read_json(RESULTS / "learning_curve.json")["rows"]
    lines = [
        "| part of the written corpus | documents | characters | entities, strict | overlap "
        "| relations |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in rows.items():
        cells = [
            f"{row[key]['f1']:.3f} ({row[key]['f1_low']:.3f}–{row[key]['f1_high']:.3f})"
            for key in ("entities_strict", "entities_overlap", "relations")
        ]
        lines.append(
            f"| {name} | {row['documents']} | {row['characters']:,} | {' | '.join(cells)} |"
        )
    return "\n".join(lines)


def second_seed() -> str:
    """Return the section on the shipped pipeline beside one of another seed."""
    lines = ["| | as it ships | another seed | difference, 95% |", "|---|---|---|---|"]
    for section, rows in srsly.read_json(RESULTS / "second_seed.json")["sections"].items():
        row = rows[0]  # all labels together
        lines.append(
            f"| {section} | {row['first']:.3f} | {row['second']:.3f} "
            f"| {row['low']:+.3f} to {row['high']:+.3f} |"
        )
    return "\n".join(lines)


def soak() -> str:
    """Return the sentence on an hour of extraction in one process."""
    minutes = srsly.read_json(RESULTS / "soak.json")["minutes"]
    first, last = minutes[9], minutes[-1]
    most = max(row["megabytes"] for row in minutes)
    return (
        f"In {last['minute']} minutes one process extracted from {last['reports']:,} reports, "
        f"{last['characters']:,} characters. It held {first['megabytes']} MB after "
        f"{first['minute']} minutes, {last['megabytes']} MB at the end and at most {most} MB; its "
        f"vocabulary had {first['strings']:,} strings then and {last['strings']:,} at the end."
    )


def beyond_genre() -> str:
    """Return the sentence on prose of another genre and the figures judged in it."""
    result = srsly.read_json(RESULTS / "beyond_genre.json")
    verdicts = Counter(row["verdict"] for row in result["sample"])
    return (
        f"Of {result['figures']:,} figures in {result['characters']:,} characters "
        f"{result['unread']:,} were given up, and {len(result['broken'])} lines broke a promise. "
        f"Of the {len(result['sample'])} drawn last {verdicts['right']} were read right, "
        f"{verdicts['unread']} given up, {verdicts['span']} cut too short or long, "
        f"{verdicts['no_quantity']} no quantity, and {verdicts['wrong']} wrong."
    )


def bulk() -> str:
    """Return what extraction costs in bulk, and what follows for ten million reports."""
    result = srsly.read_json(RESULTS / "bulk.json")
    forked, spawned = (
        result["medians"][way]["own_megabytes_of_a_worker"] for way in ("two_forked", "two_spawned")
    )
    share = result["parent_cpu_seconds_per_document"]
    written = share + result["writing_cpu_seconds_per_document"]
    rate = result["documents_per_core_second"]
    lines = [
        f"* {rate} reports a core-second, each of {result['characters_per_document']:,} "
        f"characters; a pipeline starts in {result['startup_cpu_seconds']} s.",
        f"* A worker has {forked:.0f} MB of its own when forked, {spawned:.0f} MB when spawned; "
        "Ray starts its workers afresh too.",
        f"* Two processes do {result['clock_ratio_two_to_one']} times the work of one by the "
        "clock.",
        f"* The process that hands out the work takes {share:.4f} s a report, and {written:.4f} s "
        f"with the journal and a CSV file: with `-o`, {1 / (written * rate):.0f} workers keep it "
        "busy.",
        "",
        "| cores | hours for ten million reports |",
        "|---:|---:|",
    ]
    lines += [f"| {cores:,} | {1e7 / rate / cores / 3600:.1f} |" for cores in (64, 512, 4096)]
    return "\n".join(lines)


def _retraining() -> dict[str, Any]:
    reports: dict[str, Any] = srsly.read_json(RESULTS / "retraining.json")["reports"]
    return reports


def retraining() -> str:
    """Return the section on what half a corrected report is worth."""
    kinds = ("entities", "relations", "figures")
    parts = {"rest of the report": "rest", "other reports": "others"}
    columns = [f"{short}: {kind}" for short in parts.values() for kind in kinds]
    lines = [
        f"| first half of | pipeline | {' | '.join(columns)}",
        "|---" * (2 + len(columns)),
    ]
    sums: dict[str, Any] = {}
    for name, report in _retraining().items():
        for number, (pipeline, scores) in enumerate(report["scores"].items()):
            cells = []
            for part in parts:
                for kind in kinds:
                    counts = scores[part][kind]
                    own = sums.setdefault(pipeline, {}).setdefault((part, kind), Counter())
                    own.update(counts)
                    cells.append(f"{_f1(counts):.3f}")
            title = f"{name}, {report['characters']:,} characters" if not number else ""
            lines.append(f"| {title} | {pipeline} | {' | '.join(cells)}")
    for number, (pipeline, by_column) in enumerate(sums.items()):
        cells = [f"**{_f1(counts):.3f}**" for counts in by_column.values()]
        lines.append(f"| {'' if number else '**all**'} | {pipeline} | {' | '.join(cells)}")
    return " |\n".join([*lines, ""]).rstrip()


def _f1(counts: Mapping[str, int]) -> float:
    return 2 * counts["right"] / (counts["proposed"] + counts["gold"])


def retraining_log() -> str:
    """Return what one of the trainings said."""
    (said, *_) = [report["said"] for report in _retraining().values()]
    return "\n".join(["```", *said, "```"])


def comparison() -> str:
    """Return what the comparison of the same two pipelines said."""
    (text, *_) = [report["comparison"] for report in _retraining().values()]
    return f"```\n{text}\n```"


PLACES = {
    ROOT / "docs" / "quality.md": {
        "errors": errors,
        "trust": trust,
        "speed": speed,
        "ablation": ablation,
        "linkers": linkers,
        "curve": curve,
        "seed": second_seed,
    },
    ROOT / "docs" / "bulk.md": {"bulk": bulk},
    ROOT / "docs" / "trust.md": {"soak": soak, "genre": beyond_genre},
    ROOT / "docs" / "retrain.md": {"retraining": retraining, "log": retraining_log},
    ROOT / "docs" / "evaluate.md": {"comparison": comparison},
    ROOT / "README.md": {"rows": rows, "results": results},
    ROOT / "README.zh.md": {"rows": rows_in_chinese, "accuracy": accuracy},
    ROOT / "annotations" / "README.md": {
        "sizes": sizes,
        "agreement": agreement_tables,
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
