"""One evaluation of a pipeline: everything that is measured, as tables, JSON and HTML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unionie.annotation import Paragraph, annotation_files, read_lines
from unionie.check import read_checked
from unionie.comparison import Difference, compare, fewest_documents
from unionie.diagnosis import labels_in, relations_in
from unionie.digest import digest_annotations
from unionie.errors import AnnotationError
from unionie.evaluation import (
    CountTable,
    Score,
    annotate,
    entity_counts,
    figure_counts,
    link,
    relation_counts,
    to_scores,
)
from unionie.own_labels import scheme_of
from unionie.schema import Scheme
from unionie.training import trained_on

if TYPE_CHECKING:
    from rich.table import Table
    from spacy.language import Language

# Labels of one's own may be in the annotations and not in the pipeline: then all are missed.
_NOT_CHECKED = ("label", "link-type")


@dataclass(frozen=True)
class Evaluation:
    """What a pipeline made of annotated paragraphs.

    Attributes:
        model: what was evaluated, in words.
        gold: the paragraphs as they are annotated.
        found: the same, annotated from their bare text.
        linked: the same, with the relations found between their own spans.
        warnings: what makes the scores mean less than they seem to, in words.

    """

    model: str
    gold: tuple[Paragraph, ...]
    found: tuple[Paragraph, ...]
    linked: tuple[Paragraph, ...]
    warnings: tuple[str, ...] = ()

    @cached_property
    def counts(self) -> dict[str, CountTable]:
        """Section -> label -> how many were right, proposed and due in each document.

        The names of the sections say what is counted, whether the pipeline was given the
        bare text or the gold entities, and whether spans must match exactly (strict) or
        overlap.
        """
        gold, found, linked = self.gold, self.found, self.linked
        pairs = [*zip(gold, found, strict=True)]
        labels, relations = labels_in(pairs), relations_in(pairs)
        return {
            "entities, strict": entity_counts(gold, found, "strict", labels=labels),
            "entities, overlap": entity_counts(gold, found, "overlap", labels=labels),
            "relations from raw text, strict": relation_counts(
                gold, found, "strict", labels=relations
            ),
            "relations from raw text, overlap": relation_counts(
                gold, found, "overlap", labels=relations
            ),
            "relations given gold entities": relation_counts(
                gold, linked, "strict", labels=relations
            ),
            "figures from raw text": figure_counts(gold, found),
            "figures given gold entities": figure_counts(gold, linked),
        }

    @cached_property
    def sections(self) -> dict[str, list[Score]]:
        """Section -> its scores: all labels together, then each label."""
        return {name: to_scores(_counted(name), counts) for name, counts in self.counts.items()}

    def score(self, section: str, label: str | None = None) -> Score:
        """Return one score; of all labels together if ``label`` is None."""
        scores = self.sections[section]
        return scores[0] if label is None else next(s for s in scores[1:] if s.name == label)

    def tables(self) -> list[Table]:
        """Return a rich table for each section.

        The interval is by bootstrap over documents; of a single one there is none.
        """
        one = len({paragraph.doc for paragraph in self.gold}) == 1
        return [
            score_table(name, scores, intervals=not one) for name, scores in self.sections.items()
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as JSON, with the digest of the annotations."""
        return {
            "model": self.model,
            "annotations_digest": digest_annotations(self.gold),
            "documents": len({paragraph.doc for paragraph in self.gold}),
            "paragraphs": len(self.gold),
            "sections": {
                name: [row.to_dict() for row in scores] for name, scores in self.sections.items()
            },
        }

    def to_html(self) -> str:
        """Return a page with every error in its sentence, gold beside found."""
        from unionie.error_page import error_page

        pairs = list(zip(self.gold, self.found, strict=True))
        return error_page(pairs, title=f"Errors: {self.model}", worst=None)


def pool_evaluations(parts: Sequence[Evaluation], model: str) -> Evaluation:
    """Return the evaluation of all the paragraphs of ``parts``, named ``model``."""
    return Evaluation(
        model,
        tuple(paragraph for part in parts for paragraph in part.gold),
        tuple(paragraph for part in parts for paragraph in part.found),
        tuple(paragraph for part in parts for paragraph in part.linked),
    )


def score_table(title: str, scores: Iterable[Score], *, intervals: bool = True) -> Table:
    """Return scores as a rich table, with or without the intervals of F1."""
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    table.add_column("")
    for column in ("precision", "recall", "F1", "95% interval", "support"):
        table.add_column(column, justify="right")
    for row in scores:
        if not row.counts.gold and not row.counts.proposed:
            table.add_row(row.name, "–", "–", "–", "", "0")
            continue
        table.add_row(
            row.name,
            f"{row.counts.precision:.3f}",
            f"{row.counts.recall:.3f}",
            f"{row.counts.f1:.3f}",
            f"{row.low:.3f}–{row.high:.3f}" if intervals else "",
            str(row.counts.gold),
        )
    return table


@dataclass(frozen=True, slots=True)
class Comparison:
    """Where the second of two pipelines differs from the first.

    ``sections`` gives the differences of each section; their p-values are adjusted for
    all of them together. ``warnings`` say what makes them mean less than they seem to.
    """

    first: str
    second: str
    documents: int
    sections: dict[str, list[Difference]]
    warnings: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """Say in words what the figures allow to be said."""
        real = [
            f"{section}: {difference}"
            for section, differences in self.sections.items()
            for difference in differences
            if difference.verdict != "not shown"
        ]
        rows = sum(map(len, self.sections.values()))
        fewest = fewest_documents(rows)
        return [
            f"First: {self.first}. Second: {self.second}.",
            *(real or ["No difference between the two is shown."]),
            f"Tested over {self.documents} documents in {rows} rows; p-values are adjusted for "
            f"all {rows} (Holm), so one row in the table that looks better proves nothing, and "
            "a difference that is not shown may still exist.",
            *(
                [f"With fewer than {fewest} documents no difference can be shown in {rows} rows."]
                if self.documents < fewest
                else []
            ),
        ]

    def table(self) -> Table:
        """Return all rows as a rich table."""
        from rich.table import Table

        table = Table(title="F1 of the first and the second", title_justify="left")
        table.add_column("")
        for column in ("first", "second", "difference, 95%", "p", "adjusted", "second is"):
            table.add_column(column, justify="right")
        for section, differences in self.sections.items():
            table.add_section()
            table.add_row(section, style="bold")
            for row in differences:
                table.add_row(
                    row.name,
                    f"{row.first:.3f}",
                    f"{row.second:.3f}",
                    f"{row.low:+.3f} … {row.high:+.3f}",
                    f"{row.p:.4f}",
                    f"{row.adjusted:.4f}",
                    row.verdict,
                )
        return table

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as JSON."""
        return {
            "first": self.first,
            "second": self.second,
            "documents": self.documents,
            "sections": {
                name: [row.to_dict() for row in rows] for name, rows in self.sections.items()
            },
        }


_COMPARED = ("entities, strict", "relations from raw text, strict", "figures from raw text")


def compare_pipelines(
    first: Language | str | Path | None,
    second: Language | str | Path | None,
    annotations: str | Path | Iterable[str | Path] | Sequence[Paragraph],
) -> Comparison:
    """Evaluate two pipelines on the same annotations and test where they differ.

    The arguments are those of :func:`evaluate`.
    """
    given = _listed(annotations)
    gold = read_gold(given)
    pipelines = [_named(first), _named(second)]
    one, other = (_evaluate(*pipeline, gold) for pipeline in pipelines)
    sides: list[CountTable] = [{}, {}]
    for section in _COMPARED:
        labels = dict.fromkeys([*one.counts[section], *other.counts[section]])
        for side, evaluation in zip(sides, (one, other), strict=True):
            own = evaluation.counts[section]
            rows = {label: own[label] for label in labels if label in own}
            for label in labels:
                if label not in own:  # the other pipeline's own label, not due anywhere
                    rows[label] = np.zeros_like(next(iter(own.values())))
            if len(rows) > 1:
                side[f"{section}/{_counted(section)}"] = np.sum([*rows.values()], axis=0)
            side.update({f"{section}/{label}": rows[label] for label in labels})
    sections: dict[str, list[Difference]] = {section: [] for section in _COMPARED}
    for difference in compare(*sides):
        section, label = difference.name.split("/", maxsplit=1)
        sections[section].append(replace(difference, name=label))
    documents = len({paragraph.doc for paragraph in gold})
    warnings = _warnings(given, gold, pipelines)
    return Comparison(one.model, other.model, documents, sections, warnings)


def _counted(section: str) -> str:
    """Return what a section counts: entities, relations or figures."""
    return section.partition(" ")[0].rstrip(",")


def evaluate(
    pipeline: Language | str | Path | None,
    annotations: str | Path | Iterable[str | Path] | Sequence[Paragraph],
) -> Evaluation:
    """Evaluate a pipeline on annotated paragraphs.

    Args:
        pipeline: a pipeline or its folder; the bundled one if None or ``"bundled"``.
        annotations: annotation files or folders, or the paragraphs themselves.

    Raises:
        AnnotationError: something is wrong in the files, or there is nothing in them.
        ModelError: there is no pipeline in the folder.

    """
    given = _listed(annotations)
    gold = read_gold(given)
    name, nlp = _named(pipeline)
    return replace(_evaluate(name, nlp, gold), warnings=_warnings(given, gold, [(name, nlp)]))


def read_gold(
    annotations: str | Path | Iterable[str | Path | Paragraph],
) -> list[Paragraph]:
    """Return the paragraphs that :func:`evaluate` measures against.

    Raises:
        AnnotationError: something is wrong in the files, or there is nothing in them.

    """
    given = _listed(annotations)
    gold = [item for item in given if isinstance(item, Paragraph)]
    paths = [item for item in given if not isinstance(item, Paragraph)]
    gold += read_checked(paths, ignore=_NOT_CHECKED)
    if not gold:
        raise AnnotationError("there is not one annotated paragraph to evaluate on")
    return gold


def _listed(
    annotations: str | Path | Iterable[str | Path | Paragraph],
) -> list[str | Path | Paragraph]:
    return [annotations] if isinstance(annotations, str | Path) else list(annotations)


def _named(pipeline: Language | str | Path | None) -> tuple[str, Language]:
    from unionie.extraction import BUNDLED, BUNDLED_MODEL, folder_of, load

    if pipeline is None or isinstance(pipeline, str | Path):
        folder = folder_of(pipeline)
        return BUNDLED if folder == BUNDLED_MODEL else str(folder), load(pipeline)
    return pipeline.meta["name"], pipeline


def _evaluate(name: str, nlp: Language, gold: Sequence[Paragraph]) -> Evaluation:
    return Evaluation(name, tuple(gold), tuple(annotate(nlp, gold)), tuple(link(nlp, gold)))


def _warnings(
    given: Sequence[str | Path | Paragraph],
    gold: Sequence[Paragraph],
    pipelines: Sequence[tuple[str, Language]],
) -> tuple[str, ...]:
    documents = {paragraph.doc for paragraph in gold}
    known = [(name, sorted(trained_on(nlp) & documents)) for name, nlp in pipelines]
    return (
        *_unknown(given, [scheme_of(nlp) for _, nlp in pipelines]),
        *(
            f"{name} was trained on {len(names)} of the {len(documents)} documents, so it scores "
            f"too high; one is {names[0]}"
            for name, names in known
            if names
        ),
    )


def _unknown(given: Sequence[str | Path | Paragraph], schemes: Sequence[Scheme]) -> Iterator[str]:
    """Name the labels and relations that none of ``schemes`` has, and where each is first."""
    labels = {label for scheme in schemes for label in scheme.entity_labels}
    relations = {label for scheme in schemes for label in scheme.relation_labels}
    places: dict[str, list[str]] = {}
    for place, paragraph in _placed(given):
        names = [span.label for span in paragraph.spans if span.label not in labels]
        names += [link.label for link in paragraph.links if link.label not in relations]
        for name in names:
            places.setdefault(name, []).append(place)
    for name, found in places.items():
        yield (
            f"{name} is known neither to the scheme nor to the pipeline: all {len(found)} that are "
            f"annotated count as missed; the first is at {found[0]}"
        )


def _placed(given: Sequence[str | Path | Paragraph]) -> Iterator[tuple[str, Paragraph]]:
    for item in given:
        if isinstance(item, Paragraph):
            yield f"{item.doc}:{item.line}", item
    paths = [item for item in given if not isinstance(item, Paragraph)]
    for file in dict.fromkeys(file for path in paths for file in annotation_files(path)):
        for number, paragraph in read_lines(file):
            if isinstance(paragraph, Paragraph):
                yield f"{file}:{number}", paragraph
