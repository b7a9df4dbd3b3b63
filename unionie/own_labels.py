"""Labels and relations of a user's own: their declaration, and what a pipeline has of them.

They are declared in one TOML file::

    labels = ["PLACE"]

    [relations.AT]
    tails = ["PLACE"]
    single = true     # a figure has at most one; false if left out
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unionie import schema
from unionie.errors import LabelsError
from unionie.schema import SHIPPED, Scheme

if TYPE_CHECKING:
    from spacy.language import Language

#: The name of the component that finds a pipeline's own relations.
OWN_LINKER = "own_linker"

_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def read_labels(path: str | Path | None) -> Scheme:
    """Read the declaration in the TOML file ``path``; without one, it is the shipped scheme.

    Raises:
        LabelsError: the file is missing, no TOML, or declares what cannot be.

    """
    if not path:
        return SHIPPED
    path = Path(path)
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise LabelsError(f"{path}: no such file") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, OSError) as error:
        raise LabelsError(f"{path}: cannot be read as TOML: {error}") from error
    try:
        return _scheme(data)
    except LabelsError as error:
        raise LabelsError(f"{path}: {error}") from error


def merge(first: Scheme, second: Scheme) -> Scheme:
    """Return what both schemes add.

    Raises:
        LabelsError: both add a relation, and not the same one, or one's label is the
            other's relation.

    """
    for name in first.added_relations.keys() & second.added_relations.keys():
        same_tails = {*first.added_relations[name]} == {*second.added_relations[name]}
        if not same_tails or (name in first.added_single) is not (name in second.added_single):
            raise LabelsError(f"the pipeline has a relation {name} already, and another one")
    labels = tuple(dict.fromkeys(first.added_labels + second.added_labels))
    relations = {**first.added_relations, **second.added_relations}
    if both := {*labels} & {*relations}:
        raise LabelsError(f"{min(both)} is a label and a relation; name one of them differently")
    single = tuple(dict.fromkeys(first.added_single + second.added_single))
    return Scheme(labels, relations, single)


def scheme_of(nlp: Language) -> Scheme:
    """Return the scheme of a pipeline, from its components and their settings."""
    labels: tuple[str, ...] = ()
    if "entities" in nlp.pipe_names:
        known = nlp.get_pipe("entities").labels
        labels = tuple(label for label in known if label not in schema.ENTITY_LABELS)
    if OWN_LINKER not in nlp.pipe_names:
        return Scheme(labels)
    linker = nlp.get_pipe(OWN_LINKER)
    return Scheme(labels, linker.relations, linker.single)


def _scheme(data: dict[str, Any]) -> Scheme:
    _only(data, {"labels", "relations"}, "the file")
    labels = _names(data.get("labels", []), "labels")
    relations = data.get("relations", {})
    if not isinstance(relations, dict):
        raise LabelsError("relations must be tables, as in [relations.AT]")
    if not labels and not relations:
        raise LabelsError('nothing is declared; write for example labels = ["PLACE"]')
    shipped = schema.ENTITY_LABELS + schema.RELATION_LABELS
    for name in (*labels, *relations):
        if not _NAME.fullmatch(name):
            raise LabelsError(f"{name!r}: write names in capitals, digits and underscores")
        if name in shipped:
            raise LabelsError(f"{name} is in the shipped scheme and cannot be declared again")
    tails: dict[str, tuple[str, ...]] = {}
    single = []
    for name, table in relations.items():
        if name in labels:
            raise LabelsError(f"{name} is a label and a relation; name one of them differently")
        if not isinstance(table, dict):
            raise LabelsError(f"relations.{name} must be a table, as in [relations.{name}]")
        _only(table, {"tails", "single"}, f"relations.{name}")
        tails[name] = _names(table.get("tails", []), f"relations.{name}.tails")
        if not tails[name]:
            raise LabelsError(f"relations.{name} needs tails, the labels it may lead to")
        for tail in tails[name]:
            if tail not in schema.ENTITY_LABELS + labels:
                raise LabelsError(f"relations.{name} leads to the unknown label {tail}")
            if tail in schema.FIGURE_LABELS:
                raise LabelsError(f"relations.{name} leads to {tail}, but figures are heads only")
        if not isinstance(table.get("single", False), bool):
            raise LabelsError(f"relations.{name}.single must be true or false")
        if table.get("single", False):
            single.append(name)
    return Scheme(labels, tails, tuple(single))


def _only(table: dict[str, Any], known: set[str], where: str) -> None:
    if unknown := table.keys() - known:
        raise LabelsError(
            f"{where} has the unknown key {min(unknown)}; known are {', '.join(sorted(known))}"
        )


def _names(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise LabelsError(f"{where} must be a list of names")
    return tuple(dict.fromkeys(value))
