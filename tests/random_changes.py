"""A random legal spec and a changed one, as texts: what a pull request may look like."""

import copy
from typing import Any, cast

from hypothesis import strategies as st

from plain_yaml import yaml
from random_specs import spec_nodes
from wirechart import build

Draw = st.DrawFn
Tree = dict[str, Any]


@st.composite
def changes(draw: Draw, most: int = 2) -> tuple[str, str]:
    """Two texts without errors, with at most so many changes between them."""
    before = cast("Tree", draw(spec_nodes(1)))
    after = copy.deepcopy(before)
    for _ in range(draw(st.integers(1, most))):
        _change(draw, after)
    old, new = text(before), text(after)
    return (old, new) if sound(new) else (old, old)


@st.composite
def additions(draw: Draw) -> tuple[str, str]:
    """Two texts without errors; the second one takes a message in a state that refused it."""
    before = cast("Tree", draw(spec_nodes(1)))
    after = copy.deepcopy(before)
    free = [
        (state, message)
        for state, around in _states(after)
        if "states" not in state
        for message in sorted(after["messages"])
        if not any(message in each.get("on", {}) for each in (state, *around))
    ]
    if free:
        state, message = draw(st.sampled_from(free))
        state.setdefault("on", {})[message] = "stay"
    return (text(before), text(after)) if sound(text(after)) else (text(before), text(before))


def text(tree: Tree) -> str:
    """The YAML of a spec."""
    return "\n".join(yaml(tree)) + "\n"


def sound(spec: str) -> bool:
    """Whether a spec can be built."""
    return not build.failed(build.check(spec).findings)


def _states(spec: Tree) -> list[tuple[Tree, tuple[Tree, ...]]]:
    """The running states, each with those around it."""
    waiting: list[tuple[Tree, tuple[Tree, ...]]] = [(spec["machine"], ())]
    found: list[tuple[Tree, tuple[Tree, ...]]] = []
    while waiting:
        node, around = waiting.pop()
        for state in node.get("states", {}).values():
            if "final" not in state:
                found.append((state, around))
                waiting.append((state, (state, *around)))
    return found


def _names(spec: Tree) -> list[str]:
    waiting = [spec["machine"]]
    found: list[str] = []
    while waiting:
        node = waiting.pop()
        for name, state in node.get("states", {}).items():
            found.append(name)
            waiting.append(state)
    return sorted(found)


def _change(draw: Draw, spec: Tree) -> None:
    states = [state for state, _ in _states(spec) if state.get("on")]
    if not states:
        return
    state = draw(st.sampled_from(states))
    message = draw(st.sampled_from(sorted(state["on"])))
    target = draw(st.sampled_from(["stay", *_names(spec)]))
    what = draw(st.sampled_from(["gone", "target", "reply", "refusal", "limit", "silent"]))
    match what:
        case "gone":
            del state["on"][message]
            if not state["on"]:
                del state["on"]
        case "target":
            state["on"][message] = {"to": target}
        case "reply":
            state["on"][message] = {"to": target, "reply": "Busy"}
        case "refusal":
            for key in ("otherwise", "on_refused"):
                if key in state:
                    state[key] = {**state[key], "reply": "Old"}
        case "limit":
            spec["limits"] = {**spec["limits"], "few": 2}
        case _:
            spec["limits"] = {**spec["limits"], "idle": "5 s"}
