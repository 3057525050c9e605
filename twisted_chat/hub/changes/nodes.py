"""The servers that are one chat."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import entries as e
from .. import nodes, returning, shared_settings
from .actors import user_of

if TYPE_CHECKING:
    from ..hub import Hub


def _node_up(hub: Hub, entry: e.NodeUp) -> None:
    nodes.up(hub, entry)


def _node_gone(hub: Hub, entry: e.NodeGone) -> None:
    nodes.gone(hub, entry.node)


def _configure(hub: Hub, entry: e.Configure) -> None:
    shared_settings.configure(hub, entry.shared)


def _change_settings(hub: Hub, entry: e.ChangeSettings) -> None:
    shared_settings.change(hub, entry.before, entry.shared)


def _check(hub: Hub, entry: e.Check) -> None:
    hub.checks.asked_by = entry.node


def _checked(hub: Hub, entry: e.Checked) -> None:
    hub.checks.compare(entry)


def _return(hub: Hub, entry: e.Return) -> None:
    returning.come_back(hub, entry)


def _regain(hub: Hub, entry: e.Regain) -> None:
    returning.regain(hub, user_of(hub, entry.who), entry)


CHANGES: dict[type[e.Entry], Callable[[Hub, Any], None]] = {
    e.NodeUp: _node_up,
    e.NodeGone: _node_gone,
    e.Check: _check,
    e.Checked: _checked,
    e.Configure: _configure,
    e.ChangeSettings: _change_settings,
    e.Return: _return,
    e.Regain: _regain,
}
