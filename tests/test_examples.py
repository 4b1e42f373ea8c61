"""The programs in examples/ run as their docstrings say."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
REPLAY = ROOT / "examples" / "replay_migration.py"


def replay(scenario: str) -> tuple[int, list[str]]:
    """Exit code and the printed lines."""
    done = subprocess.run(
        [sys.executable, REPLAY, scenario], cwd=ROOT, text=True, capture_output=True, check=False
    )
    return done.returncode, done.stdout.splitlines()


def test_a_recorded_migration_walks_to_completed() -> None:
    assert replay("tls-precopy") == (
        0,
        [
            "Start            Established → Started                        Ok",
            "Config           Started → Configured                         Ok",
            "Memory           Configured → Configured                      Ok",
            "Memory           Configured → Configured                      Ok",
            "State            Configured → StateReceived                   Ok",
            "Complete         StateReceived → Completed                    Ok",
            "tls-precopy: 2,231,080 bytes sent, replies as recorded",
        ],
    )


def test_a_sender_that_dies_in_the_contents_gets_its_error_and_the_walk_ends_in_aborted() -> None:
    assert replay("sender-dies") == (
        1,
        [
            "Start            Established → Started                        Ok",
            "Config           Started → Configured                         Ok",
            "Memory           Configured → Aborted                         Error",
            "sender-dies: 507,687 bytes sent, replies not as recorded",
        ],
    )
