"""What every page of the desk keeps to: no script in it, nothing from outside, nobody frames it."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest

import recado.desk
from tests.desk.conftest import DeskUser

STATIC = Path(recado.desk.__file__).parent / "static"
PATHS = (
    "/", "/simulator", "/knowledge",
    "/knowledge/unanswered", "/lines", "/dead-letters", "/team", "/profile", "/signin",
    "/nowhere", "/conversations/none",
)  # fmt: skip


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name: value or "" for name, value in attrs}
        self._script = tag == "script"
        if tag in {"style", "iframe", "object", "embed", "base"}:
            self.found.append(f"<{tag}>")
        for name, value in names.items():
            if name.startswith(("on", "hx-on")) or name == "style":
                self.found.append(f"{tag} {name}={value}")
            outside = "://" in value or value.startswith("//")
            if name in {"src", "href", "action", "hx-get", "hx-post"} and outside:
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.found.append(f"a script: {data[:60]}")

    def handle_endtag(self, tag: str) -> None:
        self._script = False


@pytest.mark.parametrize("path", PATHS)
async def test_pages_hold_no_script_no_style_and_nothing_from_outside(
    admin: DeskUser, path: str
) -> None:
    conversation_id = await admin.add_conversation()
    await admin.add_message(conversation_id, "hola")
    path = path.replace("none", conversation_id)
    response = await admin.get(path)
    assert Page(response.text).found == []


@pytest.mark.parametrize("path", [*PATHS, "/desk/static/css/base.css", "/desk/list", "/x/y"])
async def test_every_answer_has_the_security_headers(admin: DeskUser, path: str) -> None:
    headers = (await admin.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


async def test_pages_are_not_kept_and_files_are(admin: DeskUser) -> None:
    page = await admin.get("/")
    assert page.headers["cache-control"] == "no-store"
    start = page.text.index("/desk/static/css/base.css")
    address = page.text[start : page.text.index('"', start)]
    file = await admin.get(address)
    assert file.status_code == 200
    assert "immutable" in file.headers["cache-control"]


async def test_files_beside_the_static_ones_are_out_of_reach(admin: DeskUser) -> None:
    for path in ("../visit.py", "..%2fvisit.py", "css/../../visit.py", "%2e%2e/visit.py"):
        assert (await admin.get(f"/desk/static/{path}")).status_code == 404


def test_the_files_ask_no_other_host_for_anything() -> None:
    for path in STATIC.rglob("*"):
        if path.suffix in {".css", ".js"} and path.parent.name != "vendor":
            text = path.read_text()
            assert "://" not in text, path
            assert "@import" not in text, path
    for path in (STATIC / "css").glob("*.css"):
        assert "url(" not in path.read_text(), path


def test_vendored_files_keep_their_licences() -> None:
    assert "Zero-Clause BSD" in (STATIC / "vendor" / "htmx.min.js").read_text()[:500]
    assert "ISC License" in (STATIC / "icons.svg").read_text()[:500]


async def test_an_unknown_address_has_a_page_for_browsers_only(admin: DeskUser) -> None:
    page = await admin.get("/nowhere")
    assert page.status_code == 404
    assert "There is nothing at this address" in page.text
    program = await admin.get("/nowhere", accept="application/json")
    assert program.status_code == 404
    assert "<html" not in program.text


async def test_a_mistake_is_told_as_a_page_or_as_a_line(admin: DeskUser) -> None:
    page = await admin.get("/conversations/none")
    assert page.status_code == 404
    assert "<h1>Not found</h1>" in page.text
    part = await admin.get("/conversations/none", htmx=True)
    assert part.status_code == 404
    assert '"kind": "bad"' in part.headers["hx-trigger"]
    assert part.headers["hx-reswap"] == "none"


async def test_a_form_that_is_too_large_is_refused_unread(admin: DeskUser) -> None:
    response = await admin.client.post(
        "/knowledge",
        headers={"x-csrf-token": await admin.csrf(), "content-length": str(30 * 2**20)},
    )
    assert response.status_code == 413
