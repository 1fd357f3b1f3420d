"""Of a webhook with thousands of people, each message is its writer's, found in one look."""

from __future__ import annotations

from typing import Any

from recado.channels.messages import InboundMessage
from recado.channels.whatsapp import identities
from recado.channels.whatsapp.identities import Contacts
from recado.channels.whatsapp.parse import parse
from recado.channels.whatsapp.payload import Contact
from tests.support.payloads import contact_of, text_message, webhook


class Counted(Contacts):
    """Counts how often it is looked through."""

    times = 0

    def __iter__(self) -> Any:
        self.times += 1
        return super().__iter__()


def test_each_message_has_its_own_contacts_name() -> None:
    said = [text_message("hola", sender=f"1650{n:07}", id=f"wamid.{n}") for n in range(3000)]
    contacts = [contact_of(message, name=f"Person {n}") for n, message in enumerate(said)]
    items = parse(webhook(said, contacts=contacts))
    names = [item.sender.name for item in items if isinstance(item, InboundMessage)]
    assert names == [f"Person {n}" for n in range(3000)]


def test_they_are_looked_through_once_for_all() -> None:
    contacts = Counted(Contact(wa_id=f"1650{n:07}") for n in range(100))
    found = [contacts.first_of(None, f"1650{n:07}") for n in range(100)]
    assert [it.wa_id for it in found if it] == [f"1650{n:07}" for n in range(100)]
    assert contacts.times == 1


def test_the_first_that_fits_is_taken_as_from_any_list() -> None:
    people = [Contact(user_id="US.1"), Contact(wa_id="1"), Contact(wa_id="1", user_id="US.2")]
    for bsuid, number in (("US.1", "1"), ("US.2", "1"), ("US.2", None), (None, None), ("US.9", "")):
        plain = identities._told_of(people, bsuid, number, alone=False)
        assert Contacts(people).first_of(bsuid, number) == plain
