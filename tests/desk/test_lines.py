"""Lines in the desk: added for every channel, tested, explained, switched off."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from recado.channels.messages import OutboundMessage, SendReceipt
from recado.channels.port import Capabilities, Connection, Credential, Line
from recado.channels.web import WebChannel
from recado.conversations.model import Message
from recado.desk.line_trials import qr_svg
from recado.desk.words import TRANSLATED, translator
from recado.errors import SendRejected
from recado.lines import reception
from recado.lines.adding import addable
from recado.lines.model import LineEvent
from recado.store import Tx, new_id, now
from tests.desk.conftest import DeskUser, browser
from tests.support.runtime import make_runtime

ADDRESS = "106540352242922"
SECRETS = {
    "access_token": "EAAG-secret-access-token",
    "app_secret": "0123456789abcdef-secret",
    "verify_token": "a-word-of-our-own",
}
NEW = {"channel": "whatsapp", "name": "Ventas", "address": ADDRESS, **SECRETS}


async def add_line(admin: DeskUser) -> Line:
    return await admin.runtime.lines.add("whatsapp", ADDRESS, "Ventas", SECRETS)


async def test_a_line_is_added_and_its_secrets_are_never_shown_again(admin: DeskUser) -> None:
    response = await admin.post("/lines", htmx=False, **NEW)
    assert response.status_code == 303
    line = await admin.runtime.lines.at("whatsapp", ADDRESS)
    assert line is not None
    assert response.headers["location"] == f"/lines/{line.id}"
    assert line.credentials == SECRETS
    for path in ("/lines", f"/lines/{line.id}"):
        page = await admin.page(path)
        assert "Ventas" in page
        assert ADDRESS in page
        for secret in SECRETS.values():
            assert secret not in page
    assert "http://desk.test/webhooks/whatsapp" in page
    assert (await admin.post("/lines", htmx=False, **NEW)).status_code == 409


async def test_every_channel_asks_for_what_it_needs_and_says_where_to_find_it(
    admin: DeskUser,
) -> None:
    overview = await admin.page("/lines")
    for kind, channel in addable(admin.runtime.channels).items():
        assert f"/lines/add?channel={kind}" in overview
        page = html.unescape(await admin.page(f"/lines/add?channel={kind}"))
        assert channel.address_label in page
        for credential in channel.credentials:
            assert f'name="{credential.name}"' in page
            assert credential.help in page
    assert (await admin.get("/lines/add?channel=pigeon")).status_code == 404
    assert (await admin.get("/lines/add?channel=web")).status_code == 404


@pytest.mark.parametrize("change", [{"address": "+52 55"}, {"address": ""}, {"app_secret": " "}])
async def test_a_line_that_cannot_work_is_refused(admin: DeskUser, change: dict[str, str]) -> None:
    assert (await admin.post("/lines", htmx=False, **(NEW | change))).status_code == 422


async def test_a_supervisor_sees_lines_but_no_secret_and_changes_nothing(visitor: DeskUser) -> None:
    line = await visitor.runtime.lines.add("whatsapp", ADDRESS, "Ventas", SECRETS)
    await visitor.sign_in("supervisor")
    page = await visitor.page(f"/lines/{line.id}")
    assert "Ventas" in page
    for secret in SECRETS.values():
        assert secret not in page
    for action in ("", "/credentials", "/settings", "/test", "/connect", "/disconnect", "/remove"):
        assert (await visitor.post(f"/lines/{line.id}{action}")).status_code == 403


async def test_one_credential_is_replaced_and_the_others_stay(admin: DeskUser) -> None:
    line = await add_line(admin)
    path = f"/lines/{line.id}/credentials"
    assert (await admin.post(path, htmx=False, access_token="new-token")).status_code == 303
    changed = await admin.runtime.lines.get(line.id)
    assert changed.credentials == SECRETS | {"access_token": "new-token"}
    assert (await admin.post(path, htmx=False, access_token=" ")).status_code == 422


async def test_a_line_is_renamed_and_switched_off_and_on(admin: DeskUser) -> None:
    line = await add_line(admin)
    await admin.post(f"/lines/{line.id}", htmx=False, name="Centro")
    await admin.post(f"/lines/{line.id}", htmx=False, enabled="no")
    off = await admin.runtime.lines.get(line.id)
    assert (off.name, off.enabled, off.credentials) == ("Centro", False, SECRETS)
    assert "replies wait here until you enable it" in await admin.page(f"/lines/{line.id}")
    await admin.post(f"/lines/{line.id}", htmx=False, enabled="yes")
    assert (await admin.runtime.lines.get(line.id)).enabled


async def test_settings_are_kept_as_the_message_way_reads_them(admin: DeskUser) -> None:
    line = await add_line(admin)
    fields = {
        "rate_per_second": "12,5",
        "template": "answer",
        "template_language": "es_MX",
        "parameters": "{{name}}\n\n{{text}}\n",
        "currency": "usd",
        "price_marketing": "0.06",
    }
    path = f"/lines/{line.id}/settings"
    assert (await admin.post(path, htmx=False, **fields)).status_code == 303
    assert (await admin.runtime.lines.get(line.id)).settings == {
        "rate_per_second": 12.5,
        "outside_window": {
            "template": "answer",
            "language": "es_MX",
            "parameters": ["{{name}}", "{{text}}"],
        },
        "prices": {"currency": "USD", "marketing": 0.06},
    }
    page = await admin.page(f"/lines/{line.id}")
    assert 'value="12.5"' in page
    await admin.post(path, htmx=False)
    assert (await admin.runtime.lines.get(line.id)).settings == {}
    assert (await admin.post(path, htmx=False, rate_per_second="fast")).status_code == 422
    assert (await admin.post(path, htmx=False, price_utility="-1")).status_code == 422


async def test_a_test_message_goes_out_and_shows_what_became_of_it(admin: DeskUser) -> None:
    line = await add_line(admin)
    sent = await admin.post(f"/lines/{line.id}/test", to="+52 55 1234 5678", text="¿Llega?")
    assert sent.status_code == 200
    assert "Waiting to be sent" in sent.text
    path = sent.text.split('hx-get="')[1].split('"')[0]
    assert "Waiting to be sent" in await admin.page(path, htmx=True)
    other = await admin.runtime.lines.add("whatsapp", "42", "Otra", SECRETS)
    assert (await admin.get(path.replace(line.id, other.id))).status_code == 404
    refused = await admin.post(f"/lines/{line.id}/test", to="nobody", text="hola")
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("values", "shown", "goes_on"),
    [
        ({"status": "sent"}, "Sent", True),
        ({"status": "delivered"}, "Delivered", False),
        ({"status": "queued", "held": "window"}, "only templates go out", False),
        ({"status": "failed", "error": {"code": 131026, "title": "Undeliverable"}}, "Undel", False),
    ],
)
async def test_the_status_of_a_test_message_is_followed_to_its_end(
    admin: DeskUser, values: dict[str, Any], shown: str, goes_on: bool
) -> None:
    line = await add_line(admin)
    sent = await admin.post(f"/lines/{line.id}/test", to="+52 55 1234 5678", text="¿Llega?")
    path = sent.text.split('hx-get="')[1].split('"')[0]
    await admin.runtime.store.write(lambda tx: tx.execute(update(Message).values(**values)))
    page = await admin.page(path, htmx=True)
    assert shown in page
    assert ("hx-get" in page) == goes_on


@pytest.mark.parametrize("given", ["whatsapp:+1 (415) 523-8886", "14155238886"])
async def test_a_number_is_taken_as_people_write_it(admin: DeskUser, given: str) -> None:
    fields = {"channel": "twilio", "account_sid": "AC1", "auth_token": "t", "address": given}
    assert (await admin.post("/lines", htmx=False, **fields)).status_code == 303
    assert await admin.runtime.lines.at("twilio", "14155238886") is not None


async def test_why_webhooks_do_not_arrive_is_said_in_words_with_a_fix(admin: DeskUser) -> None:
    line = await admin.runtime.lines.add("whatsapp", ADDRESS, "Ventas", {"access_token": "t"})
    page = (await admin.post(f"/lines/{line.id}/reception")).text
    assert "App secret is missing: every webhook is refused." in page
    assert "Verify token is missing" in page
    assert "RECADO_PUBLIC_URL is not set" in page
    assert "No webhook has ever come for this line." in page
    admin.runtime.lines.refused("whatsapp", "No app secret fits <the> signature")
    await admin.runtime.lines.close()
    page = (await admin.post(f"/lines/{line.id}/reception")).text
    assert "refused: No app secret fits &lt;the&gt; signature" in page
    assert "The newest webhook was refused" in await admin.page("/lines")


async def test_the_findings_speak_every_language() -> None:
    texts = {text for name, text in vars(reception).items() if name.isupper()}
    for say in map(translator, TRANSLATED):
        assert {text for text in texts if isinstance(text, str) and say(text) == text} == set()


async def test_checking_a_line_says_what_to_mend(admin: DeskUser) -> None:
    line = await admin.runtime.lines.at("web", "simulator")
    assert line is not None
    assert "It works." in (await admin.post(f"/lines/{line.id}/check")).text
    assert "Simulator" in await admin.page(f"/lines/{line.id}")


async def test_a_lines_log_shows_what_its_vendor_reports(admin: DeskUser) -> None:
    line = await add_line(admin)
    await admin.runtime.lines.add("whatsapp", "42", "Otra", SECRETS)

    def work(tx: Tx) -> None:
        names = {
            "account_update": "an account that no line names",
            "errors": ADDRESS,
            "other": "42",
        }
        for name, address in names.items():
            event = {"id": new_id(), "channel": "whatsapp", "line_address": address, "name": name}
            raw = {"event": f"<b>{name}</b>"}
            tx.execute(insert(LineEvent), event | {"raw": raw, "created_at": now()})

    await admin.runtime.store.write(work)
    page = await admin.page(f"/lines/{line.id}")
    assert "&lt;b&gt;account_update" in page
    assert "&lt;b&gt;errors" in page
    assert "&lt;b&gt;other" not in page
    filtered = await admin.page(f"/lines/{line.id}?event=errors")
    assert "&lt;b&gt;errors" in filtered
    assert "&lt;b&gt;account_update" not in filtered


async def test_a_line_without_conversations_is_removed(admin: DeskUser) -> None:
    line = await add_line(admin)
    assert (await admin.post(f"/lines/{line.id}/remove", htmx=False)).status_code == 303
    assert (await admin.get(f"/lines/{line.id}")).status_code == 404


class PairingChannel(WebChannel):
    """A channel that pairs with a phone: the test decides how that stands."""

    kind = "pairing"
    title = "A phone of our own"
    credentials = (Credential("key", "Key", "From the phone."),)
    capabilities = Capabilities(frozenset({"text"}), frozenset({"text"}), frozenset({"pairing"}))
    standing = Connection("closed")

    def line_from_settings(self, settings: object) -> None:
        return None

    async def send(self, line: Line, message: OutboundMessage) -> SendReceipt:
        raise SendRejected("Not connected")

    async def connect(self, line: Line) -> Connection:
        self.standing = Connection("connecting", "2@a-qr-text", "ABCD-1234")
        return self.standing

    async def connection(self, line: Line) -> Connection:
        return self.standing

    async def disconnect(self, line: Line) -> None:
        self.standing = Connection("closed")


@pytest.fixture
async def pairing(tmp_path: Path) -> AsyncIterator[tuple[DeskUser, PairingChannel, str]]:
    async with make_runtime(tmp_path) as runtime, browser(runtime) as user:
        channel = PairingChannel()
        runtime.channels["pairing"] = channel
        await user.sign_in()
        line = await runtime.lines.add("pairing", "shop", "Tienda", {"key": "k"})
        yield user, channel, f"/lines/{line.id}"


async def test_a_phone_is_paired_by_the_code_on_the_page(
    pairing: tuple[DeskUser, PairingChannel, str],
) -> None:
    admin, channel, path = pairing
    assert f'hx-get="{path}/connection"' in await admin.page(path)
    assert "Not connected." in await admin.page(f"{path}/connection", htmx=True)
    code = (await admin.post(f"{path}/connect")).text
    assert "<svg" in code
    assert "ABCD-1234" in code
    assert f'hx-get="{path}/connection"' in code  # it asks again until it is open
    channel.standing = Connection("open")
    opened = await admin.page(f"{path}/connection", htmx=True)
    assert "Connected." in opened
    assert "hx-get" not in opened
    assert "Not connected." in (await admin.post(f"{path}/disconnect")).text


def test_what_no_qr_code_holds_is_left_out() -> None:
    assert qr_svg("") is None
    assert qr_svg("x" * 5000) is None
