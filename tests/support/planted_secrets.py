"""Invented secrets, one of each kind, put together here so that no scanner takes this file for a leak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_RANDOM = "q7Zk3Rw9Lm2Xv8Bt4Nc6Hd1Fs5Gj0Pa"
_HEX = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"


@dataclass(frozen=True)
class Planted:
    """A secret on a line of some file.

    Attributes:
        kind: as masks call it.
        line: the line, with the secret in it.
        secret: what nobody may see.
    """

    kind: str
    line: str
    secret: str


def _in(kind: str, line: str, *pieces: str) -> Planted:
    secret = "".join(pieces)
    return Planted(kind, line.format(secret), secret)


def _jwt() -> str:
    return ".".join(("eyJ" + "hbGciOiJIUzI1NiJ9", "eyJ" + "zdWIiOiJjYW5hcnkifQ", _RANDOM + "Sig"))


PLANTED: Mapping[str, Planted] = {
    "GitHub, classic": _in("github-token", 'GITHUB = "{}"', "ghp_", _RANDOM, "Ab12"),
    "GitHub, fine-grained": _in(
        "github-token", 'FINE = "{}"', "github_pat_", "11ABCDEFG0", _RANDOM[:12], "_", _RANDOM * 2
    ),
    "GitHub, installation": _in(
        "github-token", "git clone https://x-access-token:{}@github.com/acme/web", "ghs_", _RANDOM, "Cd34"
    ),
    "GitHub, signed": _in("github-token", 'SIGNED = "{}"', "ghs_", "4040_", _jwt()),
    "AWS, key id": _in("aws-access-key", "aws_access_key_id = {}", "AKIA", "Q7ZK3RW9LM2XV8BT"),
    "AWS, secret": _in("secret", "aws_secret_access_key = {}", _RANDOM, "/Ab+12345"),
    "Google": _in("google-api-key", "maps.load('{}')", "AIza", "Sy", _RANDOM, "_"),
    "Slack": _in("slack-token", 'slack("{}")', "xoxb-", "2048-4096-", _RANDOM),
    "GitLab": _in("gitlab-token", "PRIVATE: {}", "glpat-", _RANDOM[:20]),
    "OpenAI": _in("api-key", 'client = OpenAI(api_key="{}")', "sk-", "proj-", _RANDOM),
    "OpenAI, old": _in("api-key", 'openai.key = "{}"', "sk-", _RANDOM, _RANDOM[:16]),
    "Anthropic": _in("api-key", "Anthropic('{}')", "sk-", "ant-api03-", _RANDOM),
    "npm": _in("npm-token", "//registry.npmjs.org/:_authToken={}", "npm_", _RANDOM, "Ef56"),
    "PyPI": _in("pypi-token", 'upload("{}")', "pypi-", "AgEIcHlwaS5vcmc", _RANDOM),
    "Stripe": _in("stripe-key", "Stripe.key = '{}'", "sk_", "live_", _RANDOM),
    "signed document": _in("json-web-token", 'COOKIE = "session={}"', _jwt()),
    "address": _in("password", 'DSN = "postgres://shop:{}@db.internal/shop"', "Kelp!Forest42"),
    "environment": _in("password", "DB_PASSWORD={}", "tide-Pool-7731"),
    "environment, exported": _in("secret", "export SESSION_SECRET='{}'", _HEX),
    "settings": _in("secret", 'client_secret: "{}"', _HEX[::-1]),
    "Rust": _in("secret", 'const API_KEY: &str = "{}";', _RANDOM, "rs1"),
    "Rust, static": _in("secret", 'static TOKEN: &\'static str = "{}";', _RANDOM, "rs2"),
    "Go": _in("secret", 'var apiToken string = "{}"', _RANDOM, "go1"),
    "C": _in("secret", 'static const char api_key[] = "{}";', _RANDOM, "cc1"),
    "PHP": _in("password", "define('DB_PASSWORD', '{}');", _RANDOM, "!ph1"),
    "default of a call": _in("secret", 'KEY = os.environ.get("SECRET_KEY", "{}")', _RANDOM, "py1"),
    "default": _in("secret", 'const t = process.env.TOKEN || "{}";', _RANDOM, "js1"),
    "default of another name": _in("secret", 'apiKey: process.env.KEY ?? "{}",', _RANDOM, "js2"),
    "default of a lookup": _in("secret", 'os.environ.get("API_TOKEN") or "{}"', _RANDOM, "py2"),
    "base of keys": _in("secret", "SECRET_KEY_BASE={}", _HEX, _HEX[::-1]),
    "name of a service behind it": _in("secret", "TOKEN_ACME={}", _RANDOM, "ac1"),
    "name of a service behind it, quoted": _in("secret", 'API_KEY_ACME_EU = "{}"', _RANDOM, "ac2"),
    "HMAC": _in("secret", 'hmac_key = "{}"', _RANDOM, "hm1"),
    "header": _in("secret", '"Authorization": "Bearer {}",', _RANDOM, "be1"),
    "header, basic": _in("secret", "Authorization: Basic {}", "YWRtaW46c3Vw", "ZXJzZWNyZXQ5OTgx"),
    "command": _in("password", "curl -s -u admin:{} shop.example", "Kelp!Forest43"),
    "command, long": _in("password", 'curl --user "admin:{}" shop.example', "Kelp!Forest44"),
    "element": _in("password", "<password>{}</password>", "Kelp!Forest45"),
    "element, prefixed": _in("secret", "<ns:api-token>{}</ns:api-token>", _RANDOM, "xm1"),
    "attribute": _in("secret", '<add key="ApiKey" value="{}"/>', _RANDOM, "xm2"),
    "two keys": _in("secret", '{{"name": "API_TOKEN", "value": "{}"}}', _RANDOM, "kv1"),
    "JSON in a string": _in("secret", r'"{{\"client_secret\": \"{}\"}}"', _RANDOM, "js3"),
    "Atlassian": _in("atlassian-token", 'Jira("{}")', "ATATT", "3xFfGF0", _RANDOM * 2, "=1A2B3C4D"),
    "Linear": _in("linear-key", "linear('{}')", "lin_", "api_", _RANDOM, "Kp5Tn8Wd"),
    "Tailscale": _in("tailscale-key", 'join("{}")', "tskey-", "auth-kT4uV7CNTRL-", _RANDOM),
    "Square": _in("square-token", 'square("{}")', "sq0", "atp-", _RANDOM[:22]),
    "Discord": _in(
        "discord-webhook", "https://discord.com/api/webhooks/112233445566778899/{}", _RANDOM, _RANDOM, "a1B2"
    ),
    "Telegram": _in("telegram-token", "https://api.telegram.org/bot1234567890:{}/getMe", "AA", _RANDOM, "x"),
    "Google, refresh": _in("google-secret", 'refresh = "{}"', "1//", "0g", _RANDOM, "-L9Ir", _RANDOM),
    "netrc": _in("password", "machine api.shop.example login deploy password {}", "Kelp-Forest46"),
    "command, ssh": _in("password", "sshpass -p '{}' ssh deploy@shop.example", "Kelp!Forest47"),
    "command, MySQL": _in("password", "mysqldump -h db -u shop -p{} shop > all.sql", "Kelp!Forest48"),
    "option": _in("secret", "deployer login --token {} --quiet", _RANDOM, "op1"),
    "option, password": _in("password", "helm registry login --password {}", "Kelp!Forest49"),
    "image": _in("secret", "ENV API_KEY {}", _RANDOM, "en1"),
    "code": _in("password", 'const dbPassword = "{}";', "0yster!Reef"),
}

_BODY = (
    "MIIBOgIBAAJBAK" + "j34GkxFhD90vcNLYLInFEXq7Zk3Rw9Lm2Xv8Bt4Nc6Hd1Fs5Gj0PaTk",
    "AwEAAQJAUQ" + "9ddNLYLInFEXMIIBq7Zk3Rw9Lm2Xv8Bt4Nc6Hd1Fs5Gj0PaTkVn2Yc8Ue",
    "x3Ab" + "9Q==",
)
KEY = "\n".join(("-----BEGIN RSA " + "PRIVATE KEY-----", *_BODY, "-----END RSA " + "PRIVATE KEY-----"))
"""A private key of five lines."""
KEY_BODY = _BODY


def seen(text: str) -> list[str]:
    """Names of the planted secrets of which something can be seen."""
    named = [name for name, one in PLANTED.items() if one.secret in text]
    return named + [f"line {number} of the key" for number, row in enumerate(_BODY) if row in text]
