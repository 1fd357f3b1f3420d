"""Whose secret signs for which line: a webhook's items are taken in for those lines only whose own
secret signed its body.

A line without a secret of its own is signed for by the settings' (lines may share the vendor's
app). What names no line (a report about an account, something that nobody can read) is signed for
by the lines that it is about, else by any that is switched on. A line that is switched off still
takes in what its own secret signed, and its secret counts for nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from recado.channels.messages import InboundEvent, InboundItem, Unparsable
from recado.channels.port import Line


class Signers:
    """Of one channel, whose webhooks the credential `credential` verifies; made anew when its
    lines change. `described` are the settings' own lines, with an address or (`adopter`) for every
    address that the vendor signs for. `marks_of` gives the marks by which a secret is known again,
    the newest first."""

    def __init__(
        self,
        credential: str,
        lines: Sequence[Line],
        described: Mapping[str, Line],
        adopter: Line | None = None,
        *,
        marks_of: Callable[[str], Sequence[str]],
    ) -> None:
        self._marks_of = marks_of
        known = {line.address for line in lines}
        self._lines = [*lines, *(it for at, it in described.items() if at not in known)]
        self._adopter = _secret(adopter, credential)
        switched_on = {line.address for line in self._lines if line.enabled}
        shared = {_secret(it, credential) for at, it in described.items() if at in switched_on}
        shared = {secret for secret in (*shared, self._adopter) if secret}
        self._of: dict[str, Collection[str]] = {}
        for line in self._lines:
            own = _secret(line, credential)
            self._of[line.address] = {own} if own else shared
        of_all = [secret for at in self._of for secret in self._of[at]]
        of_open = [secret for at in switched_on for secret in self._of[at]]
        self._anything = frozenset((*of_open, *shared))
        #: All that may have signed a body.
        self.secrets: Sequence[str] = list(dict.fromkeys((*of_all, *shared)))

    def kin_of(self, address: str) -> list[str]:
        """The addresses of the lines for which a secret signs that signs for this one."""
        own = set(self._of.get(address, ()))
        return [at for at, secrets in self._of.items() if at == address or own & set(secrets)]

    def sign_for(self, address: str, marks: Collection[str]) -> bool:
        """Is one of those whose `marks` these are among the line's own signers?"""
        return any(
            mark in marks for secret in self._of.get(address, ()) for mark in self._marks_of(secret)
        )

    def sort_out(
        self, items: Sequence[InboundItem], signed_by: Collection[str]
    ) -> tuple[list[InboundItem], list[InboundItem]]:
        """The items that these secrets signed for, and those that they did not."""
        taken: list[InboundItem] = []
        refused: list[InboundItem] = []
        for item in items:
            signers = self._of.get(item.line_address)
            found: InboundItem | None = item
            if signers is None:
                found = self._without_line(item, signed_by)
            elif not any(secret in signers for secret in signed_by):
                found = None
            if found is None:
                refused.append(item)
            else:
                taken.append(found)
        return taken, refused

    def _without_line(self, item: InboundItem, signed_by: Collection[str]) -> InboundItem | None:
        """`item`, which names no line that is known, as far as it is signed; None: it is not."""
        if isinstance(item, InboundEvent):
            return self._report(item, signed_by)
        signers: Collection[str] = self._anything
        if self._adopter and item.line_address and not isinstance(item, Unparsable):
            signers = {self._adopter}  # the address becomes a line with the settings' credentials
        if not any(secret in signers for secret in signed_by):
            return None
        if isinstance(item, Unparsable):
            return item
        # Until it is taken in (a dead letter is replayed) the address may be a line that others
        # sign for.
        marks = tuple(self._marks_of(secret)[0] for secret in signed_by)
        return msgspec.structs.replace(item, signed_by=marks)

    def _report(self, item: InboundEvent, signed_by: Collection[str]) -> InboundEvent | None:
        concerned = [line.address for line in concerned_by(self._lines, item)]
        own = [at for at in concerned if any(it in self._of[at] for it in signed_by)]
        if own:
            few = len(own) < len(concerned)
            return msgspec.structs.replace(item, signed_for=tuple(own)) if few else item
        if concerned or not any(secret in self._anything for secret in signed_by):
            return None
        # It is about no line, and so about none that is added before it is taken in.
        return msgspec.structs.replace(item, signed_for=())


def concerned_by(lines: Sequence[Line], item: InboundEvent) -> list[Line]:
    """The line at the event's address; or the lines of the account, which those are that say so,
    else those of the channel that do not say whose they are. Of these, whose secret signed it."""
    of_channel = [line for line in lines if line.channel == item.channel]
    if item.signed_for is not None:
        of_channel = [line for line in of_channel if line.address in item.signed_for]
    at_address = [line for line in of_channel if line.address == item.line_address]
    if at_address:
        return at_address
    accounts = [(line, line.credentials.get("business_account_id", "")) for line in of_channel]
    said = [line for line, account_id in accounts if account_id == item.line_address]
    return said or [line for line, account_id in accounts if not account_id]


def _secret(line: Line | None, credential: str) -> str:
    return line.credentials.get(credential, "") if line is not None else ""
