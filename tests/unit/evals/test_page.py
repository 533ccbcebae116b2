from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.settings import load_settings
from tests.support.eval_cases import CLEAN, SHELF, answers, bare, bare_finds, cases, file
from tests.support.scripted import scripted
from workers.evals.cases import Case
from workers.evals.evaluating import Answerer, Plan, evaluate
from workers.evals.page import render_page
from workers.evals.record import Labels, record_of
from workers.evals.scoring import Score
from workers.evals.variants import variant_of
from workers.models.scripted import Rule

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202e"


class Tags(HTMLParser):
    """Every element with its attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


async def page(
    folder: Path, given: tuple[Case, ...], *rules: Rule, variant: str = "naive", model: str = "m"
) -> str:
    asked, scores = scripted(*rules), []

    def told(_: str, score: Score) -> None:
        scores.append(score)

    plan = Plan(
        cases=given,
        variants={variant: variant_of(variant)},
        settings=load_settings({}),
        finder=Answerer("m", lambda _: asked),
        cross_checker=None,
        judge=None,
        answers=folder / "answers",
    )
    await evaluate(plan, told)
    labels = Labels(variant, "set", model, None, "2026-01-31")
    return render_page(record_of(scores[0], labels), scores[0])


async def test_nothing_of_others_becomes_markup(tmp_path: Path) -> None:
    source = file(f"{EVIL[:8]}.py", "a\n", f"a = '{EVIL}'\n")
    evil = CLEAN | {"title": EVIL, "body": EVIL, "language": EVIL, "files": [source]}
    claims = [bare("<script>.py", 1, EVIL), bare(EVIL, 1, EVIL)]
    parsed = Tags(await page(tmp_path, cases(tmp_path, evil), bare_finds("", *claims), model=EVIL))
    assert not {tag for tag, _ in parsed.tags} & {"script", "img"}
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]
    assert "<script>alert(1)</script>" in parsed.text
    assert "\u202e" not in parsed.text
    assert "⟨U+202E⟩" in parsed.text


async def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    made = await page(tmp_path, cases(tmp_path, SHELF), *answers())
    assert not re.search(r"https?://|\burl\(|@import", made)
    links = [attributes.get("href") or "" for tag, attributes in Tags(made).tags if tag == "a"]
    assert links
    assert all(link.startswith("#") for link in links)
    assert "default-src 'none'" in made


async def test_each_finding_stands_below_its_line_with_what_became_of_it(tmp_path: Path) -> None:
    made = await page(tmp_path, cases(tmp_path, SHELF), *answers(), variant="engine-strict")
    rows = re.split(r"<tr", made)
    [guard] = [
        number for number, row in enumerate(rows) if "The check of count is gone." in row and "Right" in row
    ]
    assert "raise ValueError" in rows[guard - 1]
    assert 'class="removed' in rows[guard - 1]
    assert "Confirmed</b> by m: Seen." in rows[guard]
    assert "missed" in made


async def test_a_missed_defect_is_told_of_at_its_line(tmp_path: Path) -> None:
    made = await page(tmp_path, cases(tmp_path, SHELF), bare_finds(""))
    rows = re.split(r"<tr", made)
    [at] = [number for number, row in enumerate(rows) if "The last page is lost." in row]
    assert "return total // size" in rows[at - 1]
    assert "faulty" in rows[at - 1]
    assert "missed" in rows[at]


async def test_bytes_that_are_no_text_do_not_break_the_page(tmp_path: Path) -> None:
    [case] = cases(tmp_path, CLEAN)
    material = case.material
    blob = replace(material.files[0].head, content=b"\xff\xfe = 1\r\n") if material.files[0].head else None
    odd = replace(case, material=replace(material, files=(replace(material.files[0], head=blob),)))
    assert "⟨U+DCFF⟩" in await page(tmp_path, (odd,), bare_finds(""))


@pytest.mark.parametrize("length", [500, 100_000])
async def test_long_lines_are_cut(tmp_path: Path, length: int) -> None:
    long = CLEAN | {"files": [file("long.py", "", "x" * length + "\n")]}
    made = await page(tmp_path, cases(tmp_path, long), bare_finds(""))
    assert f"({length:,} characters)" in made
    assert "x" * 401 not in made
