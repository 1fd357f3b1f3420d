"""A message with a file takes its place at once; its file follows, or the message says why not."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import Row, delete, func, select

from recado.jobs import INBOUND, MEDIA, MediaJob
from recado.media.fetch import Fetcher, Patience
from recado.media.model import Media
from recado.media.storage.port import key_of
from recado.media.uploads import keep_upload
from recado.queue.model import DeadLetterRow
from recado.store import Tx
from tests.support.files import ELF, HTML, PDF, picture, serving, stream, word_document
from tests.support.flow import Flow, running_flow
from tests.support.payloads import media_message
from tests.support.simulated import simulated_message

MB = 1024 * 1024
FILE_ID = "1013859600285441"


async def receive(flow: Flow, data: bytes, *, type: str = "image", **about: Any) -> Row[Any]:
    """The customer sends that file; its row, when everything has settled."""
    mime_type = about.get("mime_type", "image/jpeg")
    flow.graph.media[FILE_ID] = (mime_type, data)
    about.setdefault("sha256", base64.b64encode(hashlib.sha256(data).digest()).decode())
    await flow.receive(media_message(type, FILE_ID, **about))
    await flow.quiet()
    return await only_file(flow)


async def only_file(flow: Flow) -> Row[Any]:
    rows = await flow.runtime.store.read(lambda tx: tx.all(select(Media.__table__)))
    assert len(rows) == 1
    return rows[0]


async def dead_letters(flow: Flow) -> int:
    count = select(func.count()).select_from(DeadLetterRow)
    return int(await flow.runtime.store.read(lambda tx: tx.scalar(count)))


async def refused(flow: Flow, data: bytes, **about: Any) -> str:
    """Why the file is not taken; the conversation has its turn all the same."""
    file = await receive(flow, data, **about)
    assert (file.state, file.blob_key) == ("failed", "")
    assert await dead_letters(flow) == 0, "there is nothing for anyone to repair"
    await answered(flow, file)
    return str(file.error)


async def answered(flow: Flow, file: Row[Any]) -> None:
    inbound, *replies = await flow.messages()
    assert inbound.media_id == file.id
    assert replies, "the conversation got its turn"


@asynccontextmanager
async def linked_to(flow: Flow, url: str, *, total_seconds: float = 60) -> AsyncIterator[None]:
    """Meta says that the file is at `url`, which the fetcher would trust."""
    flow.graph.media_links[FILE_ID] = f"{url}/file"
    before = flow.runtime.fetcher
    patience = Patience(connect_seconds=60, idle_seconds=60, total_seconds=total_seconds)
    flow.runtime.fetcher = Fetcher([flow.graph.url, url], patience=patience)
    try:
        yield
    finally:
        await flow.runtime.fetcher.close()
        flow.runtime.fetcher = before


async def test_a_photo_is_fetched_with_the_token_and_stored(tmp_path: Path) -> None:
    data = picture()
    async with running_flow(tmp_path) as flow:
        file = await receive(flow, data, caption="¿Tienen esto?")
        assert (file.state, file.mime_type, file.size_bytes) == ("stored", "image/jpeg", len(data))
        assert file.sha256 == hashlib.sha256(data).hexdigest()
        assert file.provider_media_id == FILE_ID
        assert await flow.runtime.blobs.get(file.blob_key) == data
        await answered(flow, file)


async def test_a_document_keeps_its_name_without_its_path(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        file = await receive(
            flow, PDF, type="document", mime_type="application/pdf", filename="../factura 7.pdf"
        )
        assert (file.state, file.filename) == ("stored", "factura 7.pdf")


async def test_both_spellings_of_the_checksum_are_read(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        data = picture()
        file = await receive(flow, data, sha256=hashlib.sha256(data).hexdigest())
        assert file.state == "stored"


async def test_running_the_job_again_changes_nothing(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        before = await receive(flow, picture())
        del flow.graph.media[FILE_ID]
        await flow.runtime.queue.publish([MEDIA.job(before.id, MediaJob(before.id))])
        await flow.quiet()
        assert await only_file(flow) == before


async def test_a_mislabelled_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        assert await refused(flow, HTML) == "The file says that it is image/jpeg, and is text/html."


async def test_a_program_that_says_picture_is_refused(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        assert "application/x-executable" in await refused(flow, ELF)


async def test_a_picture_of_too_many_pixels_is_refused(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        data = picture("PNG", (9_000, 9_000))
        assert "9000 × 9000" in await refused(flow, data, mime_type="image/png")


async def test_a_document_that_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    data = word_document(bytes(60 * MB))
    async with running_flow(tmp_path) as flow:
        reason = await refused(flow, data, type="document", mime_type="application/zip")
        assert "unpacks to" in reason


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_link_that_has_expired_is_asked_for_anew(tmp_path: Path, status: int) -> None:
    async def expired(_: web.BaseRequest) -> web.Response:
        flow.graph.media_links.pop(FILE_ID)  # whoever asks again has a link that leads there
        return web.Response(status=status)

    async with running_flow(tmp_path) as flow, serving(expired) as url, linked_to(flow, url):
        file = await receive(flow, picture())
        assert file.state == "stored"


async def test_a_link_to_a_private_address_is_refused(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        flow.graph.media_links[FILE_ID] = "https://169.254.169.254/latest/meta-data"
        assert "169.254.169.254" in await refused(flow, picture())


async def test_a_redirect_to_a_private_address_is_refused(tmp_path: Path) -> None:
    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://10.0.0.1/"})

    async with running_flow(tmp_path) as flow, serving(redirect) as url, linked_to(flow, url):
        assert "10.0.0.1" in await refused(flow, picture())


async def test_a_vendor_name_that_leads_into_the_own_network_is_refused(tmp_path: Path) -> None:
    async def lookup(host: str, port: int) -> list[str]:
        assert host == "lookaside.fbsbx.com"
        return ["10.0.0.5"]

    async with running_flow(tmp_path) as flow:
        flow.graph.media_links[FILE_ID] = "https://lookaside.fbsbx.com/whatsapp_business/x"
        flow.runtime.fetcher = Fetcher([flow.graph.url], lookup=lookup)
        assert "public Internet" in await refused(flow, picture())


async def test_200_megabytes_are_refused_without_a_length(tmp_path: Path) -> None:
    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        return await stream(request, 200 * MB)

    async with running_flow(tmp_path) as flow, serving(endless) as url, linked_to(flow, url):
        flow.runtime.fetcher = Fetcher([flow.graph.url, url])
        assert "more than the 25 MB" in await refused(flow, picture())


async def test_what_comes_packed_is_refused(tmp_path: Path) -> None:
    async def bomb(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})

    async with running_flow(tmp_path) as flow, serving(bomb) as url, linked_to(flow, url):
        assert "packed (gzip)" in await refused(flow, picture())


async def test_a_file_that_drips_becomes_a_dead_letter_with_the_reason(tmp_path: Path) -> None:
    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        return await stream(request, MB, pause_seconds=0.05)

    async with (
        running_flow(tmp_path) as flow,
        serving(drip) as url,
        linked_to(flow, url, total_seconds=0.4),
    ):
        file = await receive(flow, picture())
        assert file.state == "failed"
        assert "too slowly" in str(file.error)
        assert await dead_letters(flow) == 1
        await answered(flow, file)


async def test_another_file_than_announced_is_a_dead_letter_and_a_replay_gets_it(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        announced = picture("PNG")
        digest = base64.b64encode(hashlib.sha256(announced).digest()).decode()
        file = await receive(flow, picture(), sha256=digest)
        assert file.state == "failed"
        assert "checksum differs" in str(file.error)
        assert await dead_letters(flow) == 1
        await answered(flow, file)

        flow.graph.media[FILE_ID] = ("image/png", announced)
        await flow.runtime.queue.publish([MEDIA.job(file.id, MediaJob(file.id))])
        await flow.quiet()
        again = await only_file(flow)
        assert (again.state, again.error, again.mime_type) == ("stored", None, "image/png")


async def test_a_provider_that_is_away_is_waited_for(tmp_path: Path) -> None:
    data, calls = picture(), 0

    async def back_soon(request: web.BaseRequest) -> web.Response:
        nonlocal calls
        calls += 1
        return web.Response(status=503) if calls == 1 else web.Response(body=data)

    async with running_flow(tmp_path) as flow, serving(back_soon) as url, linked_to(flow, url):
        file = await receive(flow, data)
        assert (file.state, calls) == ("stored", 2)
        assert await dead_letters(flow) == 0


async def test_a_file_that_meta_does_not_have_any_more_is_refused(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(media_message("image", "gone-by-now"))
        await flow.quiet()
        file = await only_file(flow)
        assert file.state == "failed"
        assert "Meta's error 100" in str(file.error)
        await answered(flow, file)


async def test_one_slow_file_holds_up_no_other(tmp_path: Path) -> None:
    data, gate = picture(), asyncio.Event()
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()

    async def wait(request: web.BaseRequest) -> web.Response:
        await gate.wait()
        return web.Response(body=data)

    async with running_flow(tmp_path) as flow, serving(wait) as url:
        flow.runtime.fetcher = Fetcher([flow.graph.url, url])
        flow.graph.media |= {"slow": ("image/jpeg", data), "quick": ("image/jpeg", data)}
        flow.graph.media_links["slow"] = f"{url}/file"
        for media_id in ("slow", "quick"):  # of the same person, even
            await flow.receive(media_message("image", media_id, sha256=digest))
        stored = select(Media.provider_media_id).where(Media.state == "stored")
        async with asyncio.timeout(60):
            while await flow.runtime.store.read(lambda tx: tx.scalar(stored)) != "quick":
                await asyncio.sleep(0.01)
        gate.set()
        await flow.quiet()
        assert len(await flow.runtime.store.read(lambda tx: tx.all(stored))) == 2


async def test_a_file_erased_while_it_came_leaves_no_bytes(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        data = picture()

        async def forget(request: web.BaseRequest) -> web.Response:
            def work(tx: Tx) -> None:
                erased.append(tx.scalar(select(Media.id)))
                tx.execute(delete(Media))

            await flow.runtime.store.write(work)
            return web.Response(body=data)

        erased: list[str] = []
        async with serving(forget) as url, linked_to(flow, url):
            flow.graph.media[FILE_ID] = ("image/jpeg", data)
            digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
            await flow.receive(media_message("image", FILE_ID, sha256=digest))
            await flow.quiet()
        assert len(erased) == 1
        assert not (tmp_path / "files" / key_of(erased[0])).exists()


async def test_a_file_handed_over_before_its_message_goes_with_it(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        line = await flow.runtime.lines.at("web", "simulator")
        assert line is not None
        kept = await keep_upload(flow.runtime, picture(), filename="gato.jpg", line_id=line.id)
        message = simulated_message("image", {"media": {"media_id": kept.id}})
        await flow.runtime.queue.publish([INBOUND.job(message.lane, message)])
        await flow.quiet()
        file = await only_file(flow)
        assert (file.id, file.state, file.filename) == (kept.id, "stored", "gato.jpg")
        await answered(flow, file)


async def test_nobody_gets_somebody_else_s_file_by_its_id(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        line = await flow.runtime.lines.at("web", "simulator")
        assert line is not None
        kept = await keep_upload(flow.runtime, picture(), filename="", line_id=line.id)
        for person in ("ana", "eva"):
            message = simulated_message("image", {"media": {"media_id": kept.id}}, person=person)
            await flow.runtime.queue.publish([INBOUND.job(message.lane, message)])
            await flow.quiet()
        rows = await flow.runtime.store.read(
            lambda tx: tx.all(select(Media.__table__).order_by(Media.created_at))
        )
        assert [row.state for row in rows] == ["stored", "failed"]
        assert rows[0].message_id != rows[1].message_id
