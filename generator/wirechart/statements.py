"""What a session always or never does, as a language: parse. Knows no YAML, no states.

    statement = "always" either
              | "never" either [ "after" either ]
              | "eventually" either
              | either "precedes" either
    either    = both { "or" both }
    both      = plain { "and" plain }
    plain     = "not" plain | "(" either ")" | machine "." state | machine "ended"
              | message ( "sent" | "taken" | "accepted" | "refused" ) [ "on" connection ]

Names of messages and states begin with a capital letter, those of machines and connections do not;
a word of the language can be one of them where only such a name may stand.
"""

from typing import TYPE_CHECKING, Literal, get_args

from wirechart.diagnostics import Span, did_you_mean, nearest
from wirechart.model import Ref
from wirechart.record import field, record
from wirechart.tokens import Cursor, Token, located

if TYPE_CHECKING:
    from collections.abc import Callable


FORMS = "`always A`, `never A`, `never A after B`, `eventually A` or `A precedes B`"
BEGINNINGS = ("always", "never", "eventually")
Always = Literal["always", "never", "eventually", "precedes", "after"]
Happening = Literal["sent", "taken", "accepted", "refused"]
HAPPENINGS: tuple[Happening, ...] = get_args(Happening)


@record
class InState:
    """A machine is in a state, or in one inside it."""

    machine: Ref
    state: Ref


@record
class Ended:
    """A machine has ended, or its program has closed the connection."""

    machine: Ref


@record
class Happens:
    """Something happens to a message in this step."""

    message: Ref
    what: Happening
    connection: Ref | None  # None: on any


@record
class Negation:
    """The contrary."""

    operand: "Condition"


@record
class Joined:
    """Both, or one at least."""

    operator: Literal["and", "or"]
    left: "Condition"
    right: "Condition"


Condition = InState | Ended | Happens | Negation | Joined


@record
class Statement:
    """What holds in every session.

    always      `first` at its beginning and behind every step
    never       `first` at no such moment
    after       `first` at no moment later than one at which `second` held
    eventually  `first` at some moment of every session that comes to rest
    precedes    at no moment `second`, unless `first` then or before
    """

    kind: Always
    first: Condition
    second: Condition | None  # None: the kind has one
    text: str = field(compare=False)  # as it was written


class _Parser(Cursor):
    def __init__(self, text: str, origin: Span) -> None:
        super().__init__(text, origin)
        self.text = text

    def word(self, word: str) -> bool:
        """Take a word if it is the next one."""
        if self.token.text != word:
            return False
        self.at += 1
        return True

    def found(self) -> str:
        return f"found `{self.token.text}`" if self.token.text else "the text ends"

    def statement(self) -> Statement:
        made = self.prefixed() or self.preceding()
        if self.token.kind != "end":
            raise self.error(
                self.token, f"`{self.token.text}` is one too many", "remove it, or join by `and`"
            )
        return made

    def prefixed(self) -> Statement | None:
        """What begins with its kind; None: another one."""
        text = " ".join(self.text.split())
        if self.word("always"):
            return Statement("always", self.either(), None, text)
        if self.word("eventually"):
            return Statement("eventually", self.either(), None, text)
        if not self.word("never"):
            return None
        first = self.either()
        if self.word("after"):
            return Statement("after", first, self.either(), text)
        return Statement("never", first, None, text)

    def preceding(self) -> Statement:
        self.check_beginning()
        first = self.either()
        if not self.word("precedes"):
            raise self.error(
                self.token, f"{self.found()} where `precedes` is expected", f"write {FORMS}"
            )
        return Statement("precedes", first, self.either(), " ".join(self.text.split()))

    def check_beginning(self) -> None:
        """A word that begins nothing, before what would be a condition, is meant for a kind.

        Raises:
            ExpressionError: the text begins with such a word.
        """
        word, behind = self.token, self.tokens[min(1, len(self.tokens) - 1)]
        small = word.kind == "name" and word.text[0].islower() and "." not in word.text
        if not small or word.text in ("not", "and", "or") or behind.kind == "end":
            return
        if behind.text in (*HAPPENINGS, "ended") or nearest(behind.text, (*HAPPENINGS, "ended")):
            return
        meant = nearest(word.text, BEGINNINGS)
        help_ = f"did you mean `{meant}`?" if meant else f"write {FORMS}"
        raise self.error(self.token, f"`{word.text}` begins no property", help_)

    def either(self) -> Condition:
        return self.chain("or", lambda: self.chain("and", self.plain))

    def chain(
        self, operator: 'Literal["and", "or"]', operand: "Callable[[], Condition]"
    ) -> Condition:
        left = operand()
        while self.word(operator):
            left = Joined(operator, left, operand())
        return left

    def plain(self) -> Condition:
        self.deeper("split it into two properties")
        made = self.unnested()
        self.depth -= 1
        return made

    def unnested(self) -> Condition:
        if self.word("not"):
            return Negation(self.plain())
        if self.word("("):
            inside = self.either()
            if not self.word(")"):
                raise self.error(
                    self.token, f"{self.found()} where `)` is expected", "close the parenthesis"
                )
            return inside
        if self.token.kind != "name" or self.token.text in ("and", "or"):
            help_ = "write `machine.State`, `machine ended`, or `Message sent`"
            raise self.error(self.token, f"{self.found()} where a condition is expected", help_)
        return self.atom(self.take())

    def atom(self, token: Token) -> Condition:
        machine, _, state = token.text.partition(".")
        middle = token.start + len(machine)
        if state:
            return InState(
                self.ref(machine, token.start, middle), self.ref(state, middle + 1, token.end)
            )
        name = self.ref(token.text, token.start, token.end)
        if self.word("ended"):
            return Ended(name)
        for what in HAPPENINGS:
            if self.word(what):
                return Happens(name, what, self.place())
        words = (*HAPPENINGS, "ended")
        raise self.error(
            self.token,
            f"{self.found()} behind `{token.text}`",
            did_you_mean(self.token.text, words)
            if self.token.kind == "name"
            else "say what happens: `sent`, `taken`, `accepted`, `refused`; or `machine.State`",
        )

    def place(self) -> Ref | None:
        if not self.word("on"):
            return None
        if self.token.kind != "name":
            raise self.error(
                self.token, f"{self.found()} where a connection is expected", "name a connection"
            )
        token = self.take()
        return self.ref(token.text, token.start, token.end)

    def ref(self, name: str, start: int, end: int) -> Ref:
        return Ref(name, located(self.origin, start, end))


def parse(text: str, origin: Span) -> Statement:
    """The statement of a text that begins at `origin`.

    Raises:
        ExpressionError: it is none.
    """
    return _Parser(text, origin).statement()
