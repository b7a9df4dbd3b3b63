"""Training on annotated reports: from a trained pipeline onwards, or afresh.

A training reads and checks all annotations before anything is learned, keeps its state
after every epoch, and goes on from there when it is started again.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

import unionie
from unionie.annotation import Paragraph
from unionie.check import read_checked
from unionie.digest import digest_annotations, digest_folder
from unionie.errors import AnnotationError, ModelError, TrainingError, needs_extra
from unionie.evaluation import Counts, Score, annotate, score_entities, score_relations
from unionie.extraction import folder_of, load
from unionie.locking import open_locked
from unionie.own_labels import OWN_LINKER, merge, read_labels, scheme_of
from unionie.schema import FIGURE_LABELS, SHIPPED, Scheme

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.training import Example
    from thinc.api import Optimizer

#: Passes over the new annotations when a trained pipeline goes on.
CONTINUED_EPOCHS = 8

#: The learning rate then. The pipeline has learned from much text; larger steps unlearn it.
CONTINUED_RATE = 0.0005

#: The least number of updates from one's own annotations that a label takes which the
#: pipeline did not have: it starts as rarer than all others.
NEW_LABEL_UPDATES = 60

#: How many characters of the corpus are replayed in an epoch for one that is new, when a
#: trained pipeline goes on.
REPLAY = 10

#: The least number of documents from which some are held out.
HOLD_OUT_FROM = 5

#: Held-out documents, and figures in them, from which the calibrator is fitted.
CALIBRATE_FROM = (10, 200)

# meta.json may have 1 MB; where the names take more than this, none are in it.
_NAMES_SIZE = 300_000
_LISTED = 10

_STATE = "state.npz"
_START = "start"
_RUN = "run.json"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train. What is None comes from the pipeline's config when started afresh.

    Attributes:
        epochs: passes over the annotations; by default :data:`CONTINUED_EPOCHS`, or more
            until labels that are new to a trained pipeline had their
            :data:`NEW_LABEL_UPDATES`.
        learn_rate: by default :data:`CONTINUED_RATE` when a trained pipeline goes on.
        replay: characters of the corpus in an epoch for one that is new; None for all of
            it, which is also what is done afresh.
        dev_share: the share of documents that are held out when none are given.
        seed: of all random choices.

    """

    epochs: int | None = None
    learn_rate: float | None = None
    replay: float | None = REPLAY
    dev_share: float = 0.2
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Data:
    """The annotations of a training: its own, the corpus beside them, and those held out."""

    new: tuple[Paragraph, ...]
    corpus: tuple[Paragraph, ...]
    dev: tuple[Paragraph, ...]

    @property
    def train(self) -> tuple[Paragraph, ...]:
        """All that is learned from."""
        return self.new + self.corpus


@dataclass(frozen=True, slots=True)
class Epoch:
    """What an epoch came to; number 0 is the pipeline before the first.

    The scores are strict, of all entities and all relations from raw text, on the
    ``documents`` held out; None without any. ``unfound`` are the labels and relations of
    one's own that are annotated in them and were found nowhere.
    """

    number: int
    loss: float | None
    entities: Score | None
    relations: Score | None
    documents: int = 0
    unfound: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = ["before" if not self.number else f"epoch {self.number}"]
        if self.loss is not None:
            parts.append(f"loss {self.loss:.2f}")
        for score in (self.entities, self.relations):
            if score is not None:
                interval = f" ({score.low:.3f}–{score.high:.3f})" if self.documents > 1 else ""
                parts.append(f"{score.name} F1 {score.counts.f1:.3f}{interval}")
        return ", ".join(parts)

    def to_state(self) -> dict[str, Any]:
        """Return the epoch as JSON."""
        return asdict(self)

    @classmethod
    def from_state(cls, data: dict[str, Any]) -> Epoch:
        """Build from what :meth:`to_state` returned."""
        scores = {
            name: data[name] and Score(**{**data[name], "counts": Counts(**data[name]["counts"])})
            for name in ("entities", "relations")
        }
        return cls(**{**data, **scores, "unfound": tuple(data["unfound"])})


def read_data(
    annotations: Sequence[str | Path],
    *,
    corpus: Sequence[str | Path] = (),
    dev: Sequence[str | Path] = (),
    dev_share: float = 0.2,
    scheme: Scheme = SHIPPED,
) -> Data:
    """Read and check the annotations of a training.

    A document of ``annotations`` takes the place of one in ``corpus`` with the same name, and
    a paragraph, held out or not, that of one in ``corpus`` with the same text, whatever its
    document is called. A paragraph whose text is trained on is not held out.
    Without ``dev``, ``dev_share`` of the documents in ``annotations`` are held out, if they
    are at least :data:`HOLD_OUT_FROM`: whole documents, chosen by a hash of their names, so
    that the choice stays when documents are added.

    Raises:
        AnnotationError: something is wrong; the message names every fault in every file.
        FileNotFoundError: there is nothing at one of the paths.

    """
    own, beside, held_out = (
        read_checked(paths, scheme=scheme) for paths in (annotations, corpus, dev)
    )
    if not own:
        raise AnnotationError("there is not one paragraph in the annotations")
    names = _documents(own)
    beside = [paragraph for paragraph in beside if paragraph.doc not in names]
    if not dev and len(names) >= HOLD_OUT_FROM and dev_share > 0:
        chosen = {*rank_by_hash(names)[: max(1, round(dev_share * len(names)))]}
        held_out = [paragraph for paragraph in own if paragraph.doc in chosen]
        own = [paragraph for paragraph in own if paragraph.doc not in chosen]
    if both := _documents(held_out) & (_documents(own) | _documents(beside)):
        raise AnnotationError(
            "a held-out document cannot be trained on too: " + ", ".join(sorted(both))
        )
    learned = {paragraph.text for paragraph in own}
    unseen = [paragraph for paragraph in held_out if paragraph.text not in learned]
    if held_out and not unseen:
        raise AnnotationError("every held-out paragraph is among those that are trained on")
    taken = learned | {paragraph.text for paragraph in unseen}
    beside = [paragraph for paragraph in beside if paragraph.text not in taken]
    return Data(tuple(own), tuple(beside), tuple(unseen))


def rank_by_hash(names: Iterable[str]) -> list[str]:
    """Return ``names`` in an order that looks random and stays when others join them."""
    return sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())


def _documents(paragraphs: Sequence[Paragraph]) -> set[str]:
    return {paragraph.doc for paragraph in paragraphs}


class Training:
    """One training: :meth:`epochs` learns, :meth:`finish` writes the pipeline.

    Until the pipeline is written, the state is in the folder ``OUTPUT.training``. A Training
    made with the same arguments goes on from it, and comes to the same result as one that
    was not interrupted, up to the rounding of sums: each epoch draws its random numbers
    from the seed and its own number, and starts from the weights and the optimizer's state
    that the one before it left.
    """

    def __init__(
        self,
        annotations: Sequence[str | Path],
        output: str | Path,
        *,
        base: str | Path | None = None,
        from_scratch: bool = False,
        corpus: Sequence[str | Path] = (),
        dev: Sequence[str | Path] = (),
        labels: str | Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        """Read and check everything; nothing is written yet.

        Args:
            annotations: annotation files or folders to learn from.
            output: the folder to write the pipeline to; it must not exist.
            base: the pipeline to go on from, or whose settings, segmenter and encoder a
                fresh one takes; the bundled one if None.
            from_scratch: start afresh instead of going on.
            corpus: further annotation files or folders, such as those that ``base`` was
                trained on, so that it does not forget them.
            dev: held-out annotation files or folders; see :func:`read_data`.
            labels: a TOML file that declares labels and relations of one's own.
            settings: how to train.

        Raises:
            AnnotationError: something is wrong in the annotations.
            LabelsError: something is wrong in the declaration of labels.
            MissingExtraError: linker or calibrator are to be fitted, without scikit-learn.
            ModelError: there is no pipeline at ``base``.
            TrainingError: ``output`` exists, or a state of another training is beside it.

        """
        self.output = Path(output)
        self.folder = self.output.with_name(f"{self.output.name}.training")
        self.settings = settings or Settings()
        self.from_scratch = from_scratch
        self.base = folder_of(base)
        if self.output.exists():
            raise TrainingError(f"{self.output}: is there already; name another folder")
        if not self.output.absolute().parent.is_dir():
            raise TrainingError(f"{self.output}: the folder around it does not exist")
        self._base = load(base)
        if missing := {"entities", "linker"} - {*self._base.pipe_names}:
            raise ModelError(f"{self.base}: has no component {min(missing)} to train")
        known = SHIPPED if from_scratch else scheme_of(self._base)
        self.scheme = merge(known, read_labels(labels)) if labels else known
        self.data = read_data(
            annotations,
            corpus=corpus,
            dev=dev,
            dev_share=self.settings.dev_share,
            scheme=self.scheme,
        )
        if self.refits_linker or self.calibrates or labels:
            _require_scikit_learn()
        self.history: list[Epoch] = []
        self._nlp: Language | None = None
        self._optimizer: Optimizer = self._resolve()["optimizer"]
        self._steps = 0
        self._examples: dict[int, Example] = {}
        self.total = self.settings.epochs or self._default_epochs()
        if self.folder.exists() and self._stored_run() != self._run():
            raise TrainingError(
                f"{self.folder}: holds the state of a training with other annotations or "
                "settings; finish that one with its own command, or delete the folder"
            )

    @property
    def resumes(self) -> bool:
        """Whether this training goes on from a state on disk."""
        return (self.folder / _STATE).exists()

    @property
    def refits_linker(self) -> bool:
        """Whether the linker is fitted again; else it is kept as it is.

        It cannot learn bit by bit: it is fitted to all annotations at once. New
        annotations alone would make it forget the rest, so it is kept unless a corpus is
        given or the pipeline is fresh. Own relations that are new are always fitted.
        """
        return self.from_scratch or bool(self.data.corpus)

    @property
    def calibrates(self) -> bool:
        """Whether the calibrator is fitted to the held-out documents; else it is kept."""
        documents, figures = CALIBRATE_FROM
        held_out = self.data.dev
        return (
            "calibrator" in self._base.pipe_names
            and len(_documents(held_out)) >= documents
            and sum(s.label in FIGURE_LABELS for p in held_out for s in p.spans) >= figures
        )

    def plan(self) -> list[str]:
        """Say in words what is used, what is learned and what is kept."""
        data = self.data
        kept_calibrator = "none yet" if self.from_scratch else "kept"
        lines = [
            f"{'settings, segmenter and encoder' if self.from_scratch else 'goes on'} from: "
            f"{self.base}",
            f"annotations: {_amount(data.new)}",
            f"corpus beside them: {_amount(data.corpus)}",
            f"held out: {_amount(data.dev)}{_names(data.dev)}",
            "linker: " + ("fitted to all of these" if self.refits_linker else "kept as it is"),
            "calibrator: "
            + ("fitted to the held-out documents" if self.calibrates else kept_calibrator),
            f"epochs: {self.total}" + (", going on from a stored state" if self.resumes else ""),
        ]
        if self.scheme.added_labels or self.scheme.added_relations:
            own = [*self.scheme.added_labels, *self.scheme.added_relations]
            lines.insert(1, f"own labels and relations: {', '.join(own)}")
        seen = {span.label for paragraph in data.corpus for span in paragraph.spans}
        if data.corpus and (unseen := {*self.scheme.added_labels} - seen):
            lines.append(
                f"careful: the corpus has no {', '.join(sorted(unseen))} annotated, so it teaches "
                "that there is none; leave the corpus out, or annotate it in part"
            )
        if not data.dev:
            lines.append(
                f"careful: nothing is held out, so no score is shown; give --dev, or at least "
                f"{HOLD_OUT_FROM} documents"
            )
        return lines

    def warnings(self) -> list[str]:
        """Say in words what was not learned, after the last epoch."""
        if not self.history or not self.history[-1].unfound:
            return []
        return [
            f"careful: {', '.join(self.history[-1].unfound)} was found nowhere in the held-out "
            f"documents; give more than {self.total} --epochs, or annotate more examples"
        ]

    def epochs(
        self,
        on_progress: Callable[[int, int], None] | None = None,
        on_stage: Callable[[str], None] | None = None,
    ) -> Iterator[Epoch]:
        """Learn, yielding each epoch when it is done and its state is on disk.

        Epochs that a state on disk holds are yielded first. ``on_progress`` is called
        with the number of characters that have been learned from in an epoch and the
        number of all in it, ``on_stage`` with words for what else takes its time.

        Raises:
            UnionieError: another run is at work on the same output.

        """
        with self._locked():
            yield from self._epochs(on_progress, on_stage or _ignore)

    def _epochs(
        self, on_progress: Callable[[int, int], None] | None, on_stage: Callable[[str], None]
    ) -> Iterator[Epoch]:
        from unionie.checkpoint import load_state, save_state

        state = self.folder / _STATE
        nlp = self._nlp = self._start(on_stage)
        if state.exists():
            record = load_state(state, nlp, self._optimizer)
            self._steps = record["steps"]
            for _ in range(self._steps):
                self._optimizer.step_schedules()
            self.history = [Epoch.from_state(stored) for stored in record["history"]]
        else:
            self.history = [self._score(0, None)]
        yield from self.history
        for number in range(len(self.history), self.total + 1):
            loss = self._learn(number, on_progress)
            self.history.append(self._score(number, loss))
            history = [epoch.to_state() for epoch in self.history]
            save_state(state, nlp, self._optimizer, {"steps": self._steps, "history": history})
            yield self.history[-1]

    def finish(self, on_stage: Callable[[str], None] | None = None) -> Language:
        """Write the pipeline to the output folder and delete the state; return it.

        To be called when :meth:`epochs` is exhausted. ``on_stage`` is called with words for
        what is done.
        """
        nlp = self._nlp
        if nlp is None or len(self.history) <= self.total:
            raise TrainingError("the training has not come to its end; go through its epochs")
        with self._locked():
            self._write(nlp, on_stage or _ignore)
        shutil.rmtree(self.folder)
        return load(self.output)

    def _write(self, nlp: Language, on_stage: Callable[[str], None]) -> None:
        with nlp.use_params(self._optimizer.averages or {}):
            if self.calibrates:
                on_stage("fitting the calibrator")
                calibrate(nlp, self.data.dev)
            on_stage(f"writing {self.output}")
            nlp.meta.pop("performance", None)
            nlp.meta["unionie"] = self._origin()
            temporary = self.folder / "model"
            shutil.rmtree(temporary, ignore_errors=True)
            nlp.to_disk(temporary)
        notice = self.base / "NOTICE"
        if notice.is_file():  # the licence of what travels inside
            shutil.copyfile(notice, temporary / "NOTICE")
        os.rename(temporary, self.output)

    def _locked(self) -> IO[bytes]:
        """Make the folder of the state; keep other runs out of it until the stream is closed."""
        self.folder.mkdir(exist_ok=True)
        lock = open_locked(self.folder / _LOCK)
        if not (self.folder / _RUN).exists():
            (self.folder / _RUN).write_text(json.dumps(self._run()), encoding="utf-8")
        return lock

    def _start(self, on_stage: Callable[[str], None]) -> Language:
        """Return the pipeline before the first epoch, as it is on disk."""
        start = self.folder / _START
        if start.exists():
            return load(start)
        from spacy.util import fix_random_seed

        from unionie.untrained import continue_from, start_afresh

        fix_random_seed(self.settings.seed)
        sample = [self._example(index) for index in range(min(10, len(self.data.train)))]
        begin = start_afresh if self.from_scratch else continue_from
        nlp = begin(self._base, self.scheme, sample)
        self._fit_linkers(nlp, on_stage)
        temporary = self.folder / f".{_START}"
        shutil.rmtree(temporary, ignore_errors=True)
        nlp.to_disk(temporary)
        os.rename(temporary, start)
        return load(start)  # what a resumed training starts from, to the last bit

    @property
    def _new_labels(self) -> list[str]:
        """The labels to learn that the base does not have."""
        known = self._base.get_pipe("entities").labels
        return [label for label in self.scheme.entity_labels if label not in known]

    def _default_epochs(self) -> int:
        if self.from_scratch:
            return self._base.config["training"]["max_epochs"] or CONTINUED_EPOCHS
        if not self._new_labels:
            return CONTINUED_EPOCHS
        own = [self._example(index) for index in range(len(self.data.new))]
        updates = sum(1 for _ in self._resolve()["batcher"](own))
        return max(CONTINUED_EPOCHS, math.ceil(NEW_LABEL_UPDATES / updates))

    def _fit_linkers(self, nlp: Language, on_stage: Callable[[str], None]) -> None:
        wanted: dict[str, list[str]] = {}
        if OWN_LINKER in nlp.pipe_names:
            own = nlp.get_pipe(OWN_LINKER)
            wanted["labels"] = [
                label for label in own.labels if self.refits_linker or label not in own.models
            ]
        if not self.refits_linker and not wanted.get("labels"):
            return
        on_stage("fitting the linker")
        examples = [self._example(index) for index in range(len(self.data.train))]
        if self.refits_linker:
            nlp.get_pipe("linker").initialize(lambda: examples)
        if wanted.get("labels"):
            nlp.get_pipe(OWN_LINKER).initialize(lambda: examples, **wanted)

    def _learn(self, number: int, on_progress: Callable[[int, int], None] | None) -> float:
        assert self._nlp is not None
        settings = self._resolve()
        chosen = self._choose(number)
        examples = [self._example(index) for index in chosen]
        total = sum(len(example.reference) for example in examples)
        np.random.seed(_number_of(self.settings.seed, number, "dropout"))
        done = 0
        loss = 0.0
        batches = 0
        for batch in settings["batcher"](examples):
            losses = self._nlp.update(
                batch, drop=settings["dropout"], sgd=self._optimizer, losses={}
            )
            self._optimizer.step_schedules()
            self._steps += 1
            batches += 1
            loss += losses["entities"]
            done += sum(len(example.reference) for example in batch)
            if on_progress is not None:
                on_progress(done, total)
        return loss / max(batches, 1)

    def _choose(self, epoch: int) -> list[int]:
        """Return the places in ``data.train`` of the paragraphs of an epoch, in their order."""
        draw = random.Random(_number_of(self.settings.seed, epoch, "order"))
        new = range(len(self.data.new))
        corpus = list(range(len(self.data.new), len(self.data.train)))
        replay = self.settings.replay
        if replay is not None and not self.from_scratch:
            left = replay * sum(len(paragraph.text) for paragraph in self.data.new)
            draw.shuffle(corpus)
            taken = []
            for index in corpus:
                if left <= 0:
                    break
                taken.append(index)
                left -= len(self.data.train[index].text)
            corpus = taken
        chosen = [*new, *corpus]
        draw.shuffle(chosen)
        return chosen

    def _score(self, number: int, loss: float | None) -> Epoch:
        assert self._nlp is not None
        gold = self.data.dev
        if not gold or (number == 0 and self.from_scratch):
            return Epoch(number, loss, None, None)
        averages = self._optimizer.averages if number else None
        with self._nlp.use_params(averages or {}):
            found = annotate(self._nlp, gold)
        own = (*self.scheme.added_labels, *self.scheme.added_relations)
        due, proposed = _labels_of(gold), _labels_of(found)
        return Epoch(
            number,
            loss,
            score_entities(gold, found, "strict", labels=self.scheme.entity_labels)[0],
            score_relations(gold, found, "strict", labels=self.scheme.relation_labels)[0],
            len(_documents(gold)),
            tuple(label for label in own if label in due and label not in proposed),
        )

    def _example(self, index: int) -> Example:
        if index not in self._examples:
            from unionie.pipeline.corpus import make_example

            # Tokenizing is the same in the base and in what comes of it.
            self._examples[index] = make_example(self._nlp or self._base, self.data.train[index])
        return self._examples[index]

    def _resolve(self) -> dict[str, Any]:
        """Return the config's training settings as objects, the batcher's schedule anew."""
        from spacy.schemas import ConfigSchemaTraining
        from spacy.util import registry

        config = self._base.config.interpolate()["training"]
        rate = self.settings.learn_rate
        if rate is None and not self.from_scratch:
            rate = CONTINUED_RATE
        if rate is not None:
            config["optimizer"]["learn_rate"] = rate
        resolved: dict[str, Any] = registry.resolve(config, schema=ConfigSchemaTraining)
        return resolved

    def _run(self) -> dict[str, Any]:
        """Return what tells this training from another one."""
        return {
            **self._origin(),
            "base_digest": digest_folder(self.base),
            "dev": digest_annotations(self.data.dev),
            "unionie": unionie.__version__,
        }

    def _stored_run(self) -> Any:
        try:
            return json.loads((self.folder / _RUN).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def _trained_on(self) -> list[str]:
        before = set() if self.from_scratch else trained_on(self._base)
        return _bounded(before | _documents(self.data.train))

    def _origin(self) -> dict[str, Any]:
        """Return what meta.json says of where the pipeline came from."""
        base = self._base.meta.get("unionie", {})
        return {
            "annotations_digest": digest_annotations(self.data.train),
            "documents": len(_documents(self.data.train)),
            "from_scratch": self.from_scratch,
            # The bundled pipeline has the digest of the files of its annotations.
            "base_data_digest": base.get("annotations_digest", base.get("data_digest")),
            "settings": {**asdict(self.settings), "epochs": self.total},
            "trained_on": self._trained_on(),
            "held_out": _bounded(_documents(self.data.dev)),
            "added_labels": list(self.scheme.added_labels),
            "added_relations": {k: list(v) for k, v in self.scheme.added_relations.items()},
        }


def _ignore(stage: str) -> None:
    pass


def _labels_of(paragraphs: Iterable[Paragraph]) -> set[str]:
    spans = {span.label for paragraph in paragraphs for span in paragraph.spans}
    return spans | {link.label for paragraph in paragraphs for link in paragraph.links}


def trained_on(nlp: Language) -> set[str]:
    """Return the names of the documents that a pipeline says it was trained on.

    They are in its ``meta.json``; that of the bundled one names none.
    """
    names = nlp.meta.get("unionie", {}).get("trained_on", [])
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


def _bounded(names: Iterable[str]) -> list[str]:
    names = sorted(names)
    return names if len(json.dumps(names)) <= _NAMES_SIZE else []


def _names(paragraphs: Sequence[Paragraph]) -> str:
    names = sorted(_documents(paragraphs))
    more = ["…"] if len(names) > _LISTED else []
    return f": {', '.join([*names[:_LISTED], *more])}" if names else ""


def _amount(paragraphs: Sequence[Paragraph]) -> str:
    if not paragraphs:
        return "none"
    characters = sum(len(paragraph.text) for paragraph in paragraphs)
    return (
        f"{_count(len(_documents(paragraphs)), 'document')}, "
        f"{_count(len(paragraphs), 'paragraph')}, "
        f"{characters:,} characters"
    )


def train(
    annotations: Sequence[str | Path],
    output: str | Path,
    *,
    on_epoch: Callable[[Epoch], None] | None = None,
    **options: Any,
) -> Language:
    """Train to the end and return the pipeline; ``options`` are those of :class:`Training`."""
    training = Training(annotations, output, **options)
    for epoch in training.epochs():
        if on_epoch is not None:
            on_epoch(epoch)
    return training.finish()


def calibrate(nlp: Language, gold: Sequence[Paragraph]) -> None:
    """Fit the curves of ``nlp``'s calibrator to paragraphs outside its training."""
    with nlp.select_pipes(disable=["calibrator"]):
        docs = list(nlp.pipe([paragraph.text for paragraph in gold]))
    nlp.get_pipe("calibrator").fit(list(zip(docs, gold, strict=True)))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _require_scikit_learn() -> None:
    with needs_extra("train", "fitting linker and calibrator"):
        import sklearn  # noqa: F401


def _number_of(*parts: object) -> int:
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:4], "big")
