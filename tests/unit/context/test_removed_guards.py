from __future__ import annotations

import pytest

from tests.support.changes import file_of
from workers.context.removed_guards import LINES, MOST, RemovedGuard, removed_guards


def guards(removed: str, added: str = "", path: str = "a.py") -> tuple[RemovedGuard, ...]:
    return removed_guards(file_of(path, f"first\n{removed}\nlast\n", f"first\n{added}last\n"))


@pytest.mark.parametrize(
    "line",
    [
        "    if user is None:",
        "    assert user",
        "    raise PermissionError(user)",
        "    return None",
        "        continue",
        "    try:",
        "    except KeyError:",
        "    with self.lock:",
        "    await queue.join()",
        "  } else if (a && b) {",
        "  } catch (error) {",
        "  if (!user) return;",
        "  throw new Error('no');",
        "  clearTimeout(timer);",
        "  const name = user?.name ?? '';",
        "  const list = given || [];",
        "\tdefer file.Close()",
        "\tif err != nil {",
        "\tmu.Lock()",
        "    return false unless ready",
        "    redirect_to root_path if current_user.nil?",
        "  before_action :authenticate_user!",
        "    rescue KeyError",
        "    ensure",
        "    guard let user else { return }",
        "    let a = b.unwrap_or(0);",
        "  free(buffer);",
        "  synchronized (this) {",
        "  @Transactional",
        "  validateInput(form);",
        "  escape_html(name)",
        "  x = max(0, y)",
        "#ifdef SAFE",
    ],
)
def test_lines_that_guard_are_told(line: str) -> None:
    [guard] = guards(line)
    assert guard == RemovedGuard(2, (line,))


@pytest.mark.parametrize(
    "line",
    [
        "    total = total + 1",
        "    # if this ever fails",
        "    // return early here",
        "    * try harder",
        "import locks",
        "name: 'iffy'",
        "",
    ],
)
def test_other_lines_are_not(line: str) -> None:
    assert guards(line) == ()


def test_lines_in_a_row_are_shown_together_without_what_took_their_place() -> None:
    [guard] = guards("    if a is None:\n        return 0", "    if a == 0:\n        return 1\n")
    assert guard.removed == ("    if a is None:", "        return 0")


def test_a_guard_that_was_only_moved_or_indented_is_not_lost() -> None:
    assert guards("    if a:\n    b()", "  b()\n      if  a:\n") == ()


def test_each_run_of_removed_lines_counts_by_itself() -> None:
    base = "if a:\n    b()\nc()\nd()\nassert e\nf()\n"
    found = removed_guards(file_of("a.py", base, "    b()\nc()\nd()\nf()\n"))
    assert [(guard.old_start, guard.removed) for guard in found] == [(1, ("if a:",)), (5, ("assert e",))]


def test_a_removed_file_and_an_empty_change_do_no_harm() -> None:
    assert len(removed_guards(file_of("a.py", "if a:\n    b()\n", None))) == 1
    assert removed_guards(file_of("a.py", None, "if a:\n")) == ()


def test_counts_and_lengths_are_bounded() -> None:
    base = "".join(f"if a{number}:\n    keep({number})\n" for number in range(200))
    head = "".join(f"    keep({number})\n" for number in range(200))
    assert len(removed_guards(file_of("a.py", base, head))) == MOST
    long = guards("\n".join(["if " + "x" * 100_000] * 50))
    assert [len(guard.removed) for guard in long] == [LINES, LINES, LINES, LINES, 2]
    assert max(len(line) for guard in long for line in guard.removed) <= 300


def test_in_a_long_run_the_lines_around_the_guard_are_shown() -> None:
    lines = [f"a{number}()" for number in range(50)]
    [guard] = guards("\n".join([*lines[:30], "assert b", *lines[30:]]))
    assert guard.old_start == 30
    assert guard.removed[:4] == ("a28()", "a29()", "assert b", "a30()")
