"""Breaks of programs are what mypy says of a program that was written for the old package."""

from pathlib import Path

from breaking.pairing import LINK, broken, changed
from checkers import mypy
from random_specs import read
from wirechart import build

PROGRAM = """\
from typing import assert_never

import link
from link.runtime import Descriptor


class Mine(link.Defaults):
    pass


class Plain:
    def hello(self, state: link.Waiting, message: link.Hello) -> link.Ready:
        return link.Ready(slots={})


def handlers() -> link.Handlers:
    return Mine(slots=dict)


def own() -> type[link.Waiting]:
    return link.Waiting


def ending(end: link.Termination) -> bool:
    match end:
        case link.Done():
            return end.clean
        case link.Failed():
            return False
        case _:
            assert_never(end)


def made() -> link.Done:
    return link.Done(clean=True)


def shared() -> link.Share:
    return link.Share(slot=1, file=Descriptor(-1))


def busy() -> link.Reply:
    return link.Reply.Busy


def agreed() -> link.Context:
    return link.Context(window=1)
"""
CHANGES = (
    ("        Waiting:\n", "        Listening:\n"),
    ("initial: Waiting", "initial: Listening"),
    ("Done: {data: {clean: bool}", "Done: {data: {clean: bool, late: bool}"),
    ("descriptors: [file]", "descriptors: [file, other]"),
    ("replies: {Ok: 0, Error: 1, Busy: 2}", "replies: {Ok: 0, Error: 1}"),
    ("  window: u16\n", "  window: u16\n  credit: u16\n"),
    ("    Failed:\n", "    Given: {data: {cause: cause}, final: failure}\n    Failed:\n"),
    ("on_eof: {to: Failed}", "on_eof: {to: Given}"),
)


def checked(text: str, folder: Path) -> list[tuple[str, int]]:
    """What mypy says of the program beside what is generated from a spec: code and line."""
    for path, made in build.outputs(read(text), "spec/link.yaml", ("generated",)).items():
        if "/tests/" not in path and not path.endswith("/chart.py"):
            place = folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(made, encoding="utf-8")
    (folder / "program").mkdir()
    (folder / "program" / "program.py").write_text(PROGRAM, encoding="utf-8")
    return [(code, line) for _, code, line in mypy(folder / "program", folder / "generated")]


def test_what_breaks_programs_is_what_mypy_says_of_one(tmp_path: Path) -> None:
    new = changed(LINK, CHANGES)
    source = [line for line in broken(LINK, new) if line.startswith("BRS")]

    assert checked(LINK, tmp_path / "old") == []
    assert source == [
        "BRS010 error context: `Context` needs `credit`",
        "BRS011 error wire.replies.Busy: `Reply.Busy` is gone",
        "BRS005 error machine.handlers.hello: the handler `hello` is called in `Listening`, too",
        "BRS007 error machine.Share: the message `Share` needs `other`",
        "BRS006 error machine.Waiting: the state `Waiting` has no class any more",
        "BRS009 error machine.Listening: the state `Listening` is new in its union",
        "BRS007 error machine.Done: the state `Done` needs `late`",
        "BRS009 error machine.Given: the state `Given` is new in its union",
    ]
    assert checked(new, tmp_path / "new") == [
        ("name-defined", 12),
        ("name-defined", 20),
        ("no-any-return", 21),
        ("attr-defined", 21),
        ("arg-type", 31),
        ("call-arg", 35),
        ("call-arg", 39),
        ("no-any-return", 43),
        ("attr-defined", 43),
        ("call-arg", 47),
    ]
