from __future__ import annotations

from bot.domain.finding import Disposition, Fate
from tests.support.desk import Commanding, signs


async def test_a_dismissal_settles_the_finding_of_its_thread_without_a_word(people: Commanding) -> None:
    root = await people.tells()
    comment = await people.answer(root, "/ai-review dismiss checked by `open_table`")
    assert signs(comment) == ["eyes", "+1"]
    said = Disposition(Fate.DISMISSED, "checked by `open_table`", "wanda")
    assert people.settled.asked == [(root.id, said)]
    assert people.in_thread(root) == people.answers() == []


async def test_a_reason_is_kept_without_its_secrets(people: Commanding) -> None:
    root = await people.tells()
    await people.answer(root, f"/ai-review dismiss ghp_{'0123456789abcdef' * 3} is revoked")
    [(_, settled)] = people.settled.asked
    assert settled.reason.startswith("[masked:github-token:")
    assert settled.reason.endswith("] is revoked")


async def test_a_dismissal_outside_of_a_findings_thread_is_answered_in_one_sentence(
    people: Commanding,
) -> None:
    theirs = people.scene.sandbox.comment_on_line(people.pull, "shop/share.py", 1, "Hm.", author="wanda")
    for comment in (
        await people.say("/ai-review dismiss"),
        await people.answer(theirs, "/ai-review dismiss"),
    ):
        assert signs(comment) == ["eyes", "confused"]
    assert people.settled.asked == []
    assert all("works in the thread of a finding" in answer for answer in people.answers())
    assert len(people.answers()) == 2
