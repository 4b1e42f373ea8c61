"""The handlers: what arrives becomes a snapshot directory. Knows no sockets.

    config.json     `vm_config` of Config, unchanged
    state.json      State, unchanged
    memory-ranges   guest memory, in the order of State's list

All of it is written and on the disk before State is answered, and in its place before Complete is:
after that the source destroys its VM. A handler that raises answers with an Error instead, and the
source keeps its VM.
"""

import os
from contextlib import closing
from math import inf
from typing import Final

from ch_migration import (
    Complete,
    Completed,
    CompletePaused,
    Config,
    Configured,
    Defaults,
    Memory,
    MemoryFd,
    MemoryFdsReceived,
    Payload,
    Receiving,
    Refusal,
    Reply,
    Started,
    State,
    StateReceived,
    worker,
)
from ch_migration.runtime import Memory as Place

from .contents import Contents, Ram, Shared, Slots, check_file, gather, has_content
from .copying import extents
from .directory import Partial
from .layout import (
    CannotStoreError,
    OpaqueStateError,
    Range,
    Slot,
    check,
    left_out,
    memory_ranges,
    slots,
    vm_config,
)
from .others import Nobody, Others, fetched
from .progress import Progress, Summary

CONFIG: Final = "config.json"
STATE: Final = "state.json"
MEMORY: Final = "memory-ranges"
IMAGE: Final = "memory-image"  # memory in the order of Config, when that is not State's
WHOLE_CONFIG: Final = "migration-config.json"  # beside a state that nobody could read
_LITTLE: Final = 16 << 20  # bytes that are copied fast enough while the guest stands still
FILES: Final = (CONFIG, STATE, MEMORY, IMAGE, WHOLE_CONFIG)


class Store(Defaults):
    """Stores one migration."""

    _slots: tuple[Slot, ...]  # since Config
    _contents: Contents  # since Config; it stays open for workers until `close`

    def __init__(
        self, directory: Partial, progress: Progress, *, max_memory: int, keep_source: bool = False
    ) -> None:
        """`max_memory` is in bytes; with `keep_source` Complete is refused, once all is stored."""
        super().__init__()
        self._directory = directory
        self._progress = progress
        self._max_memory = max_memory
        self._keep_source = keep_source
        self.others: Others = Nobody()
        self._configured = False  # Config came, and there is memory
        self._opaque = False  # whether nobody could read State

    def worker(self) -> tuple[worker.Handlers, Place]:
        """For a further connection with memory: its handlers, and where the contents go.

        Raises:
            CannotStoreError: it comes before Config.
        """
        if not self._configured:
            raise CannotStoreError("memory comes over another connection, and no Config came yet")
        self._progress.connects()
        return Worker(self._contents, self._progress), Shared(self._contents)

    def memory_fd(self, state: Started | MemoryFdsReceived, message: MemoryFd) -> MemoryFdsReceived:
        check_file(message.memory)
        return super().memory_fd(state, message)

    def config(self, state: Started | MemoryFdsReceived, message: Config) -> Configured:
        text = message.payload.raw
        config = vm_config(text)
        self._slots = slots(text)
        self._progress.memory = sum(slot.size for slot in self._slots)
        if self._progress.memory > self._max_memory:
            raise CannotStoreError(
                f"the VM has {self._progress.memory} bytes of memory, "
                f"more than the {self._max_memory} that are allowed"
            )
        self._directory.write(CONFIG, [config])
        file = self._directory.create(MEMORY)
        if isinstance(state, MemoryFdsReceived):
            self._contents = Slots(file, self._slots, state.memory_fds)
        else:
            self._contents = Ram(file, self._slots, self._progress)
        self._configured = True
        self._copy()
        return Configured(config=message, memory=Shared(self._contents))

    def memory(self, state: Configured, message: Memory, payload: Payload) -> Receiving[Configured]:
        self._progress.begins_round()
        yield from payload.scatter(state.memory)
        # The source measures us, and pauses its guest when it expects the rest to take a short
        # time: what we say is there should not still wait for the disk.
        self._contents.whole.sync()
        return state

    def state(self, state: Configured, message: State) -> StateReceived:
        self.others.settled()
        self._fetch()
        try:
            ranges = memory_ranges(message.payload.raw)
        except OpaqueStateError as error:
            self._store_opaque(error, state.config)
        else:
            self._store_memory(ranges)
        self._directory.write(STATE, message.payload.chunks())
        return super().state(state, message)

    def complete(self, state: StateReceived, message: Complete) -> Completed:
        self._commit()
        return super().complete(state, message)

    def complete_paused(self, state: StateReceived, message: CompletePaused) -> Completed:
        self._commit()
        return super().complete_paused(state, message)

    def close(self) -> None:
        """Close the memory, once nobody writes to it any more."""
        if self._configured:
            self._contents.close()

    def summary(self) -> Summary:
        """What was stored, in numbers."""
        progress = self._progress
        with closing(self._directory.open(IMAGE if self._opaque else MEMORY)) as file:
            content = sum(size for _, size in extents(file.fileno(), 0, progress.memory))
            memory = os.fstat(file.fileno()).st_size
        return Summary(
            directory=str(self._directory.target),
            opaque=self._opaque,
            source_kept=self._keep_source,
            memory=memory,
            holes=memory - content,
            bytes=progress.bytes,
            duplicates=max(0, progress.bytes - content),
            rounds=progress.rounds,
            requests=progress.requests,
            connections=progress.connections,
            paused=round(progress.paused, 6),
        )

    def _fetch(self) -> None:
        """Ask for all memory where the source only gives it to who asks (postcopy)."""
        if not isinstance(self._contents, Ram):
            return
        missing = bool(self._progress.memory) and not self._progress.requests
        pager = self.others.pager(expected=missing)
        if pager is not None and self._progress.requests:
            # Nobody knows which is newer; and one that only claims to have pages would delay us.
            raise CannotStoreError("memory arrives, and a connection came on which to ask for it")
        if pager is not None:
            for slot in self._slots:
                for gpa, content in fetched(pager, slot):
                    self._contents.put(gpa, content)
        elif missing:
            raise CannotStoreError(
                f"no memory arrived, and the VM has {self._progress.memory} bytes of it: "
                "no connection came on which one could ask for it either"
            )

    def _store_memory(self, ranges: tuple[Range, ...]) -> None:
        for slot in check(self._slots, ranges):
            if has_content(self._contents, slot):
                raise left_out(slot)
        if self._contents.whole.in_order(ranges):
            return self._finish()
        self._directory.rename(MEMORY, IMAGE)
        self._gather(ranges)
        return self._directory.remove(IMAGE)

    def _store_opaque(self, error: OpaqueStateError, config: Config) -> None:
        """Keep everything as it came, when nothing depends on it."""
        if not self._keep_source:
            raise CannotStoreError(f"{error.text}; it can only be kept beside its VM, as it came")
        self._opaque = True
        self._directory.write(WHOLE_CONFIG, config.payload.chunks())
        self._finish()
        self._directory.rename(MEMORY, IMAGE)

    def _copy(self) -> None:
        """Copy what the source shares while its guest still runs, until little changes meanwhile.

        Nothing says what changes while the last bytes are copied: State's copy finds it.
        """
        written, before = self._update(), inf
        while _LITTLE < written <= before / 2:
            written, before = self._update(), written

    def _finish(self) -> None:
        """The guest stands still: what has changed since is copied, and on the disk."""
        self._update()
        self._contents.whole.sync()

    def _update(self) -> int:
        written = 0
        for count in self._contents.update():
            written += count
            self._progress.bytes += count
        return written

    def _gather(self, ranges: tuple[Range, ...]) -> None:
        with closing(self._directory.create(MEMORY)) as file:
            for count in gather(self._contents, ranges, file):
                if isinstance(self._contents, Slots):  # otherwise it was counted when it came
                    self._progress.bytes += count

    def _commit(self) -> None:
        self._directory.commit()
        if self._keep_source:
            raise Refusal(Reply.Error, "the snapshot is stored, and the source keeps its VM")


class Worker(worker.Defaults):
    """Takes memory on a further connection, at the same time as others."""

    def __init__(self, contents: Contents, progress: Progress) -> None:
        self._contents = contents
        self._progress = progress

    def memory(
        self, state: worker.Filling, message: Memory, payload: Payload
    ) -> Receiving[worker.Filling]:
        self._progress.begins_request()
        yield from super().memory(state, message, payload)
        self._contents.whole.sync()
        return state
