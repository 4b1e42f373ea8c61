"""What `verify` finds violated, as what, and the way there, as sentences."""

from pathlib import Path

from random_specs import read
from wirechart.composition.told import sentence
from wirechart.composition.verdicts import Verdict
from wirechart.composition.verify import Bounds, verify

ROOT = Path(__file__).parent.parent
FLAGSHIP = (ROOT / "spec/ch-migration.yaml").read_text()
# A source that resumes its VM when its last request got no answer.
OLD = FLAGSHIP.replace(
    "            on_unanswered: {to: InDoubt}  # the destination may run the VM, or have aborted\n",
    "",
)
BOTH = "source has ended in Resumed, and destination has ended in Completed"
NO_FAULTS = Bounds(faults=())
PARTED = "the network is partitioned, and nobody is told"
LONELY = Bounds(faults=("partition",))


def verdicts(text: str, bounds: Bounds = NO_FAULTS) -> tuple[Verdict, ...]:
    return tuple(verify(read(text), bounds))


def violations(text: str, bounds: Bounds = NO_FAULTS) -> list[tuple[str, str, list[str]]]:
    """What is violated, as what, and the way there."""
    return [
        (
            verdict.check,
            verdict.witness.what,
            [sentence(part.graph, step) for part, step in verdict.witness.trace],
        )
        for verdict in verdicts(text, bounds)
        if verdict.witness is not None
    ]
