"""Recordings of several connections, replayed in the order in which their bytes once came."""

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from captures import unpacked

CAPTURES = Path(__file__).parent / "data" / "captures"

Connect = Callable[[], socket.socket]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A migration over several connections; streams by the number of their connection."""

    events: tuple[Mapping[str, Any], ...]
    clients: Mapping[int, bytes]
    servers: Mapping[int, bytes]
    roles: Mapping[int, str]

    def stream(self, role: str) -> bytes:
        """What the source sent on the one connection of a role."""
        (number,) = (number for number, found in self.roles.items() if found == role)
        return self.clients[number]


def conversation(name: str) -> Conversation:
    """The recording in the folder of this name."""
    folder = CAPTURES / name
    about = json.loads((folder / "capture.json").read_text())
    connections = {one["id"]: one for one in about["connections"]}

    def streams(side: str) -> dict[int, bytes]:
        return {
            number: unpacked(folder / one[side], one[f"{side}_sha256"])
            for number, one in connections.items()
        }

    roles = {number: one["role"] for number, one in connections.items()}
    return Conversation(tuple(about["events"]), streams("client"), streams("server"), roles)


def replay(said: Conversation, connect: Connect, roles: frozenset[str]) -> Mapping[int, bytes]:
    """Send what the source sent on the connections of these roles, each byte once all bytes before
    it are answered as they were; the replies on each connection."""
    opened: dict[int, socket.socket] = {}
    sent: dict[int, int] = {}
    replies: dict[int, bytes] = {}
    try:
        for event in said.events:
            number, count = event["connection"], event.get("bytes", 0)
            if said.roles.get(number) not in roles:
                continue
            if event["from"] == "client" and number not in opened:
                opened[number] = connect()
                sent[number], replies[number] = 0, b""
            if event["from"] == "client" and count:
                at = sent[number]
                opened[number].sendall(said.clients[number][at : at + count])
                sent[number] = at + count
            elif event["from"] == "client":
                opened[number].shutdown(socket.SHUT_WR)
            elif event["from"] == "server" and count:
                replies[number] += exactly(opened[number], count)
    finally:
        for connection in opened.values():
            connection.close()
    return replies


def exactly(connection: socket.socket, count: int) -> bytes:
    """So many bytes; fewer only where the stream ends."""
    parts = b""
    while len(parts) < count and (part := connection.recv(count - len(parts))):
        parts += part
    return parts
