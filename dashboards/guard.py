"""Who may reach the dashboard, and what a browser may do with what it is sent."""

from __future__ import annotations

import getpass
import ipaddress
import json
from collections.abc import Mapping, MutableMapping, Sequence
from fnmatch import fnmatchcase
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.errors import StreamlitSecretNotFoundError

from pipelines.config import setting

_REMEDY: Final = (
    "Start it on 127.0.0.1 (the default; from the repository root, so that .streamlit/config.toml "
    "is read), or configure sign-in: an [auth] section in .streamlit/secrets.toml with "
    "redirect_uri, cookie_secret, client_id, client_secret and server_metadata_url."
)

#: What stands where somebody may look only.
LOOKING_ONLY: Final = "You may look. Who may change things is named in DASHBOARD_WRITERS."


def is_loopback(address: str | None) -> bool:
    """Whether a listening address can be reached from this machine only; none means all."""
    if not address:
        return False
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def sign_in_settings() -> Mapping[str, Any]:
    """The [auth] section of the secrets, empty where there is none."""
    try:
        return dict(st.secrets.get("auth", {}))
    except (StreamlitSecretNotFoundError, FileNotFoundError):
        return {}


def sign_in_is_configured(auth: Mapping[str, Any]) -> bool:
    """Whether [auth] holds what Streamlit needs to sign anybody in (OpenID Connect).

    `auth` is that section, with one provider's settings in it or in a section of its own.
    """
    if not (auth.get("redirect_uri") and auth.get("cookie_secret")):
        return False
    providers = [auth, *(value for value in auth.values() if isinstance(value, Mapping))]
    needed = ("client_id", "client_secret", "server_metadata_url")
    return any(all(provider.get(name) for name in needed) for provider in providers)


def sign_in_providers(auth: Mapping[str, Any]) -> list[str | None]:
    """Names to call `st.login` with: None for the settings of [auth] itself, else its sections."""
    if auth.get("client_id"):
        return [None]
    return [name for name, value in auth.items() if isinstance(value, Mapping)]


def viewer() -> str:
    """Who looks: as signed in, else as this machine knows the user of the server."""
    if sign_in_settings() and st.user.is_logged_in:
        return str(st.user.get("email") or st.user.get("name") or st.user.get("sub") or "signed in")
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "this machine"


def signed_in(scope: Scope) -> str | None:
    """Who is signed in, by the cookie that Streamlit set for this host; None for nobody.

    Streamlit reads it for its websocket alone, so its own readers of the cookie are called here.
    """
    if not sign_in_is_configured(sign_in_settings()):
        return None
    from streamlit.web.server.starlette import starlette_websocket as of_streamlit
    from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

    headers = Headers(scope=scope)
    cookies = cookie_parser(headers.get("cookie", ""))
    try:
        signed = of_streamlit._get_signed_cookie_with_chunks(cookies, USER_COOKIE_NAME)
        said = json.loads(signed) if signed else {}
        is_here = urlsplit(str(said.get("origin"))).netloc == headers.get("host")
    except (ValueError, AttributeError):
        return None
    if not is_here or said.get("is_logged_in") is not True:
        return None
    return str(said.get("email") or said.get("name") or said.get("sub") or "signed in")


def may_write() -> bool:
    """Whether who looks may change things here: seeds, the inbox, services, saved views.

    Everybody may who may look, unless DASHBOARD_WRITERS names some: addresses, or patterns such as
    `*@finance.example.com`. An address that the provider calls unverified is nobody's.
    """
    writers = (setting("DASHBOARD_WRITERS") or "").replace(",", " ").lower().split()
    if not writers:
        return True
    if sign_in_settings():  # a name is what somebody calls themselves
        is_verified = st.user.get("email_verified") is not False
        who = str(st.user.get("email") or "") if is_verified else ""
    else:
        who = viewer()
    return any(fnmatchcase(who.lower(), one) for one in writers)


def refusal(
    address: str | None,
    allowed_hosts: Sequence[str],
    auth: Mapping[str, Any],
    called: str = "",
) -> str | None:
    """Why the dashboard must not be served like this, with the remedy; None if it may.

    Args:
        address: what the server will listen on, None for every address of the machine.
        allowed_hosts: `server.allowedHosts`, the names a browser may call it by.
        auth: the [auth] section of the secrets.
        called: `browser.serverAddress`, the name that browsers' own requests come from.
    """
    signs_in = sign_in_is_configured(auth)
    if auth and not signs_in:
        return f"The [auth] section of the secrets is not complete. {_REMEDY}"
    if signs_in and find_spec("authlib") is None:
        return 'Sign-in needs the package Authlib: pip install "streamlit[auth]".'
    if is_loopback(address):
        return None
    place = f"on {address}" if address else "on every address of this machine"
    if not signs_in:
        return f"The dashboard does not start {place} without sign-in. {_REMEDY}"
    hosts_are_local = allowed_hosts and all(is_loopback(host) for host in allowed_hosts)
    if hosts_are_local or is_loopback(called):
        return (
            f"The dashboard is to listen {place}, but browsers may call it by local names only. "
            "Set STREAMLIT_SERVER_ALLOWED_HOSTS and STREAMLIT_BROWSER_SERVER_ADDRESS to the name "
            "that people will type."
        )
    return None


def refusal_of_this_server() -> str | None:
    """`refusal` for the configuration that this process was started with."""
    return refusal(
        st.get_option("server.address"),
        st.get_option("server.allowedHosts") or (),
        sign_in_settings(),
        st.get_option("browser.serverAddress") or "",
    )


def content_security_policy() -> str:
    """What a page may load and call: this server, nothing else on any network."""
    return "; ".join(
        [
            "default-src 'self'",
            # Streamlit starts by an inline script, styles elements as they come and compiles
            # chart expressions; wherever code comes from, it can reach this server only
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "frame-ancestors 'self'",
        ]
    )


#: Doors with guards of their own (keys, a check of names), and the one that only says "ok".
_OTHER_DOORS: Final = ("/api", "/mcp", "/livez", "/_stcore/health")
_LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")


def refusal_of_request(scope: Scope, auth: Mapping[str, Any], allowed: Sequence[str]) -> str | None:
    """Why a request for the dashboard is turned away, whoever started the server and how.

    Args:
        scope: of an HTTP request or a websocket.
        auth: the [auth] section of the secrets.
        allowed: `server.allowedHosts`; without any, this machine's own names.

    Without sign-in, only this machine is answered, by its own names, and a page that was opened
    under another address or port opens no websocket.
    """
    path = scope.get("path", "")
    if any(path == door or path.startswith(f"{door}/") for door in _OTHER_DOORS):
        return None
    headers = {name.lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}
    host = headers.get(b"host", "")
    signs_in = sign_in_is_configured(auth)
    if not _is_named(host, allowed or (() if signs_in else _LOCAL_NAMES)):
        return "This server is not called by this name; see server.allowedHosts."
    if signs_in:
        return None
    server = scope.get("server")
    if server and server[1] is not None and not is_loopback(server[0]):
        return f"The dashboard is not shown on {server[0]} without sign-in. {_REMEDY}"
    origin = headers.get(b"origin")
    if scope["type"] == "websocket" and origin and urlsplit(origin).netloc != host:
        return "A page of another address may not read the dashboard."
    return None


def _is_named(host: str, allowed: Sequence[str]) -> bool:
    """Whether the Host header is one of the names; `*` and `*.example.com` as Streamlit has it."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return False
    patterns = [pattern.strip().lower().rstrip(".") for pattern in allowed]
    return not patterns or any(
        pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:]))
        for pattern in patterns
    )


class OnlyWhereAllowed:
    """ASGI middleware: looks at the socket and the names of each request, not at settings alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or turn it away."""
        reason = None
        if scope["type"] in ("http", "websocket"):
            allowed = st.get_option("server.allowedHosts") or ()
            reason = refusal_of_request(scope, sign_in_settings(), allowed)
        if reason is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": reason[:100]})
        else:
            await PlainTextResponse(reason, status_code=403)(scope, receive, send)


class SecurityHeaders:
    """ASGI middleware: every HTTP answer carries the content security policy and its companions."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [
            (b"content-security-policy", content_security_policy().encode()),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers where the answer starts."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = _with_headers(message, self._headers)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def _with_headers(
    message: Message, added: Sequence[tuple[bytes, bytes]]
) -> MutableMapping[str, Any]:
    names = {name for name, _ in added}
    kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in names]
    return {**message, "headers": [*kept, *added]}
