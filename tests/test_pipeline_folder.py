"""A pipeline folder from a stranger is data, or it is refused."""

from __future__ import annotations

import gc
import gzip
import io
import os
import pickle
import shutil
import zipfile

import numpy as np
import pytest
import spacy
import srsly

import unionie
from unionie.extraction import BUNDLED_MODEL
from unionie.pipeline_folder import check_folder, check_msgpack


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(BUNDLED_MODEL, tmp_path / "model")
    return tmp_path / "model"


def edit_config(folder, old: str, new: str) -> None:
    path = folder / "config.cfg"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refused(folder, name: str, match: str | None = None) -> None:
    with pytest.raises(unionie.ModelError, match=match) as caught:
        unionie.load(folder)
    assert str(folder / name) in str(caught.value)


def test_the_bundled_pipeline_passes():
    assert unionie.load(BUNDLED_MODEL).pipe_names == unionie.load().pipe_names


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "before_creation = null",
            'before_creation = {"@misc":"spacy.first_longest_spans_filter.v1"}',
        ),
        ("before_creation = null", 'before_creation = "x"'),
        ("after_creation = null", 'after_creation = {"@callbacks":"evil.v1"}'),
        ("before_to_disk = null", 'before_to_disk = {"@callbacks":"evil.v1"}'),
        ("before_init = null", 'before_init = {"@callbacks":"spacy.copy_from_base_model.v1"}'),
        ('"unionie_linker"', '"merge_entities"'),
        ('"unionie_linker"', '"unionie_unknown"'),
        ('"unionie_linker"', "${paths.lac}"),
        ('factory = "unionie_linker"', 'source = "../elsewhere"'),
        ('"unionie.CharTokenizer.v1"', '"spacy.zh.ChineseTokenizer"'),
        ('"unionie.TagScorer.v1"', '"spacy.TransitionBasedParser.v2"'),
        ('"spacy.ConsoleLogger.v1"', '"spacy.WandbLogger.v3"'),
        ('"spacy.batch_by_words.v1"', '"spacy.read_labels.v1"'),
        ('lang = "zh"', 'lang = "../zh"'),
        (
            "patience = 0",
            'patience = {"a": [{"@readers": "srsly.read_json.v1", "path": "/etc/x"}]}',
        ),
        ("[components.linker]", "[components.../linker]"),
        ("[components.linker]", "[evil]\nx = 1\n\n[components.linker]"),
        ("patience = 0", "patience = ${corpora.train}"),
        ("lac = null", 'lac = {"a": 1}'),
        ("patience = 0", 'patience = "__SECTION__:corpora"'),
        ("[components]", "[components"),
    ],
)
def test_a_config_with_other_parts_is_refused(folder, old, new):
    edit_config(folder, old, new)
    refused(folder, "config.cfg")


@pytest.mark.parametrize("name", ["/etc", "../../etc", "a/b", "a b", ""])
def test_a_component_cannot_be_named_like_a_path(folder, name):
    edit_config(folder, "linker]", f"{name}]")
    with pytest.raises(unionie.ModelError):
        check_folder(folder)


def test_pickles_are_never_opened(folder, tmp_path):
    bomb = pickle.dumps(Bomb(tmp_path / "ran"))
    for name in ("tokenizer/features.pkl", "tokenizer/model.pkl", "entities/model.pkl", "x.pickle"):
        (folder / name).write_bytes(bomb)
    unionie.load(folder)  # what is not read does no harm
    inside = io.BytesIO()
    np.save(inside, np.array([Bomb(tmp_path / "ran")], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr("sizes.npy", inside.getvalue())
        archive.writestr("w.npy", inside.getvalue())
    planted = {
        "tokenizer/features.msgpack.gz": gzip.compress(bomb),
        "tokenizer/weights.npz.gz": gzip.compress((tmp_path / "w.npz").read_bytes()),
        "calibrator/curves.json": bomb,
        "entities/model": bomb,
        "entities/cfg": bomb,
        "linker/linker.msgpack": bomb,
        "vocab/vectors": inside.getvalue()[:128],
        "vocab/strings.json": bomb,
        "meta.json": bomb,
    }
    for name, data in planted.items():
        good = (folder / name).read_bytes()
        (folder / name).write_bytes(data)
        with pytest.raises(unionie.ModelError, match="model"):
            unionie.load(folder)
        (folder / name).write_bytes(good)
    assert not (tmp_path / "ran").exists()
    assert gc.isenabled()


@pytest.mark.parametrize(
    "name", ["vocab/strings.json", "entities/model", "tokenizer/weights.npz.gz"]
)
def test_a_file_of_ten_gigabytes_is_refused_unread(folder, name):
    os.truncate(folder / name, 10_000_000_000)
    refused(folder, name, "10,000,000,000 bytes")


def test_an_archive_that_unpacks_to_too_much_is_refused(folder, monkeypatch):
    monkeypatch.setattr("unionie.pipeline_folder.MAX_UNPACKED", 1_000_000)
    refused(folder, "tokenizer/weights.npz.gz", "unpacks to")


@pytest.mark.parametrize(
    "data",
    [
        b"\xdd\xff\xff\xff\xff",  # an array of four billion
        b"\xdf\xff\xff\xff\xff\xc0",
        b"\xc6\xff\xff\xff\xffabc",
        b"\xdb\x7f\xff\xff\xff",
        b"\x91" * 100 + b"\xc0",  # deep
        b"\x92\xc0",
        b"\xc0\xc0",
        b"\xc7\x01\x05x",  # an extension type
        b"",
    ],
)
def test_msgpack_that_claims_more_than_it_holds_is_refused(folder, data):
    with pytest.raises(unionie.ModelError, match=r"^x: damaged"):
        check_msgpack(data, name="x")
    (folder / "linker" / "linker.msgpack").write_bytes(data)
    refused(folder, "linker/linker.msgpack")


@pytest.mark.parametrize(
    "value", [None, True, 1.5, -1, 2**63, "x" * 300, b"x" * 70_000, [[]], {"a": [1]}]
)
def test_sound_msgpack_passes(value):
    check_msgpack(srsly.msgpack_dumps([value, {"k": value}]), name="x")


def test_an_attribute_inside_the_weights_cannot_claim_more_either(folder):
    file = folder / "entities" / "model"
    stored = srsly.msgpack_loads(file.read_bytes())
    stored["attrs"][3]["pad"] = b"\xdd\xff\xff\xff\xff"
    file.write_bytes(srsly.msgpack_dumps(stored))
    refused(folder, "entities/model")


def test_links_are_refused(folder, tmp_path):
    (tmp_path / "elsewhere").write_text("{}")
    (folder / "entities" / "cfg").unlink()
    (folder / "entities" / "cfg").symlink_to(tmp_path / "elsewhere")
    refused(folder, "entities/cfg", "link")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang(folder):
    (folder / "meta.json").unlink()
    os.mkfifo(folder / "meta.json")
    refused(folder, "meta.json", "not a file")


def change_features(folder, change) -> None:
    file = folder / "tokenizer" / "features.msgpack.gz"
    stored = srsly.msgpack_loads(gzip.decompress(file.read_bytes()))
    change(stored)
    file.write_bytes(gzip.compress(srsly.msgpack_dumps(stored)))


@pytest.mark.parametrize("number", [-1, 10**9, 2**62, "7", None])
def test_feature_numbers_that_point_outside_the_weights_are_refused(folder, number):
    def change(stored):
        stored["feature_to_idx"][next(iter(stored["feature_to_idx"]))] = number

    change_features(folder, change)
    with pytest.raises(unionie.ModelError, match="segmentation model is damaged"):
        unionie.load(folder)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(folder, wrong):
    nlp = spacy.load(BUNDLED_MODEL)
    model = nlp.get_pipe("entities").model
    weights = model.get_param("transitions").copy()
    weights[0, 0] = wrong
    model.set_param("transitions", weights)
    nlp.to_disk(folder)
    with pytest.raises(unionie.ModelError, match="no numbers"):
        unionie.load(folder)


@pytest.mark.parametrize("field", ["left", "right", "feature"])
def test_trees_that_point_outside_themselves_are_refused(folder, field):
    file = folder / "linker" / "linker.msgpack"
    stored = srsly.msgpack_loads(file.read_bytes())
    arrays = next(iter(stored["models"].values()))["arrays"]
    arrays[field] = np.full(len(arrays[field]) // 2, -5, dtype="int16").tobytes()
    file.write_bytes(srsly.msgpack_dumps(stored))
    with pytest.raises(unionie.ModelError, match="damaged"):
        unionie.load(folder)


def test_spacy_load_takes_what_is_extended(folder):
    nlp = spacy.load(folder)
    nlp.add_pipe("merge_entities")
    nlp.to_disk(folder)
    with pytest.raises(unionie.ModelError, match=r"spacy\.load"):
        unionie.load(folder)
    assert spacy.load(folder).pipe_names[-1] == "merge_entities"
