"""A message that names a stored file goes out with it, uploaded once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.applications import Starlette

from recado.channels.messages import OutboundMessage, Recipient
from recado.conversations.messages import queue_message
from recado.errors import NotFound
from recado.media.links import LIFE_SECONDS, PREFIX, link_path, read_token
from recado.media.model import Media
from recado.media.outbound import UPLOAD_LIFE_SECONDS, attach_file
from recado.media.public import public_file_routes
from recado.media.uploads import Kept, keep_upload
from recado.security.encryption import Cipher
from recado.store import Tx, now
from tests.support.files import PDF, picture
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message
from tests.support.runtime import api_client, make_runtime


async def keep(flow: Flow, data: bytes, filename: str = "") -> Kept:
    conversation = await flow.conversation()
    return await keep_upload(
        flow.runtime,
        data,
        filename=filename,
        line_id=conversation.line_id,
        direction="outbound",
    )


async def say(flow: Flow, type: str, content: dict[str, Any], text: str = "") -> dict[str, Any]:
    """Send it, and the body that Meta got."""
    conversation = await flow.conversation()
    before = len(flow.graph.received)

    def work(tx: Tx) -> None:
        queue_message(tx, conversation.id, author="agent", type=type, text=text, content=content)

    await flow.write(work)
    await flow.quiet()
    assert len(flow.graph.received) == before + 1
    return flow.graph.received[-1].body


async def test_a_document_is_uploaded_once_and_sent_by_its_id(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.quiet()
        kept = await keep(flow, PDF, "catálogo.pdf")
        content = {"media": {"media_id": kept.id}}
        body = await say(flow, "document", content, text="Aquí está")
        (provider_id,) = flow.graph.uploads
        assert body["document"] == {
            "id": provider_id,
            "caption": "Aquí está",
            "filename": "catálogo.pdf",
        }
        assert flow.graph.media[provider_id] == ("application/pdf", PDF)

        again = await say(flow, "document", content)
        assert again["document"]["id"] == provider_id
        assert len(flow.graph.uploads) == 1
        *_, message = await flow.messages()
        assert message.media_id == kept.id


async def test_an_upload_that_meta_has_forgotten_by_now_is_made_again(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.quiet()
        kept = await keep(flow, picture())
        content = {"media": {"media_id": kept.id}}
        await say(flow, "image", content)

        def age(tx: Tx) -> None:
            uploads = tx.scalar(select(Media.uploads))
            for entry in uploads.values():
                entry["at"] = now() - UPLOAD_LIFE_SECONDS - 1
            tx.execute(update(Media).values(uploads=uploads))

        await flow.write(age)
        await say(flow, "image", content)
        assert len(flow.graph.uploads) == 2


async def test_a_header_s_picture_may_be_a_stored_file(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.quiet()
        kept = await keep(flow, picture(), "foto.png")
        component = {
            "type": "header",
            "parameters": [{"type": "image", "image": {"media_id": kept.id}}],
        }
        template = {"name": "promo", "language": "es_MX", "components": [component]}
        body = await say(flow, "template", {"template": template})
        image = body["template"]["components"][0]["parameters"][0]["image"]
        assert image == {"id": flow.graph.uploads[0]}


@pytest.mark.parametrize("status", [401, 500, 503])
async def test_an_upload_that_fails_leaves_no_doubt_that_nothing_was_sent(
    tmp_path: Path, status: int
) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.quiet()
        sent = len(flow.graph.received)
        kept = await keep(flow, picture())
        conversation = await flow.conversation()
        flow.graph.upload_status = status

        def work(tx: Tx) -> None:
            content = {"media": {"media_id": kept.id}}
            queue_message(
                tx,
                conversation.id,
                author="agent",
                type="image",
                content=content,
            )

        await flow.write(work)
        while not flow.graph.counts["refused"]:
            await flow.conversation()
        *_, message = await flow.messages()
        assert message.status != "unknown"
        assert len(flow.graph.received) == sent


async def test_a_file_that_is_not_here_is_explained(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.quiet()
        conversation = await flow.conversation()

        def work(tx: Tx) -> None:
            content = {"media": {"media_id": "0123456789abcdef"}}
            queue_message(
                tx,
                conversation.id,
                author="agent",
                type="image",
                content=content,
            )

        await flow.write(work)
        await flow.quiet()
        *_, message = await flow.messages()
        assert message.status == "failed"
        assert "is not stored here" in message.error["detail"]


async def test_a_provider_fetches_a_file_by_its_signed_link_until_it_expires(
    tmp_path: Path,
) -> None:
    public = "https://recado.example"
    async with make_runtime(tmp_path, RECADO_PUBLIC_URL=public) as runtime:
        data = picture()
        kept = await keep_upload(runtime, data, filename="", line_id="", direction="outbound")
        path = link_path(runtime.cipher, kept.id, at=now())
        app = Starlette(routes=list(public_file_routes(runtime)))
        async with api_client(app, key=None) as client:
            response = await client.get(path)
            assert (response.status_code, response.content) == (200, data)
            assert response.headers["content-type"] == "image/jpeg"
            assert response.headers["x-content-type-options"] == "nosniff"
            expired = link_path(runtime.cipher, kept.id, at=now() - LIFE_SECONDS - 1)
            for wrong in (
                expired,
                path[:-1] + ("A" if path[-1] != "A" else "B"),
                "/files/x",
                "/files/..x",
            ):
                assert (await client.get(wrong)).status_code == 404
            assert (await client.get(path.replace(kept.id, kept.id[::-1]))).status_code == 404


def test_a_link_can_not_be_made_longer_nor_used_for_another_file() -> None:
    cipher = Cipher(["a secret"])
    token = link_path(cipher, "abc", at=1000.0).removeprefix(PREFIX)
    assert read_token(cipher, token, at=1000.0 + LIFE_SECONDS) == "abc"
    media_id, until, signature = token.split(".")
    for forged in (
        f"{media_id}.{int(until, 16) + 9999:x}.{signature}",
        f"abd.{until}.{signature}",
        f"{media_id}..{signature}",
        f"{media_id}.{until}.",
        "",
        "é.é.é",
    ):
        with pytest.raises(NotFound):
            read_token(cipher, forged, at=1000.0)
    with pytest.raises(NotFound):
        read_token(Cipher(["another"]), token, at=1000.0)


async def test_without_a_public_url_there_is_no_link(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.quiet()
        kept = await keep(flow, picture())
        conversation = await flow.conversation()
        line = await flow.runtime.lines.get(conversation.line_id)
        named = OutboundMessage(
            "m", Recipient(()), "image", content={"media": {"media_id": kept.id}}
        )
        attached = await attach_file(flow.runtime, line, named)
        assert attached.file is not None
        assert attached.file.url == ""
        assert await attached.file.read() == picture()
