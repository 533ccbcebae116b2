"""Secrets go behind masks, lines stay where they are, and what is no secret stays as it is."""

from __future__ import annotations

import json
import re
import time
from base64 import b64encode, encodebytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.masking import holds_mask, masked, masked_alone
from bot.parsing.secret_shapes import SHAPES
from bot.telemetry.redaction import REDACTED, Redactor
from tests.support.planted_secrets import KEY, KEY_BODY, PLANTED, Planted, seen

CERTIFICATE = "-----BEGIN CERTIFICATE-----\n" + "MIIBq7Zk" * 8 + "\n-----END CERTIFICATE-----"
MASK = r"\[masked:{}:[0-9a-f]{{3}}\]"


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
@pytest.mark.parametrize(
    "text", ["{}", "+ {}", "    41 + {}", "one\n{}\ntwo\n", "{}\r\n", "say: {} !", "Ünï {}"]
)
def test_a_secret_of_each_kind_goes_behind_a_mask_and_its_line_stays(planted: Planted, text: str) -> None:
    shown = masked(text.format(planted.line))
    assert planted.secret not in shown
    assert planted.secret[-10:] not in shown
    left, right = text.format(planted.line).split(planted.secret)
    assert re.fullmatch(re.escape(left) + MASK.format(planted.kind) + re.escape(right), shown)


def test_what_is_masked_stays_as_it_is_when_it_is_masked_again() -> None:
    everything = "\n".join((*(one.line for one in PLANTED.values()), KEY, json.dumps(KEY)))
    shown = masked(everything)
    assert seen(shown) == []
    assert masked(shown) == shown
    assert holds_mask(shown)
    assert not holds_mask(everything)


def test_a_netrc_of_several_lines_is_masked_too() -> None:
    planted = PLANTED["netrc"]
    for sign in ("", "+", "    41 + "):
        shown = masked(
            "\n".join(sign + row for row in planted.line.replace(" login", "\nlogin", 1).split("\n"))
        )
        assert planted.secret not in shown
    shown = masked(planted.line.replace(" login", "\n  login").replace(" password", "\n  password"))
    assert planted.secret not in shown


def test_equal_secrets_look_equal_and_others_do_not() -> None:
    token = PLANTED["GitHub, classic"].secret
    one, again, other = masked(f"{token}\n{token}\n{token[:-1]}x").split("\n")
    assert one == again
    assert one != other
    assert masked(f"see {token}") == f"see {one}"


@pytest.mark.parametrize(
    "write",
    [
        lambda row: row,
        lambda row: f"+ {row}",
        lambda row: f"  1041 - {row}",
        lambda row: f'    "{row}\\n" +',
        lambda row: f"        '{row}',",
        lambda row: f"# {row}",
        lambda row: f"\t{row}\r",
        lambda row: f";; {row}",
        lambda row: f"% {row}",
        lambda row: f"    '{row}\\n' .",
        lambda row: f"  . '{row}' . \"\\n\"",
        lambda row: f"echo '{row}' >> server.key",
        lambda row: f"  1041 +     key << '{row}'",
        lambda row: f'lines.append("{row}")',
        lambda row: f"rem {row}",
    ],
)
def test_each_line_of_a_key_has_a_mask_of_its_own(write: object) -> None:
    rows = [write(row) for row in ("before", *KEY.split("\n"), "after")]  # type: ignore[operator]
    shown = masked("\n".join(rows)).split("\n")
    assert len(shown) == len(rows)
    assert [row for row, old in zip(shown, rows, strict=True) if row == old] == [*rows[:2], *rows[-2:]]
    assert seen("\n".join(shown)) == []
    assert all(holds_mask(row) for row in shown[2:-2])


@pytest.mark.parametrize(
    "key", [json.dumps(KEY), KEY.replace("\n", " "), repr(KEY), KEY.replace("\n", "\\r\\n")]
)
def test_a_key_on_one_line_is_masked_too(key: str) -> None:
    assert seen(masked(f"key: {key}")) == []
    assert masked(f"key: {key}").count("\n") == 0


@pytest.mark.parametrize("before", ["", "# server\n", "of the server\n\n"])
@pytest.mark.parametrize("text", ["  tls.key: {}\n", '{{"key": "{}"}}', "+ {}"])
def test_a_key_that_was_encoded_once_more_is_masked_too(text: str, before: str) -> None:
    encoded = b64encode(f"{KEY}\n".encode()).decode()
    shown = masked(text.format(encoded))
    assert re.fullmatch(re.escape(text.format("0")).replace("0", MASK.format("private-key")), shown)
    if before:
        chain = b64encode(f"{CERTIFICATE}\n{before}{KEY}\n".encode()).decode()
        assert "[masked:private-key:" in masked(text.format(chain))


def test_each_line_of_an_encoded_key_has_a_mask_of_its_own() -> None:
    rows = encodebytes(f"{KEY}\n".encode()).decode().split()
    shown = masked("\n".join(("key: |", *(f"  {row}" for row in rows), "next: 1"))).split("\n")
    assert (shown[0], shown[-1]) == ("key: |", "next: 1")
    assert len(shown) == len(rows) + 2
    assert all(re.fullmatch("  " + MASK.format("private-key"), row) for row in shown[1:-1])


def test_a_key_without_its_beginning_or_its_end_is_masked_too() -> None:
    rows = KEY.split("\n")
    assert seen(masked("\n".join(rows[:3]))) == []
    assert seen(masked("\n".join(rows[2:]))) == []
    assert seen(masked(json.dumps(KEY)[:120])) == []


def test_a_line_that_stands_alone_is_masked_where_it_may_be_of_a_key() -> None:
    assert holds_mask(masked_alone(KEY_BODY[0]))
    assert masked_alone("def frobnicate(everything, that, can, be, frobnicated, at, all): ...").startswith(
        "def"
    )
    assert masked_alone("x = 1") == "x = 1"


@pytest.mark.parametrize(
    "text",
    [
        "4f1c8a0be97d35a6c2b1d0e8f7a69384c5d2e1f0",
        "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        '"integrity": "sha512-q7Zk3Rw9Lm2Xv8Bt4Nc6Hd1Fs5Gj0Paq7Zk3Rw9Lm2Xv8Bt4Nc6Hd1Fs5Gj0Pa=="',
        'hash = "sha256:9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0"',
        "github.com/acme/web v1.2.3 h1:q7Zk3Rw9Lm2Xv8Bt4Nc6Hd1Fs5Gj0Paq7Zk3Rw9Lm2=",
        'PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk"',
        CERTIFICATE,
        b64encode(CERTIFICATE.encode()).decode(),
        'FRAMES = ["-----BEGIN PRIVATE KEY-----", "-----BEGIN EC PRIVATE KEY-----"]\nfrobnicateeverything(1)',
        'strip("-----BEGIN ' + 'PRIVATE KEY-----")\nstrip("of everything that is around the body")\n',
        '# "-----BEGIN ' + 'PRIVATE KEY-----" is a frame.\n# Characterization follows.\n',
        'if "-----BEGIN RSA ' + 'PRIVATE KEY-----" in text:\n    continue\nfrobnicateeverything()',
        "self.token = self._settings.token_v2.value",
        "token = get_token(request, 3)",
        "password = os.environ['DB_PASSWORD']",
        "DB_PASSWORD=${DB_PASSWORD}",
        "API_KEY=<your-key-42>",
        "API_KEY=changeme123",
        "TOKEN=$(vault read -field=token2 secret/ci)",
        "github_token: ${{ secrets.GITHUB_TOKEN_2 }}",
        'api_key = "example-key-123"',
        'password = f"{user}-{number}1"',
        'secret = "%s-42" % name',
        'SECRET_NAME = "database-credentials-1"',
        'TOKEN_TYPE = "Bearer2Token"',
        "csrf_token = 'x-csrf-token-2'",
        'token_url = "https://auth.example.org/token2"',
        "const token: ApiTokenV2Type = make()",
        "private_key: x25519.X25519PrivateKey",
        "keys = MLKEM768X25519PrivateKey",
        "CERT_PASSWORD=/run/secrets/pass1",
        'assert token == "abc12345x"',
        'SECRET_KEY = os.environ.get("SECRET_KEY", "dev-secret-key-1")',
        'token = os.environ.get("TOKEN", default_token_v2)',
        'url = getenv("TOKEN_URL", "https://auth.example.org/token2")',
        'data.get("token", "abc12345x")',
        't("password", "x7Kq2Zm9Rw4L")',
        'const token = process.env.TOKEN || "local-dev-token-1";',
        "# is told by its token or `cancel()`, and `token` or 'a.b(c)d'",
        "const token = process.env.TOKEN || fallback_v2b3c4d5;",
        'const API_KEY: &str = env!("API_KEY_V2");',
        "const TOKEN_KIND: TokenKind = TokenKind::V2x3y4z5;",
        "fn sign(api_key: &'static str, hmac_key: HmacKeyV2x3) -> Signature",
        'var apiToken string = os.Getenv("API_TOKEN_2")',
        "func New(apiToken string, apiKey string) *Client",
        "SECRET_KEY_BASE=$(rails secret2)",
        "API_KEY_HEADER=X-Api-Key-V2x3y4z5a6",
        "TOKEN_TTL_SECONDS=3600s4h5d6",
        "API_TOKEN_URL=token2.v1.a3b4.example",
        "PASSWORD_MIN_LENGTH=12345678",
        "TOKEN_COMMENT=begin-of-comment",
        "hmac_key = hkdf.derive(secret_v2)",
        'headers = {"Authorization": f"Bearer {token}"}',
        'headers = {"Authorization": "Bearer " + token_v2}',
        "Authorization: Bearer <your-token-123>",
        "Authorization: Bearer $API_TOKEN_V2",
        "Bearer authentication-of-the-whole-api and basic understanding",
        "class Bearer BearerTokenAuthenticationFilterV2",
        'curl -u user:password -H "Authorization: Bearer YOUR_TOKEN" https://shop',
        'curl -u "$USER:$API_TOKEN2" https://shop',
        "curl -u ${USER2}:${PASS2} https://shop",
        "docker run -u 1000:1000123ab shop",
        "<password>changeme123</password>",
        "<password>${db.password2}</password>",
        "<token>string</token>",
        "var tokens = new List<Token>values12b</b>;",
        "if (password>limit12x) {",
        r'"{\"token\": \"example-token-12\"}"',
        "- name: API_TOKEN\n  value: production",
        "- name: API_TOKEN\n  valueFrom: {secretKeyRef: {name: x9y8z7w6v5}}",
        "use(token)\nvalue = x9y8z7w6v5u4",
        '<input name="token" value="{{ csrf_token_v2 }}">',
        "postgres://user:${PASSWORD}@db/shop",
        "postgres://postgres:postgres@localhost/test",
        "redis://redis:6379/0 and mail someone@example.org",
        ".sk-fading-circle-with-long-name { color: red }",
        "a task-1234567890123456 and risk-assessment-of-the-whole-thing",
        "weighs_the_options_carefully_before_anything ghs_short",
        "github_pat_for_installation_tokens = None",
        "npm_config_registry_of_the_whole_company = 1",
        "eyJ is how such a thing begins. eyJhbGciOiJIUzI1NiJ9.not.signed",
        "AKIA and xoxb- are prefixes, SG. too",
        "half = size // 2 if size > 1//0 else 1//0b1",
        "lin_api_client_for_the_whole_company = lin_oauth_settings",
        "see tskey-auth-docs for more, and sq0atp-prefixes",
        "ATATT3x begins a token of theirs, ATCTT3xFfGF0 as well",
        "https://discord.com/api/webhooks/112233445566778899/your-token",
        "https://api.telegram.org/bot1234567890:AAshort/getMe",
        "12345678:AAA batteries, and a map of {12345678:AAAA_NAME}",
        "python -m http.server --token TOKEN_OF_THE_USER",
        "deployer login --token $DEPLOY_TOKEN_2 --password ${PASSWORD_2}",
        "deployer login --token <token-1a2b3c4d>",
        'parser.add_argument("--token", help="token2 of the api3 user4 v5")',
        "  --api-key string    key of the api, v2 (required)",
        "docker build --secret id=npmrc2,src=/root/.npmrc4 .",
        "gcloud run deploy --secret projects/shop/secrets/api2/versions/3",
        "kubeadm join --discovery-token-ca-cert-hash sha256:1f2e3d4c5b6a",
        "docker run --name mysql -p13306:3306 mysql:8",
        "mysql -h db -u shop -p$MYSQL_PASSWORD2 shop",
        "mysql --host x; docker run -p8080:8080/tcp y",
        "mysql --host 'x;' | tee log; docker run -p8080:8080/tcp y",
        "mysqladmin ping && docker run -p8080:8080/tcp y",
        "mysql --host x\ndocker run -p8080:8080/tcp y",
        "- mysql --host x\r\n- docker run -p8080:8080/tcp y",
        "    41 + mariadb --host x\n    42 + docker run -p8080:8080/tcp y",
        "mkdir -p1a2b3c4d5e",
        "sshpass -p $SSH_PASSWORD2 ssh deploy@shop.example",
        "machine api.shop.example login deploy password ${API_PASSWORD2}",
        "On each machine people login with password protected accounts, version 2.",
        "ENV API_KEY ${API_KEY_V2}",
        "ENV API_TOKEN is read at line v2b3c4d5 of the script",
        "ENV PATH /opt/venv2/bin3:/usr4",
        "ENV TOKEN_URL https://auth.example.org/token2",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert masked(text) == text
    assert masked(text) is text


@pytest.mark.parametrize(
    "text",
    [
        'docker exec db mysql -e "select 1; select 2" -p{} shop',
        "mysql -h db \\\n  shop -p{}",
        "mysql -h db \\\r\n  -u shop -p{}",
        'run(["mysql",\n  \'a;b\',\n  "-p{}"])',
        "    41 + - mysql\n    42 + - -uroot\n    43 + - shop\n    44 + - -p{}",
        'command: mariadb\nargs: ["-u", "root", "-p{}"]',
        "docker ps; mysql -h db -p{} && docker ps",
    ],
)
def test_a_password_stands_anywhere_in_its_command(text: str) -> None:
    assert "Kelp!Forest48" not in masked(text.format("Kelp!Forest48"))


@pytest.mark.parametrize("text", ["DSN=postgres://shop:{}@db", 'DB_PASSWORD="{}"', "password: {}"])
@pytest.mark.parametrize("password", ["P@$$w0rd!1", "Ünïcode-7731-x", "a1horse2battery3+staple4"])
def test_passwords_may_hold_odd_characters(text: str, password: str) -> None:
    if "@" in password and "//" in text:
        password = password.replace("@", "%40")
    assert password not in masked(text.format(password))


@pytest.mark.parametrize(
    "planted",
    [one for one in PLANTED.values() if one.kind not in ("secret", "password") or "://" in one.line],
    ids=lambda one: one.kind,
)
def test_logs_know_each_look_from_the_same_list(planted: Planted) -> None:
    clean = Redactor().clean(planted.line)
    assert planted.secret not in clean
    assert REDACTED in clean


_HINTS = sorted({hint for shape in SHAPES for hint in shape.hints})
_FRAMES = ("-----BEGIN " + "PRIVATE KEY-----", "-----END " + "PRIVATE KEY-----")
_UNITS = [
    *_HINTS,
    *(
        "eyJaaaaaaaa.",
        ".eyJ",
        "-eyJ",
        "sk-ant-",
        "a://a:",
        "://a:b@",
        'password="',
        "password=",
        "token: a.",
        "pwd=",
    ),
    *(
        "API_KEY=a1",
        "_key",
        'token", "',
        "<password>a1b2c3d4</",
        "password>a1b2c3d4",
        "API_KEY_AAAA",
        "token or",
        "token: a ?? ",
        'get("token","a1b2c3d4e5f6"',
        "name: token\nvalue: ",
        'token\nvalue: "a1b2c3d4e5"',
        "curl -u a:",
        "curl -u a:b1c2d3e4 ",
        "mysql -pb1c2d3e4 ",
        "-p",
        "sshpass -p ",
        "machine login a password ",
        "machine login a password b1c2d3e4 ",
        "--token",
        "--a-",
        "--token b1c2d3e4",
        "ENV A",
        "ENV API_KEY ",
        "ENV API_KEY b1c2d3e4\n",
        "12345678:AA",
        "discord.com/api/webhooks/1",
        "Bearer a1b2c3",
        "Bearer a1b2c3d4e5f6g7 ",
        '\\"token\\":\\"a1b2c3d4',
        "LS0tLS1CRUdJTi",
        "LS0tLS1CRUdJTiBSSVZBVEUgS0VZ\\n",
        "LS0tLS1CRUdJTiBSSVZBVEUgS0VZ+",
        "LS0tLS1CRUdJTiBSSVZBVEUgS0VZ\n",
        "[masked:",
        "İ",
        "+",
        "/",
        "\\n",
        "A",
        " ",
        "\n",
        *_FRAMES,
        *(f"{one}\n" for one in _FRAMES),
    ),
    *(f"{frame}\n{unit * 300}" for frame in _FRAMES for unit in ("A", "+", " 1", '"', "A\n")),
]


@pytest.mark.parametrize("unit", _UNITS)
def test_no_text_takes_more_than_a_moment_or_loses_a_line(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    started = time.perf_counter()
    shown = masked(text)
    assert time.perf_counter() - started < 2
    assert shown.count("\n") == text.count("\n")
    assert masked(shown) == shown


def test_frames_that_could_be_headers_too_are_not_walked_over_by_each_other() -> None:
    def seconds(line: str) -> float:
        text = f"{line}\n" * 3_000
        started = time.perf_counter()
        masked(text)
        return time.perf_counter() - started

    assert seconds(f"Foo: {_FRAMES[0]}") < 0.15 + 20 * seconds("Foo: -----BEGIN PUBLIC KEYS-----")


_PIECES = [
    *(one.line for one in PLANTED.values()),
    *KEY.split("\n"),
    *_UNITS,
    "x",
    " ",
    "\n",
    "⟨U+200B⟩",
    "\ud800",
]


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_whatever_stands_beside_it_lines_stay_and_masks_stay(text: str) -> None:
    shown = masked(text)
    assert shown.count("\n") == text.count("\n")
    assert masked(shown).count("\n") == text.count("\n")
