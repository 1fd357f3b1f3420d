"""Against requests that another site makes in the user's name (CSRF).

Every unsafe request must carry the session's token (header `X-CSRF-Token`, or the form field
`csrf_token`), and must not say that it comes from elsewhere. Browsers tell by `Sec-Fetch-Site`
(https://www.w3.org/TR/fetch-metadata/) and, all of them, by `Origin`.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import urlsplit

from recado.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"
FIELD = "csrf_token"


def check_origin(headers: Mapping[str, str], public_url: str = "") -> None:
    """Raises Forbidden when the browser says that another site asks.

    `headers` has lower-case names. `public_url` is where a proxy serves Recado, if there is one.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site != "same-origin":
        raise Forbidden("This request comes from another site, and was refused.")
    origin = headers.get("origin")
    if origin is None:
        return  # not a browser; the token decides
    own = {headers.get("host", "").lower()}
    if public_url:
        own.add(urlsplit(public_url).netloc.lower())
    if urlsplit(origin).netloc.lower() not in own - {""}:
        raise Forbidden(
            "This request comes from another address than this page, and was refused. Behind a"
            " proxy, set RECADO_PUBLIC_URL to the address that people use."
        )


def check_token(expected: str, given: str) -> None:
    """Raises Forbidden when the request lacks the session's token."""
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise Forbidden("This page was open for too long. Go back, reload it, and try again.")
