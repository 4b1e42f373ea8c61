"""The Markdown page, as text and as a reader of Markdown sees it."""

from html import unescape
from pathlib import Path
from re import findall, sub

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from drawing import FLAGSHIP, LINK, NBD, charted
from wirechart.targets import page
from wirechart.targets.markdown import plain


def tables(text: str) -> list[list[list[str]]]:
    """Every table as rows of cells, as a code host shows them."""
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    return [
        [
            [unescape(sub(r"<br ?/?>", "\n", cell)) for cell in cells(row)]
            for row in findall(r"<tr>(.*?)</tr>", one.replace("\n", ""))
        ]
        for one in findall(r"(?s)<table>(.*?)</table>", html)
    ]


def cells(row: str) -> list[str]:
    return [sub(r"</?(code|em)>", "", cell) for cell in findall(r"<t[hd]>(.*?)</t[hd]>", row)]


def test_the_matrix_of_the_flagship_decides_every_message_in_every_state() -> None:
    matrix, faults, *_ = tables(page.render(charted(FLAGSHIP)))

    slot = "message.slot not in state.memory_fds and size(state.memory_fds) < limits.slots"
    assert matrix == [
        [
            "state",
            "Start",
            "Config",
            "State",
            "Memory",
            "Complete",
            "Abandon",
            "MemoryFd",
            "CompletePaused",
        ],
        [
            "Established",
            "→ Started if message.version == 0\n·",
            "·",
            "·",
            "·",
            "·",
            "→ Aborted",
            "·",
            "·",
        ],
        ["Started", "·", "→ Configured", "·", "·", "·", "→ Aborted", "→ MemoryFdsReceived", "·"],
        [
            "MemoryFdsReceived",
            "·",
            "→ Configured",
            "·",
            "·",
            "·",
            "→ Aborted",
            f"stay if {slot}\n·",
            "·",
        ],
        ["Configured", "·", "·", "→ StateReceived", "stay", "·", "→ Aborted", "·", "·"],
        ["StateReceived", "·", "·", "·", "·", "→ Completed", "→ Aborted", "·", "→ Completed"],
    ]
    assert faults[:2] == [
        ["state", "refused", "malformed", "handler failed", "end of stream", "silence"],
        ["Established", *["→ Aborted, Error"] * 3, "→ Aborted", "60 s → Aborted"],
    ]


def test_refusals_with_their_own_reply_stand_in_the_matrix() -> None:
    matrix, *_ = tables(page.render(charted(NBD)))

    assert matrix[1][2] == (
        "stay, EPERM if context.flags & 2 != 0\n"
        "stay, ENOSPC if message.offset + message.length > context.size\n"
        "stay"
    )


def test_frames_show_constants_echoes_and_steering_fields() -> None:
    frames = [table for table in tables(page.render(charted(NBD))) if table[0][0] == "offset"][-2:]

    assert frames == [
        [
            ["offset", "bytes", "field", "type", ""],
            ["0", "4", "magic", "u32 = 0x25609513", ""],
            ["4", "2", "flags", "u16", ""],
            ["6", "2", "type", "u16", "names the message"],
            ["8", "8", "cookie", "u64", ""],
            ["16", "8", "offset", "u64", ""],
            ["24", "4", "length", "u32", ""],
        ],
        [
            ["offset", "bytes", "field", "type", ""],
            ["0", "4", "magic", "u32 = 0x67446698", ""],
            ["4", "4", "error", "u32", "names the reply"],
            ["8", "8", "cookie", "echo of cookie", ""],
        ],
    ]


def test_a_connection_shows_how_many_there_are_and_what_is_smaller_on_it() -> None:
    sender = charted(Path("spec/ch-senders/v52.yaml").read_text())
    (connections,) = (t for t in tables(page.render(sender)) if t[0][0] == "connection")

    assert connections == [
        ["connection", "opened by", "asks", "preamble", "over", "at most"],
        ["main", "source", "source", "", "unix, tcp", "1"],
        [
            "memory",
            "source",
            "source",
            "none, after the first",
            "tcp",
            "128, contents 64 MiB",
        ],
    ]


# The request's `size` says another thing than the reply's, and one message is never answered.
ASKED = (
    LINK.replace(
        "length: u32}\n  reply: {status: u16}", "size: u32}\n  reply: {size: u16, code: u16}"
    )
    .replace("status: status\n  payload_size: length", "status: size\n  payload_size: size")
    .replace("End: {code: 3, payload: none}", "End: {code: 3, payload: none, reply: none}")
)


def test_a_field_of_one_name_means_in_each_frame_what_it_means_there() -> None:
    frames = [t for t in tables(page.render(charted(ASKED))) if t[0][0] == "offset"][-2:]

    assert [row[2:] for table in frames for row in table[1:]] == [
        ["code", "u16", "names the message"],
        ["size", "u32", "bytes of payload"],
        ["size", "u16", "names the reply"],
        ["code", "u16", ""],
    ]


def test_that_a_message_is_never_answered_is_said_once() -> None:
    text = page.render(charted(ASKED))

    assert tables(text)[0][2] == ["Ready", "·", "stay", "→ Done"]
    assert (
        "\n\nThe reply is `Ok` unless another one is named. Never is there one to `End`. "
        "· is refused, as below. Of several cases the first that holds counts.\n\n"
    ) in text


def test_a_reply_of_a_fixed_size_says_just_that() -> None:
    hello = "Hello: {code: 1, payload: none, reply_payload: {bytes: 8, max: limits.block}}"
    text = LINK.replace("Hello: {code: 1, payload: {fields: {version: u16}}}", hello)

    replies = next(t for t in tables(page.render(charted(text))) if t[0][0] == "code")

    assert [row[4] for row in replies[1:]] == ["with 8 bytes", "yes", "yes"]


def test_the_data_of_a_state_says_what_is_owned() -> None:
    data, *_ = (
        t for t in tables(page.render(charted(FLAGSHIP))) if t[0] == ["state", "data", "type"]
    )

    assert data[1:4] == [
        ["MemoryFdsReceived", "memory_fds", "map of u32 to fd, at most 1024; owned"],
        ["Configured", "config", "Config"],
        ["Configured", "memory", "memory; owned"],
    ]


def test_the_sections_of_a_small_page_and_the_first_line() -> None:
    text = page.files(charted(LINK), "spec/link.yaml")["diagrams/link.md"]

    assert [
        line for line in text.split("\n") if line.startswith(("<!--", "#", "<summary", "```m"))
    ] == [
        "<!-- @generated by wirechart from spec/link.yaml. Do not edit; run make build. -->",
        "# link",
        "```mermaid",
        "<summary>Everything that can happen, with guards, replies and data</summary>",
        "```mermaid",
        "<summary>What can go wrong, and where it leads</summary>",
        "```mermaid",
        "## States and messages",
        "## When something is wrong",
        "## Endings",
        "## Data by state",
        "## Messages",
        "### Hello",
        "### Block",
        "## Frames and replies",
        "### Request, 6 bytes, little-endian",
        "### Reply, 2 bytes, little-endian",
        "## Limits",
    ]


@given(st.text("ab1 .-+=*_`[]()<>#|~!$&\\{}:;'\"\n", min_size=1, max_size=40))
def test_a_doc_is_shown_as_it_was_written_and_breaks_no_table(doc: str) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(
        f"| a | b |\n| --- | --- |\n| x | {plain(doc)} |"
    )

    assert unescape(findall(r"<td>(.*?)</td>", html)[1]) == " ".join(doc.split())
