"""The security headers of every response of the desk.

Nothing comes from another host, no script or style stands in the page itself, and no other site
may frame it. `blob:` is what the page itself made: a recording, a picture about to be sent.

Source: https://www.w3.org/TR/CSP3/
"""

from __future__ import annotations

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "img-src 'self' data: blob:; "
    "media-src 'self' blob:; "
    "font-src 'self'; "
    "connect-src 'self'; "
    "manifest-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
}


def secure(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)  # a file brings a stricter policy of its own
    response.headers.setdefault("cache-control", "no-store")
    response.headers.setdefault("vary", "Cookie, HX-Request")
    return response


class SecureStaticFiles(StaticFiles):
    """Files whose address changes with their content (render.py, `static_url`)."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        versioned = scope.get("query_string", b"").startswith(b"v=")
        keep = "public, max-age=31536000, immutable" if versioned else "no-cache"
        response.headers["cache-control"] = keep
        return secure(response)
