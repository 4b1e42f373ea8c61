"""The only part that knows sockets: listens, and drives the generated receiver to its end."""

from collections.abc import Callable

from ch_migration import Handlers, Receiver, Termination
from ch_migration.runtime import Observer
from ch_migration.runtime.sockets import accept, address_of, drive, listening


def receive(
    address: str, handlers: Handlers, observe: Observer, listens: Callable[[str], None]
) -> tuple[Termination | None, bool]:
    """Take one migration: how it ended, and whether every reply could be sent.

    `listens` is told the address, with the port that it really has, as soon as one may connect.

    Raises:
        ValueError: that is no address.
        OSError: nobody can listen there.
    """
    with listening(address) as listener:
        listens(address_of(listener))
        connection = accept(listener)
    receiver = Receiver(handlers, observe=observe)
    delivered = drive(connection, receiver)
    return receiver.termination, delivered
