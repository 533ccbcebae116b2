from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.errors import UsageError
from tests.support.eval_cases import bare
from tests.support.scripted import scripted
from workers.evals.bare import BareAnswer
from workers.evals.recording import NOT_RECORDED, RECORDED, RecordedModel, question_key
from workers.models.scripted import Rule, ScriptedModel
from workers.ports import Answer, Prompt, Unanswered

PROMPT = Prompt("Say what is wrong.", "x = 1", "naive-1")


def says(claim: str) -> ScriptedModel:
    return scripted(Rule(answer={"findings": [bare("a.py", 1, claim)]}))


async def claims(model: RecordedModel) -> list[str] | str:
    """What is claimed; else why there is no answer."""
    answer = await model.ask(PROMPT, BareAnswer)
    if isinstance(answer, Unanswered):
        return str(answer.error)
    return [finding.claim for finding in answer.value.findings]


def keep_without_a_name(folder: Path, claim: str) -> None:
    """As it was done when a folder was for one model."""
    kept = {"name": PROMPT.name, "answer": {"findings": [bare("a.py", 1, claim)]}, "usage": {"calls": 1}}
    file = folder / f"{question_key(PROMPT, 1)}.json"
    file.write_text(json.dumps(kept), encoding="utf-8")


def damage(folder: Path, content: str) -> None:
    for file in folder.iterdir():
        file.write_text(content, encoding="utf-8")


async def test_an_answer_is_kept_with_what_it_cost_and_given_again(tmp_path: Path) -> None:
    model = says("Mine.")
    first = await RecordedModel("good", tmp_path, model).ask(PROMPT, BareAnswer)
    again = await RecordedModel("good", tmp_path, model).ask(PROMPT, BareAnswer)
    assert isinstance(first, Answer)
    assert first == again
    assert len(model.prompts) == 1


async def test_no_model_is_given_the_answers_of_another(tmp_path: Path) -> None:
    assert await claims(RecordedModel("good", tmp_path, says("Right."))) == ["Right."]
    assert await claims(RecordedModel("bad", tmp_path, says("Wrong."))) == ["Wrong."]
    assert await claims(RecordedModel("good", tmp_path, says("Not asked."))) == ["Right."]
    assert await claims(RecordedModel("bad", tmp_path)) == ["Wrong."]


async def test_a_replay_that_names_no_model_takes_the_only_answer(tmp_path: Path) -> None:
    await claims(RecordedModel("good", tmp_path, says("Right.")))
    assert await claims(RecordedModel(RECORDED, tmp_path)) == ["Right."]
    assert await claims(RecordedModel("bad", tmp_path)) == (
        f"bad: {NOT_RECORDED}, but one of good: name that model"
    )


async def test_a_replay_that_names_no_model_mixes_no_answers(tmp_path: Path) -> None:
    await claims(RecordedModel("good", tmp_path, says("Right.")))
    await claims(RecordedModel("bad", tmp_path, says("Wrong.")))
    assert await claims(RecordedModel(RECORDED, tmp_path)) == (
        f"recorded: {NOT_RECORDED}, but one of bad and one of good: name that model"
    )


async def test_a_recording_that_does_not_say_who_answered_is_replayed_for_every_name(tmp_path: Path) -> None:
    keep_without_a_name(tmp_path, "Old.")
    assert await claims(RecordedModel(RECORDED, tmp_path)) == ["Old."]
    assert await claims(RecordedModel("good", tmp_path)) == ["Old."]
    assert await claims(RecordedModel("good", tmp_path, run=2)) == f"good: {NOT_RECORDED}"


async def test_a_recording_that_does_not_say_who_answered_is_no_answer_of_a_model_that_can_be_asked(
    tmp_path: Path,
) -> None:
    keep_without_a_name(tmp_path, "Old.")
    assert await claims(RecordedModel("good", tmp_path, says("New."))) == ["New."]
    assert await claims(RecordedModel("good", tmp_path)) == ["New."]


async def test_a_file_that_is_no_answer_is_asked_for_anew(tmp_path: Path) -> None:
    await claims(RecordedModel("good", tmp_path, says("Right.")))
    for content in ("{", "[]", json.dumps({"answer": {"findings": 1}, "usage": {}})):
        damage(tmp_path, content)
        assert await claims(RecordedModel("good", tmp_path)) == f"good: {NOT_RECORDED}"
    assert await claims(RecordedModel("good", tmp_path, says("Again."))) == ["Again."]


async def test_an_answer_that_cannot_be_kept_ends_the_run(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    with pytest.raises(UsageError, match=r"no answer can be kept in .*/taken \(File exists\)"):
        await claims(RecordedModel("good", taken, says("Lost.")))


async def test_a_name_may_be_a_path_and_of_any_length(tmp_path: Path) -> None:
    name = f"scripted:/{'a' * 300}/\udcff.json"
    assert await claims(RecordedModel(name, tmp_path, says("Long."))) == ["Long."]
    assert await claims(RecordedModel(name, tmp_path)) == ["Long."]
