from __future__ import annotations

from bot.domain.pause import Paused
from bot.rendering.pauses import pause_record
from tests.support.desk import NOW, Commanding, signs


async def test_a_pause_is_kept_and_recorded_on_the_pull_request(people: Commanding) -> None:
    comment = await people.say("/ai-review pause")
    assert signs(comment) == ["eyes", "+1"]
    paused = Paused("wanda", "", NOW)
    assert people.desk.pauses.paused(people.scene.ref) == paused
    [answer] = people.answers()
    assert answer.startswith("Pushes are not reviewed until `/ai-review resume`")
    assert pause_record(people.answers()) == paused


async def test_a_resumption_ends_it_in_both_places(people: Commanding) -> None:
    await people.say("/ai-review pause")
    comment = await people.say("/ai-review resume")
    assert signs(comment) == ["eyes", "+1"]
    assert people.desk.pauses.paused(people.scene.ref) is None
    assert len(people.answers()) == 2
    assert pause_record(people.answers()) is None


async def test_the_record_stands_in_the_conversation_wherever_it_was_asked_for(people: Commanding) -> None:
    root = await people.tells()
    await people.answer(root, "/ai-review pause")
    assert people.in_thread(root) == []
    assert pause_record(people.answers()) == Paused("wanda", "", NOW)


async def test_a_closed_pull_request_is_neither_paused_nor_resumed(people: Commanding) -> None:
    people.scene.sandbox.close(people.pull)
    for word in ("pause", "resume"):
        assert signs(await people.say(f"/ai-review {word}")) == ["eyes", "confused"]
    assert people.desk.pauses.paused(people.scene.ref) is None
    assert pause_record(people.answers()) is None
