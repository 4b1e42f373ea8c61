"""A Promela model of all machines of a spec, for SPIN. Knows tables; does not search them itself.

Every verdict of `wirechart verify` is a claim of the same name, so that SPIN answers the same:

    spin -a model.pml && cc -O2 -o pan pan.c && ./pan -a -N deadlock_main
"""

from typing import TYPE_CHECKING

from wirechart.targets.promela_claims import claims, observing
from wirechart.targets.promela_names import Names, Parted
from wirechart.targets.promela_partition import network
from wirechart.targets.promela_sides import answerer, asker, line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wirechart.model import Spec

HEAD = """\
/* What has become of a machine. */
#define RUNNING 0
#define ACCEPTED 1  /* an asker ended by what it asked */
#define HANDLED 1   /* an answerer ended by what it handled */
#define REFUSED 2   /* an answerer ended by what it refused */
#define FAILED 3    /* a fault ended it */
#define DOUBT 4     /* an asker ended without an answer to what it asked */
#define LEFT 5      /* an asker closed the connection */

/* What lies between two machines, and whether their connection is broken. */
#define EMPTY 0
#define REQUEST 1
#define REPLY 2
#define WHOLE 0
#define LOST 1
#define CUT 2       /* behind a part of a request */
#define PARTED 3    /* nobody is told */

/* What happens to a message in a step. */
#define NOTHING 0
#define SENT 1
#define TAKEN 2
#define HEARD 3
#define DENIED 4

typedef Connection {
  short asker;         /* its state; 0: the connection is not open */
  short asked;         /* the message whose reply it waits for; 0: none */
  byte asker_over;
  short answerer;
  byte answerer_over;
  bool lingers;        /* it has ended, and may still answer */
  byte line;
  short carried;       /* the message or the reply on the line */
  byte broken;
  bool untaken;        /* parted: what is asked has not been taken */
  bool partly          /* parted: a part of a request may have arrived */
}
"""
WORDS = """\
/* What is said of connection i, of the states s of its machines, of messages m and replies r. */
#define may_ask(s)      (c[i].asker == s && !c[i].asker_over && !c[i].asked \\
                         && c[i].line == EMPTY && !c[i].broken)
#define replied(s, m)   (c[i].asker == s && !c[i].asker_over && c[i].asked == m \\
                         && c[i].line == REPLY)
#define requested(s, m) (c[i].answerer == s && !c[i].answerer_over \\
                         && c[i].line == REQUEST && c[i].carried == m)
#define in_vain(late)   ((c[i].answerer_over == HANDLED || c[i].answerer_over == REFUSED) \\
                         && !(c[i].lingers && late))
#define request(m)      c[i].line = REQUEST; c[i].carried = m
#define reply(r)        c[i].line = REPLY; c[i].carried = r
#define nothing_on_line c[i].line = EMPTY; c[i].carried = 0
"""
SETTLE = """\
/* Forget what can make no difference any more. */
inline settle(i) {
  if
  :: c[i].asker_over && c[i].line == REPLY -> c[i].line = EMPTY; c[i].carried = 0
  :: else
  fi;
  if
  :: c[i].asker_over -> c[i].asked = 0; c[i].lingers = false
  :: else
  fi;
  if
  :: c[i].asker_over && (c[i].broken == LOST || c[i].answerer_over) -> c[i].broken = WHOLE
  :: !c[i].asker_over && c[i].answerer_over && c[i].broken == CUT -> c[i].broken = LOST
  :: else
  fi;
  if
  :: c[i].broken || (c[i].asker_over && c[i].answerer_over) -> c[i].line = EMPTY; c[i].carried = 0
  :: else
  fi;
  if
  :: !c[i].asked -> c[i].untaken = false
  :: else
  fi;
  if
  :: c[i].answerer_over -> c[i].partly = false
  :: else
  fi
}
/* Nothing arrives any more on a connection. */
inline part(i) {
  if
  :: c[i].asker && !(c[i].asker_over && c[i].answerer_over) && c[i].broken != PARTED ->
     c[i].untaken = c[i].asked && (c[i].line == REQUEST || c[i].broken == CUT);
     c[i].partly = c[i].line == REQUEST || c[i].broken == CUT;
     c[i].broken = PARTED
  :: else
  fi
}
"""


def render(
    spec: "Spec", source: str, connections: int, faults: tuple[str, ...], only: str | None = None
) -> str:
    """The model, with so many connections of each further kind, and these faults.

    `only` names the one kind of connection that is in it, with the claims about nothing else.
    """
    names = Names(spec, connections, only)
    return "\n".join(_parts(names, source, faults)) + "\n"


def _parts(names: Names, source: str, faults: tuple[str, ...]) -> "Iterator[str]":
    yield f"/* Made by wirechart from {source}; do not edit. */"
    yield f"/* Faults: {', '.join(faults) or 'none'}. */"
    yield ""
    yield HEAD
    yield from names.definitions()
    yield f"Connection c[{names.count}];"
    for parted in names.kinds:
        yield f"bool unhandled_{parted.name}, unconsumed_{parted.name};"
    yield "bool begun;         /* the first connection is open */"
    yield "hidden byte what;   /* what has happened in this step, */"
    yield "hidden short about;  /* and to which message */"
    yield ""
    yield WORDS
    yield SETTLE
    yield from observing(names)
    for parted in names.kinds:
        yield from asker(names, parted, faults)
        yield from answerer(names, parted, faults)
        yield from line(names, parted, faults)
    yield from network(names, faults)
    yield from _beginning(names)
    yield from claims(names)


def _beginning(names: Names) -> "Iterator[str]":
    yield "init {"
    yield "  atomic {"
    for parted in names.kinds:
        for number in parted.numbers:
            if not parted.kind.further:
                yield f"    {_open(parted, str(number))};"
    yield "    observe(0);"
    yield "    begun = true;"
    for parted in names.kinds:
        for number in parted.numbers:
            yield f"    run process_of_{parted.asker}({number});"
            yield f"    run process_of_{parted.answerer}({number});"
            yield f"    run process_of_line_of_{parted.name}({number});"
    yield "    run process_of_network()"
    yield "  }"
    yield "}"
    yield ""


def _open(parted: Parted, number: str) -> str:
    pair = parted.kind.pair
    asker_, answerer_ = parted.asks(pair.asker.initial), parted.answers(pair.answerer.initial)
    return f"c[{number}].asker = {asker_}; c[{number}].answerer = {answerer_}"
