"""Whether somebody takes conversations just now, and how they are reached: each person's own."""

from __future__ import annotations

import re
from typing import Literal, get_args

from sqlalchemy import update

from recado.calendars.week import zone_of
from recado.errors import Unprocessable
from recado.jobs import routing_job
from recado.language.detection import LANGUAGES
from recado.security.model import User
from recado.security.users import get_user
from recado.store import Tx, now

#: Who is online, and who is offered what, changes under this lock.
ROUTING_LOCK = "routing"
Availability = Literal["online", "away"]
AVAILABILITIES: tuple[Availability, ...] = get_args(Availability)
_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)  # E.164


def availability_of(tx: Tx, user_id: str) -> str:
    """online or away. Raises NotFound."""
    return str(get_user(tx, user_id).availability)


def set_availability(tx: Tx, user_id: str, state: str) -> bool:
    """Returns whether it was another before. Raises NotFound, Unprocessable."""
    if state not in AVAILABILITIES:
        raise Unprocessable(f"Somebody is {' or '.join(AVAILABILITIES)}, not {state!r}.")
    tx.lock(ROUTING_LOCK)  # what is being offered to them is seen by the job below
    if get_user(tx, user_id).availability == state:
        return False
    values = {"availability": state, "availability_at": now()}
    tx.execute(update(User).where(User.id == user_id).values(**values))
    # Whoever comes is given what waits, whoever goes gives back what they have not taken.
    tx.publish(routing_job("room" if state == "online" else "away", user_id, now()))
    return True


def change_reach(tx: Tx, user_id: str, *, phone: str, language: str, time_zone: str) -> None:
    """How somebody is told of things: the phone for SMS (+ and digits), language and time zone;
    "" is none. Raises NotFound, BadRequest, Unprocessable."""
    get_user(tx, user_id)
    number = re.sub(r"[\s().-]", "", phone)
    if number and not _PHONE.fullmatch(number):
        raise Unprocessable("A phone is written with its country, like +57 300 123 4567.")
    if language and language not in LANGUAGES:
        raise Unprocessable(f"The languages are {', '.join(LANGUAGES)}.")
    if time_zone:
        zone_of(time_zone)
    values = {"phone": number, "language": language, "time_zone": time_zone}
    tx.execute(update(User).where(User.id == user_id).values(**values))
