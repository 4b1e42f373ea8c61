"""The matrix in each format, and as the files that a build keeps. Touches no disk."""

from typing import TYPE_CHECKING

from wirechart.compat import as_html, as_json, as_markdown, as_text
from wirechart.targets.wording import generated

if TYPE_CHECKING:
    from wirechart.compat.matrix import Matrix


def files(found: "Matrix", name: str, source: str) -> dict[str, str]:
    """The pages of a protocol; `source` is what their first lines name."""
    said = generated(source)
    return {
        f"diagrams/{name}-compat.html": as_html.render(found, _title(name), said),
        f"diagrams/{name}-compat.md": f"<!-- {said} -->\n{as_markdown.render(found, _title(name))}",
    }


def rendered(found: "Matrix", name: str, form: str) -> str:
    """One format: text, markdown, html or json."""
    match form:
        case "markdown":
            return as_markdown.render(found, _title(name))
        case "html":
            return as_html.render(found, _title(name), "made by wirechart compat")
        case "json":
            return as_json.render(found)
        case _:
            return as_text.render(found)


def _title(name: str) -> str:
    return f"{name}: who understands whom" if name else "Who understands whom"
