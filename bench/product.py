"""(p): `verify` of the flagship's whole product, beside SPIN on the model that is exported."""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.costs import Cost
from bench.measure import Ratio, side_by_side

import wirechart
from wirechart.chart import build, called, views
from wirechart.composition.moves import FAULTS
from wirechart.composition.search import Walk, search
from wirechart.composition.system import kinds, system
from wirechart.composition.watches import property_
from wirechart.targets.promela import render

FLAGSHIP = "spec/ch-migration.yaml"
CLAIM = "completed_only_if_taken"
CONNECTIONS = 2  # of each further kind
MOST_SECONDS, MOST_MEGABYTES = 60, 2000


def walk() -> Walk:
    """Search all connections at once for a violation of one property, and find none."""
    spec = wirechart.load(FLAGSHIP).spec
    charts = {called(view): build(view) for view in views(spec)}
    whole = system(kinds(spec), CONNECTIONS)
    (said,) = (item.holds for item in spec.properties if item.name == CLAIM)
    found = search(whole, property_(charts, whole, said))
    if not found.whole or found.found is not None:
        raise AssertionError(found)
    return found


def ratios() -> list[Ratio]:
    """None where SPIN is not installed."""
    if shutil.which("spin") is None or shutil.which("cc") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        pan = _compiled(Path(folder))
        found = side_by_side(walk, lambda: _run(pan), 1, rounds=1)
    return [Ratio(f"verify: all states of the flagship, {CONNECTIONS} workers: SPIN", *found, 2)]


def _compiled(folder: Path) -> Path:
    model = render(wirechart.load(FLAGSHIP).spec, FLAGSHIP, CONNECTIONS, FAULTS)
    (folder / "model.pml").write_text(model)
    for words in (("spin", "-a", "model.pml"), ("cc", "-O2", "-w", "-o", "pan", "pan.c")):
        subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return folder / "pan"


def _run(pan: Path) -> None:
    words = (str(pan), "-a", "-N", f"property_{CLAIM}", "-m1000000", "-w24")
    done = subprocess.run(words, cwd=pan.parent, check=True, capture_output=True, text=True)
    if "errors: 0" not in done.stdout or "max search depth" in done.stdout:
        raise AssertionError(done.stdout)


def costs() -> list[Cost]:
    """In a process of its own, which holds nothing else."""
    program = (sys.executable, "-c", "from bench import product; print(*product.alone())")
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    states, seconds, megabytes = map(float, done.stdout.split())
    name = f"verify: {states:,.0f} states of the flagship"
    return [
        Cost(name, seconds, "s", MOST_SECONDS),
        Cost(f"{name}: resident at most", megabytes, "MB", MOST_MEGABYTES),
    ]


def alone() -> tuple[int, float, float]:
    """States, seconds, and the most megabytes that this process has had."""
    start = time.perf_counter()
    states = walk().states
    seconds = time.perf_counter() - start
    status = Path("/proc/self/status").read_text()
    return states, seconds, int(status.partition("VmHWM:")[2].split()[0]) / 1000
