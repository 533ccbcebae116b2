"""No model is shown a secret, whoever asks it and whatever it looks up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.parsing.masking import masked
from bot.settings import Settings
from tests.support.code_base import Texts
from tests.support.planted_secrets import KEY, PLANTED, seen
from tests.support.scripted import finds, scripted, write_script
from workers.context.lookup import BoundedLookup
from workers.models.masked import MaskedLookup, MaskedModel
from workers.models.registry import build_model
from workers.models.scripted import Read, Rule, Search
from workers.ports import Answer, CodeLookup, Prompt
from workers.review.reading import FindAnswer
from workers.review.untrusted import visible

ALL = "\n".join((*(one.line for one in PLANTED.values()), KEY))
PLAIN = Prompt("system", "def share(total): ...", "find-2/all-1", "Which?")
WORDS = "Secrets in the material were replaced by masks"


@dataclass
class Echo:
    """A lookup that gives what it holds, and remembers what it was asked."""

    text: str

    async def read(self, path: str, start: int, end: int) -> str:
        return f"{path}:{start}-{end}\n{self.text}"

    async def search(self, text: str) -> str:
        return f"{text}\n{self.text}"


async def asked(prompt: Prompt) -> Prompt:
    model = scripted(finds())
    assert isinstance(await MaskedModel(model).ask(prompt, FindAnswer), Answer)
    [shown] = model.prompts
    return shown


async def test_a_question_without_secrets_is_passed_on_as_it_is() -> None:
    assert await asked(PLAIN) == PLAIN


async def test_every_text_of_a_question_is_masked_and_the_model_is_told_last() -> None:
    shown = await asked(Prompt(f"system {ALL}", f"user {ALL}", "find-2/all-1", f"question {ALL}"))
    assert seen(shown.system + shown.text) == []
    assert shown.name == "find-2/all-1+also-masked-1"
    assert shown.question.rpartition("\n")[2].startswith(WORDS)
    assert shown.user == masked(f"user {ALL}")  # what questions share stays the same for all of them


async def test_a_question_in_one_piece_is_told_too() -> None:
    shown = await asked(Prompt("system", ALL, "find-1"))
    assert shown.user.startswith(masked(ALL))
    assert shown.user.rpartition("\n")[2].startswith(WORDS)


async def test_what_is_looked_up_is_masked_and_explained() -> None:
    look: CodeLookup = MaskedLookup(Echo(ALL))
    for answer in (await look.read("a.py", 1, 2), await look.search("total")):
        assert seen(answer) == []
        assert WORDS in answer
    assert await MaskedLookup(Echo("x = 1")).search("x") == "x\nx = 1"


async def test_some_lines_of_a_key_are_masked_where_neither_end_of_it_is_shown() -> None:
    code = Texts({"deploy/server.key": KEY, "notes.md": f"the server uses {'x' * 300}"})
    look = BoundedLookup(code, visible)
    assert seen(await look.read("deploy/server.key", 2, 3)) == []
    assert "2  [masked:private-key:" in await look.read("deploy/server.key", 2, 3)
    assert seen(await look.search(KEY.split("\n")[1])) == []


async def test_a_model_that_is_built_by_its_name_sees_no_secret(tmp_path: Path) -> None:
    record = tmp_path / "asked"
    looks = (Read(read=("a.py", 1, 9)), Search(search="x"))
    name = write_script(tmp_path / "rules.json", [Rule(looks=looks, answer={"findings": []})], record)
    model = build_model(name, Settings())
    assert model is not None
    assert model.name == "scripted"
    assert isinstance(await model.ask(Prompt("s", ALL, "find-2"), FindAnswer, Echo(ALL)), Answer)
    assert seen(record.read_text()) == []
    assert record.read_text().count("[masked:github-token:") == 3 * 4
