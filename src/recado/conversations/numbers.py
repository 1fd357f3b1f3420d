"""Phone numbers that differ in writing and name one person.

Brazil, Argentina and Mexico have changed how mobile numbers are written, and WhatsApp ids keep the
old form or the new one, depending on when and where the account was made:

    Brazil      55 92 98172-3241    = 55 92 8172-3241        (the ninth digit of mobiles)
    Argentina   54 9 11 5874-9895   = 54 11 5874-9895 = 54 11 15 5874-9895
    Mexico      52 1 56 3969 1841   = 52 56 3969 1841

Sources: www.zoko.io/learning-article/whatsapp-id-brazil-mexico and support.whapi.cloud/help-desk/
specifics-of-sending-messages-to-numbers-of-different-countries. Brazil's landlines, whose
local numbers begin with 2 to 5, have no ninth digit: 55 11 95xxx-xxxx is not 55 11 5xxx-xxxx.
"""

from __future__ import annotations

#: Argentine area codes of three digits; 11 is the only one of two, the others have four.
#: en.wikipedia.org/wiki/Telephone_numbers_in_Argentina
_AREAS_OF_THREE = frozenset(
    str(area)
    for area in (
        *(220, 221, 223, 230, 236, 237, 249, 260, 261, 263, 264, 266, 280, 291, 294, 297, 298, 299),
        *(336, 341, 342, 343, 345, 348, 351, 353, 358, 362, 364, 370, 376, 379, 380, 381, 383),
        *(385, 387, 388),
    )
)
_FIRST_OF_MOBILE = frozenset("6789")


def canonical(phone: str) -> str:
    """One form for all variants of a number (digits in E.164 without the plus sign)."""
    if phone.startswith("55"):
        return _brazilian(phone)
    if phone.startswith("54"):
        return _argentine(phone)
    if phone.startswith("521") and len(phone) == 13:
        return "52" + phone[3:]
    return phone


def variants(phone: str) -> tuple[str, ...]:
    """Every form in which the number may be known, the given one first."""
    form = canonical(phone)
    found = [phone, form]
    if form.startswith("55") and len(form) == 13 and form[4] == "9" and form[5] in _FIRST_OF_MOBILE:
        found.append(form[:4] + form[5:])
    elif form.startswith("549") and len(form) == 13:
        national = form[3:]
        area = _area_length(national)
        found += ["54" + national, f"54{national[:area]}15{national[area:]}"]
    elif form.startswith("52") and len(form) == 12:
        found.append("521" + form[2:])
    return tuple(dict.fromkeys(found))


def _brazilian(phone: str) -> str:
    if len(phone) == 12 and phone[4] in _FIRST_OF_MOBILE:
        return f"{phone[:4]}9{phone[4:]}"
    return phone


def _argentine(phone: str) -> str:
    national = phone[3:] if phone.startswith("549") and len(phone) == 13 else phone[2:]
    if len(national) == 12:
        area = _area_length(national)
        if national[area : area + 2] == "15":
            national = national[:area] + national[area + 2 :]
    return f"549{national}" if len(national) == 10 else phone


def _area_length(national: str) -> int:
    if national.startswith("11"):
        return 2
    return 3 if national[:3] in _AREAS_OF_THREE else 4
