"""Figures, and what they measure, out of the work reports of Chinese trade unions.

>>> import unionie
>>> report = unionie.extract("5年来,武威市总工会帮扶困难职工3496户、1588万元。")
>>> report.figures
(<Figure 帮扶困难职工: 3496户>, <Figure 帮扶困难职工: 1588万元>)

Importing this package loads neither spaCy nor a model; both come with the first call.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unionie.assessment import Evaluation as Evaluation
    from unionie.assessment import evaluate as evaluate
    from unionie.document import Block as Block
    from unionie.document import Document as Document
    from unionie.errors import AnnotationError as AnnotationError
    from unionie.errors import ExtractionError as ExtractionError
    from unionie.errors import InputError as InputError
    from unionie.errors import MissingExtraError as MissingExtraError
    from unionie.errors import ModelError as ModelError
    from unionie.errors import UnionieError as UnionieError
    from unionie.errors import WorkerError as WorkerError
    from unionie.extraction import extract as extract
    from unionie.extraction import extract_many as extract_many
    from unionie.extraction import load as load
    from unionie.extraction import read as read
    from unionie.extraction import read_many as read_many
    from unionie.figures import Figure as Figure
    from unionie.files import read_document as read_document
    from unionie.quantities import Quantity as Quantity
    from unionie.quantities import read_quantity as read_quantity
    from unionie.reading import read_text as read_text
    from unionie.report import Report as Report
    from unionie.report import to_frame as to_frame
    from unionie.spacy_docs import from_doc as from_doc
    from unionie.spacy_docs import to_doc as to_doc
    from unionie.values import Entity as Entity
    from unionie.values import Relation as Relation
    from unionie.writing import write as write

__version__ = "0.1.0"

_HOME = {
    "AnnotationError": "errors",
    "Block": "document",
    "Document": "document",
    "Entity": "values",
    "Evaluation": "assessment",
    "ExtractionError": "errors",
    "Figure": "figures",
    "InputError": "errors",
    "MissingExtraError": "errors",
    "ModelError": "errors",
    "Quantity": "quantities",
    "Relation": "values",
    "Report": "report",
    "UnionieError": "errors",
    "evaluate": "assessment",
    "WorkerError": "errors",
    "extract": "extraction",
    "extract_many": "extraction",
    "from_doc": "spacy_docs",
    "load": "extraction",
    "read": "extraction",
    "read_document": "files",
    "read_many": "extraction",
    "read_quantity": "quantities",
    "read_text": "reading",
    "to_doc": "spacy_docs",
    "to_frame": "report",
    "write": "writing",
}

__all__ = [
    "AnnotationError",
    "Block",
    "Document",
    "Entity",
    "Evaluation",
    "ExtractionError",
    "Figure",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "Quantity",
    "Relation",
    "Report",
    "UnionieError",
    "WorkerError",
    "evaluate",
    "extract",
    "extract_many",
    "from_doc",
    "load",
    "read",
    "read_document",
    "read_many",
    "read_quantity",
    "read_text",
    "to_doc",
    "to_frame",
    "write",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'unionie' has no attribute '{name}'")
    value = getattr(import_module(f"unionie.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
