"""What secrets of known makers look like: one list, for logs and for what models are shown.

A log is cleaned generously: text in it may be cut off, and a blank too many does no harm. In code only what
has the full shape counts, or names and test data would go too. Every pattern runs in linear time, because the
text may have been written by an attacker.
What is *not* here: secrets that only their name gives away (bot.parsing.secret_names), private keys of many
lines (bot.parsing.private_keys), and what is put in a secret's place (bot.parsing.masking,
bot.telemetry.redaction).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

PLACEHOLDER: Final = re.compile(
    r"change.?me|example|placeholder|your[_-]|xxx|\*\*\*|dummy|sample|redact|replace|insert|todo|\.\.\.|…"
    r"|\$[{(]|^\$[a-z_]|\{[\w.!:]*\}|\{\{|%\(|%[sdv](?!\w)|^[<\[(){}\]:;,?&|=]",
    re.IGNORECASE,
)
"""What stands where people do not write the secret itself: words for a reader, variables, templates."""

_START = r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrt]))"
_TELEGRAM = re.compile(r"(?<=[0-9]{8}):(?P<secret>AA[A-Za-z0-9_-]{32,34})(?![A-Za-z0-9_-])")
_KNOWN_PASSWORDS = frozenset(
    (
        "admin",
        "guest",
        "pass",
        "passwd",
        "password",
        "postgres",
        "pwd",
        "pw",
        "root",
        "secret",
        "test",
        "user",
    )
)


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of secret.

    Attributes:
        kind: for people and models, `github-token`.
        hints: texts of which each such secret has one; a pattern is tried where one stands.
        in_code: matches at a hint; its group `secret`, if it has one, is the secret, else all of it.
        in_logs: the same, to be searched for.
    """

    kind: str
    hints: tuple[str, ...]
    in_code: re.Pattern[str]
    in_logs: re.Pattern[str]


def secret_span(match: re.Match[str]) -> tuple[int, int]:
    """Where in the text the secret of a match stands."""
    return match.span("secret" if "secret" in match.re.groupindex else 0)


def is_known_password(value: str) -> bool:
    """Whether a password is none that is worth hiding: a template, or what every manual says."""
    return value.lower() in _KNOWN_PASSWORDS or PLACEHOLDER.search(value) is not None


def _shape(kind: str, hints: str, in_code: str, in_logs: str = "") -> Shape:
    """Hints stand apart by blanks. Logs are searched for the same where nothing else is said."""
    code = re.compile(_START + in_code)
    return Shape(kind, tuple(hints.split()), code, re.compile(in_logs) if in_logs else code)


SHAPES: Final[tuple[Shape, ...]] = (
    # The 36 characters of old, or a number and a long signed document behind it.
    _shape(
        "github-token",
        "ghp_ gho_ ghu_ ghs_ ghr_",
        r"gh[pousr]_(?:[A-Za-z0-9]{1,20}_eyJ[A-Za-z0-9_.-]{16,}|[A-Za-z0-9]{20,})",
        r"gh[a-z]_[A-Za-z0-9_.-]{16,}",
    ),
    _shape(
        "github-token",
        "github_pat_",
        r"github_pat_[A-Za-z0-9]{16,}(?:_[A-Za-z0-9]{1,})?",
        r"github_pat_[A-Za-z0-9_]{16,}",
    ),
    _shape("gitlab-token", "glpat- gldt- glrt- glptt-", r"gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_.-]{16,}"),
    # Signed JSON documents of three parts; in a log also where the last one is gone.
    _shape(
        "json-web-token",
        "eyJ",
        r"(?<!-)eyJ[A-Za-z0-9_-]{8,2000}+\.eyJ[A-Za-z0-9_-]{4,8000}+\.[A-Za-z0-9_-]{16,}",
        r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
    ),
    # Vendors of models.
    _shape(
        "api-key",
        "sk-",
        r"(?<!-)sk-(?:(?:ant|proj|svcacct|or-v1)-[A-Za-z0-9_-]{16,}|[A-Za-z0-9]{20,}+(?![A-Za-z0-9_-]))",
        r"(?<![A-Za-z0-9])sk-[A-Za-z0-9_-]{16,}",
    ),
    _shape("api-key", "hf_ gsk_ r8_", r"(?:hf|gsk|r8)_[A-Za-z0-9]{30,}"),
    _shape("api-key", "xai- pplx- nvapi-", r"(?:xai|pplx|nvapi)-[A-Za-z0-9_-]{40,}"),
    # Clouds.
    _shape("aws-access-key", "AKIA ASIA ABIA ACCA", r"A(?:KI|SI|BI|CC)A[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _shape("google-api-key", "AIza", r"AIza[A-Za-z0-9_-]{30,}"),
    _shape("google-secret", "GOCSPX- ya29.", r"(?:GOCSPX-|ya29\.)[A-Za-z0-9_-]{20,}"),
    _shape("google-secret", "1//0", r"1//0[A-Za-z0-9_-]{35,}"),
    _shape("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", r"do[opr]_v1_[0-9a-f]{40,}"),
    _shape("databricks-token", "dapi", r"dapi[0-9a-f]{32}(?![A-Za-z0-9])"),
    _shape("vault-token", "hvs. hvb.", r"hv[sb]\.[A-Za-z0-9_-]{24,}"),
    _shape("age-key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[A-Z0-9]{40,}"),
    # Registries and services.
    _shape(
        "slack-token",
        "xoxa- xoxb- xoxe- xoxp- xoxr- xoxs- xapp-",
        r"x(?:ox[abeprs]|app)-[A-Za-z0-9-]{16,}",
    ),
    _shape(
        "slack-webhook",
        "hooks.slack.com/",
        r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[\w/]{20,})",
    ),
    _shape("npm-token", "npm_", r"npm_[A-Za-z0-9]{30,}"),
    _shape("pypi-token", "pypi-", r"pypi-(?:AgE[A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]{60,})"),
    _shape("docker-token", "dckr_pat_", r"dckr_pat_[A-Za-z0-9_-]{20,}"),
    _shape("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    _shape("webhook-secret", "whsec_", r"whsec_[A-Za-z0-9+/]{24,}={0,2}"),
    _shape("sendgrid-key", "SG.", r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,}"),
    _shape("shopify-token", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}"),
    _shape("square-token", "sq0atp- sq0csp-", r"sq0(?:at|cs)p-[A-Za-z0-9_-]{20,}"),
    _shape(
        "atlassian-token",
        "ATATT3x ATCTT3x ATSTT3x",
        r"AT[ACS]TT3x[A-Za-z0-9_-]{40,}(?:=[0-9A-F]{8})?(?![A-Za-z0-9_-])",
    ),
    _shape("linear-key", "lin_api_ lin_oauth_", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
    _shape("tailscale-key", "tskey-", r"tskey-[a-z]{2,10}-[A-Za-z0-9]{8,}-[A-Za-z0-9]{16,}"),
    _shape(
        "discord-webhook",
        "discord.com/api/ discordapp.com/api/",
        r"discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/[0-9]{15,20}/(?P<secret>[A-Za-z0-9_-]{60,})",
    ),
    # Behind the bot's number, which is public.
    Shape("telegram-token", (":AA",), _TELEGRAM, _TELEGRAM),
    # User and password in an address: in code the password alone.
    Shape(
        "password",
        ("://",),
        re.compile(r"""(?<=[A-Za-z0-9])://[^\s/@:"'`<>]{0,100}:(?P<secret>[^\s/@"'`<>]{1,300})@"""),
        re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://(?P<secret>[^\s/@\"'<>]{1,1000})@", re.IGNORECASE),
    ),
)
