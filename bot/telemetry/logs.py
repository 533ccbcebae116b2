"""Logs: one JSON object a line for machines, one short line for people, and no secret in either.

Redaction happens where text leaves: on the finished message, the traceback and every extra field, so that it
does not matter whether a secret came in the message, in its arguments or in the third exception of a chain.

    configure_logging("INFO", secrets, sys.stderr)
    logging.getLogger(__name__).info("Queued", extra={"delivery": delivery})

Several processes write to one log, so the lines of a job say which pull request they are about: the job names
it once, when it begins.

What is *not* here: what is a secret by its look (bot.telemetry.redaction), metrics, traces.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Final, TextIO

from bot.telemetry.redaction import Redactor

# A record is for reading; a longer text is in nobody's interest.
LONGEST_TEXT: Final = 20_000

PULL_REQUEST: Final = "pull_request"
_pull_request: Final[ContextVar[str | None]] = ContextVar(PULL_REQUEST, default=None)
_COLOURED: Final = "color_message"  # uvicorn's second copy of a message, for terminals
_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    _COLOURED,
}
# These tell of every request at INFO, with addresses that say nothing to an operator.
_CHATTY: Final = (
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "hishel",
    "openai",
    "anthropic",
    "rq.worker.heartbeat",
)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_CONTROL_BUT_LINES: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def configure_logging(
    level: str, secrets: Iterable[str], stream: TextIO, *, program: str | None = None
) -> Redactor:
    """Send every log of this process to one stream, cleaned. A second call replaces what the first one set.

    Args:
        level: DEBUG, INFO, WARNING or ERROR.
        secrets: exact values that must never be seen; those shorter than 4 characters are not looked for.
        stream: a terminal gets lines for people, everything else gets JSON lines.
        program: name of a command that a person waits for: whatever the stream is, it gets sentences, each
            once, after this name.

    Returns:
        The same redaction for text that leaves by another way.
    """
    redactor = Redactor(secrets)
    handler = _StreamHandler(stream)
    if program is not None:
        handler.setFormatter(SentenceFormatter(redactor, program))
        handler.addFilter(_Once())
    else:
        handler.setFormatter(TerminalFormatter(redactor) if stream.isatty() else JsonFormatter(redactor))
    root = logging.getLogger()
    for old in list(root.handlers):
        # A plain one would write the same records uncleaned. Special ones, such as a test's, are left alone.
        if type(old) in (logging.StreamHandler, _StreamHandler):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return redactor


def name_pull_request(name: str) -> None:
    """Have each line name this pull request, from here to the end of the process, or of its context.

    Threads that asyncio starts have it, too.

    Args:
        name: `OWNER/REPO#N`.
    """
    _pull_request.set(name)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, in ASCII: whatever is in a text, it stays on its line."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """`{"time", "level", "logger", "message", extra fields…, "exception"}`."""
        fields: dict[str, object] = {
            "time": _utc(record.created),
            "level": record.levelname,
            "logger": record.name,
            "message": _clean(self._redactor, _message(record)),
        }
        for name, value in _extras(self._redactor, record).items():
            fields.setdefault(name, value)
        if trouble := _trouble(self, record):
            fields["exception"] = _clean(self._redactor, trouble)
        return json.dumps(fields, separators=(",", ":"), default=repr)


class TerminalFormatter(logging.Formatter):
    """A record for people: time, level, logger, message, extra fields, and a traceback below."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """No control character reaches the terminal but the line breaks of a traceback."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        extras = "".join(f"  {name}={value}" for name, value in _extras(self._redactor, record).items())
        message = _clean(self._redactor, _message(record))
        line = _CONTROL.sub(_escape, f"{clock} {record.levelname:<7} {record.name}: {message}{extras}")
        if trouble := _trouble(self, record):
            line += "\n" + _CONTROL_BUT_LINES.sub(_escape, _clean(self._redactor, trouble))
        return line


class SentenceFormatter(logging.Formatter):
    """A record as a sentence of a command: `ai-review: MESSAGE`, and a traceback below."""

    def __init__(self, redactor: Redactor, program: str) -> None:
        super().__init__()
        self._redactor = redactor
        self._program = program

    def format(self, record: logging.LogRecord) -> str:
        """No control character reaches the terminal but the line breaks of a traceback."""
        message = _clean(self._redactor, _message(record))
        line = _CONTROL.sub(_escape, f"{self._program}: {message}")
        if trouble := _trouble(self, record):
            line += "\n" + _CONTROL_BUT_LINES.sub(_escape, _clean(self._redactor, trouble))
        return line


class _Once(logging.Filter):
    """Lets each message pass once: twenty parts of a change that meet the same trouble are one trouble."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is new; what comes with a traceback always is."""
        message = _message(record)
        is_new = message not in self._seen or record.exc_info is not None
        self._seen.add(message)
        return is_new


class _StreamHandler(logging.StreamHandler[TextIO]):
    """The library's handler, except that a record that cannot be written is not printed raw."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """One fixed line: the library would print the arguments, secrets and all."""
        try:
            self.stream.write(
                f'{{"level":"ERROR","message":"a record of {record.module} could not be written"}}\n'
            )
        except (OSError, ValueError):
            return  # the stream itself is gone, there is nobody to tell


def _utc(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds * 1000) % 1000:03d}Z"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - any argument's own __str__ may fail; the rest is still worth telling
        return f"{record.msg!s} (its arguments cannot be shown: {type(error).__name__})"


def _extras(redactor: Redactor, record: logging.LogRecord) -> dict[str, object]:
    """What the caller gave as `extra=`, and the pull request that the job is about."""
    extras = {
        redactor.clean(name): _clean(redactor, value)
        if isinstance(value, str)
        else redactor.clean_value(value)
        for name, value in vars(record).items()
        if name not in _OWN_FIELDS
    }
    if (name := _pull_request.get()) is not None:
        extras.setdefault(PULL_REQUEST, _clean(redactor, name))
    return extras


def _trouble(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """Traceback and stack of a record as text, with its whole chain of causes."""
    parts = []
    if record.exc_info and record.exc_info[0] is not None:
        # Not kept in `record.exc_text`: other handlers would see it, and it is not cleaned yet.
        parts.append(formatter.formatException(record.exc_info))
    elif record.exc_text:
        parts.append(record.exc_text)
    if record.stack_info:
        parts.append(record.stack_info)
    return "\n".join(parts)


def _clean(redactor: Redactor, text: str) -> str:
    """Cleaned first and cut then: half a token would no longer look like one."""
    clean = redactor.clean(text)
    rest = len(clean) - LONGEST_TEXT
    return clean if rest <= 0 else f"{clean[:LONGEST_TEXT]}… ({rest} more characters)"


def _escape(match: re.Match[str]) -> str:
    return ascii(match[0])[1:-1]
