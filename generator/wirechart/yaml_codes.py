"""What the findings about YAML itself mean: what, why, and how to mend it."""

EXPLANATIONS: dict[str, str] = {
    "YAML001": """The file is not UTF-8.

A spec is read by people and tools on every platform: it has one encoding, UTF-8. A byte order mark
at its beginning is accepted and ignored. Save the file as UTF-8.""",
    "YAML002": """A character that nobody sees.

Control characters, line separators other than LF and CRLF, byte order marks inside the text and
characters that change the direction of writing are refused, in comments too: YAML's versions
disagree about some, and others make a reviewer see another text than the one that counts. Remove
the character, or write it as an escape (`"\\u2028"`) inside double quotes. The same goes for
spaces that YAML takes for letters, as from a web page, where they indent or separate.""",
    "YAML003": """A tab.

YAML allows no tabs in indentation, and its readers disagree about tabs elsewhere. Replace them by
spaces, or write `"\\t"` inside double quotes.""",
    "YAML004": """The file is too large.

A spec has at most 1 MiB and 100 000 values. A real one has some kilobytes, so something else was
given. Check the path; split a generated spec into several protocols.""",
    "YAML005": """Nested too deeply.

Mappings and lists lie at most 64 levels deep, in each other. No spec needs a quarter of that:
somewhere brackets or indentation are missing.""",
    "YAML006": """Not YAML.

The text breaks YAML's own rules: quotes or brackets are never closed, a colon stands where it means
something else, a line is indented like nothing above it. The help with the finding says what is
expected there. Quoting a text is nearly always a way to mend it.""",
    "YAML007": """The same key twice in one mapping.

Most readers of YAML drop one of the two silently; here the first counts and the second is an
error. Rename one, or merge their values under one key.""",
    "YAML008": """A key that is not a name.

Keys of a spec are texts. A list, a mapping or nothing at all as a key is mostly a forgotten quote,
or a value written where its key belongs: `[a]: 1`. In braces `{code:3}` is one long key without a
value. Write `key: value`, with a space behind the colon; quote a text that begins with a
bracket.""",
    "YAML009": """An anchor or an alias.

`&name` and `*name` make a text whose meaning stands elsewhere, and small files that expand to
gigabytes. Write the value out, or give it a name in `limits` or `types`. A text that begins with
`&` or `*` needs quotes.""",
    "YAML010": """A merge key.

`<<` takes keys over from another mapping, so a reader no longer sees what a state has. Write the
keys out; what several states share belongs to a state around them.""",
    "YAML011": """A tag or a directive.

`!tag` and `%DIRECTIVE` change how a text is read, up to building objects of the reading program.
A spec has texts, mappings and lists only. Remove it; a text that begins with `!` or `%` needs
quotes.""",
    "YAML012": """More than one document.

One file holds one protocol; what follows a second `---` would be ignored. Move it to a file of its
own.""",
    "YAML013": """Nothing in the file.

The file is empty, or has only comments. `wirechart init` writes a small spec to start from.""",
    "YAML014": """A suppression comment that suppresses nothing.

The form is `# wirechart: allow CODE -- reason`, one code to a comment. It applies to the line it
ends, or, alone on a line, to the next line with content. The code says which finding is meant, and
the reason tells the next reader why it is fine here.""",
    "YAML015": """A merge conflict.

git left both sides in the file, between `<<<<<<<` and `>>>>>>>`. Keep what shall count and remove
the marked lines; `git checkout --merge FILE` brings the conflict back.""",
}
