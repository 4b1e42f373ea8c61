"""Specs of senders and receivers, read, checked and compared. Knows no format."""

from pathlib import Path
from typing import TYPE_CHECKING

from wirechart.build import check, failed
from wirechart.commands.families import families
from wirechart.commands.findings import show
from wirechart.compat.matrix import Peer, in_order, matrix, receives, sends
from wirechart.compat.page import files
from wirechart.files import Output
from wirechart.report import Report
from wirechart.sources import JobError, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wirechart.commands.families import Family
    from wirechart.compat.matrix import Matrix


def compared(family: "Family") -> "Matrix | None":
    """The matrix of a family; None: a spec has errors, and what was found is printed.

    Raises:
        JobError: a spec cannot be read, or there is nobody on one of the sides.
    """
    peers = {path: _peer(path) for path in (*family.senders, *family.receivers, *family.own)}
    sound = {path: peer for path, peer in peers.items() if peer is not None}
    if len(sound) < len(peers):
        return None
    own = [sound[path] for path in family.own]
    senders = _side(family, "sender", (sound[path] for path in family.senders), own)
    receivers = _side(family, "receiver", (sound[path] for path in family.receivers), own)
    return matrix(senders, receivers)


def pages(root: Path, folder: str) -> tuple[Output, ...] | None:
    """The pages of every family here; None: a spec has errors, and what was found is printed."""
    made: list[Output] = []
    for family in families():
        found = compared(family)
        if found is None:
            return None
        texts = files(found, family.name, family.source)
        contents = {path: (family.source, text.encode()) for path, text in texts.items()}
        made.append(Output(root, contents, frozenset({family.source}), (folder,)))
    return tuple(made)


def _side(
    family: "Family", word: str, peers: "Iterable[Peer]", own: "Iterable[Peer]"
) -> tuple[Peer, ...]:
    describes = sends if word == "sender" else receives
    listed = tuple(peers)
    wrong = next((peer for peer in listed if not describes(peer.spec)), None)
    if wrong is not None:
        role = wrong.spec.wire.client if word == "sender" else wrong.spec.wire.server
        raise JobError(f"{wrong.label} describes no {word}: it has no machine of `{role.name}`")
    found = in_order((*listed, *(peer for peer in own if describes(peer.spec))))
    names = [peer.name for peer in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise JobError(f"two {word}s are called {twice}: give one of the files another name")
    if not found:
        raise JobError(f"no {word} of {family.name or 'these specs'}: nothing to compare")
    return found


def _peer(path: str) -> Peer | None:
    source = read(path)
    checked = check(source.content)
    if checked.findings:
        show((Report(source.path, checked.text, checked.findings),))
    if checked.spec is None or failed(checked.findings):
        return None
    return Peer(Path(path).stem, source.label, checked.spec)
