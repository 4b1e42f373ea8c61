"""The Rust file with drawn blocks, as the compiler and rustdoc take it. Needs both."""

import subprocess
from html import unescape
from pathlib import Path
from re import findall

ROOT = Path(__file__).parent.parent
FILE = ROOT / "examples/rust/destination.rs"
EDITION = ("--edition", "2021", "-D", "warnings")


def drawn(name: str) -> str:
    return (ROOT / f"diagrams/ch-migration-{name}.mmd").read_text().partition("\n")[2]


def test_the_file_compiles_and_its_example_runs(tmp_path: Path) -> None:
    subprocess.run(["rustc", *EDITION, "--crate-type", "lib", FILE], cwd=tmp_path, check=True)  # noqa: S607 -- any Rust

    tested = subprocess.run(
        ["rustdoc", *EDITION, "--test", "-L", tmp_path, FILE],  # noqa: S607 -- the same
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (tested.returncode, findall(r"(\d+) passed; (\d+) failed", tested.stdout)) == (
        0,
        [("1", "0")],
    )


def test_rustdoc_shows_the_diagrams_of_the_spec(tmp_path: Path) -> None:
    subprocess.run(["rustdoc", *EDITION, "-o", tmp_path, FILE], check=True)  # noqa: S607 -- the same

    page = (tmp_path / "destination/index.html").read_text()
    shown = findall(r'(?s)<pre class="language-mermaid"><code>(.*?)</code>', page)
    assert [f"{unescape(text)}\n" for text in shown] == [drawn("happy"), drawn("scenario-local")]
