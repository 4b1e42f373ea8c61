"""Templates filled with finished names and lines. Knows Jinja; knows no protocol."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

    from wirechart.model import Spec


def printed(template: str, spec: "Spec", source: str, **values: object) -> str:
    """The text of `templates/TEMPLATE.j2`; every template knows source, protocol and role."""
    known = {"source": source, "protocol": spec.protocol, "role": spec.machine.role.name}
    return filled(template, **known, **values)


def filled(template: str, **values: object) -> str:
    """The text of `templates/TEMPLATE.j2` with these values, printed as they are."""
    return _environment().get_template(f"{template}.j2").render(**values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 -- slow

    return Environment(
        loader=PackageLoader("wirechart"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 -- Python, of checked names; HTML is escaped where it is made
    )
