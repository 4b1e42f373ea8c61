"""A small protocol with both of its machines, and changes of it that go wrong in one way each."""

DOOR = """\
wirechart: 1
protocol: door
limits: {idle: 10 s, linger: 1 s}
wire:
  byte_order: big
  roles: {client: guest, server: porter}
  request: {code: u8}
  reply: {status: u8}
  select: code
  status: status
  replies: {Yes: 0, No: 1}
  accept: Yes
  refuse: No
messages:
  Knock: {code: 1, payload: none}
  Enter: {code: 2, payload: none}
  Wave: {code: 3, payload: none, reply: none}
machine:
  role: porter
  initial: Shut
  states:
    Shut:
      on: {Knock: Ajar, Wave: stay}
      otherwise: {reply: No, to: Locked}
      on_eof: {to: Locked}
      on_idle: {after: limits.idle, to: Locked}
    Ajar:
      on: {Enter: Inside}
      otherwise: {reply: No, to: Locked}
      on_eof: {to: Locked}
      on_idle: {after: limits.idle, to: Locked}
    Inside: {final: success}
    Locked:
      data: {cause: cause}
      final: failure
      linger: {for: limits.linger, answer: {Knock: Yes}}
machines:
  guest:
    role: guest
    initial: Outside
    states:
      Outside:
        on: {Knock: Waiting}
        otherwise: {to: Lost}
        on_eof: {to: Lost}
        on_idle: {after: limits.idle, to: Lost}
      Waiting:
        on: {Enter: Home}
        otherwise: {to: Lost}
        on_eof: {to: Lost}
        on_idle: {after: limits.idle, to: Lost}
      Home: {final: success}
      Lost: {data: {cause: cause}, final: failure}
"""


def door(*changes: tuple[str, str]) -> str:
    """The protocol with some of its text replaced."""
    text = DOOR
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


UNHANDLED = door(("on: {Enter: Home}", "on: {Knock: stay, Enter: Home}"))
UNCONSUMED = door(("on: {Enter: Home}", "on: {Enter: stay}"))
# The porter does not answer a guest that it does not know.
STUCK = door(
    ("otherwise: {reply: No, to: Locked}", "otherwise: {reply: none, to: stay}"),
    ("on: {Enter: Home}", "on: {Knock: stay, Enter: Home}"),
)
KEY = """\
resources:
  key:
    owners: {guest: [Outside, Waiting, Lost], porter: Inside}
"""
ORDER = """\
properties:
  knocked: Knock accepted precedes Enter sent
  polite: never Knock sent after Enter sent
  never_locked: always not porter.Locked
  at_home: eventually guest.Home
"""
