"""Findings on lines with secrets keep their lines, and nothing that is kept or posted repeats a secret."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.diff import Anchor, Side
from bot.domain.finding import Category, Fate, Finding, LineRange, Severity
from bot.domain.policy import CrossCheck, Policy
from bot.parsing.masking import masked
from tests.support.changes import Versions, change_of, reader_of, source_of
from tests.support.mending import NONCE, SURE, change
from tests.support.planted_secrets import KEY, KEY_BODY, PLANTED, Planted, seen
from tests.support.scripted import finds, found, scripted, votes
from tests.support.shown import find_quote
from workers.models.masked import MaskedModel
from workers.models.scripted import Rule
from workers.review.bundles import pack
from workers.review.change import Engine, Limits
from workers.review.delta import delta_of
from workers.review.evidence import gate, gate_static
from workers.review.following import Where, follow
from workers.review.mending_prompts import fix_prompt
from workers.review.pipeline import review_change
from workers.review.replacing import committable
from workers.review.spots import Spot

TOKEN, PASSWORD = PLANTED["GitHub, classic"], PLANTED["environment"]
ENV = "\n".join(["# settings", *(one.line for one in PLANTED.values()), ""])
BASE = f"import os\nOLD_{TOKEN.line}\n"
HEAD = f'import os\nNEW_{TOKEN.line[:-3]}x"\n'
FILES: Versions = {
    "app/.env": (None, ENV),
    "app/server.key": (None, f"{KEY}\n"),
    "app/token.py": (BASE, HEAD),
}
SOURCES = [source_of(path, base, head) for path, (base, head) in FILES.items()]
PY = "app/token.py"


def claim(path: str, quote: str, lines: LineRange | None = None, **fields: object) -> Finding:
    made = Finding(
        path,
        lines,
        quote,
        Category.SECURITY,
        Severity.HIGH,
        0.9,
        "It is committed.",
        "Anybody reads it.",
        "",
        "m",
    )
    return replace(made, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_a_masked_line_is_found_where_its_secret_stands(planted: Planted) -> None:
    row = planted.line
    number = ENV.split("\n").index(row) + 1
    for quote in (masked(row), row):
        [marked] = gate([claim("app/.env", quote)], SOURCES)
        assert marked.finding.lines == LineRange(number, number)
        assert marked.anchor == Anchor("app/.env", Side.RIGHT, number)
        assert marked.finding.quote == masked(row)


def test_lines_of_a_key_are_found_one_by_one_and_together() -> None:
    rows = masked(KEY).split("\n")
    for quote, lines in ((rows[2], LineRange(3, 3)), ("\n".join(rows[1:4]), LineRange(2, 4))):
        [marked] = gate([claim("app/server.key", quote)], SOURCES)
        assert (marked.finding.lines, marked.disposition.fate) == (lines, Fate.POSTED)
    assert gate([claim("app/server.key", masked(KEY))], SOURCES)[0].finding.lines == LineRange(1, 5)


def test_a_removed_secret_and_the_new_one_are_told_apart() -> None:
    old, new = (masked(text).split("\n")[1] for text in (BASE, HEAD))
    assert old.split("=")[1] != new.split("=")[1]
    assert gate([claim(PY, old)], SOURCES)[0].anchor == Anchor(PY, Side.LEFT, 2)
    assert gate([claim(PY, new)], SOURCES)[0].anchor == Anchor(PY, Side.RIGHT, 2)
    assert find_quote(SOURCES[2].diff, SOURCES[2].text, 'NEW_GITHUB = "[masked:github-token:000]"') is None


def test_a_secret_far_from_the_change_is_found_too() -> None:
    old = f"{TOKEN.line}\n" + "x = 1\n" * 30
    source = source_of("app/a.py", f"{old}y = 1\n", f"{old}y = 2\n")
    [marked] = gate([claim("app/a.py", masked(TOKEN.line))], [source])
    assert (marked.finding.lines, marked.disposition.fate) == (LineRange(1, 1), Fate.PRE_EXISTING)


def test_what_an_analyser_quotes_and_says_is_masked_and_its_fix_dropped() -> None:
    row = TOKEN.line
    text = f"{KEY}\n{row}\n"
    source = source_of(PY, None, text)
    told = claim(PY, row, LineRange(6, 6), claim=f"Found {TOKEN.secret}", suggestion=f"{row}  # noqa\n")
    in_key = claim(PY, KEY_BODY[1], LineRange(3, 3), suggestion="\n")
    marked, keyed = gate_static([told, in_key], [source])
    assert marked.finding.lines == LineRange(6, 6)
    assert marked.finding.suggestion is None
    assert (keyed.finding.quote, keyed.finding.suggestion) == (masked(KEY).split("\n")[2], "\n")
    assert seen(repr((marked, keyed))) == []


def test_a_finding_that_was_told_with_its_secret_is_followed_still() -> None:
    [marked] = gate([claim("app/.env", PASSWORD.line)], SOURCES)
    told = replace(marked, finding=replace(marked.finding, quote=PASSWORD.line))
    made = change_of(FILES)
    [followed] = follow([told], made.diff, SOURCES, delta_of(made.diff))
    assert followed.where is Where.STANDS


def test_a_key_that_is_split_between_questions_is_masked_in_all_of_them() -> None:
    long = "\n".join([KEY.split("\n")[0], *(KEY_BODY[0] for _ in range(200)), KEY.split("\n")[-1]])
    packed = pack([source_of("server.key", None, f"{long}\n")], Limits(bundle_tokens=600))
    assert len(packed.bundles) > 2
    assert seen(repr(packed)) == []


def test_half_a_secret_at_the_end_of_a_line_that_is_cut_is_not_shown() -> None:
    text = f"{'x' * 1_980} {TOKEN.secret} {'y' * 500}\n"
    packed = pack([source_of("a.min.css", None, text)], Limits())
    assert TOKEN.secret[:12] not in repr(packed.bundles)


def test_lines_to_be_mended_are_masked_as_parts_of_their_file() -> None:
    spot = Spot("server.key", f"{KEY}\n", 3, 3)
    assert seen(fix_prompt(SURE, spot, "", change(), NONCE).text) == []


@pytest.mark.parametrize("answer", ["{}  # x", "import os\n{}", "{0}\n{0}"])
async def test_a_text_with_a_mask_is_never_offered_to_be_committed(answer: str) -> None:
    spot = Spot(PY, f"import os\n{TOKEN.line}\n", 2, 2)
    judged = await committable(spot, answer.format(masked(TOKEN.line)))
    assert judged.text is None
    assert judged.reason == "it has stand-ins for text that the model was not shown"


@pytest.mark.parametrize(
    "near", ["[masked:password]", "[MASKED:password:3fa]", "[masked:password:3fab]", "[ masked:..."]
)
async def test_a_text_with_what_is_nearly_a_mask_is_not_offered_wherever_it_stands(near: str) -> None:
    judged = await committable(Spot("app/a.py", "x = 1\n", 1, 1), f'x = "{near}"')
    assert judged.text is None
    assert judged.reason == "it has stand-ins for text that the model was not shown"


@pytest.mark.parametrize(
    "answer",
    ['GITHUB = "secret"', 'GITHUB = "<token>"', 'GITHUB = os.environ["GITHUB"]', "", "GITHUB = ''\nx = 1"],
)
async def test_a_text_that_takes_a_secret_out_of_its_line_is_told_in_words(answer: str) -> None:
    spot = Spot(PY, f"import os\n{TOKEN.line}\n", 2, 2)
    judged = await committable(spot, answer)
    assert judged.text is None
    assert judged.reason == "it changes a line with a secret that the model was not shown"


async def test_a_line_of_a_key_is_not_replaced_though_it_looks_like_nothing_by_itself() -> None:
    judged = await committable(Spot("server.key.txt", f"{KEY}\r\n", 3, 3), "AAAA")
    assert judged.reason == "it changes a line with a secret that the model was not shown"


async def test_lines_beside_one_with_a_secret_may_change() -> None:
    spot = Spot(PY, f"import os\n{TOKEN.line}\nx = 1\r\n", 2, 3)
    assert (await committable(spot, f"{TOKEN.line}\nx = 2")).text == f"{TOKEN.line}\nx = 2\n"


async def test_a_whole_review_shows_and_keeps_no_secret() -> None:
    leak = found("app/.env", masked(PASSWORD.line), severity="high", category="security")
    fix = Rule(name="fix", answer={"why": "x", "fixes": True, "replacement": masked(PASSWORD.line) + "0"})
    model = scripted(finds(leak), votes("confirmed"), fix)
    engine = Engine(reader_of(FILES), finder=MaskedModel(model))
    made = change_of(FILES, title=TOKEN.line, body=ENV)
    review = await review_change(made, Policy(cross_check=CrossCheck.STRICT), engine)
    [posted] = [one for one in review.findings if one.disposition.fate is Fate.POSTED]
    assert posted.anchor == Anchor("app/.env", Side.RIGHT, ENV.split("\n").index(PASSWORD.line) + 1)
    assert posted.finding.suggestion is None
    assert posted.finding.fix_words == "x"
    assert {prompt.name.partition("-")[0] for prompt in model.prompts} == {"find", "cross", "fix"}
    assert seen(repr(model.prompts)) == []
    assert seen(repr(review)) == []
