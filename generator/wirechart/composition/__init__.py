"""Machines put together: what their conversations can come to. Knows no files and no output.

    sides       an asking and an answering machine as tables, from a chart of any spec; or anybody
    relation    what the answerer makes of the asker's bytes, and the other way round
    moves       situations of one connection and the moves between them; the faults there are
    following   what can happen next: `asking`, `answering`, and the connection breaking
    partition   what each side does alone where nothing arrives any more
    connection  every situation of one connection, and the shortest way to each
    system      the connections of a session, encoded so that a situation of all is one number
    search      the search through their product

Two machines of one spec understand each other by name:

    asker, answerer = sides.asker(chart_of_source), sides.answerer(chart_of_machine)
    graph = connection.explore(Pair(asker, answerer, relation.same(spec.wire.accept.name)))

Machines of two specs are related by bytes. A `Relation` of three pure functions and a flag says
all of it; whatever they answer, the search stays the same:

    relation = Relation(
        arrives=lambda message: (Arrival("Config", "if its flags are 0"),),
        returns=lambda message, reply: "accepted",
        opens=True,
    )
    graph = connection.explore(Pair(asker_of_x, answerer_of_y, relation), faults=())

A `Move` whose `flaw` is `reception` took a message that its state handles in no case; one whose
`flaw` is `consumption` sent to a machine that had ended. `graph.way(number)` is the shortest way to
a situation, as moves; each has the outcome behind it, with its guards.
"""
