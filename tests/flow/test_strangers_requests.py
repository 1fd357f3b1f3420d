"""Whatever somebody sends, to any address, is their mistake and not ours: never a 5xx."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from recado.api.app import PREFIX, ROUTERS
from recado.channels.evolution.api import router as evolution
from recado.channels.port import Webhook
from recado.desk.routes import desk_routes
from recado.desk.visit import DeskRoute
from recado.runtime import Runtime
from recado.security.sessions import find_session, open_session
from recado.security.users import ensure_admin
from recado.server import build_app
from recado.services import SERVICES
from tests.support.runtime import API_KEY, api_client, make_runtime

DEEP = b"[" * 100_000
FIELD = b"--x\r\ncontent-disposition: form-data; name="
BODIES: tuple[tuple[str, bytes], ...] = (
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"[]"),
    ("application/json", b"null"),
    ("application/json", DEEP),
    ("application/json", b'{"a":' * 50_000),
    ("application/json", b'{"text":"\\ud83d","name":"\\u0000","to":"\\udfff"}'),
    ("application/json", b'{"limit":' + b"9" * 5000 + b"}"),
    ("application/json", b'{"text":1e999999,"name":-1e400,"to":NaN}'),
    ("application/json", b"\xff\xfe\x00"),
    ("application/json; charset=utf-16", b'{"text":"x"}'),
    ("application/json; charset=nonsense", b'{"text":"\xe9"}'),
    ("text/plain", b"x"),
    ("", b"x"),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=", b"x"),
    ("multipart/form-data; boundary=x", b""),
    ("multipart/form-data; boundary=x", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: nonsense\r\n\r\na\r\n--x--"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\ncontent-disposition: form-data; name="file"\r\n\r\na',
    ),
    (
        "multipart/form-data; boundary=x",
        FIELD + b'"file"; filename="\x00\xff"\r\ncontent-type: \xff\r\n\r\n\xff\x00\r\n--x--\r\n',
    ),
    (
        "multipart/form-data; boundary=x; charset=nonsense",
        b'--x\r\ncontent-disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--\r\n',
    ),
    (f"multipart/form-data; boundary={'x' * 5000}", b"x"),
    ("multipart/form-data; boundary=\xff", b"--\xff\r\n\r\n"),
    ("application/x-www-form-urlencoded", b"a=%ff%00&text=%ed%a0%80&=&&&"),
    ("application/x-www-form-urlencoded", b"&".join(b"a=1" for _ in range(5000))),
)
DIGITS = "9" * 5000
QUERIES: tuple[dict[str, str], ...] = (
    {},
    {"limit": DIGITS, "cursor": DIGITS, "before": DIGITS, "since": DIGITS, "shown": DIGITS},
    {"limit": "²", "before": "٣", "cursor": "²", "q": "\x00\x01"},
    {"cursor": "W10", "before": "-1", "state": "x" * 3000, "identity": "\ud7ff\U0010ffff"},
    {"cursor": "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAsImEiXQ", "q": "'\";--%"},
    {"cursor": "WyJcdTAwMDAiLCJcdTAwMDAiXQ", "since": "0001-01-01T00:00:00+14:00"},
    {"since": "1e400", "q": "(" * 3000},
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"range": f"bytes={DIGITS}-{DIGITS}", "if-modified-since": DIGITS, "last-event-id": DIGITS},
    {"range": "bytes=²-", "if-none-match": "\xff", "accept-language": ";q=" * 500},
    {"range": f"bytes=-{DIGITS}", "last-event-id": "\xff", "x-trace-id": "\xff" * 300},
    {"accept-language": f"es;q={DIGITS}", "traceparent": "00-" + "f" * 3000, "accept": "\xff"},
    {"cookie": "theme=\xff; recado_flash=%ff%00", "hx-request": "true", "accept": "text/html"},
)
IDS = ("01J00000000000000000000000", "%00", "%ff%fe", DIGITS[:300], "-1", "a%2Fb", "..", "'%22")


@pytest.fixture
async def runtime(tmp_path: Path) -> AsyncIterator[Runtime]:
    line = {"WHATSAPP_APP_SECRET": "s", "WHATSAPP_PHONE_NUMBER_ID": "1"}
    async with make_runtime(tmp_path, services=tuple(SERVICES), **line) as runtime:
        yield runtime


def addresses(runtime: Runtime) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for router, prefix in (*((it, PREFIX) for it in ROUTERS), (evolution, "")):
        for route in router.routes:
            assert isinstance(route, APIRoute)
            found += [(method, prefix + route.path) for method in sorted(route.methods or ())]
    for it in desk_routes(runtime):
        if isinstance(it, DeskRoute) and it.path not in ("/desk/stream", "/signout"):
            found += [(method, it.path) for method in sorted(it.methods or ())]
    hooks = [it.webhook for it in runtime.channels.values() if isinstance(it.webhook, Webhook)]
    found += [("POST", path) for hook in hooks for path in hook.paths]
    return [*found, ("GET", "/files/{token}"), ("GET", "/docs/{name}"), ("GET", "/nothing/{id}")]


async def test_nothing_that_is_asked_breaks_it(runtime: Runtime) -> None:
    app = build_app(runtime, tuple(SERVICES))
    admin = await ensure_admin(runtime.store)
    session = await runtime.store.write(lambda tx: open_session(tx, admin))
    found = await runtime.store.read(lambda tx: find_session(tx, session))
    assert found
    known = {
        "authorization": f"Bearer {API_KEY}",
        "x-csrf-token": found.csrf_token,
        "origin": "http://recado.test",
    }
    dice, broken = random.Random(5), []
    async with api_client(app, key=None) as client:
        for method, path in addresses(runtime):
            for _ in range(12):
                kind, body = dice.choice(BODIES) if method not in ("GET", "HEAD") else ("", b"")
                filled = re.sub(r"\{[^}]+\}", lambda _: dice.choice(IDS), path)
                headers = {**known, **dice.choice(HEADERS)}
                headers["cookie"] = f"recado_session={session}; {headers.get('cookie', '')}"
                if kind:
                    headers["content-type"] = kind
                encoded = [(it.encode(), value.encode("latin-1")) for it, value in headers.items()]
                answer = await client.request(
                    method,
                    httpx.URL(f"http://recado.test{filled}"),
                    params=dice.choice(QUERIES),
                    content=body,
                    headers=encoded,
                )
                if answer.status_code >= 500 and answer.status_code != 502:
                    broken.append((method, filled[:60], kind, body[:60], answer.text[:120]))
    assert not broken, "\n".join(map(str, broken))
