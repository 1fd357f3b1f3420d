"""Mails, contacts and rich text, as programs of twenty years save them, are read as people read
them."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

import pytest

from recado.documents.extract import extract
from recado.documents.reading import Reading
from recado.errors import Unprocessable


def mail(
    subject: str = "Presupuesto nº 7", body: str = "El total es 1.234,50 €.\n"
) -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = subject
    made["From"] = "Ana Núñez <ana@example.com>"
    made["Date"] = "Tue, 01 Sep 2026 10:00:00 +0200"
    made.set_content(body, cte="quoted-printable")
    return made


def read(made: EmailMessage | bytes, name: str = "a.eml") -> Reading:
    data = made if isinstance(made, bytes) else made.as_bytes(policy=SMTP)
    return extract(name, data)


def texts(reading: Reading) -> str:
    return "\n".join(section.text for section in reading.sections)


def test_a_mail_tells_who_wrote_when_about_what() -> None:
    reading = read(mail())
    first, second = reading.sections
    assert first.path == ("Presupuesto nº 7",)
    assert first.text == (
        "From: Ana Núñez <ana@example.com>\nDate: Tue, 01 Sep 2026 10:00:00 +0200"
    )
    assert second.path == ("Presupuesto nº 7",)
    assert second.text == "El total es 1.234,50 €."


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16"])
def test_the_text_is_read_in_its_encoding(charset: str) -> None:
    made = mail()
    made.set_content("Mañana, ¿sí? São João", charset=charset)
    assert "Mañana, ¿sí? São João" in texts(read(made))


@pytest.mark.parametrize("charset", ["nonsense", "idna", "unicode_escape", "zip"])
def test_an_encoding_that_is_none_costs_nothing(charset: str) -> None:
    head = f"From: a@example.com\r\nContent-Type: text/plain; charset={charset}\r\n\r\n"
    assert "Mañana a las 9" in texts(read(head.encode() + "Mañana a las 9".encode()))


def test_headers_without_any_encoding_are_read_as_well() -> None:
    data = "From: Núñez\nSubject: Año\n\nHola\n".encode()
    assert read(data).sections[0].path == ("Año",)
    assert read("From: Núñez\nSubject: Año\n\nHola\n".encode("latin-1")).sections[0].path == (
        "Año",
    )


def test_a_mail_that_is_only_a_page_keeps_its_table() -> None:
    made = mail()
    rows = "<tr><th>Pan</th><th>Precio</th></tr><tr><td>Baguette</td><td>1,20 €</td></tr>"
    made.set_content(f"<table>{rows}</table>", subtype="html")
    assert "Pan: Baguette · Precio: 1,20 €" in texts(read(made))


def test_what_is_attached_is_named_and_not_followed() -> None:
    made = mail()
    made.add_attachment(b"%PDF-1.4 secreto", maintype="application", subtype="pdf",
                        filename="../../factura ñ.pdf")  # fmt: skip
    made.add_attachment(mail("Otro asunto", "Palabras del otro correo"))
    reading = read(made)
    assert "Attached: factura ñ.pdf, Otro asunto" in reading.sections[0].text
    assert "secreto" not in texts(reading)
    assert "Palabras" not in texts(reading)
    assert reading.counts["attachment"] == 2


def test_what_is_no_mail_or_a_trap_is_refused() -> None:
    with pytest.raises(Unprocessable, match="no mail"):
        read(b"Hola, esto no es un correo.")
    nested = b"From: a@example.com\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (at, at) for at in range(5000)
    )
    with pytest.raises(Unprocessable, match="more than 200 parts"):
        read(nested)
    long = read(b"From: a\nSubject: " + b"(" * 500_000 + b"\n\nHola")
    assert texts(long).endswith("Hola")


CARDS = """BEGIN:VCARD
VERSION:3.0
N:García;Ana;;;
FN:Ana García
ORG:Talleres García\\, S.L.;Ventas
item1.TEL;type=CELL;waid=34600111222:+34 600 111
  222
TEL;TYPE="work,voice":+34 911 222 333
EMAIL;TYPE=INTERNET:ana@example.com
NOTE:Llamar\\npor la mañana
PHOTO;ENCODING=b:AAAA
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:N=C3=BA=C3=B1ez;Jo=
=C3=A3o;;;
TEL;CELL:+55 11 91234 5678
END:VCARD
"""


def test_contacts_are_people_with_their_phones_and_mails() -> None:
    reading = read(CARDS.encode(), "a.vcf")
    assert [section.path for section in reading.sections] == [("Ana García",), ("João Núñez",)]
    assert reading.sections[0].text == (
        "- Company: Talleres García, S.L. Ventas\n- Phone (cell): +34 600 111 222\n"
        "- Phone (work): +34 911 222 333\n- Mail: ana@example.com\n- Note: Llamar por la mañana"
    )
    assert reading.sections[1].text == "- Phone (cell): +55 11 91234 5678"
    assert reading.counts == {"contact": 2}
    with pytest.raises(Unprocessable, match="no contacts"):
        read(b"BEGIN:VCARD\nEND:VCARD", "a.vcf")


RTF = rb"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Oculto}}
\pard La ma\'f1ana cuesta \u8364?45.\par
\trowd\cellx3000\cellx6000 Producto\cell Precio\cell\row
\trowd\cellx3000\cellx6000 Casco\cell 45 \'80\cell\row
}"""


def test_rich_text_is_its_words_and_tables() -> None:
    reading = read(RTF, "a.rtf")
    assert "La mañana cuesta €45." in texts(reading)
    assert "- Producto: Casco · Precio: 45 €" in texts(reading)
    assert "Oculto" not in texts(reading)
    with pytest.raises(Unprocessable, match=r"no \.rtf"):
        read(b"Hola", "a.rtf")


def test_old_mail_files_are_told_what_to_do() -> None:
    with pytest.raises(Exception, match=r"save the mail as \.eml"):
        extract("a.msg", b"x")
