"""The tool as a library: what the commands do, as values."""

from pathlib import Path

import pytest

import wirechart
from wirechart.build import build
from wirechart.difference.lines import Detail
from wirechart.sources import SourceError

ROOT = Path(__file__).parent.parent
FLAGSHIP = ROOT / "spec" / "ch-migration.yaml"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    place = tmp_path / "broken.yaml"
    text = FLAGSHIP.read_text().replace("Config: Configured", "Config: Confgured", 1)
    place.write_text(text.replace("Config: Configured", "Config: Configred", 1))
    return place


def test_a_good_spec_has_nothing_to_say() -> None:
    assert wirechart.load(FLAGSHIP).check() == ()


def test_a_path_may_be_text() -> None:
    assert wirechart.load(str(FLAGSHIP)) == wirechart.load(FLAGSHIP)


def test_the_spec_is_what_the_file_says() -> None:
    assert wirechart.load(FLAGSHIP).spec.protocol == "ch-migration"


def test_the_table_says_what_happens_in_every_state() -> None:
    table = wirechart.load(FLAGSHIP).table

    row = next(row for row in table if (row.state, row.event) == ("StateReceived", "Complete"))
    assert [(outcome.kind, outcome.target, outcome.reply) for outcome in row.outcomes] == [
        ("handled", "Completed", "Ok")
    ]


def test_the_chart_knows_the_states_in_their_tree() -> None:
    assert wirechart.load(FLAGSHIP).chart.nodes["Started"].path == "machine.Receiving.Started"


def test_a_build_is_what_the_command_writes() -> None:
    assert wirechart.load(FLAGSHIP).build() == build(
        FLAGSHIP.read_bytes(), "spec/ch-migration.yaml"
    )


def test_a_simulation_takes_messages() -> None:
    simulation = wirechart.load(FLAGSHIP).simulate()

    simulation.take("Start")

    assert simulation.moment.state == "Started"


def test_findings_are_values(broken: Path) -> None:
    found = wirechart.load(broken).check()

    assert [(finding.code, finding.severity) for finding in found] == [
        ("REF001", wirechart.Severity.ERROR),
        ("REF001", wirechart.Severity.ERROR),
    ]


def test_a_broken_spec_builds_nothing(broken: Path) -> None:
    assert wirechart.load(broken).build().files == {}


def test_a_broken_spec_has_no_machine_to_ask_about(broken: Path) -> None:
    protocol = wirechart.load(broken)

    with pytest.raises(wirechart.SpecError) as raised:
        _ = protocol.table

    assert raised.value.findings == protocol.check()
    assert str(raised.value) == (
        f"{broken}:112:21: error[REF001] `Confgured` is not a state (and 1 more)"
    )


def test_a_missing_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"cannot read .*missing\.yaml: No such file"):
        wirechart.load(tmp_path / "missing.yaml")


def test_everything_that_is_offered_is_there() -> None:
    assert {name for name in wirechart.__all__ if hasattr(wirechart, name)} == set(
        wirechart.__all__
    )


def test_what_is_not_offered_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^wirechart\.nothing$"):
        _ = wirechart.nothing


def test_the_version_is_the_project_s() -> None:
    assert f'version = "{wirechart.__version__}"' in (ROOT / "pyproject.toml").read_text()


def test_two_versions_can_be_compared(tmp_path: Path) -> None:
    place = tmp_path / "patient.yaml"
    place.write_text(FLAGSHIP.read_text().replace("  idle: 60 s ", "  idle: 90 s ", 1))

    compared = wirechart.compare(wirechart.load(FLAGSHIP), wirechart.load(place))

    assert [(line.sign, line.subject, line.details) for line in compared.lines] == [
        ("~", "limit idle", (Detail("", "60 s", "90 s"),))
    ]
