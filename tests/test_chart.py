"""States in their tree: order, default entry, data, misspelt names."""

from pathlib import Path

import pytest

from wirechart import chart
from wirechart.chart import Chart, build
from wirechart.model import List, Map, Ref
from wirechart.reader import read
from wirechart.syntax import parse

HERE = Path(__file__).parent
LOGIN = (HERE / "specs" / "good" / "login.yaml").read_text()
DISK = (HERE / "specs" / "good" / "disk.yaml").read_text()


def built(text: str) -> Chart:
    spec, _ = read(parse(text))
    assert spec is not None
    return build(spec)


def test_states_stand_in_document_order_parents_before_children() -> None:
    assert tuple(built(LOGIN).nodes) == (
        "Session",
        "Greeting",
        "Knocking",
        "Inside",
        "Empty",
        "Filling",
        "Closed",
        "Broken",
    )


def test_a_node_knows_its_parent_and_its_path() -> None:
    node = built(LOGIN).nodes["Filling"]

    assert (node.parent, node.path) == ("Inside", "machine.Session.Inside.Filling")


def test_running_states_are_leaves_that_are_not_final() -> None:
    assert chart.running(built(LOGIN)) == ("Greeting", "Knocking", "Empty", "Filling")


def test_finals_are_apart() -> None:
    assert chart.finals(built(LOGIN)) == ("Closed", "Broken")


def test_ancestors_are_innermost_first_and_begin_with_the_state() -> None:
    assert chart.ancestors(built(LOGIN), "Empty") == ("Empty", "Inside", "Session")


@pytest.mark.parametrize(
    ("name", "leaf"),
    [("Session", "Greeting"), ("Inside", "Empty"), ("Filling", "Filling"), ("Closed", "Closed")],
)
def test_entering_a_state_enters_its_initial_states_down_to_a_leaf(name: str, leaf: str) -> None:
    assert chart.entry(built(LOGIN), name) == leaf


def test_the_machine_begins_in_the_leaf_of_its_initial_state() -> None:
    assert chart.initial(built(LOGIN)) == "Greeting"


def test_a_state_holds_the_data_of_its_ancestors_first() -> None:
    text = LOGIN.replace(
        "          initial: Empty\n", "          data: {who: Login}\n          initial: Empty\n"
    )

    held = chart.data(built(text), "Filling")

    assert [item.name for item in held] == ["who", "heap"]


def test_receivable_messages_are_the_peers_by_code_without_reserved_ones() -> None:
    names = [message.name for message in chart.receivable(built(LOGIN))]

    assert names == ["Greet", "Login", "Letter", "Forget", "Quit", "Cancel"]


def test_a_message_without_a_sender_comes_from_the_client() -> None:
    login = built(LOGIN)

    senders = {name: chart.sender(login, login.messages[name]) for name in ("Greet", "Notice")}

    assert senders == {"Greet": "writer", "Notice": "postbox"}


def test_a_named_type_is_expanded_one_level() -> None:
    login = built(LOGIN)
    type_ = chart.expand(login, chart.data(login, "Filling")[0].type)

    assert isinstance(type_, List)
    assert type_.item == Ref("Letter", type_.span)


def test_a_type_that_is_written_out_stays() -> None:
    disk = built(DISK)

    assert isinstance(chart.expand(disk, chart.data(disk, "Opened")[0].type), Map)


def test_a_misspelt_target_is_taken_for_the_nearest_state() -> None:
    misspelt = built(LOGIN.replace("Forget: Empty", "Forget: Emty"))

    assert misspelt.incomplete is False
    assert chart.nearest("Emty", misspelt.nodes) == "Empty"


def test_a_target_like_no_other_makes_the_chart_incomplete() -> None:
    assert built(LOGIN.replace("Forget: Empty", "Forget: Xyz")).incomplete is True


def test_a_misspelt_initial_state_is_looked_for_among_the_states_inside() -> None:
    assert chart.entry(built(LOGIN.replace("initial: Empty", "initial: Filing")), "Inside") == (
        "Filling"
    )


def test_of_two_states_with_one_name_the_first_counts() -> None:
    twice = built(LOGIN.replace("            Filling:\n", "            Knocking:\n"))

    assert twice.nodes["Knocking"].path == "machine.Session.Knocking"


def test_a_state_inside_another_of_its_name_is_not_entered_for_ever() -> None:
    looped = built(LOGIN.replace("            Empty:\n", "            Inside:\n"))

    assert chart.entry(looped, "Inside") == "Filling"


def test_a_type_that_contains_itself_is_left_out() -> None:
    looped = built(LOGIN.replace("{list: Letter,", "{list: heap,"))

    assert looped.types == {}
