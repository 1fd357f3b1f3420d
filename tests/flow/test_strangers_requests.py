"""Whatever somebody sends, to any address, is their mistake and not ours: never a 5xx."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from recado.admin_api.app import PREFIX, ROUTERS
from recado.app.server import build_app
from recado.app.services import SERVICES
from recado.channels.evolution.api import router as evolution
from recado.channels.port import Webhook
from recado.desk.routes import desk_routes
from recado.desk.visit import DeskRoute
from recado.media.uploads import keep_upload
from recado.runtime import Runtime
from recado.security.sessions import find_session, open_session
from recado.security.users import ensure_admin
from tests.support.channels import CASES, SECRET, ChannelCase, nowhere, recorded
from tests.support.files import PDF
from tests.support.mutations import mutated_body
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
SIGNING = sorted(kind for kind, case in CASES.items() if case.sign)
PUBLIC_URL = "https://chat.example.com"
MALFORMED = (
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=", b"x"),
    ("multipart/form-data; boundary=x", b"no boundary at all"),
    ("multipart/form-data; boundary=x", b"--y\r\n\r\n--y--"),
    ("multipart/form-data; boundary=x", b"--x\r\nno header\r\n\r\na\r\n--x--\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: nonsense\r\n\r\na\r\n--x--"),
    ("multipart/form-data; boundary=x", b"--x\r\ncontent-disposition: form-data\r\n\r\na\r\n--x--"),
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


async def signed_in(runtime: Runtime) -> dict[str, str]:
    """What an admin's browser and an application send with each request."""
    admin = await ensure_admin(runtime.store)
    session = await runtime.store.write(lambda tx: open_session(tx, admin))
    found = await runtime.store.read(lambda tx: find_session(tx, session))
    assert found
    return {
        "authorization": f"Bearer {API_KEY}",
        "x-csrf-token": found.csrf_token,
        "origin": "http://recado.test",
        "cookie": f"recado_session={session}",
    }


@pytest.mark.parametrize("kind", SIGNING)
async def test_nothing_that_a_vendor_signs_breaks_it(tmp_path: Path, kind: str) -> None:
    """Through the whole edge of the process; a form whose signature does not cover its bytes may be
    refused, nothing else."""
    dice, case, answers = random.Random(f"signed {kind}"), CASES[kind], Counter[int]()
    assert case.sign
    async with make_runtime(
        tmp_path, services=tuple(SERVICES), RECADO_PUBLIC_URL=PUBLIC_URL
    ) as runtime:
        channel = runtime.channels[kind] = case.make(nowhere().url, 1.0)
        line = case.line(nowhere().url)
        await runtime.lines.add(kind, line.address, line.name, line.credentials)
        assert channel.webhook
        path = channel.webhook.paths[0]
        async with api_client(build_app(runtime, tuple(SERVICES)), key=None) as client:
            for body in signed_bodies(case, dice):
                signed = case.sign(body, SECRET, PUBLIC_URL + path)
                answer = await client.post(path, content=body, headers=signed)
                assert answer.status_code in {200, 403}, (body[:300], answer.text[:200])
                answers[answer.status_code] += 1
    assert answers[200] > 5 * answers[403], answers


def signed_bodies(case: ChannelCase, dice: random.Random) -> Iterator[bytes]:
    """Recorded payloads with something in them changed, then with something done to their bytes,
    and what is no payload at all."""
    payloads = [file.read_bytes() for file in recorded(case)]
    for _ in range(150):
        yield mutated_body(dice.choice(payloads), dice, dice.randrange(1, 6))
    for _ in range(30):
        body = dice.choice(payloads)
        at = dice.randrange(len(body))
        yield from (body[:at], body + body, b"\xef\xbb\xbf" + body, body.replace(b'"', b"'"))
        yield body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
        yield body.decode("utf-8", "replace").encode("utf-16")
    yield from (body for _, body in BODIES)


async def test_nothing_that_is_asked_breaks_it(runtime: Runtime) -> None:
    app = build_app(runtime, tuple(SERVICES))
    known = await signed_in(runtime)
    dice, broken = random.Random(5), []
    async with api_client(app, key=None) as client:
        for method, path in addresses(runtime):
            for _ in range(12):
                kind, body = dice.choice(BODIES) if method not in ("GET", "HEAD") else ("", b"")
                filled = re.sub(r"\{[^}]+\}", lambda _: dice.choice(IDS), path)
                headers = {**known, **dice.choice(HEADERS)}
                headers["cookie"] = f"{known['cookie']}; {headers['cookie']}"
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


async def test_no_id_in_an_address_breaks_a_page_or_what_follows_a_change(runtime: Runtime) -> None:
    app = build_app(runtime, tuple(SERVICES))
    headers = await signed_in(runtime)
    broken = []
    async with api_client(app, key=None) as client:
        for method, path in addresses(runtime):
            for given in IDS if "{" in path else ():
                filled = given.join(re.split(r"\{[^}]+\}", path))
                for partial in ({}, {"hx-request": "true"}):
                    url = httpx.URL(f"http://recado.test{filled}")
                    answer = await client.request(method, url, headers={**headers, **partial})
                    if answer.status_code >= 500 and answer.status_code != 502:
                        broken.append((method, filled[:60], partial, answer.text[:120]))
    assert not broken, "\n".join(map(str, broken))


async def test_a_form_in_pieces_is_a_bad_request_wherever_it_is_sent(runtime: Runtime) -> None:
    app = build_app(runtime, tuple(SERVICES))
    headers = await signed_in(runtime)
    paths = ("/api/v1/media", "/api/v1/knowledge/files", "/api/v1/knowledge/uploads", "/knowledge")
    async with api_client(app, key=None) as client:
        for path in paths:
            for kind, body in MALFORMED:
                sent = {**headers, "content-type": kind}
                answer = await client.post(path, content=body, headers=sent)
                assert answer.status_code == 400, (path, kind, body, answer.text[:200])


async def test_a_part_beyond_all_numbers_is_not_satisfiable(runtime: Runtime) -> None:
    kept = await keep_upload(runtime, PDF, filename="menu.pdf", line_id="")
    async with api_client(build_app(runtime, tuple(SERVICES))) as client:
        path = f"/api/v1/media/{kept.id}/content"
        for wanted in (f"bytes={DIGITS}-", f"bytes={DIGITS}-{DIGITS}", f"bytes={DIGITS}-1"):
            answer = await client.get(path, headers={"range": wanted})
            assert (answer.status_code, answer.content) == (416, b""), wanted
            assert answer.headers["content-range"] == f"bytes */{len(PDF)}"
        for wanted in (f"bytes=0-{DIGITS}", f"bytes=-{DIGITS}"):
            answer = await client.get(path, headers={"range": wanted})
            assert (answer.status_code, answer.content) == (206, PDF), wanted
