from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bot.errors import UsageError
from tests.support.eval_cases import ALL, BASKET, CLEAN, SHELF, cases, defect, file, write_cases
from workers.evals.case_files import read_cases
from workers.evals.cases import Blob, Place, side_by_side


def test_a_case_is_what_a_reviewer_may_see_and_apart_from_it_what_is_wrong(tmp_path: Path) -> None:
    [case] = cases(tmp_path, SHELF)
    assert (case.material.title, case.material.body, case.material.language) == (
        "Simplify the shelf",
        "Shorter now.",
        "Python",
    )
    assert not case.key.is_clean
    assert case.key.truths[0].places == (Place("shop/shelf.py", ((2, 2),)),)
    assert [truth.category for truth in case.key.truths] == ["missing check", "boundary"]
    assert case.key.truths[1].language == "Python"
    seen = repr(case.material)
    assert "shelf-case" not in seen
    assert not any(truth.description in seen for truth in case.key.truths)


def test_a_plausible_finding_in_words_names_its_file_before_a_colon(tmp_path: Path) -> None:
    [case] = cases(tmp_path, SHELF | {"other_findings": ["shop/shelf.py: It may leak.", "Who knows: no."]})
    assert [(one.places, one.description) for one in case.key.others] == [
        ((Place("shop/shelf.py"),), "It may leak."),
        ((Place(""),), "Who knows: no."),
    ]
    assert [one.is_placed for one in case.key.others] == [True, False]


def test_a_packed_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    packed = tmp_path / "some.jsonl.gz"
    packed.write_bytes(gzip.compress("\n".join(json.dumps(case) for case in ALL).encode()))
    assert read_cases([packed]) == cases(tmp_path, *ALL)


def test_bytes_that_are_no_text_come_in_base64(tmp_path: Path) -> None:
    side = {"mode": "100755", "b64": base64.b64encode(b"\xff\x00").decode()}
    [case] = cases(tmp_path, CLEAN | {"files": [file("run", None, side)]})
    assert case.material.files[0].head == Blob("100755", b"\xff\x00")


def test_a_folder_of_own_cases_may_hold_both_ends_as_files(tmp_path: Path) -> None:
    own = tmp_path / "own" / "shelf"
    for end, text in (("base", "one\n"), ("head", "two\n")):
        (own / end / "shop").mkdir(parents=True)
        (own / end / "shop" / "shelf.py").write_text(text, encoding="utf-8")
        (own / end / "same.py").write_text("same\n", encoding="utf-8")
    (own / "head" / "new.py").write_text("new\n", encoding="utf-8")
    (own / "head" / "link").symlink_to("/etc/hostname")
    given = {name: value for name, value in SHELF.items() if name not in ("files", "id")}
    (own / "case.json").write_text(json.dumps(given), encoding="utf-8")
    (tmp_path / "own" / "no-case").mkdir()
    [case] = read_cases([tmp_path / "own"])
    assert case.id == "shelf"
    assert [(one.path, one.base, one.head) for one in case.material.files] == [
        ("new.py", None, Blob("100644", b"new\n")),
        ("shop/shelf.py", Blob("100644", b"one\n"), Blob("100644", b"two\n")),
    ]


BUG: dict[str, Any] = SHELF["ground_truth"][0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "maybe"}, "kind"),
        ({"title": None}, "title"),
        ({"files": []}, "files: there is none"),
        ({"files": [file("../etc/passwd", "", "x")]}, "a path is no name"),
        ({"files": [file("a//b", "", "x")]}, "a path is no name"),
        ({"files": [file("a", None, {"mode": "160000", "text": ""})]}, "files.0.head.mode"),
        ({"files": [file("a", None, {"mode": "100644"})]}, "neither text nor b64"),
        ({"files": [file("a", None, {"b64": "!"})]}, "files"),
        ({"files": [file("a", None, {"text": "a", "encoding": "no-such"})]}, "no-such"),
        ({"ground_truth": []}, "a bug has one"),
        ({"kind": "clean"}, "a clean change has none"),
        ({"ground_truth": [defect("a", 0, 1, "x")]}, "ground_truth.0.locations.0.lines.0.0"),
        ({"ground_truth": [BUG, BUG | {"locations": []}]}, "ground_truth.1.locations: there is none"),
        (
            {"ground_truth": [defect("shelf.py", 2, 2, "x")]},
            "ground_truth.0.locations.0.file: the change has no",
        ),
        (
            {"ground_truth": [BUG | {"locations": [*BUG["locations"], {"file": "b"}]}]},
            "locations.1.file: the",
        ),
        ({"other_findings": ["x", BUG | {"locations": []}]}, "other_findings.1.locations: there is none"),
        ({"id": "../../x"}, "id: write letters"),
    ],
)
def test_a_wrong_case_is_one_sentence_with_its_line(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    source = write_cases(tmp_path / "some.jsonl", BASKET, SHELF | change)
    with pytest.raises(UsageError) as raised:
        read_cases([source])
    sentence = str(raised.value)
    assert sentence.startswith(f"{source} line 2: ")
    assert words in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff\xfe", b'{"kind": "clean"}'])
def test_what_is_no_case_at_all_is_named_by_its_line(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "some.jsonl"
    source.write_bytes(b"\n" + content)
    with pytest.raises(UsageError, match=r"some\.jsonl line 2: "):
        read_cases([source])


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.jsonl.gz"
    damaged.write_bytes(gzip.compress(b"{}" * 1000)[:-9])
    for source in (tmp_path / "missing.jsonl", damaged):
        with pytest.raises(UsageError, match=f"{source.name} cannot be read"):
            read_cases([source])
    with pytest.raises(UsageError, match="there is no case"):
        read_cases([tmp_path])


def test_two_cases_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="line 2: there is another case with the name shelf-case"):
        cases(tmp_path, SHELF, SHELF)


def test_side_by_side_each_case_has_a_folder_of_its_own(tmp_path: Path) -> None:
    joined = side_by_side(cases(tmp_path, *ALL))
    assert [one.path for one in joined.material.files] == [
        "c1/shop/shelf.py",
        "c1/shop/short.py",
        "c2/web/basket.js",
        "c3/shop/units.py",
    ]
    places = [place.path for truth in joined.key.truths for place in truth.places]
    assert places == ["c1/shop/shelf.py", "c1/shop/shelf.py", "c2/web/basket.js"]
    assert joined.key.others[0].places[0].path == "c1/shop/shelf.py"
    assert (joined.material.title, joined.material.language) == ("Several changes", "several")
    assert "c2/: Totals fall back to the limit" in joined.material.body
    assert "case" not in joined.id
