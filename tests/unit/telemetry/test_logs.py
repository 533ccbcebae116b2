"""Log records as lines: one each, readable by machines, and without any secret."""

from __future__ import annotations

import asyncio
import contextvars
import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from bot.telemetry.logs import (
    LONGEST_TEXT,
    JsonFormatter,
    TerminalFormatter,
    configure_logging,
    name_pull_request,
)
from bot.telemetry.redaction import Redactor

CANARY = "canary-Zq8vT1"
TOKEN = "ghs_" + "Zq8vT1" * 7
BRANCH = 'x\n{"level":"INFO","message":"forged"}'


class Terminal(io.StringIO):
    """A stream that people look at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    yield
    root.setLevel(level)
    for handler in list(root.handlers):
        if isinstance(handler.formatter, JsonFormatter | TerminalFormatter):
            root.removeHandler(handler)


def logger(stream: io.StringIO, level: str = "INFO") -> logging.Logger:
    for handler in list(logging.getLogger().handlers):
        logging.getLogger().removeHandler(handler)  # pytest's: they raise where a record is broken on purpose
    configure_logging(level, [CANARY], stream)
    return logging.getLogger("bot.test_logs")


def only_record(stream: io.StringIO) -> dict[str, Any]:
    text = stream.getvalue()
    assert text.endswith("\n")
    [line] = text.splitlines()
    record = json.loads(line)
    assert isinstance(record, dict)
    return record


def fail_with(text: str) -> None:
    raise ValueError(text)


def fail_in_a_chain(secret: str) -> None:
    """An exception with a secret in each of its links, a note, and a context."""
    try:
        try:
            {}[secret]
        except KeyError as cause:
            error = ValueError(f"inner {secret}")
            error.add_note(f"note {secret}")
            raise error from cause
    except ValueError:
        raise ExceptionGroup(f"outer {secret}", [RuntimeError(f"member {secret}")])  # noqa: B904 - the context counts


def test_a_record_is_one_json_object_with_its_extra_fields() -> None:
    stream = io.StringIO()
    logger(stream).info(
        "Queued %s", "it", extra={"delivery": "d-1", "pull_request": "harbour/ferry#17", "took": 0.5}
    )
    record = only_record(stream)
    assert record.pop("time").endswith("Z")
    assert record == {
        "level": "INFO",
        "logger": "bot.test_logs",
        "message": "Queued it",
        "delivery": "d-1",
        "pull_request": "harbour/ferry#17",
        "took": 0.5,
    }


def told_in_a_thread(log: logging.Logger) -> None:
    async def tell() -> None:
        await asyncio.gather(asyncio.to_thread(log.info, "in a thread"), asyncio.to_thread(log.info, "again"))

    asyncio.run(tell())


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_every_line_of_a_job_names_its_pull_request_wherever_it_is_written(
    stream: type[io.StringIO],
) -> None:
    out = stream()
    log = logger(out)

    def job() -> None:
        name_pull_request("harbour/ferry#17")
        log.info("at first")
        told_in_a_thread(log)

    contextvars.copy_context().run(job)
    assert [line.count("harbour/ferry#17") for line in out.getvalue().splitlines()] == [1, 1, 1]
    log.info("of nothing in particular")
    assert "pull_request" not in out.getvalue().splitlines()[-1]


def test_a_line_about_another_pull_request_keeps_its_name() -> None:
    stream = io.StringIO()
    log = logger(stream)

    def job() -> None:
        name_pull_request("harbour/ferry#17")
        log.info("Told", extra={"pull_request": "harbour/ferry#18"})

    contextvars.copy_context().run(job)
    assert only_record(stream)["pull_request"] == "harbour/ferry#18"


def test_a_forged_line_in_a_name_stays_inside_its_record() -> None:
    stream = io.StringIO()
    log = logger(stream)
    for separator in ("\n", "\r\n", "\u2028", "\u0085", "\x0b"):
        log.warning("Branch %s", "x" + separator + BRANCH, extra={"branch": "y" + separator + BRANCH})
    lines = stream.getvalue().splitlines()
    assert len(lines) == 5
    assert all(json.loads(line)["level"] == "WARNING" for line in lines)


def test_an_extra_field_cannot_replace_what_a_record_says_of_itself() -> None:
    stream = io.StringIO()
    logger(stream).info("true", extra={"level": "forged", "logger": "forged", "time": "forged"})
    assert "forged" not in stream.getvalue()


@pytest.mark.parametrize("secret", [CANARY, TOKEN])
@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_no_secret_appears_wherever_it_came_from(secret: str, stream: type[io.StringIO]) -> None:
    out = stream()
    log = logger(out)
    log.info("in the message " + secret)  # noqa: G003 - the careless way is what is tested
    log.info("in the arguments %s %r", secret, {"key": secret})
    log.info("by name %(key)s", {"key": secret})
    log.info("in a field", extra={"field": secret, "deep": {"list": [secret, secret.encode()]}, secret: 1})
    log.info(ValueError(secret))
    log.info("too many arguments " + secret, secret)  # noqa: G003 - what a slip looks like
    log.info("with the stack", stack_info=True)
    try:
        fail_in_a_chain(secret)
    except ExceptionGroup:
        log.exception("in an exception")
        log.warning("as a field", extra={"error": sys.exc_info()[1]})
    text = out.getvalue()
    for word in ("outer", "inner", "member", "note", "KeyError", "with the stack"):
        assert word in text
    assert secret not in text
    assert "Zq8vT1" not in text


def test_an_exception_is_one_line_with_its_whole_chain() -> None:
    stream = io.StringIO()
    try:
        fail_in_a_chain("harmless")
    except ExceptionGroup:
        logger(stream).exception("Failed")
    record = only_record(stream)
    assert record["message"] == "Failed"
    for part in ("Traceback", "outer harmless", "inner harmless", "note harmless", "KeyError"):
        assert part in record["exception"]


def test_other_handlers_do_not_see_a_traceback_that_was_kept_for_them() -> None:
    record = logging.makeLogRecord({"msg": "m", "exc_info": (ValueError, ValueError(CANARY), None)})
    for formatter in (JsonFormatter(Redactor([CANARY])), TerminalFormatter(Redactor([CANARY]))):
        assert CANARY not in formatter.format(record)
        assert record.exc_text is None


def test_arguments_that_cannot_be_shown_do_not_hide_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError(CANARY)

    stream = io.StringIO()
    logger(stream).info("about %s", Broken())
    assert only_record(stream)["message"] == "about %s (its arguments cannot be shown: RuntimeError)"
    assert CANARY not in "".join(capsys.readouterr())


def test_a_record_that_cannot_be_written_is_told_without_its_content(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class BrokenField:
        def __repr__(self) -> str:
            raise RuntimeError(CANARY)

    stream = io.StringIO()
    logger(stream).info(CANARY, extra={"field": BrokenField()})
    assert "could not be written" in only_record(stream)["message"]
    assert CANARY not in "".join(capsys.readouterr())


def test_a_closed_stream_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    log = logger(stream)
    stream.close()
    log.error("into the void %s", CANARY)
    assert CANARY not in "".join(capsys.readouterr())


def test_a_very_long_text_is_cut_and_says_so() -> None:
    stream = io.StringIO()
    logger(stream).info("y" * (LONGEST_TEXT + 5))
    assert only_record(stream)["message"] == "y" * LONGEST_TEXT + "… (5 more characters)"


def test_a_secret_across_the_cut_is_gone_as_a_whole() -> None:
    stream = io.StringIO()
    logger(stream).info("y" * (LONGEST_TEXT - 10) + TOKEN)
    assert "ghs_" not in stream.getvalue()


def test_a_terminal_gets_lines_for_people() -> None:
    stream = Terminal()
    logger(stream).warning("Branch \x1b[31m%s", BRANCH, extra={"delivery": "d-1"})
    [line] = stream.getvalue().splitlines()
    assert "WARNING bot.test_logs: Branch \\x1b[31mx\\n" in line
    assert line.endswith("  delivery=d-1")


def test_a_terminal_gets_a_traceback_as_lines_without_control_characters() -> None:
    stream = Terminal()
    try:
        fail_with("red \x1b[31m")
    except ValueError:
        logger(stream).exception("Failed")
    lines = stream.getvalue().splitlines()
    assert lines[1].startswith("Traceback")
    assert lines[-1] == "ValueError: red \\x1b[31m"


def test_the_level_is_obeyed_and_a_second_call_replaces_the_first() -> None:
    first, second = io.StringIO(), io.StringIO()
    logger(first, "DEBUG").debug("one")
    logger(second, "WARNING").info("two")
    logging.getLogger("bot.test_logs").warning("three")
    assert "one" in first.getvalue()
    assert "three" not in first.getvalue()
    assert only_record(second)["message"] == "three"


def test_a_plain_handler_that_somebody_set_up_before_does_not_write_uncleaned() -> None:
    before, stream = io.StringIO(), io.StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(before))
    configure_logging("INFO", [], stream)
    logging.getLogger("bot.test_logs").error(CANARY)
    assert before.getvalue() == ""
    assert CANARY in stream.getvalue()


def test_libraries_that_tell_of_every_request_are_quiet() -> None:
    stream = io.StringIO()
    logger(stream)
    logging.getLogger("httpx").info("HTTP Request: GET https://api.github.com")
    assert stream.getvalue() == ""


def test_the_same_redaction_is_given_back_for_other_ways_out() -> None:
    assert CANARY not in configure_logging("INFO", [CANARY], io.StringIO()).clean(f"x {CANARY}")


def test_a_command_tells_a_person_each_thing_once_in_a_sentence() -> None:
    stream = io.StringIO()
    configure_logging("INFO", [CANARY], stream, program="ai-review")
    for part in (1, 2):
        logging.getLogger("x").warning("The key %s was\nrefused", CANARY, extra={"part": part})
    logging.getLogger("x").error("It broke", exc_info=ValueError(CANARY))
    first, second, *traceback = stream.getvalue().splitlines()
    assert first.startswith("ai-review: The key ")
    assert first.endswith(r" was\nrefused")
    assert second == "ai-review: It broke"
    assert traceback[0].startswith("ValueError: ")
    assert CANARY not in stream.getvalue()
