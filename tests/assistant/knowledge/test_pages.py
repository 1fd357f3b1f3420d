"""A page of the web is knowledge: read as its site allows, looked at again, its faults told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import update

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.knowledge.pages import WebPages
from recado.assistant.knowledge.robots import read_robots
from recado.assistant.model import KnowledgeSource
from recado.errors import BadRequest, NotFound, Unprocessable
from recado.media.fetch import Fetcher
from recado.store import Store, open_store
from recado.store.migrate import migrate
from tests.support.files import serving

HOURS = """<!doctype html><html><head><title>Horarios &amp; contacto</title></head><body>
<nav>Inicio Tienda</nav><h1>Aurora</h1><h2>Horario</h2><p>Abrimos de martes a viernes de 9 a 18.</p>
<h2>Estacionamiento</h2><p>El estacionamiento es gratis para clientes.</p></body></html>"""


@dataclass
class Site:
    """What a site answers: (status, type, body) by path, and 404 elsewhere."""

    store: Store
    knowledge: KnowledgeBase
    pages: WebPages
    url: str
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, body: str | bytes, type: str = "text/html", status: int = 200) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.answers[path] = (status, type, data)

    async def let_a_day_pass(self) -> None:
        def work(tx: object) -> None:
            tx.execute(  # type: ignore[attr-defined]
                update(KnowledgeSource).values(
                    origin={"page": {"url": f"{self.url}/horarios", "refresh": "daily"}}
                )
            )

        await self.store.write(work)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    store = open_store(f"sqlite:///{tmp_path}/recado.db", sync="off")
    await migrate(store)
    sites: list[Site] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        here = sites[0]
        here.asked.append(request.path)
        if request.path in here.redirects:
            return web.Response(status=302, headers={"Location": here.redirects[request.path]})
        status, type, body = here.answers.get(request.path, (404, "text/plain", b""))
        return web.Response(status=status, body=body, headers={"Content-Type": type})

    async with serving(answer) as url:
        knowledge = KnowledgeBase(store)
        pages = WebPages(store, knowledge, Fetcher([url]))
        sites.append(Site(store, knowledge, pages, url))
        sites[0].put("/horarios", HOURS)
        yield sites[0]
        await pages.close()
        await store.close()


async def best(site: Site, question: str) -> str:
    hits = await site.knowledge.search(question, "es")
    return hits[0].text if hits and hits[0].score >= 0.6 else ""


async def test_a_page_is_known_by_its_title_and_by_its_headings(site: Site) -> None:
    view = await site.pages.add(f"{site.url}/horarios#tarde")
    assert (view.name, view.kind, view.outcome) == ("Horarios & contacto", "html", "added")
    assert view.page is not None
    assert (view.page.url, view.page.problem) == (f"{site.url}/horarios", "")
    assert "9 a 18" in await best(site, "¿cuál es el horario?")


async def test_the_same_page_again_is_the_same_source_and_tells_what_changed(site: Site) -> None:
    first = await site.pages.add(f"{site.url}/horarios")
    again = await site.pages.add(f"{site.url}/horarios", refresh="daily")
    assert (again.id, again.outcome) == (first.id, "unchanged")
    assert again.page is not None
    assert again.page.refresh == "daily"
    site.put("/horarios", HOURS.replace("de 9 a 18", "de 10 a 20"))
    changed = await site.pages.add(f"{site.url}/horarios")
    assert changed.id == first.id
    assert changed.changes is not None
    assert (changed.changes.added, changed.changes.removed, changed.changes.same) == (1, 1, 2)
    assert len(await site.knowledge.list()) == 1


async def test_a_page_of_which_daily_looks_are_wanted_is_looked_at_once_a_day(site: Site) -> None:
    await site.pages.add(f"{site.url}/horarios", refresh="daily")
    assert await site.pages.look_at_due() == 0
    site.put("/horarios", HOURS.replace("de 9 a 18", "de 10 a 20"))
    await site.let_a_day_pass()
    assert await site.pages.look_at_due() == 1
    assert "10 a 20" in await best(site, "¿cuál es el horario?")
    assert await site.pages.look_at_due() == 0


async def test_a_page_that_is_gone_stays_known_and_its_fault_is_told_since_when(
    site: Site,
) -> None:
    view = await site.pages.add(f"{site.url}/horarios")
    site.put("/horarios", "", status=404)
    failed = (await site.pages.look_again(view.id)).page
    assert failed is not None
    assert failed.problem == "The page answers 404."
    again = (await site.pages.look_again(view.id)).page
    assert again is not None
    assert again.failed_at == failed.failed_at
    assert "9 a 18" in await best(site, "¿cuál es el horario?")
    site.put("/horarios", HOURS)
    mended = (await site.pages.look_again(view.id)).page
    assert mended is not None
    assert (mended.problem, mended.failed_at) == ("", None)


async def test_what_the_site_asks_programs_not_to_read_is_not_read(site: Site) -> None:
    site.put("/robots.txt", "User-agent: *\nDisallow: /horarios\n", "text/plain")
    with pytest.raises(Unprocessable, match=r"robots\.txt asks"):
        await site.pages.add(f"{site.url}/horarios")
    assert site.asked == ["/robots.txt"]
    site.put("/robots.txt", "", "text/plain", status=503)
    with pytest.raises(Unprocessable, match=r"robots\.txt answers 503"):
        await site.pages.add(f"{site.url}/horarios")


@pytest.mark.parametrize(
    ("path", "told"),
    [("/nada", "answers 404"), ("/foto", "image/jpeg"), ("/vacia", "empty"), ("/lejos", "theirs")],
)
async def test_what_cannot_be_read_says_why_and_nothing_is_learnt(
    site: Site, path: str, told: str
) -> None:
    site.put("/foto", b"\xff\xd8\xff", "image/jpeg")
    site.put("/vacia", "")
    site.redirects["/lejos"] = "https://elsewhere.example/"
    with pytest.raises(Unprocessable, match=told):
        await site.pages.add(f"{site.url}{path}")
    assert await site.knowledge.list() == []


@pytest.mark.parametrize("address", ["", "ftp://example.com/x", "https://", "file:///etc/passwd"])
async def test_what_is_no_address_of_a_page_is_refused(site: Site, address: str) -> None:
    with pytest.raises(BadRequest):
        await site.pages.add(address)


@pytest.mark.parametrize(
    "address", ["https://127.0.0.1/", "http://169.254.169.254/latest", "https://localhost/"]
)
async def test_no_address_leads_into_the_own_network(
    site: Site, address: str, resolved: Mapping[str, str]
) -> None:
    async def lookup(host: str, port: int) -> list[str]:
        return [resolved.get(host, "10.0.0.1")]

    pages = WebPages(site.store, site.knowledge, Fetcher(lookup=lookup))
    with pytest.raises(Unprocessable, match=r"bare address|public Internet"):
        await pages.add(address)
    await pages.close()


@pytest.fixture
def resolved() -> Mapping[str, str]:
    return {"localhost": "127.0.0.1"}


async def test_a_page_in_the_encoding_that_it_names_is_read_in_it(site: Site) -> None:
    page = "<h2>Menú</h2><p>Café con piña: 20 pesos.</p>".encode("latin-1")
    site.put("/menu", page, "text/html; charset=ISO-8859-1")
    await site.pages.add(f"{site.url}/menu")
    found, *_ = await site.knowledge.search("café con piña", "es")
    assert found.text == "Café con piña: 20 pesos."


async def test_a_title_that_is_taken_is_told_apart_by_its_address(site: Site) -> None:
    await site.knowledge.add("Horarios & contacto", b"# Otro\n\nTexto.", kind="markdown")
    view = await site.pages.add(f"{site.url}/horarios")
    assert view.name == "Horarios & contacto (127.0.0.1/horarios)"


async def test_only_a_page_is_looked_at_again(site: Site) -> None:
    view = await site.knowledge.add("a.md", b"# A\n\nText.")
    with pytest.raises(BadRequest):
        await site.pages.look_again(view.id)
    with pytest.raises(NotFound):
        await site.pages.look_again("nothing")


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/x", True),
        ("User-agent: *\nDisallow:", "/x", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: other\nDisallow: /\n\nUser-agent: *\nAllow: /", "/x", True),
        ("User-agent: Recado/1.0\nUser-agent: other\nDisallow: /x", "/x", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: recado\nDisallow: /y", "/x", True),
        ("user-agent: *\ndisallow: /*.pdf$  # no files", "/a/b.pdf", False),
        ("user-agent: *\ndisallow: /*.pdf$", "/a/b.pdf?x=1", True),
        ("user-agent: *\ndisallow: /*/intern*?x=", "/a/interno?x=2", False),
        ("user-agent: *\ndisallow: /*/intern*?x=", "/interno?x=2", True),
        ("nonsense\nuser-agent *\n\x00: y", "/x", True),
    ],
)
def test_robots_are_understood_as_their_standard_says(rules: str, path: str, allowed: bool) -> None:
    assert read_robots(rules).allows(path) is allowed
