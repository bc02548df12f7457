"""Services on the Data page: which there are, a live check, add, remove, load now.

The list is made only once it is opened: it needs the loading half of the project. No secret is
drawn: fields of secrets are emptied when they are sent, and vendors' answers come without keys.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import streamlit as st

from dashboards import guard
from dashboards.components import lists, tables
from pipelines.errors import ProjectError

if TYPE_CHECKING:
    from pipelines.credentials.services import Service

_SAID: Final = "services_said"
#: What a load that ended with a code did.
_ENDED: Final = {
    0: "loaded; run dbt build to see it",
    1: "failed in part; the next run heals, its output says more",
    2: "nothing loaded: its settings are wrong",
    3: "not started: another run is going on",
}


def show() -> None:
    """The services, once a viewer asks for them."""
    if not st.toggle("Services: keys, live check, load now", key="show_services"):
        return
    with st.container(border=True):
        from pipelines.credentials import services

        found = services.services()
        tables.show(_table(found), lists.SERVICES)
        if not guard.may_write():
            st.caption(guard.LOOKING_ONLY)
            return
        names = [one.name for one in found if one.kind]
        chosen = st.selectbox("Service", names, key="service")
        if chosen:
            _actions(next(one for one in found if one.name == chosen))
        _adding()
        for line in st.session_state.get(_SAID, ()):
            st.text(line)


def _table(found: list[Service]) -> pa.Table:
    running = _loads()
    rows = [
        {
            "name": one.name,
            "kind": one.kind,
            "state": one.state,
            "settings": ", ".join(f"{name} ({place})" for name, place in one.origins.items()),
            "detail": one.detail,
            "load": _how_it_goes(running[one.name]) if one.name in running else None,
        }
        for one in found
    ]
    columns = ("name", "kind", "state", "settings", "detail", "load")
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in columns})


def _actions(service: Service) -> None:
    with st.container(horizontal=True):
        st.button("Check live", key="check_service", on_click=_tell, args=(_check, service.name))
        st.button("Load now", key="load_service", on_click=_tell, args=(_load, service.name),
                  disabled=service.state != "configured")  # fmt: skip
        if "credentials" in service.origins.values():
            with st.popover("Remove"):
                st.text("Its stored credentials are forgotten; what was loaded stays.")
                st.button("Remove", key="remove_service", on_click=_tell,
                          args=(_remove, service.name))  # fmt: skip


def _adding() -> None:
    """A form of the settings of a kind."""
    from pipelines.sources import BY_NAME

    with st.popover("Add a service"):
        kind = st.selectbox("Kind", list(BY_NAME), key="new_kind")
        if not kind:
            return
        st.caption(BY_NAME[kind].title)
        with st.form("new_service", clear_on_submit=True, border=False):
            st.text_input("Name", kind, key="new_name", max_chars=60)
            for one in BY_NAME[kind].settings:
                st.text_input(
                    one.name, key=f"new_{kind}_{one.name}", help=one.meaning,
                    type="password" if one.is_secret else "default", max_chars=10_000,
                    placeholder=one.default or "", autocomplete="off",
                )  # fmt: skip
            st.form_submit_button("Check and store", on_click=_tell, args=(_add, kind))


def _tell(act: Any, name: str) -> None:
    """Do something; what came of it is said below the list, an error with its remedy."""
    try:
        st.session_state[_SAID] = act(name)
    except ProjectError as error:
        st.session_state[_SAID] = [str(error)]


def _add(kind: str) -> list[str]:
    """Store a service whose key can read what a load needs; else leave all as it was."""
    from pipelines.credentials import services, store
    from pipelines.sources import BY_NAME

    state = st.session_state
    account = services.new_account(kind, (state.get("new_name") or "").strip() or kind)
    values = {one.name: state.get(f"new_{kind}_{one.name}") or "" for one in BY_NAME[kind].settings}
    before = {
        name: value
        for name, value in store.stored().get(account.name, {}).items()
        if name != "KIND"
    }
    services.add(account, values)
    try:
        said, works = _checked(account)
    except ProjectError as error:
        said, works = [services.without_secrets(account, f"not tested: {error}")], True
    if works:
        return [f"{account.name}: stored.", *said]
    if before:
        services.add(account, before)
    else:
        services.remove(account.name)
    return [f"{account.name} was not stored: the key cannot read what a load needs.", *said]


def _check(name: str) -> list[str]:
    from pipelines.credentials import services

    account = services.named(name)
    try:
        said, works = _checked(account)
    except ProjectError as error:
        return [services.without_secrets(account, f"{name}: {error}")]
    return [f"{name}: {'a load would work' if works else 'a load would fail'}.", *said]


def _checked(account: Any) -> tuple[list[str], bool]:
    from pipelines.credentials import services

    probes = services.check(account)
    said = [
        services.without_secrets(
            account, f"{'readable' if one.is_readable else 'not readable'}: {one.what} {one.detail}"
        )
        for one in probes
    ]
    return said or ["This kind has no live check; its settings can be used."], services.works(
        probes
    )


def _remove(name: str) -> list[str]:
    from pipelines.credentials import services

    return [services.remove(name)]


def _load(name: str) -> list[str]:
    """Start a load in a process of its own, behind the same lock as the command."""
    running = [one for one, load in _loads().items() if load.poll() is None]
    if running:
        return [f"{running[0]} is being loaded. Wait for it to end."]
    _loads()[name] = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "run", name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
        start_new_session=True,
    )
    return [f"{name} is being loaded. The list says how it goes."]


def _how_it_goes(load: subprocess.Popen[bytes]) -> str:
    code = load.poll()
    return "loading" if code is None else _ENDED.get(code, f"ended with {code}")


@st.cache_resource(show_spinner=False)
def _loads() -> dict[str, subprocess.Popen[bytes]]:
    """Loads that this server started, by service."""
    return {}
