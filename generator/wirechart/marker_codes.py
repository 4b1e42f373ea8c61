"""What the findings about marked blocks mean: what, why, and how to mend it."""

EXPLANATIONS: dict[str, str] = {
    "INJ001": """A block that does not end.

`wirechart: begin` has no `wirechart: end` behind it, or another block begins first. What lies
between two markers is replaced, so where a block ends is never guessed. Add the missing marker.""",
    "INJ002": """The end of no block.

`wirechart: end` stands where no block has begun. Probably the line with `wirechart: begin` holds
something else, too: a marker stands alone on its line, behind nothing but what each line of the
comment begins with. Mend that line, or remove this one.""",
    "INJ003": """A marker that cannot be understood.

The form is `wirechart: begin SPEC`, and behind it any of `machine=NAME`, `view=happy`, `full` or
`errors`, `scenario=NAME`, `form=mermaid`, `dot` or `matrix`. It may stand in `<!-- … -->` on one
line. What stands before it is repeated on each line of the block, so no comment, string or list
begins or ends on its line.""",
    "INJ004": """A block of nothing that exists.

The marker names a spec, a machine, a view, a scenario or a form that is not there. A spec's path
is relative to the folder of the file, or to a folder above it, as far as the repository goes; the
nearest one counts.""",
    "INJ005": """A block with a text of its own.

Between the markers stands something else than what is drawn there: one fenced block, or one table.
It would be replaced, and be lost. Move it out of the block, or look whether a marker is missing;
`--force` replaces it.""",
}
