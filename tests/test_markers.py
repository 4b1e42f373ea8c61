"""Marked blocks: which lines are markers, what is wrong with them, and what filling them keeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wirechart import markers
from wirechart.markers import drawn, fill, find, lines

BEGIN = "wirechart: begin spec/link.yaml"


def blocks(text: str) -> list[tuple[str, tuple[str, ...], int, int]]:
    """Of each block the prefix, the words, and the lines between the markers."""
    return [
        (block.begin.prefix, tuple(w.text for w in block.begin.asked), block.first, block.end)
        for block in find(lines(text))[0]
    ]


def findings(text: str) -> list[str]:
    return [
        f"{f.span.line}:{f.span.column}-{f.span.end_column} {f.code} {f.message}; {f.help}"
        for f in find(lines(text))[1]
    ]


def filled(text: str, *inside: str) -> str:
    """A text with the same lines in all its blocks."""
    split = lines(text)
    return fill(split, [(block, inside) for block in find(split)[0]])


@pytest.mark.parametrize(
    ("prefix", "opening", "closing"),
    [
        ("", "<!-- ", " -->"),
        ("", "<!--", "-->"),
        ("> ", "<!-- ", " -->"),
        ("  ", "<!-- ", " -->"),
        ("//! ", "<!-- ", " -->"),
        ("    /// ", "<!-- ", " -->"),
        ("///", "", ""),
        ("// ", "", ""),
        (" * ", "", ""),
        ("# ", "", ""),
        ("    ", "", ""),
        ("\t# ", "", ""),
        (";; ", "", ""),
        ("-- ", "", ""),
    ],
)
def test_a_marker_stands_in_a_comment_of_any_language(
    prefix: str, opening: str, closing: str
) -> None:
    text = f"{prefix}{opening}{BEGIN} view=full{closing}\n{prefix}{opening}wirechart: end{closing}"

    assert blocks(text) == [(prefix, ("spec/link.yaml", "view=full"), 1, 1)]
    assert findings(text) == []


@pytest.mark.parametrize(
    "line",
    [
        f"say `{BEGIN}`",
        f"`<!-- {BEGIN} -->`",
        f"print('{BEGIN}')",
        "wirechart: 1",
        "# wirechart: allow DET001 -- it is so",
        "wirechart: statecharts for wire protocols",
        "wirechart: begin.",
        "wirechart: end, and more",
        "wirechart:begin",
    ],
)
def test_what_is_no_marker_is_left_alone(line: str) -> None:
    assert (blocks(line), findings(line)) == ([], [])


def test_a_path_with_spaces_stands_in_quotes() -> None:
    text = '# wirechart: begin "spec/my link.yaml" view=full\n# wirechart: end\n'

    assert blocks(text) == [("# ", ("spec/my link.yaml", "view=full"), 1, 1)]


@pytest.mark.parametrize(
    "example",
    [
        f"```html\n<!-- {BEGIN} -->\n```\n",
        f"~~~~\n<!-- {BEGIN} -->\n~~~\n<!-- {BEGIN} -->\n~~~~\n",
        f"/// ```text\n/// {BEGIN}\n/// ```\n",
        f"/// ```text\n/// {BEGIN}\nfn it() {{}}\n",
    ],
    ids=["Markdown", "longer fence", "Rust", "never closed in its comment"],
)
def test_an_example_in_a_fence_is_no_marker(example: str) -> None:
    text = f"{example}<!-- {BEGIN} -->\n<!-- wirechart: end -->\n"
    after = example.count("\n")

    assert [(first, end) for _, _, first, end in blocks(text)] == [(after + 1, after + 1)]
    assert findings(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"# {BEGIN}\nx\n",
            ["1:3-34 INJ001 the block does not end; add `wirechart: end`"],
        ),
        (
            f"# {BEGIN}\n# {BEGIN}\n# wirechart: end\n",
            [
                "2:3-34 INJ001 a block begins inside another one; add `wirechart: end` before it",
            ],
        ),
        (
            "<!-- wirechart: end -->\n",
            [f"1:6-20 INJ002 no block begins before this; {markers.ALONE}"],
        ),
        (
            f"<!-- {BEGIN.replace('begin', 'bgin')} -->\n<!-- wirechart: end -->\n",
            ["1:17-21 INJ003 `bgin` is not what a marker says; did you mean `begin`?"],
        ),
        (
            f"<!-- {BEGIN}\n<!-- wirechart: end -->\n",
            ["1:6-37 INJ003 the comment goes on behind this line; add `-->`"],
        ),
        (
            f"/* {BEGIN}\n wirechart: end */\n",
            [f"1:4-35 INJ003 a comment begins on the line of the marker; {markers.ALONE}"],
        ),
        (
            f"/*\n {BEGIN} */\n/* wirechart: end */\n",
            [f"2:2-33 INJ003 a comment ends on the line of the marker; {markers.ALONE}"],
        ),
        (
            f"- <!-- {BEGIN} -->\n  <!-- wirechart: end -->\n",
            [
                (
                    "1:8-39 INJ003 a list begins on the line of the marker; "
                    "indent the marker like the item's text, on a line of its own"
                )
            ],
        ),
    ],
    ids=["no end", "nested", "no begin", "misspelt", "open", "opens", "closes", "list"],
)
def test_a_wrong_marker_is_found_at_its_place(text: str, said: list[str]) -> None:
    assert findings(text) == said


def test_a_block_inside_another_names_both() -> None:
    finding = find(lines(f"# {BEGIN}\n# {BEGIN}\n# wirechart: end\n"))[1][0]

    assert [(span.line, text) for span, text in finding.related] == [(1, "which begins here")]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            "a\n<!-- wirechart: begin x -->\nold\n<!-- wirechart: end -->\nb",
            "a\n<!-- wirechart: begin x -->\none\n\n  two\n<!-- wirechart: end -->\nb",
        ),
        (
            "\t/// wirechart: begin x\n/// wirechart: end\n",
            "\t/// wirechart: begin x\n\t/// one\n\t///\n\t///   two\n/// wirechart: end\n",
        ),
        (
            "/* wirechart: begin x */\n/* wirechart: end */",
            "/* wirechart: begin x */\n/* one */\n/*  */\n/*   two */\n/* wirechart: end */",
        ),
        (
            "a\n# wirechart: begin x\r\n# wirechart: end\r\n",
            "a\n# wirechart: begin x\r\n# one\r\n#\r\n#   two\r\n# wirechart: end\r\n",
        ),
    ],
    ids=["Markdown", "Rust", "C", "CRLF"],
)
def test_a_block_is_filled_like_the_line_of_its_marker(text: str, after: str) -> None:
    assert filled(text, "one", "", "  two") == after


@pytest.mark.parametrize(
    ("inside", "replaced"),
    [
        ("", True),
        ("//!\n", True),
        ("//! ```mermaid\n//! x\n//!\n//! ```\n", True),
        ("# ```dot\n# x\n# ```\n", True),
        ("//!\n//! | a | b |\n//! | --- | --- |\n//!\n//! How to read it.\n//!\n", True),
        ("//! mine\n", False),
        ("//! ```mermaid\n//! x\n//! ```\n//! mine\n", False),
        ("//! ```a\n//! ```\n//! ```b\n//! ```\n", False),
        ("//! ```a\n", False),
        ("//! | a |\n//! mine\n//! mine\n", False),
        ("fn mine() {}\n", False),
    ],
)
def test_only_what_was_drawn_is_replaced(inside: str, replaced: bool) -> None:
    text = lines(f"//! {BEGIN}\n{inside}//! wirechart: end\n")

    assert drawn(find(text)[0][0], text) is replaced


PIECES = st.sampled_from(
    [f"# {BEGIN}", "# wirechart: end", "```", "x", "", "<!-- wirechart: end -->", "/* ```", "é"]
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(["\n", "\r\n"]))).map(
    lambda parts: "".join(f"{piece}{end}" for piece, end in parts)
)


@given(TEXTS | st.text())
def test_lines_are_a_text_without_loss(text: str) -> None:
    assert "".join(lines(text)) == text


@given(TEXTS)
def test_filling_again_changes_nothing(text: str) -> None:
    once = filled(text, "```mermaid", "a", "```")

    assert filled(once, "```mermaid", "a", "```") == once


@given(TEXTS)
def test_what_lies_outside_of_blocks_stays(text: str) -> None:
    split = lines(text)
    found = find(split)[0]
    inside = {number for block in found for number in range(block.first, block.end)}

    assert fill(split, [(block, ()) for block in found]) == "".join(
        line for number, line in enumerate(split) if number not in inside
    )
