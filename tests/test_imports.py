"""Which module may import which: data flows one way, and what ships stands alone."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "generator"
PACKAGE = ROOT / "wirechart"

# A module may import its own layer and the layers before it. A folder is one entry; a new module
# or folder is entered here, at the place where it may be used.
LAYERS = (
    ("record",),
    ("diagnostics", "names", "tokens", "shape", "walk", "ownership", "sources", "__version__"),
    ("git",),
    (
        "syntax",
        "yaml_codes",
        "yaml_comments",
        "yaml_errors",
        "yaml_keys",
        "yaml_nodes",
        "yaml_text",
    ),
    ("expressions", "bounds", "markers", "marker_codes"),
    ("model", "statements"),
    ("chart", "layout"),
    ("decisions", "samples"),
    ("graph", "dataflow", "scenarios", "references", "renaming"),
    ("composition",),
    ("reader", "rules", "project", "lower", "cases"),
    ("breaking",),
    ("targets", "codes", "schema"),
    (
        "build",
        "blocks",
        "simulation",
        "mutation",
        "mutants",
        "compat",
        "mutated",
        "loading",
        "revisions",
    ),
    ("api", "files", "report", "difference"),
    ("commands", "__main__"),
)
STANDALONE = "runtime"  # copied into generated packages: the standard library and itself


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def part(dotted: str) -> str:
    """`wirechart.rules.wire` belongs to `rules`; "" is the package itself."""
    return dotted.removeprefix("wirechart").removeprefix(".").partition(".")[0]


def imported(path: Path) -> set[str]:
    """Absolute names of everything a module imports, also inside functions and TYPE_CHECKING."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            base = list(package[: len(package) - node.level + 1]) if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{name}.{alias.name}" for alias in node.names} | {name}
    return found


def own(path: Path) -> str:
    return part(".".join(path.relative_to(ROOT).with_suffix("").parts))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_its_own_layer_and_those_before_it(path: Path) -> None:
    order = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    order[STANDALONE] = len(LAYERS)

    upward = {
        name
        for name in imported(path)
        if name.startswith("wirechart.") and order[part(name)] > order[own(path)]
    }

    assert upward == set()


def entry(name: str) -> str:
    """As the table for contributors has it."""
    return "yaml_*" if name.startswith("yaml_") else name


def test_the_table_for_contributors_names_every_module_where_it_may_be_used() -> None:
    text = (ROOT.parent / "CONTRIBUTING.md").read_text()
    table = text.partition("| module | knows |")[2].partition("\n\n")[0]
    rows = [re.findall(r"`([a-z_*]+)/?`", line.split("|")[1]) for line in table.splitlines()[2:]]
    order = {name: number for number, row in enumerate(rows) for name in row}
    uses = {
        (entry(own(path)), entry(part(name)))
        for path in modules()
        for name in imported(path)
        if name.startswith("wirechart.") and own(path) != "__main__"
    }
    names = {entry(own(path)) for path in modules()} - {"__main__"}

    assert set(order) == names | {"templates"}
    assert {(user, used) for user, used in uses if order.get(used, 0) > order[user]} == set()


def test_the_runtime_imports_the_standard_library_and_itself_by_relative_names() -> None:
    foreign = {
        f"{path.name}: {name}"
        for path in (PACKAGE / STANDALONE).rglob("*.py")
        for name in imported(path)
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith(f"wirechart.{STANDALONE}")
    }
    absolute = {
        path.name
        for path in (PACKAGE / STANDALONE).rglob("*.py")
        if "import wirechart" in path.read_text() or "from wirechart" in path.read_text()
    }

    assert (foreign, absolute) == (set(), set())


def test_heavy_packages_are_imported_where_they_are_used_and_not_by_a_check() -> None:
    heavy = {"graphviz", "jinja2", "rich", "statemachine"}
    at_import = {
        f"{path.relative_to(PACKAGE)}: {alias}"
        for path in modules()
        if own(path) not in {"targets", "simulation", "mutation"}
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in (
            [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        )
        if alias.partition(".")[0] in heavy
    }

    assert at_import == set()
