"""Every rule about breaks, by code. A module of rules says its own; here they are put together."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from wirechart.breaking import (
    asking,
    behaviour,
    ignoring,
    source,
    wire_connections,
    wire_frames,
    wire_messages,
)
from wirechart.breaking.registry import registered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wirechart.breaking.registry import Rule

MODULES = (wire_frames, wire_connections, wire_messages, asking, behaviour, source, ignoring)

RULES: "Mapping[str, Rule]" = MappingProxyType(registered)
