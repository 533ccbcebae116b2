from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import Ended, Terminal
from tests.support.eval_cases import (
    ALL,
    BASKET,
    CLEAN,
    SHELF,
    SHELF_BASE,
    SHELF_HEAD,
    answers,
    bare,
    bare_finds,
    judges,
    write_cases,
)
from tests.support.scripted import found, write_script
from workers.models.scripted import Rule

Json = dict[str, Any]


@pytest.fixture
def shell(shell: Terminal, tmp_path: Path) -> Terminal:
    shell.patch.chdir(tmp_path)
    write_cases(Path("some.jsonl"), *ALL)
    return shell


def model(rules: Sequence[Rule], name: str = "rules") -> tuple[str, Path]:
    """A model's name, and where its questions are written down."""
    asked = Path(f"{name}.asked").absolute()
    return write_script(Path(f"{name}.json").absolute(), rules, asked), asked


def questions(asked: Path) -> list[str]:
    """Names of the questions that a model was asked so far."""
    lines = asked.read_text(encoding="utf-8").splitlines() if asked.exists() else []
    return [json.loads(line)["name"] for line in lines]


def measure(shell: Terminal, *options: str, rules: Sequence[Rule] | None = None) -> Ended:
    name, _ = model(answers() if rules is None else rules)
    return shell.run("eval", "some.jsonl", "--model", name, "--out", "out", *options)


def record(variant: str, name: str = "some") -> Json:
    kept: Json = json.loads(Path("out", f"{name}-{variant}.json").read_text(encoding="utf-8"))
    return kept


def test_the_whole_engine_is_measured_on_every_case(shell: Terminal) -> None:
    done = measure(shell)
    assert (done.status, done.err) == (0, "")
    kept = record("engine")
    assert (kept["cases"], kept["counts"]["found"], kept["counts"]["truths"]) == (3, 2, 3)
    assert kept["recall"] == pytest.approx(2 / 3, abs=1e-4)
    assert kept["prompt_versions"]
    assert {one["case"]: one["outcome"] for one in kept["reviews"]} == {
        "shelf-case": "completed",
        "basket-case": "completed",
        "clean-case": "completed",
    }
    assert "engine" in done.out


def test_the_bare_prompt_is_measured_by_the_same_yardstick(shell: Terminal) -> None:
    assert measure(shell, "--variant", "naive").status == 0
    kept = record("naive")
    assert [(one["mark"], one["path"]) for one in kept["findings"]] == [
        ("hit", "shop/shelf.py"),
        ("wrong", "elsewhere.py"),
        ("hit", "web/basket.js"),
    ]
    assert (kept["recall"], kept["precision"], kept["calls"]) == (0.6667, 0.6667, 3)
    assert kept["findings_per_clean"] == 0


def test_the_best_cut_is_swept_and_written_down(shell: Terminal) -> None:
    done = measure(shell, "--variant", "naive-cut")
    kept = record("naive-cut")
    assert (kept["cut"], kept["precision"]) == (0.9, 1.0)
    assert [one["disposition"] for one in kept["findings"]] == ["posted", "suppressed", "posted"]
    assert "below a confidence of 0.9" in done.out


def test_variants_share_the_answers_to_questions_that_they_share(shell: Terminal) -> None:
    measure(shell, "--variant", "naive", "--variant", "naive-cut")
    assert questions(Path("rules.asked")) == ["naive-1"] * 3


def test_a_replay_asks_no_model_and_says_the_same(shell: Terminal) -> None:
    measure(shell, "--variant", "naive", "--variant", "engine")
    first = {name: record(name) for name in ("naive", "engine")}
    done = shell.run(
        *("eval", "some.jsonl", "--replay", "--record", "out/answers", "--out", "out", "--model-label", "x"),
        *("--variant", "naive", "--variant", "engine"),
    )
    assert (done.status, done.err) == (0, "")
    for name, kept in first.items():
        again = record(name)
        assert (again["findings"], again["calls"], again["prompt_tokens"]) == (
            kept["findings"],
            kept["calls"],
            kept["prompt_tokens"],
        )
        assert again["model"] == "x"


def test_two_models_in_one_folder_are_measured_by_their_own_answers(shell: Terminal) -> None:
    good, _ = model(answers(), "good")
    bad, asked = model([bare_finds("")], "bad")
    for label, name in (("good", good), ("bad", bad)):
        shell.run(
            *("eval", "some.jsonl", "--model", name, "--out", "out", "--variant", "naive", "--set", label)
        )
    assert (record("naive", "good")["recall"], record("naive", "bad")["recall"]) == (0.6667, 0)
    assert questions(asked) == ["naive-1"] * 3


def test_a_judge_is_not_given_what_another_judge_said(shell: Terminal) -> None:
    yes, _ = model([judges("", same=True)], "yes")
    no, asked = model([judges("", same=False)], "no")
    for judge in (yes, no):
        measure(shell, "--variant", "naive", "--judge-model", judge)
    assert record("naive")["counts"]["found"] == 0
    assert set(questions(asked)) == {"judge-1"}


def test_a_run_that_was_cut_off_goes_on_and_asks_nothing_twice(shell: Terminal) -> None:
    [*rules] = answers()
    broken = [Rule(match="Totals fall", error="unavailable"), *rules]
    assert measure(shell, "--variant", "naive", rules=broken).status == 2
    asked = Path("rules.asked")
    asked.unlink()
    assert measure(shell, "--variant", "naive").status == 0
    assert questions(asked) == ["naive-1"]
    assert record("naive")["counts"]["found"] == 2


@pytest.mark.parametrize("variant", ["naive", "engine"])
def test_a_case_without_an_answer_is_reported_and_never_clean(shell: Terminal, variant: str) -> None:
    rules = [Rule(match="Name the unit", error="refused"), *answers()]
    done = measure(shell, "--variant", variant, rules=rules)
    assert done.status == 2
    assert "clean-case run 1 is left out: " in " ".join(done.out.split())
    kept = record(variant)
    assert [(one["case"], one["run"]) for one in kept["not_answered"]] == [("clean-case", 1)]
    assert kept["findings_per_clean"] is None
    assert "Left out" in Path("out", f"some-{variant}.html").read_text(encoding="utf-8")


def test_a_review_whose_answer_could_not_be_used_is_reported_and_never_clean(shell: Terminal) -> None:
    invented = found("elsewhere.py", "nothing of the kind", claim="Invented.")
    unusable = Rule(name="^find", match="Name the unit", answer={"findings": [invented]})
    done = measure(shell, rules=[unusable, *answers()])
    assert done.status == 2
    assert "clean-case run 1 is left out: shop/units.py was not read: " in " ".join(done.out.split())
    kept = record("engine")
    assert [(one["case"], one["outcome"], one["answered"]) for one in kept["reviews"]] == [
        ("shelf-case", "completed", True),
        ("basket-case", "completed", True),
        ("clean-case", "failed", False),
    ]
    assert (kept["counts"]["clean"], kept["findings_per_clean"]) == (0, None)
    page = Path("out", "some-engine.html").read_text(encoding="utf-8")
    assert "1 of 3 reviews lack an answer, or did not read everything." in page


def test_each_repetition_has_answers_of_its_own_and_may_have_a_model_of_its_own(shell: Terminal) -> None:
    model(answers(), "rules-1")
    _, asked = model([bare_finds("")], "rules-2")
    name = f"scripted:{Path('rules-{run}.json').absolute()}"
    done = shell.run(
        "eval", "some.jsonl", "--model", name, "--out", "out", "--variant", "naive", "--runs", "2"
    )
    assert done.status == 0
    assert questions(asked) == ["naive-1"] * 3
    kept = record("naive")
    assert [run["found"] for run in kept["runs"]] == [2, 0]
    assert kept["spreads"]["recall"]["most"] > kept["spreads"]["recall"]["least"]


BOUNDED = ("--variant", "naive", "--jobs", "1")


def test_a_run_ends_where_its_budget_does_and_goes_on_with_the_next_one(shell: Terminal) -> None:
    budget = (*BOUNDED, "--runs", "5", "--budget-tokens", "2600")
    done = measure(shell, *budget)
    words = " ".join(done.out.split())
    kept, left = record("naive"), record("naive")["not_answered"]
    assert done.status == 2
    assert 0 < len(left) < 15
    assert 0 < kept["prompt_tokens"] + kept["completion_tokens"] <= 2600
    first = left[0]
    assert f"{first['case']} run {first['run']} was not run: naive-1: the budget of this evaluation" in words
    assert f"{len(left)} reviews were not run: give the same command again" in words
    for _ in range(9):
        done = measure(shell, *budget)
    assert (done.status, record("naive")["counts"]["found"]) == (0, 10)
    assert questions(Path("rules.asked")) == ["naive-1"] * 15
    assert "This run spent $0.00 and 0 tokens." in done.out


def test_a_budget_in_dollars_holds_over_cases_repetitions_and_variants(shell: Terminal) -> None:
    name, asked = model(answers())
    shell.patch.setenv("AI_REVIEW_MODEL_PRICES", f"{name}=1000/1000")
    options = ("--out", "out", "--variant", "naive", "--variant", "engine", "--runs", "3", "--budget", "2.6")
    done = shell.run("eval", "some.jsonl", "--model", name, *options)
    assert done.status == 2
    spent = float(done.out.partition("This run spent $")[2].split()[0])
    assert 0 < spent <= 2.6
    assert 0 < len(questions(asked)) < 3 * (3 + 3)
    assert len(record("engine")["not_answered"]) == 3 * 3


def test_what_cannot_be_paid_for_is_not_asked(shell: Terminal) -> None:
    done = measure(shell, *BOUNDED, "--budget-tokens", "1")
    assert done.status == 2
    assert questions(Path("rules.asked")) == []
    assert len(record("naive")["not_answered"]) == 3


def test_what_reviews_may_spend_bounds_no_evaluation(shell: Terminal) -> None:
    shell.patch.setenv("AI_REVIEW_BUDGET_USD_PER_REVIEW", "0.01")
    assert measure(shell, *BOUNDED, "--budget-tokens", "1000000").status == 0


def test_a_judge_has_the_last_word_and_is_asked_once_over_all_runs(shell: Terminal) -> None:
    judge, asked = model([judges("", same=False)], "judge")
    assert measure(shell, "--variant", "naive", "--runs", "2", "--judge-model", judge).status == 0
    kept = record("naive")
    assert {one["mark"] for one in kept["findings"]} == {"wrong"}
    assert kept["judge"] == judge
    assert len(questions(asked)) == len(set(asked.read_text(encoding="utf-8").splitlines()))


def test_no_question_names_the_case(shell: Terminal) -> None:
    judge, asked = model([judges("", same=True)], "judge")
    measure(shell, "--variant", "naive", "--variant", "engine-strict", "--judge-model", judge)
    words = Path("rules.asked").read_text(encoding="utf-8") + asked.read_text(encoding="utf-8")
    assert "cross-check" in words
    assert not any(case["id"] in words for case in ALL)
    material = Path("rules.asked").read_text(encoding="utf-8")
    assert not any(truth["description"] in material for truth in CLEAN["ground_truth"])


def test_all_cases_together_are_one_change(shell: Terminal) -> None:
    done = measure(shell, "--together", "--variant", "engine", rules=[answers()[3], answers()[6]])
    assert done.status == 0
    kept = record("engine", "some-together")
    assert (kept["cases"], kept["counts"]["truths"]) == (1, 3)
    assert [one["path"] for one in kept["truths"]] == [
        "c1/shop/shelf.py",
        "c1/shop/shelf.py",
        "c2/web/basket.js",
    ]
    assert [one["path"] for one in kept["findings"] if one["mark"] == "hit"] == ["c1/shop/shelf.py"]


def test_a_record_holds_no_code(shell: Terminal) -> None:
    fenced = "It is gone:\n```py\n    taken = shelf[:count]\n```"
    measure(
        shell,
        "--variant",
        "naive",
        "--variant",
        "engine",
        rules=[bare_finds("", bare("a", 1, fenced)), *answers()],
    )
    lines = {line.strip() for line in (SHELF_BASE + SHELF_HEAD).splitlines() if len(line.strip()) > 10}
    for variant in ("naive", "engine"):
        text = Path("out", f"some-{variant}.json").read_text(encoding="utf-8")
        assert not any(line in text for line in lines)
    quotes = [one["quote"] for one in record("engine")["findings"]]
    assert all(len(quote) == 64 for quote in quotes)
    assert record("naive")["findings"][0]["claim"] == "It is gone:\n(code)"


def test_two_records_are_compared_finding_by_finding(shell: Terminal) -> None:
    measure(shell, "--variant", "naive")
    rules = [
        bare_finds("Simplify", bare("shop/shelf.py", 12, "Lost."), bare("b.py", 3, "Odd.")),
        bare_finds(""),
    ]
    name, _ = model(rules, "other")
    shell.run(
        "eval",
        "some.jsonl",
        "--model",
        name,
        "--variant",
        "naive",
        "--out",
        "out",
        "--set",
        "b",
        "--record",
        "b",
    )
    done = shell.run("eval", "--compare", "out/some-naive.json", "out/b-naive.json")
    assert done.status == 0
    blocks = {block.partition(":")[0]: block for block in done.out.split("\n\n")}
    assert "shop/shelf.py:2" in blocks["known defects found by only A"]
    assert "web/basket.js:2" in blocks["known defects found by only A"]
    assert "shop/shelf.py:12" in blocks["known defects found by only B"]
    assert "elsewhere.py:1" in blocks["wrong findings of only A"]
    assert "b.py:3" in blocks["wrong findings of only B"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["some.jsonl"], "needs a model"),
        (["some.jsonl", "--replay", "--variant", "best"], "best is no variant: give one of naive"),
        (["some.jsonl", "--model", "openai:x"], "OPENAI_API_KEY"),
        (["missing.jsonl", "--replay"], "missing.jsonl cannot be read"),
        (["--replay"], "there is no case"),
        (["some.jsonl", "--model", "scripted:rules.json", "--budget", "1"], "--budget needs the price of"),
        (["some.jsonl", "--replay", "--repos", "nowhere"], "is missing"),
        (["some.jsonl", "--replay", "--set", "../x"], "--set is the start"),
        (["--compare", "some.jsonl", "some.jsonl"], "is no record of an evaluation"),
        (["--compare", "a.json", "b.json"], "a.json cannot be read"),
        (["some.jsonl", "--replay", "--out", "some.jsonl"], "some.jsonl cannot be written to (File exists)"),
        (["some.jsonl", "--replay", "--out", "some.jsonl/x"], "cannot be written to (Not a directory)"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(shell: Terminal, options: list[str], words: str) -> None:
    assert words in shell.run("eval", *options).complaint


@pytest.mark.parametrize("option", ["--out", "--record"])
def test_where_answers_cannot_be_kept_none_is_asked_for(shell: Terminal, option: str) -> None:
    name, asked = model(answers())
    Path("taken").write_text("")
    done = shell.run("eval", "some.jsonl", "--model", name, option, "taken")
    assert "taken cannot be written to (File exists): name another folder" in done.complaint
    assert questions(asked) == []


@pytest.mark.parametrize(
    ("part", "at"),
    [
        ({"truths": [{}]}, "truths.0.case"),
        ({"findings": [{}]}, "findings.0.case"),
        ({"reviews": [{"case": "a", "run": 1}]}, "reviews.0.answered"),
        ({"set": None}, "set"),
        ({"recall": "high"}, "recall"),
    ],
)
def test_a_record_with_a_part_that_is_none_is_one_sentence(
    shell: Terminal, part: dict[str, object], at: str
) -> None:
    measure(shell, "--variant", "naive")
    broken = Path("broken.json")
    broken.write_text(json.dumps(record("naive") | part), encoding="utf-8")
    words = f"broken.json is no record of an evaluation at {at}: name one that"
    assert words in shell.run("eval", "--compare", "out/some-naive.json", "broken.json").complaint
    assert words in shell.run("eval", "--calibrate", "table.json", "broken.json").complaint


def test_a_table_that_cannot_be_written_is_one_sentence(shell: Terminal) -> None:
    measure(shell)
    done = shell.run("eval", "--calibrate", "some.jsonl/table.json", "out/some-engine.json")
    assert "some.jsonl/table.json cannot be written (Not a directory)" in done.complaint


def test_a_wrong_line_of_a_file_is_named(shell: Terminal) -> None:
    write_cases(Path("bad.jsonl"), SHELF, BASKET | {"kind": "?"})
    assert "bad.jsonl line 2: kind" in shell.run("eval", "bad.jsonl", "--replay").complaint
