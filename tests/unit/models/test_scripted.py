from __future__ import annotations

import json
from pathlib import Path

from bot.errors import ModelAnswerInvalid, ModelError, ModelRefused, ModelUnavailable
from tests.support.scripted import finds, found, scripted, votes, write_script
from workers.models.scripted import Rule, ScriptedModel, load_scripted
from workers.ports import Prompt, Unanswered
from workers.review.reading import CheckAnswer, FindAnswer

FIND = Prompt("system", "user\nabout a.py", "find-1")
CHECK = Prompt("system", "user", "cross-check-1")


async def fails(kind: type[ModelError], model: ScriptedModel) -> str:
    answer = await model.ask(FIND, FindAnswer)
    assert isinstance(answer, Unanswered)
    assert type(answer.error) is kind
    return str(answer.error)


async def test_the_first_rule_that_fits_answers() -> None:
    model = scripted(
        finds(match="b\\.py"), votes("refuted"), finds(found("a.py", "x = 1"), match="user.about")
    )
    answer = await model.ask(FIND, FindAnswer)
    assert [item.path for item in answer.value.findings] == ["a.py"]
    assert (await model.ask(CHECK, CheckAnswer)).value.verdict == "refuted"
    assert model.prompts == [FIND, CHECK]
    assert answer.usage.calls == 1


async def test_a_rule_can_be_used_up() -> None:
    model = scripted(Rule(error="unavailable", times=1), finds())
    await fails(ModelUnavailable, model)
    assert (await model.ask(FIND, FindAnswer)).value.findings == []


async def test_a_prompt_without_a_rule_is_an_error() -> None:
    assert "no rule fits" in await fails(ModelRefused, scripted(votes("refuted")))


async def test_an_answer_of_the_wrong_shape_is_invalid() -> None:
    await fails(ModelAnswerInvalid, scripted(Rule(answer={"unexpected": 1})))


async def test_a_file_brings_rules_to_another_process_and_prompts_back(tmp_path: Path) -> None:
    record = tmp_path / "prompts.jsonl"
    name = write_script(tmp_path / "rules.json", [finds(found("a.py", "x"))], record)
    model = load_scripted(Path(name.removeprefix("scripted:")))
    assert len((await model.ask(FIND, FindAnswer)).value.findings) == 1
    assert [json.loads(line)["name"] for line in record.read_text().splitlines()] == ["find-1"]
