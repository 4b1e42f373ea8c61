"""Specs that describe peers: those of this repository, and what is made of a model."""

from pathlib import Path

import pytest

from wirechart.build import build
from wirechart.commands import run

PEERS = sorted(Path("spec").glob("ch-*ers/*.yaml"))


@pytest.mark.parametrize("path", PEERS, ids=str)
def test_a_peer_of_the_repository_has_no_findings(path: Path) -> None:
    assert build(path.read_bytes(), str(path)).diagnostics == ()


def test_all_senders_and_receivers_are_described() -> None:
    assert [path.parent.name + "/" + path.stem for path in PEERS] == [
        "ch-receivers/before-v50",
        "ch-receivers/fork",
        "ch-receivers/v50",
        "ch-receivers/v52",
        "ch-receivers/v53",
        "ch-senders/fork",
        "ch-senders/v0.12",
        "ch-senders/v18",
        "ch-senders/v21",
        "ch-senders/v39",
        "ch-senders/v41",
        "ch-senders/v43",
        "ch-senders/v50",
        "ch-senders/v52",
        "ch-senders/v53",
    ]


@pytest.mark.parametrize("path", PEERS, ids=str)
def test_a_model_is_drawn_and_no_package_is_made_of_it(path: Path) -> None:
    made = build(path.read_bytes(), str(path)).files

    assert {name.partition("/")[0] for name in made} == {"diagrams"}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("limits.piece", "limits.pice", ["REF004 `pice` is not a limit"]),
        (
            "limits.piece",
            "limits.workers",
            [
                "REF020 nothing uses the limit `piece`",
                "WIR020 `limits.workers` is a count (`128`), and a size is needed",
            ],
        ),
        (
            "piece: 64 MiB",
            "piece: 17 TiB",
            ["WIR022 `limits.piece` is 17 TiB, and `limits.contents` is 16 TiB"],
        ),
    ],
)
def test_a_limit_of_a_connection_is_of_the_same_kind_and_smaller(
    old: str, new: str, found: list[str]
) -> None:
    text = Path("spec/ch-senders/v52.yaml").read_text().replace(old, new)

    findings = build(text.encode(), "v52.yaml").diagnostics

    assert [f"{one.code} {one.message}" for one in findings] == found


def test_generate_says_that_a_model_has_no_package(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["generate", "spec/ch-senders/v52.yaml"])

    said = "wirechart: spec/ch-senders/v52.yaml is a model: no package is made of it; "
    assert (code, capsys.readouterr().err) == (2, f"{said}`render` draws it\n")


def test_mutate_says_that_nothing_tests_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["mutate", "spec/ch-receivers/v50.yaml"])

    said = "wirechart: spec/ch-receivers/v50.yaml is a model: no package is made of it, "
    assert (code, capsys.readouterr().err) == (2, f"{said}so nothing tests it\n")
