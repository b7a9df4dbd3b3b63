from __future__ import annotations

import hashlib
import multiprocessing
import os
import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unionie
from unionie.extraction import MAX_PIECE, cut_pieces
from unionie.pipeline.candidates import REACH
from unionie.spacy_docs import spans_of

TEXT = "5年来,武威市总工会帮扶困难职工3496户、1588万元。"


def assert_exact(report: unionie.Report) -> None:
    for entity in report.entities:
        assert report.text[entity.start : entity.end] == entity.text
    for relation in report.relations:
        assert relation.head in report.entities
        assert relation.tail in report.entities


def test_a_sentence_of_the_genre():
    report = unionie.extract(TEXT)
    assert_exact(report)
    assert {(f.entity.text, f.indicators[0].text) for f in report.figures} == {
        ("3496户", "帮扶困难职工"),
        ("1588万元", "帮扶困难职工"),
    }
    assert {f.organisation.text for f in report.figures} == {"武威市总工会"}
    assert {f.period.text for f in report.figures} == {"5年来"}
    assert all(0 <= e.score <= 1 for e in (*report.entities, *report.relations))


@pytest.mark.parametrize("text", ["", " ", "\n\r\n\t　", "\u200b"])
def test_nothing_to_read_gives_an_empty_report(text):
    report = unionie.extract(text)
    assert report == unionie.Report(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (None, "NoneType; leave out what is missing"),
        (float("nan"), "float; leave out what is missing"),
        (3496, "int; give the text"),
        (TEXT.encode(), "decode bytes first"),
        ([TEXT], "not list; unionie.extract_many"),
        (Path("a.txt"), "unionie.read reads a file"),
    ],
)
def test_what_is_no_str_is_refused(text, hint):
    with pytest.raises(TypeError, match=hint):
        unionie.extract(text)


def test_lone_surrogate_is_refused_with_its_place():
    with pytest.raises(unionie.InputError, match="offset 3"):
        unionie.extract("会员达\ud8005人")


def test_text_without_chinese():
    report = unionie.extract("The union has 3,000 members.\nLorem ipsum dolor sit amet.")
    assert_exact(report)


@pytest.mark.parametrize(
    "extra",
    [
        "🎉👨‍👩‍👧",
        "e\u0301a\u0308",
        "ＡＢＣ１２３，．",
        "\r\n\r",
        "\u200b\u200d\ufeff",
        "\u202e\u0000\x1c",
        "İ",  # two characters in lower case
        "\ufffe\U0010ffff",
    ],
)
def test_offsets_hold_around_odd_characters(extra):
    text = extra + TEXT[:9] + extra + TEXT[9:] + extra + TEXT
    report = unionie.extract(text)
    assert report.text == text
    assert_exact(report)
    assert any(figure.entity.text == "1588万元" for figure in report.figures)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([*TEXT, "🎉", "\r", "\n", " ", "\u0301", "，", "！"])).map("".join))
def test_offsets_hold_for_any_text(text):
    assert_exact(unionie.extract(text))


def test_a_paragraph_reads_the_same_alone_and_in_a_report():
    def facts(report: unionie.Report, offset: int = 0) -> set[tuple[int, int, str]]:
        return {(e.start - offset, e.end - offset, e.label) for e in report.entities}

    before = "工会工作总结\n\n"
    assert facts(unionie.extract(before + TEXT), len(before)) >= facts(unionie.extract(TEXT))


def test_many_keeps_order_and_agrees_with_one():
    texts = [TEXT, "", "会员达3万人。\n" * 3, "无"]
    assert list(unionie.extract_many(texts)) == [unionie.extract(t) for t in texts]


def test_many_is_lazy():
    taken = []

    def texts():
        for number in range(1000):
            taken.append(number)
            yield f"会员达{number + 1}人。"

    reports = unionie.extract_many(texts())
    assert next(reports).text == "会员达1人。"
    assert len(taken) < 20


def test_processes_give_the_same(seed_texts):
    one = list(unionie.extract_many(seed_texts[:2]))
    two = list(unionie.extract_many(seed_texts[:2], n_process=2))
    assert [r.to_frame().to_csv() for r in two] == [r.to_frame().to_csv() for r in one]


def test_a_bad_text_does_not_cost_the_rest():
    failed = []
    texts = [TEXT, None, "\ud800", TEXT]
    reports = list(unionie.extract_many(texts, on_error=lambda i, e: failed.append((i, type(e)))))
    assert [report.text for report in reports] == [TEXT, TEXT]
    assert failed == [(1, TypeError), (2, unionie.InputError)]


def test_a_text_on_which_the_pipeline_fails_does_not_cost_the_rest(monkeypatch):
    def fail(doc, offset):
        if "坏" in doc.text:
            raise IndexError(3)
        return spans_of(doc, offset)

    monkeypatch.setattr("unionie.extraction.spans_of", fail)
    for number in (1, 2):
        failed = {}
        texts = [TEXT, "坏", TEXT]
        found = unionie.extract_many(texts, n_process=number, on_error=failed.__setitem__)
        assert [report.text for report in found] == [TEXT, TEXT]
        assert "IndexError(3)" in str(failed[1])
        with pytest.raises(unionie.ExtractionError):
            list(unionie.extract_many(texts, n_process=number))


def test_an_error_of_a_file_names_it_once(tmp_path, monkeypatch):
    def fail(doc, offset):
        raise IndexError(3)

    monkeypatch.setattr("unionie.extraction.spans_of", fail)
    names = ["good.txt", "gone.txt", "old.doc"]
    for name in (names[0], names[2]):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    failed = []
    paths = [tmp_path / name for name in names]
    list(unionie.read_many(paths, on_error=lambda path, error: failed.append(str(error))))
    assert [message.count(name) for message, name in zip(failed, names, strict=True)] == [1, 1, 1]


@pytest.mark.parametrize("texts", [TEXT, TEXT.encode(), None, 5, unionie.Document(TEXT)])
def test_one_text_where_many_are_due(texts):
    with pytest.raises(TypeError, match=r"use unionie\.extract"):
        next(unionie.extract_many(texts))


def test_the_name_of_a_file_is_hardly_a_report(tmp_path, monkeypatch, recwarn):
    monkeypatch.chdir(tmp_path)
    Path("报告.TXT").write_text(TEXT, encoding="utf-8")
    for text in ("报告.TXT", str(tmp_path / "报告.TXT")):
        with pytest.warns(UserWarning, match=r"报告\.TXT.*unionie\.read reads the file") as one:
            assert unionie.extract(text).text == text
        with pytest.warns(UserWarning, match=r"报告\.TXT.*unionie\.read_many reads") as many:
            assert [report.text for report in unionie.extract_many([text])] == [text]
        assert {warning.filename for warning in (*one, *many)} == {__file__}
    recwarn.clear()
    for text in ("gone.txt", "见 报告.TXT", f"{TEXT}\n报告.TXT", "长" * 5000 + ".txt", "\0.txt"):
        unionie.extract(text)
    assert not recwarn.list


@pytest.mark.parametrize(
    ("path", "error", "hint"),
    [
        (None, TypeError, "not NoneType; give the path of a file"),
        (5, TypeError, "not int; give the path"),
        (b"a.txt", TypeError, "not bytes; give the path"),
        ("", unionie.InputError, "the path is empty"),
    ],
)
def test_what_is_no_path_is_refused(path, error, hint):
    for reads in (unionie.read, unionie.read_document, unionie.read_text):
        with pytest.raises(error, match=hint):
            reads(path)
    for paths in (path, [path]):
        with pytest.raises(error, match=hint):
            next(unionie.read_many(paths))


def test_many_files_where_one_is_due():
    with pytest.raises(TypeError, match=r"not list; unionie\.read_many"):
        unionie.read(["a.txt"])


@pytest.mark.parametrize("wrong", [{"n_process": 0}, {"n_process": -2}])
def test_settings_out_of_range(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        next(unionie.extract_many([TEXT], **wrong))


def test_progress_counts_the_characters_done():
    done = []
    list(unionie.extract_many([TEXT + "\n" + TEXT, TEXT], on_progress=done.append))
    assert sum(done) == 3 * len(TEXT) + 1


def test_a_bad_text_is_raised_without_a_handler():
    reports = unionie.extract_many([TEXT, None])
    with pytest.raises(TypeError):
        list(reports)


def test_threads_may_extract_at_once():
    texts = [f"去年,市总工会发展会员{number}人。" for number in range(1, 25)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(unionie.extract, texts)) == list(unionie.extract_many(texts))


def test_threads_and_processes_at_once(seed_texts):
    texts = [text[:600] for text in seed_texts]
    expected = [unionie.extract(text) for text in texts]

    def many(number: int) -> list[unionie.Report]:
        return list(unionie.extract_many(texts, n_process=number))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(many, [1, 2, 1, 2])) == [expected] * 4


def test_a_killed_worker_costs_nothing():
    texts = [f"去年,市总工会发展会员{number}人。\n" * 400 for number in range(1, 7)]
    found = unionie.extract_many(texts, n_process=2)
    first = next(found)
    psutil.Process().children()[-1].kill()
    assert [first.text, *(report.text for report in found)] == texts


SAME = """
import hashlib, locale, multiprocessing, sys
from contextlib import suppress
import unionie

if __name__ == "__main__":
    with suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    if sys.argv[1] != "1":
        multiprocessing.set_start_method(sys.argv[2])
    texts = [unionie.read_text(path)[:900] for path in sys.argv[3:]]
    reports = unionie.extract_many(texts, n_process=int(sys.argv[1]))
    for report in reports:
        print(hashlib.sha256(repr(report.to_dict()).encode()).hexdigest())
"""


@pytest.mark.parametrize(
    ("processes", "method", "environment"),
    [
        (1, "", {"LC_ALL": "C", "OPENBLAS_NUM_THREADS": "4", "OMP_NUM_THREADS": "4"}),
        (2, "fork", {"LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "1"}),
        (2, "spawn", {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "OPENBLAS_NUM_THREADS": "1"}),
        (3, "forkserver", {"LANG": "de_DE.ISO-8859-1", "PYTHONHASHSEED": "2", "TZ": "Asia/Urumqi"}),
    ],
)
def test_the_same_whatever_is_around(root, tmp_path, seed_texts, processes, method, environment):
    if method and method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    script = tmp_path / "script.py"
    script.write_text(SAME, encoding="utf-8")
    seeds = sorted((root / "seeds").glob("*.txt"))
    command = [sys.executable, script, str(processes), method, *seeds]
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, check=True
    )
    expected = [
        hashlib.sha256(repr(unionie.extract(text[:900]).to_dict()).encode()).hexdigest()
        for text in seed_texts
    ]
    assert done.stdout.split() == expected


def test_a_report_has_the_same_bits_in_any_company(seed_texts, monkeypatch):
    scores = []

    def spy(doc, offset):
        scores.append((doc.text, doc._.entity_scores, doc._.relations))
        return spans_of(doc, offset)

    monkeypatch.setattr("unionie.extraction.spans_of", spy)
    texts = [text[:700] for text in seed_texts]
    list(unionie.extract_many(texts))
    together, scores[:] = list(scores), []
    for text in texts:
        unionie.extract(text)
    assert scores == together


def test_the_vocabulary_does_not_grow(nlp):
    def texts(first: int):
        for number in range(first, first + 40):
            yield "".join(chr(0x4E00 + (number * 97 + n * 31) % 20000) for n in range(200))

    list(unionie.extract_many(texts(0), nlp=nlp))
    before = len(nlp.vocab.strings), sum(1 for _ in nlp.vocab)
    list(unionie.extract_many(texts(40), nlp=nlp))
    assert (len(nlp.vocab.strings), sum(1 for _ in nlp.vocab)) == before
    with nlp.memory_zone():  # zones do not nest
        assert unionie.extract(TEXT, nlp=nlp) == unionie.extract(TEXT)


@given(st.text(alphabet="甲，。\n ", max_size=40))
def test_pieces_are_in_order_and_leave_out_only_white_space(text):
    end = 0
    for start, stop in cut_pieces(text):
        assert not text[end:start].strip()
        assert start < stop
        end = stop
    assert not text[end:].strip()


def test_long_lines_are_cut_between_sentences_and_long_sentences_at_commas():
    sentence = "甲" * 30 + "。"
    pieces = list(cut_pieces(sentence * 500))
    assert all((stop - start) % 31 == 0 and stop - start <= MAX_PIECE for start, stop in pieces)
    clauses = list(cut_pieces(("乙" * 9 + "，") * 1000))
    assert all((stop - start) % 10 == 0 and stop - start <= MAX_PIECE for start, stop in clauses)
    assert max(stop - start for start, stop in cut_pieces("丙" * 10_000)) == MAX_PIECE


def test_five_million_characters(nlp):
    # The model's part is tested elsewhere; here only the cutting must bear the size.
    text = "会员达3万人，" * 10 + "\n"
    text *= 5_000_000 // len(text) + 1
    assert sum(stop - start for start, stop in cut_pieces(text)) == len(text)
    assert sum(1 for _ in cut_pieces("字" * 5_000_000)) == 5_000_000 // MAX_PIECE


def test_a_long_sentence_beside_many_short_ones_takes_no_more_memory():
    text = ("甲。" * 400 + "\n") * 8 + "乙" * 800  # together in one table these took 3 GB
    unionie.extract("甲")
    tracemalloc.start()
    unionie.extract(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 300_000_000


def test_a_sentence_of_figures_alone_is_done_in_time(nlp):
    report = unionie.extract("建会3家，" * 200, nlp=nlp)
    reach = [
        abs(report.entities.index(r.head) - report.entities.index(r.tail)) for r in report.relations
    ]
    assert len(report.entities) > 100
    assert max(reach, default=0) <= REACH


def test_missing_model_is_named():
    with pytest.raises(unionie.ModelError, match="nowhere: no trained pipeline"):
        unionie.load("nowhere")


def test_the_bundled_pipeline_has_a_name(nlp):
    assert unionie.load("bundled").meta == nlp.meta


def test_load_honours_overrides():
    assert unionie.load(exclude=["linker"]).pipe_names == ["entities", "calibrator"]


def test_importing_loads_neither_spacy_nor_pandas():
    code = (
        "import sys, unionie; unionie.__all__; "
        "print(sorted({'spacy', 'pandas', 'numpy', 'thinc'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_public_name_is_there():
    for name in unionie.__all__:
        assert getattr(unionie, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        unionie.nothing  # noqa: B018


def test_min_score_leaves_out_what_is_less_sure(nlp, seed_texts):
    everything = unionie.extract(seed_texts[0], nlp=nlp)
    sure = unionie.extract(seed_texts[0], nlp=nlp, min_score=0.8)
    assert 0 < len(sure.figures) < len(everything.figures)
    assert sure == everything.at_least(0.8)
    assert list(unionie.extract_many([seed_texts[0]], nlp=nlp, min_score=0.8)) == [sure]


@pytest.mark.parametrize(
    ("min_score", "error"),
    [
        (-0.1, ValueError),
        (1.5, ValueError),
        (2, ValueError),
        (float("nan"), ValueError),
        ("a", TypeError),
        (None, TypeError),
    ],
)
def test_min_score_is_a_probability(nlp, min_score, error):
    with pytest.raises(error, match=r"min_score .* from 0 to 1, not"):
        unionie.extract("好。", nlp=nlp, min_score=min_score)
    with pytest.raises(error, match=r"min_score .* from 0 to 1, not"):
        unionie.Report("").at_least(min_score)
