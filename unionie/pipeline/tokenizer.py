"""A tokenizer of characters that know their place in a word.

Every code point is one token, so every span of the annotation scheme is a span of
tokens and no boundary is ever lost. A spacy-pkuseg model supplies the words: each
character carries its place in its word together with its class (``token.tag_``, as in
``B-han``), from which the entity model learns.
``token.norm_`` is the character at half width, and sentence starts follow the
annotation scheme.
"""

# No postponed annotations here: spaCy reads these signatures as types to check configs.

import gzip
import io
import tempfile
import unicodedata
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import spacy_pkuseg
import srsly
from spacy.attrs import NORM, SENT_START, TAG
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from unionie.errors import ModelError
from unionie.sentences import sentence_spans

#: The files of a pkuseg model; only these two are ever read, so nothing is unpickled.
PKUSEG_FILES = ("features.msgpack", "weights.npz")

_MAX_FILE = 200_000_000  # bytes that a file of a segmentation model may unpack to
_MAX_WORD = 12  # longer "words" are runs that pkuseg did not know how to cut
_NUMERALS = frozenset("零〇一二三四五六七八九两几数半")
_MAGNITUDES = frozenset("十百千万亿")


def make_tokenizer() -> "Callable[[Language], CharTokenizer]":
    """Return the factory that spaCy's registry calls with the Language."""

    def create(nlp: Language) -> "CharTokenizer":
        return CharTokenizer(nlp.vocab)

    return create


@lru_cache(maxsize=65536)
def _half_width(char: str) -> str:
    if char.isspace():
        return " "
    # Only widths: a circled ① opens a list item and must not look like a digit.
    if unicodedata.decomposition(char).startswith(("<wide>", "<narrow>")):
        char = _one(unicodedata.normalize("NFKC", char), char)  # ￣ would be two
    return _one(char.lower(), char)


def _one(changed: str, char: str) -> str:
    return changed if len(changed) == 1 else char


@lru_cache(maxsize=65536)
def _char_class(char: str) -> str:
    char = _half_width(char)
    if char == " ":
        return "space"
    if "0" <= char <= "9":
        return "digit"
    if char in _NUMERALS:
        return "numeral"
    if char in _MAGNITUDES:
        return "magnitude"
    category = unicodedata.category(char)
    if category[0] in "LM":
        return "latin" if char.isascii() else "han"
    return "mark"


class CharTokenizer:
    """Turn a text into a Doc of its code points.

    ``doc.text`` equals the text exactly, whatever it holds. Without a segmentation
    model (before :meth:`initialize` or :meth:`from_disk`) each character is its own word.
    """

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab
        self._model: dict[str, bytes] = {}
        self._segmenter: spacy_pkuseg.pkuseg | None = None

    def __call__(self, text: str) -> Doc:
        """Return the Doc of ``text``."""
        chars = list(text)
        if not chars:
            return Doc(self.vocab, words=[], spaces=[])
        doc = Doc(self.vocab, words=chars, spaces=[False] * len(chars))
        add = self.vocab.strings.add
        norms = {char: add(_half_width(char)) for char in {*chars}}
        classes = {char: _char_class(char) for char in norms}
        places = "".join([_places(len(word)) for word in self.words(text)])
        kinds = [(place, classes[char]) for place, char in zip(places, chars, strict=True)]
        tags = {kind: add("-".join(kind)) for kind in {*kinds}}
        columns = np.empty((len(chars), 3), dtype="uint64")
        columns[:, 0] = [norms[char] for char in chars]
        columns[:, 1] = [tags[kind] for kind in kinds]
        columns[:, 2] = np.uint64(2**64 - 1)  # -1: inside a sentence
        for start, _ in sentence_spans(text):
            columns[start, 2] = 1
        return doc.from_array([NORM, TAG, SENT_START], columns)

    def words(self, text: str) -> list[str]:
        """Cut ``text`` into words that together are ``text``; white space is cut off singly."""
        words: list[str] = []
        run_start = 0
        for index, char in enumerate(text):
            if char.isspace():
                words += self._cut(text[run_start:index])
                words.append(char)
                run_start = index + 1
        words += self._cut(text[run_start:])
        return words

    def _cut(self, run: str) -> list[str]:
        if self._segmenter is None or len(run) < 2:
            return list(run)
        words = self._segmenter._cut(run)
        if max(map(len, words)) <= _MAX_WORD:
            return words
        return [word[i : i + _MAX_WORD] for word in words for i in range(0, len(word), _MAX_WORD)]

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]] | None = None,
        *,
        nlp: Language | None = None,
        pkuseg_model: Path | None = None,
        pkuseg_user_dict: str | None = None,
    ) -> None:
        """Load the pkuseg model in the folder ``pkuseg_model``, if one is given.

        A tokenizer that has its model keeps it when none is given. ``pkuseg_user_dict``
        comes from spaCy's defaults for Chinese and is not used.
        """
        if pkuseg_model is not None:
            self._load({name: _read(Path(pkuseg_model) / name) for name in PKUSEG_FILES})

    def _load(self, model: dict[str, bytes]) -> None:
        if model:
            features, weights = PKUSEG_FILES
            # pkuseg reads folders only, and computes in double precision only.
            with tempfile.TemporaryDirectory() as folder:
                (Path(folder) / features).write_bytes(model[features])
                try:
                    _check_features(srsly.msgpack_loads(model[features]))
                    with np.load(io.BytesIO(model[weights]), allow_pickle=False) as stored:
                        arrays = {"sizes": stored["sizes"], "w": stored["w"].astype("float64")}
                    if not np.isfinite(arrays["w"]).all():
                        raise ValueError("weights that are no numbers")
                    np.savez(Path(folder) / weights, **arrays)
                    segmenter = spacy_pkuseg.pkuseg(folder, user_dict=None)
                    sizes = (segmenter.n_tag, segmenter.n_feature)
                    if (segmenter.model.n_tag, segmenter.model.n_feature) != sizes:
                        raise ValueError("features and weights do not belong together")
                    self._segmenter = segmenter
                    self._remember("".join(segmenter.feature_extractor.feature_to_idx))
                except Exception as error:
                    raise ModelError(f"the segmentation model is damaged: {error}") from error
        self._model = model

    def _remember(self, characters: str) -> None:
        """Look the characters up once: within a memory zone each text would do it again."""
        for char in {*characters}:
            self.vocab[char]

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Return the segmentation model as bytes."""
        return srsly.msgpack_dumps(self._model)

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "CharTokenizer":
        """Load what :meth:`to_bytes` returned."""
        self._load(srsly.msgpack_loads(data))
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the files of the pkuseg model into the folder ``path``, compressed."""
        path = Path(path)
        path.mkdir(parents=True, exist_ok=True)
        for name, data in self._model.items():
            (path / f"{name}.gz").write_bytes(gzip.compress(data, mtime=0))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "CharTokenizer":
        """Load what :meth:`to_disk` wrote; an empty folder leaves each character its own word.

        Raises:
            ModelError: a file is missing, damaged, or unpacks to more than a model needs.

        """
        path = Path(path)
        if any(path.iterdir()):
            self._load({name: read_packed(path / f"{name}.gz") for name in PKUSEG_FILES})
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.vocab, self._model)


def _rebuild(vocab: Vocab, model: dict[str, bytes]) -> "CharTokenizer":
    tokenizer = CharTokenizer(vocab)
    tokenizer._load(model)
    return tokenizer


def _check_features(stored: Any) -> None:
    """Refuse feature numbers that are not 0, 1, 2 …: pkuseg reads memory at them unchecked."""
    for name in ("feature_to_idx", "tag_to_idx"):
        numbers = stored[name].values()
        if any(type(number) is not int for number in numbers):
            raise ValueError(f"{name} holds no numbers")
        if not stored[name] or {*numbers} != {*range(len(numbers))}:
            raise ValueError(f"{name} does not count from 0")
    words = [
        *stored["unigram"],
        *stored["bigram"],
        *stored["feature_to_idx"],
        *stored["tag_to_idx"],
    ]
    if any(type(word) is not str for word in words):
        raise ValueError("features that are no texts")


def _places(length: int) -> str:
    """Return the places of the characters of a word: begin, middle, end, or single."""
    return "S" if length == 1 else "B" + "M" * (length - 2) + "E"


def read_packed(path: Path) -> bytes:
    """Return what a file of a segmentation model unpacks to.

    Raises:
        ModelError: the file is missing, damaged, or unpacks to more than a model needs.

    """
    unpacker = zlib.decompressobj(wbits=31)  # 31: with a header of gzip
    try:
        data = unpacker.decompress(_read(path), _MAX_FILE)
    except zlib.error as error:
        raise ModelError(f"{path}: damaged: {error}") from error
    if not unpacker.eof:
        raise ModelError(f"{path}: cut off, or larger than {_MAX_FILE / 1e6:.0f} MB unpacked")
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelError(f"{path}: missing from the segmentation model") from error
