from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.diff import Side
from bot.domain.finding import Category, Disposition, Fate, LineRange, MarkedFinding, Severity
from bot.domain.ledger import TOLD_BEFORE
from tests.support.changes import Versions, diff_of, source_of
from tests.support.pushes import told_of
from workers.review.delta import delta_of
from workers.review.evidence import fingerprint
from workers.review.following import Followed, Where, follow
from workers.review.matching import Matched, is_alike, match

FILLER = "".join(f"filler_{number} = {number}\n" for number in range(20))
BASE = f"{FILLER}    if not people:\n        return 0\n    return total\n{FILLER}"
HEAD = f"{FILLER}    return total / people\n{FILLER}"
PATH = "shop/share.py"
FILES: Versions = {PATH: (BASE, HEAD)}
DIVISION = told_of(FILES, PATH, "    return total / people", claim="It divides by people, which may be zero.")
AGAIN = "With people at zero it divides by zero."


def matched(
    new: MarkedFinding,
    files: Versions,
    *told: MarkedFinding,
    before: Versions = FILES,
    doubted: bool = False,
) -> Matched:
    """A finding of a second round against those of the first."""
    was = diff_of(before)
    made = diff_of(files)
    delta = delta_of(made, frozenset(delta_of(was).read_with(file.path for file in was.files)))
    sources = [source_of(path, base, head) for path, (base, head) in files.items()]
    return match([new], follow(told or (DIVISION,), made, sources, delta), made, delta, doubted=doubted)


def is_known(new: MarkedFinding, files: Versions, *told: MarkedFinding, before: Versions = FILES) -> bool:
    done = matched(new, files, *told, before=before)
    [one] = done.findings
    known = any(other.again is not None for other in done.known)
    assert known is (one.disposition == Disposition(Fate.DUPLICATE, TOLD_BEFORE))
    return known


def test_what_stands_and_is_reported_again_in_other_words_is_not_told_again() -> None:
    drifted: Versions = {PATH: (BASE, f"x = 1\n{HEAD}")}
    again = told_of(drifted, PATH, "return total / people", claim=AGAIN, category=Category.BOUNDARY)
    assert is_known(again, drifted)


@pytest.mark.parametrize("doubted", [True, False])
def test_what_others_may_have_written_does_not_speak_for_what_is_graver(doubted: bool) -> None:
    told = replace(DIVISION, finding=replace(DIVISION.finding, severity=Severity.LOW))
    again = told_of(FILES, PATH, "return total / people", claim=AGAIN, severity=Severity.HIGH)
    done = matched(again, FILES, told, doubted=doubted)
    assert done.findings[0].disposition.fate is (Fate.POSTED if doubted else Fate.DUPLICATE)
    assert (done.known[0].again is None) is doubted
    as_grave = replace(told, finding=replace(told.finding, severity=Severity.HIGH))
    assert matched(again, FILES, as_grave, doubted=doubted).known[0].again is not None


def test_another_defect_on_the_same_line_is_told() -> None:
    other = told_of(FILES, PATH, "return total / people", claim="Cents get lost.", category=Category.TYPE)
    assert not is_known(other, FILES)


def test_the_same_said_of_the_removed_lines_of_its_hunk_is_not_told_again() -> None:
    claim = "It divides by people, which may be zero now."
    assert is_known(told_of(FILES, PATH, "    if not people:", claim=claim), FILES)
    assert not is_known(told_of(FILES, PATH, "    if not people:", claim="Nobody checks it."), FILES)


def test_the_like_of_another_name_close_by_is_told() -> None:
    files: Versions = {PATH: (FILLER, f"{FILLER}use(order)\nuse(buyer)\n")}
    order = told_of(files, PATH, "use(order)", claim="The value of order may be missing here.")
    buyer = told_of(files, PATH, "use(buyer)", claim="The value of buyer may be missing here.")
    assert not is_known(buyer, files, order)


def test_the_like_in_another_file_is_told() -> None:
    both: Versions = {**FILES, "shop/copy.py": (BASE, HEAD)}
    assert not is_known(told_of(both, "shop/copy.py", "return total / people", claim=AGAIN), both)


def test_what_has_no_evidence_in_the_change_says_nothing() -> None:
    again = told_of(FILES, PATH, "return total / people", claim=AGAIN)
    for fate in (Fate.UNSUPPORTED, Fate.PRE_EXISTING):
        [known] = matched(replace(again, disposition=Disposition(fate, "…")), FILES).known
        assert known.again is None


def test_what_is_held_back_for_other_reasons_keeps_them() -> None:
    again = told_of(FILES, PATH, "return total / people", claim=AGAIN)
    quiet = replace(again, disposition=Disposition(Fate.SUPPRESSED, "its source was not sure enough"))
    done = matched(quiet, FILES)
    assert done.findings == (quiet,)
    assert done.known[0].again == quiet


CHANGED: Versions = {PATH: (BASE, HEAD.replace("total / people", "round(total / people, 2)"))}


def test_a_finding_in_fresh_code_takes_over_the_thread_of_one_like_it_whose_code_has_changed() -> None:
    again = told_of(CHANGED, PATH, "return round(total / people, 2)", claim=AGAIN)
    assert is_known(again, CHANGED)
    claim = "Where nobody comes, people is zero and this divides by it."
    assert is_known(replace(again, finding=replace(again.finding, claim=claim)), CHANGED)
    other_kind = replace(again, finding=replace(again.finding, claim=claim, category=Category.TYPE))
    assert not is_known(other_kind, CHANGED)
    same_words = replace(other_kind, finding=replace(other_kind.finding, claim=DIVISION.finding.claim))
    assert is_known(same_words, CHANGED)


def test_one_thread_is_taken_over_by_one_finding_and_what_repeats_that_is_not_told() -> None:
    again = told_of(CHANGED, PATH, "return round(total / people, 2)", claim=AGAIN)
    made = diff_of(CHANGED)
    told = [Followed(DIVISION, Where.GONE, PATH), Followed(DIVISION, Where.GONE, PATH)]
    done = match([again, again], told, made, delta_of(made))
    assert [one.disposition.fate for one in done.findings] == [Fate.DUPLICATE] * 2
    assert [one.again is not None for one in done.known] == [True, False]


def test_a_new_defect_of_the_kind_of_a_mended_one_is_told() -> None:
    far = f"{HEAD.replace('total / people', 'total')}{FILLER}{FILLER}    return weight / boxes\n"
    files: Versions = {PATH: (BASE, far)}
    claim = "It divides by boxes, which may be zero."
    assert not is_known(told_of(files, PATH, "return weight / boxes", claim=claim), files)
    near: Versions = {PATH: (BASE, HEAD.replace("total / people", "weight / boxes"))}
    assert not is_known(told_of(near, PATH, "return weight / boxes", claim=claim), near)


def test_like_words_on_other_code_far_away_are_another_defect() -> None:
    files: Versions = {
        PATH: (BASE, f"{HEAD.replace('total / people', 'total')}{FILLER}{FILLER}{FILLER}go(1)\n")
    }
    assert not is_known(told_of(files, PATH, "go(1)", claim=AGAIN), files)
    near: Versions = {PATH: (BASE, HEAD.replace("return total / people", "go(1)"))}
    assert is_known(told_of(near, PATH, "go(1)", claim=AGAIN), near)


def test_lines_of_different_sides_are_not_close_so_that_code_alone_says_what_is_the_same() -> None:
    removed = told_of(FILES, PATH, "    if not people:\n        return 0", claim=DIVISION.finding.claim)
    assert removed.finding.lines == LineRange(21, 22, Side.LEFT)
    files: Versions = {PATH: (BASE, f"{BASE}{FILLER}{FILLER}go(1)\n")}
    assert not is_known(told_of(files, PATH, "go(1)", claim=AGAIN), files, removed)
    like: Versions = {PATH: (BASE, f"{BASE}{FILLER}{FILLER}    if not people:\n        return 1\n")}
    assert is_known(told_of(like, PATH, "if not people:\n return 1", claim=AGAIN), like, removed)


def test_of_several_reports_of_a_known_finding_the_worst_counts() -> None:
    again = told_of(FILES, PATH, "return total / people", claim=AGAIN)
    mild = replace(again, finding=replace(again.finding, severity=Severity.LOW))
    made = diff_of(FILES)
    done = match([mild, again], [Followed(DIVISION, Where.STANDS, PATH)], made, delta_of(made))
    assert done.known[0].again == again


def test_what_is_not_in_fresh_code_takes_over_nothing() -> None:
    both = HEAD + "    return total / persons\n"
    mended: Versions = {PATH: (BASE, both.replace("total / people", "total"))}
    again = told_of(mended, PATH, "return total / persons", claim=AGAIN)
    assert not is_known(again, mended, before={PATH: (BASE, both)})


def test_a_finding_takes_over_a_thread_in_a_file_that_is_new_where_the_old_one_is_gone() -> None:
    files: Versions = {"shop/split.py": (None, f"def f():\n    return total / (people or 0)\n{FILLER}")}
    again = told_of(files, "shop/split.py", "return total / (people or 0)", claim=AGAIN)
    assert is_known(again, files)


def rule_hit(files: Versions, line: int, path: str = PATH, source: str = "ruff:B006") -> MarkedFinding:
    text = (files[path][1] or "").split("\n")[line - 1]
    made = told_of(files, path, text, source=source, claim="A default is shared.")
    lines = LineRange(line, line)
    return replace(made, finding=replace(made.finding, lines=lines))


def test_each_hit_of_a_rule_is_one_finding() -> None:
    before: Versions = {PATH: (None, f"def f(x=[]): ...\n{FILLER}")}
    files: Versions = {PATH: (None, f"def f(x=[]): ...\ndef f(x=[]): ...\n{FILLER}")}
    told = rule_hit(before, 1)
    made = diff_of(files)
    done = match(
        [rule_hit(files, 1), rule_hit(files, 2)], [Followed(told, Where.STANDS, PATH)], made, delta_of(made)
    )
    assert [one.disposition.fate for one in done.findings] == [Fate.DUPLICATE, Fate.POSTED]


def test_another_rule_on_the_same_line_is_another_finding() -> None:
    files: Versions = {PATH: (None, "def f(x=[]): ...\n")}
    told, other = rule_hit(files, 1), rule_hit(files, 1, source="ruff:B008")
    assert not is_known(other, files, told, before=files)


@pytest.mark.parametrize(("source", "known"), [("ruff:B006", True), ("ruff:B008", False)])
def test_a_rule_that_hits_the_line_after_somebody_changed_it_takes_over_its_thread(
    source: str, known: bool
) -> None:
    before: Versions = {PATH: (None, "def f(x=[]): ...\n")}
    files: Versions = {PATH: (None, "def f(x=[], y=None): ...\n")}
    assert is_known(rule_hit(files, 1, source=source), files, rule_hit(before, 1), before=before) is known


def with_body(head: str, name: str = "def") -> str:
    return f"{head}\n    {name}_body()\n"


@pytest.mark.parametrize("far", ["", FILLER * 9], ids=["close", "far"])
@pytest.mark.parametrize(
    ("hit", "mended", "new"),
    [
        ('    if text is "free":', '    if text == "free":', '    if code is "EU":'),
        ("def add(item, basket=[]):", "def add(item, basket=None):", "def drop(item, basket=[]):"),
        ("def g(a=[]):", "def g(a=None):", "def h(b={}):"),
    ],
    ids=["other-names", "same-parameters", "one-letter-names"],
)
def test_a_new_hit_of_a_rule_beside_a_mended_one_is_told(hit: str, mended: str, new: str, far: str) -> None:
    before: Versions = {PATH: (None, f"{with_body(hit)}{far}")}
    files: Versions = {PATH: (None, f"{with_body(mended)}{far}{with_body(new)}")}
    line = (files[PATH][1] or "").split("\n").index(new) + 1
    assert not is_known(rule_hit(files, line), files, rule_hit(before, 1), before=before)
    scanned = "code-scanning:CodeQL:py/any"
    told, again = rule_hit(before, 1, source=scanned), rule_hit(files, line, source=scanned)
    assert not is_known(again, files, told, before=before)


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('    if text is "free":', '    if text.strip() is "free":'),
        ('    if text is "free":', '    if text is "gratis":'),
        ("def add(item, basket=[]):", "def add(item, count, basket=[]):"),
        ("        return None", "        return (None)"),
    ],
)
def test_a_line_that_a_rule_still_hits_after_it_was_changed_keeps_its_thread(was: str, now: str) -> None:
    before: Versions = {PATH: (None, f"{with_body(was)}{FILLER}")}
    files: Versions = {PATH: (None, f"more = 1\n{with_body(now)}{FILLER}{with_body('def other(item):')}")}
    assert is_known(rule_hit(files, 2), files, rule_hit(before, 1), before=before)


def test_a_line_without_names_far_from_where_another_one_was_is_another() -> None:
    before: Versions = {PATH: (None, f"return None\n{FILLER}")}
    files: Versions = {PATH: (None, f"{FILLER}return (None)\n")}
    assert not is_known(rule_hit(files, 21), files, rule_hit(before, 1), before=before)


def test_an_alert_of_an_earlier_commit_is_known_although_its_line_is_by_now_another() -> None:
    before: Versions = {PATH: (None, "a = run(x)\nb = 1\n")}
    files: Versions = {PATH: (None, "c = 2\na = run(x)\nb = 1\n")}
    source = "code-scanning:CodeQL:py/run"
    stale = told_of(files, PATH, "c = 2", source=source)
    assert is_known(stale, files, told_of(before, PATH, "a = run(x)", source=source), before=before)


def test_what_shows_in_a_picture_is_known_by_its_name_and_kind() -> None:
    finding = replace(DIVISION.finding, path="a.png", quote="a.png", lines=None)
    told = replace(DIVISION, finding=finding, anchor=None, fingerprint=fingerprint(finding))
    made = diff_of(FILES)
    for where in (Where.UNKNOWN, Where.GONE):
        done = match([told], [Followed(told, where, "a.png")], made, delta_of(made))
        assert [one.disposition.fate for one in done.findings] == [Fate.DUPLICATE]
    other = replace(finding, category=Category.TYPE)
    new = replace(told, finding=other, fingerprint=fingerprint(other))
    done = match([new], [Followed(told, Where.UNKNOWN, "a.png")], made, delta_of(made))
    assert done.findings == (new,)


def test_alike_are_findings_on_the_same_code_or_with_like_words_on_like_code() -> None:
    finding = DIVISION.finding
    assert is_alike(replace(finding, claim="Else."), replace(finding, path="b.py", severity=Severity.LOW))
    assert is_alike(replace(finding, quote="return total / people  # cents"), finding)
    assert not is_alike(replace(finding, quote="return count", claim=finding.claim), finding)
    assert not is_alike(replace(finding, category=Category.TYPE, claim="Cents get lost."), finding)
    ruff = replace(finding, source="ruff:B006")
    assert is_alike(ruff, replace(ruff, claim="Else."))
    assert not is_alike(ruff, replace(ruff, source="ruff:B008"))


def test_sides_tell_findings_apart() -> None:
    guard = told_of(FILES, PATH, "        return 0", claim="Zero is returned no more.")
    assert guard.finding.lines == LineRange(22, 22, Side.LEFT)
    assert not is_known(guard, FILES)
