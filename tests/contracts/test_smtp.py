"""Mail leaves over TLS where a password is at stake, and says plainly what the server refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from recado.errors import SettingsError
from recado.notifications.senders.port import NotSent
from recado.notifications.senders.smtp import SmtpSender, read_url
from tests.contracts.test_notification_senders import outgoing
from tests.support.mail import PASSWORD, USER, mail_server

MAIL = "ana@shop.example"
SIGNED = "team%40shop.example:a%3Apassword%2Fwith%40marks@"


async def test_a_mail_is_plain_text_with_a_page_beside_and_names_one_message(
    tmp_path: Path,
) -> None:
    async with mail_server() as server:
        sender = SmtpSender(server.url, USER)
        message = outgoing(MAIL, "Ana <b>Pérez</b>")
        await sender.send(message)
        (mail,) = server.mails
        assert mail["Subject"] == "Ana <b>Pérez</b> espera a una persona"
        assert mail["From"] == "Recado <team@shop.example>"
        assert mail["Message-ID"] == f"<{message.id}@shop.example>"
        assert mail["Auto-Submitted"] == "auto-generated"
        plain, page = (it.get_content() for it in mail.iter_parts())
        assert "Área: billing" in plain
        assert "https://recado.example/conversations/0190" in plain
        assert "Ana &lt;b&gt;Pérez&lt;/b&gt;" in page
        assert "<b>Pérez" not in page
        assert server.envelopes[0].rcpt_tos == [MAIL]


async def test_a_password_goes_over_starttls_alone(tmp_path: Path) -> None:
    async with mail_server(tmp_path, auth=True) as server:
        assert (USER, PASSWORD) == ("team@shop.example", "a:password/with@marks")
        url = f"smtp://{SIGNED}127.0.0.1:{server.port}?starttls=always&ca={server.ca}"
        sender = SmtpSender(url)
        assert USER in await sender.probe()
        await sender.send(outgoing(MAIL))
        assert server.secured == [True]


async def test_a_server_that_nobody_vouches_for_gets_no_password(tmp_path: Path) -> None:
    async with mail_server(tmp_path, auth=True) as server:
        sender = SmtpSender(f"smtp://{SIGNED}127.0.0.1:{server.port}?starttls=always")
        with pytest.raises(NotSent):
            await sender.send(outgoing(MAIL))
        assert server.mails == []


async def test_a_server_without_tls_gets_no_password_when_it_must_have_it() -> None:
    async with mail_server() as server:
        sender = SmtpSender(f"smtp://{SIGNED}127.0.0.1:{server.port}?starttls=always")
        with pytest.raises(NotSent) as refused:
            await sender.send(outgoing(MAIL))
        assert not refused.value.final
        assert server.mails == []


async def test_smtps_speaks_tls_from_the_first_byte(tmp_path: Path) -> None:
    async with mail_server(tmp_path, tls=True) as server:
        sender = SmtpSender(f"smtps://127.0.0.1:{server.port}?ca={server.ca}", USER)
        await sender.send(outgoing(MAIL))
        assert server.secured == [True]


async def test_a_wrong_password_is_mended_and_a_mailbox_that_is_not_there_is_not(
    tmp_path: Path,
) -> None:
    async with mail_server(tmp_path, auth=True) as server:
        wrong = SmtpSender(
            f"smtp://team%40shop.example:wrong@127.0.0.1:{server.port}?ca={server.ca}"
        )
        with pytest.raises(NotSent) as refused:
            await wrong.send(outgoing(MAIL))
        assert not refused.value.final
        assert "wrong@" not in refused.value.detail
    async with mail_server() as server:
        server.refuses = {MAIL}
        with pytest.raises(NotSent) as refused:
            await SmtpSender(server.url, USER).send(outgoing(MAIL))
        assert refused.value.final
        assert "No such mailbox" in refused.value.detail


@pytest.mark.parametrize(
    "url",
    [
        "mail.shop.example",
        "http://mail.shop.example",
        "smtp://",
        "smtp://mail:port",
        "smtp://mail.example/inbox",
        "smtp://mail.example?starttls=perhaps",
        "smtp://mail.example?tls=1",
        "smtp://mail.example?ca=/no/such/file",
    ],
)
def test_a_wrong_url_stops_the_start_and_says_what_is_right(url: str) -> None:
    with pytest.raises(SettingsError, match="SMTP_URL"):
        read_url(url)


def test_a_server_elsewhere_must_take_the_password_over_tls() -> None:
    assert read_url("smtp://user:secret@mail.shop.example").starttls is True
    assert read_url("smtp://mail.shop.example").starttls is None
    with pytest.raises(SettingsError, match="RECADO_MAIL_FROM"):
        SmtpSender("smtp://mail.shop.example")
