"""The team teaches files, pages and answers, and looks into what each source holds."""

from __future__ import annotations

import re

from aiohttp import web

from recado.assistant.knowledge.meaning.embedding import embed_missing
from recado.assistant.knowledge.meaning.meaning import Meaning
from recado.assistant.knowledge.pages import WebPages
from recado.errors import ModelUnavailable
from recado.media.fetch import Fetcher
from tests.desk.conftest import DeskUser
from tests.support.embedding import TinyEmbedder
from tests.support.files import serving

HOURS = "# Horario\n\nAbrimos de 9 a 18.\n\n# Envíos\n\nEl envío cuesta 90 pesos.\n"


def link(page: str) -> str:
    found = re.search(r'href="(/knowledge/sources/\w+)"', page)
    assert found, page
    return found[1]


async def drop(user: DeskUser, name: str, data: bytes) -> str:
    files = [("file", (name, data, "application/octet-stream"))]
    response = await user.post("/knowledge/files", files=files)
    assert response.status_code == 200, response.text
    return response.text


async def test_a_file_tells_what_became_of_it_and_what_changed_when_it_comes_again(
    admin: DeskUser,
) -> None:
    row = await drop(admin, "info.md", HOURS.encode())
    assert "2 passages" in row
    assert "learnt" in row
    assert "not changed" in await drop(admin, "info.md", HOURS.encode())
    row = await drop(admin, "info.md", HOURS.replace("90", "95").encode())
    assert "1 passage is new, 1 is gone, 1 is the same" in row
    assert "<ins>Envíos: El envío cuesta 95 pesos.</ins>" in row
    assert "<del>Envíos: El envío cuesta 90 pesos.</del>" in row
    row = await drop(admin, "roto.pdf", b"%PDF-1.7 nothing of a PDF")
    assert "not learnt" in row


async def test_a_source_shows_its_passages_and_who_answers_from_it(admin: DeskUser) -> None:
    row = await drop(admin, "info.md", HOURS.encode())
    page = await admin.page(link(row))
    assert "Abrimos de 9 a 18." in page
    assert "Answers from it: Recado." in page or "Answers from it:" in page
    many = "\n".join(f"# Tema {n}\n\nTexto {n} del tema.\n" for n in range(1, 80))
    path = link(await drop(admin, "largo.md", many.encode()))
    page = await admin.page(path)
    assert "Texto 50 del tema." in page
    assert "Texto 51 del tema." not in page
    more = re.search(rf'href="({path}\?cursor=[^"]+)"', page)
    assert more
    assert "Texto 51 del tema." in await admin.page(more[1])


async def test_a_question_is_written_with_its_answer_and_changed(admin: DeskUser) -> None:
    fields = {
        "question": "¿Hay wifi?",
        "wordings": "clave del wifi\n\nwifi",
        "text": "Sí: aurora1.",
    }
    response = await admin.post("/knowledge/answers", htmx=False, **fields)
    assert response.status_code == 303, response.text
    path = link(await admin.page("/knowledge"))
    page = await admin.page(path)
    assert 'value="¿Hay wifi?"' in page
    assert "clave del wifi\nwifi</textarea>" in page
    await admin.post(f"{path}/answer", htmx=False, **{**fields, "text": "Sí: aurora2."})
    assert "aurora2" in await admin.page("/knowledge/try?q=clave del wifi", htmx=True)
    assert (await admin.post("/knowledge/answers", question="¿?", text="")).status_code == 400


async def test_a_page_is_taught_by_its_address_and_its_faults_are_shown(admin: DeskUser) -> None:
    answers = {"status": 200}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/horario":
            return web.Response(status=404)
        body = "<title>Nuestro horario</title><h2>Horario</h2><p>Abrimos de 9 a 18.</p>"
        return web.Response(text=body, content_type="text/html", status=answers["status"])

    async with serving(answer) as url:
        runtime = admin.runtime
        await runtime.pages.close()
        runtime.pages = WebPages(runtime.store, runtime.knowledge, Fetcher([url]))
        fields = {"url": f"{url}/horario", "refresh": "daily"}
        response = await admin.post("/knowledge/pages", htmx=False, **fields)
        assert response.status_code == 200, response.text
        assert "Nuestro horario" in response.text
        assert "read again every day" in response.text
        path = link(await admin.page("/knowledge"))
        answers["status"] = 410
        assert "The page answers 410." in (await admin.post(f"{path}/read", htmx=False)).text
        assert "The page answers 410." in await admin.page("/knowledge")
        response = await admin.post("/knowledge/pages", htmx=False, url=f"{url}/gone")
        assert response.status_code == 422
        assert "The page answers 404." in response.text


async def test_what_it_would_say_shows_the_words_that_decided(admin: DeskUser) -> None:
    await drop(admin, "info.md", HOURS.encode())
    hits = await admin.page("/knowledge/try?q=¿cuánto cuesta el envío?", htmx=True)
    assert "It would answer with the first passage." in hits
    hits = await admin.page("/knowledge/try?q=¿cuánto cuesta el envío a Mérida?", htmx=True)
    assert re.search(r"In the heading:.*?<mark>envio</mark>", hits)
    assert re.search(r"Not in it:.*?<mark>merida</mark>", hits)


async def test_an_answer_of_many_wordings_is_shown_once(admin: DeskUser) -> None:
    fields = {"question": "¿Hay wifi?", "wordings": "clave del wifi\nwifi", "text": "Sí: aurora1."}
    await admin.post("/knowledge/answers", htmx=False, **fields)
    hits = await admin.page("/knowledge/try?q=hay wifi", htmx=True)
    assert hits.count("Sí: aurora1.") == 1


async def test_the_page_tells_how_much_is_found_by_its_meaning(admin: DeskUser) -> None:
    knowledge, store = admin.runtime.knowledge, admin.runtime.store
    assert "for what they mean" not in await admin.page("/knowledge")
    embedder = TinyEmbedder()
    knowledge.meaning = Meaning(store, embedder)
    page = await admin.page("/knowledge")
    assert "0 of " in page
    assert "<progress" in page
    embedder.error = ModelUnavailable("tiny <b>is away</b>")
    await embed_missing(store, embedder, rest=0)
    assert "tiny &lt;b&gt;is away" in await admin.page("/knowledge")
    embedder.error = None
    await embed_missing(store, embedder, rest=0)
    assert "for what they mean" not in await admin.page("/knowledge")
