"""`wirechart git-diff`, called by the real git in a real repository."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from drawing import LINK
from gits import git
from shell import ENVIRONMENT, Done, Shell

CHANGED = LINK.replace("on_eof: {to: Failed}", "on_eof: {to: Done}")
TOLD = """\
link: a/spec/a.yaml → spec/a.yaml: 1 changed (behaviour); 2 of 18 cells of the tables differ
behaviour
  ~ Open on_eof: to Failed → Done
      in Waiting, Ready
      a/spec/a.yaml:28:7 → spec/a.yaml:28:7
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A repository that is set up as `--help` says, with one spec."""
    shell = Shell(tmp_path)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    driver = f"{sys.executable} -m wirechart git-diff"
    git(tmp_path, "config", "diff.wirechart.command", driver)
    shell.put(".gitattributes", "spec/*.yaml diff=wirechart\n")
    shell.put("spec/a.yaml", LINK)
    commit(shell, "one")
    return shell


def commit(shell: Shell, subject: str) -> None:
    git(shell.folder, "add", "--all")
    git(shell.folder, "commit", "--quiet", "-m", subject)


def shown(shell: Shell, *words: str, **environment: str) -> str:
    """What git prints; it must succeed."""
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ("git", *words)
    done = subprocess.run(
        command,
        cwd=shell.folder,
        env=ENVIRONMENT | quiet | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_git_diff_says_what_a_change_means(shell: Shell) -> None:
    shell.put("spec/a.yaml", CHANGED)

    assert shown(shell, "diff") == f"diff --wirechart a/spec/a.yaml b/spec/a.yaml\n{TOLD}"


def test_git_diff_of_a_comment_says_that_nothing_means_anything_else(shell: Shell) -> None:
    shell.put("spec/a.yaml", f"{LINK}# The end.\n")

    assert shown(shell, "diff") == (
        "diff --wirechart a/spec/a.yaml b/spec/a.yaml\n"
        "link: the text differs, the meaning does not\n"
    )


def test_the_driver_of_all_files_shows_as_text_what_is_no_spec(shell: Shell) -> None:
    shell.put("notes.txt", "one\ntwo\n")
    commit(shell, "two")
    shell.put("notes.txt", "one\nthree\n")
    driver = f"{sys.executable} -m wirechart git-diff"

    assert shown(shell, "diff", GIT_EXTERNAL_DIFF=driver) == (
        """\
diff --wirechart a/notes.txt b/notes.txt
Not compared as specs: a/notes.txt:1:1: error[STR003] the spec must be a mapping, found text; \
write `{wirechart: …, protocol: …, wire: …, messages: …, machine: …}`
--- a/notes.txt
+++ notes.txt
@@ -1,2 +1,2 @@
 one
-two
+three
"""
    )


def test_a_spec_that_does_not_parse_is_shown_as_text_and_the_log_goes_on(shell: Shell) -> None:
    shell.put("spec/a.yaml", LINK.replace("protocol: link", "protokol: link"))
    commit(shell, "two")
    shell.put("spec/a.yaml", CHANGED)
    commit(shell, "three")

    assert shown(shell, "log", "-p", "--ext-diff", "--format=%s", "-2") == (
        """\
three

diff --wirechart a/spec/a.yaml b/spec/a.yaml
Not compared as specs: a/spec/a.yaml:2:1: error[STR001] `protokol` is not a key of a spec; \
did you mean `protocol`?
--- a/spec/a.yaml
+++ spec/a.yaml
@@ -1,5 +1,5 @@
 wirechart: 1
-protokol: link
+protocol: link
 doc: A sender says hello, sends blocks, and ends.
 limits: {block: 64 KiB, idle: 10 s}
 wire:
@@ -25,7 +25,7 @@
       initial: Waiting
       on_refused: {reply: Error, to: stay}
       otherwise: {reply: Error, to: Failed}
-      on_eof: {to: Failed}
+      on_eof: {to: Done}
       on_idle: {after: limits.idle, to: Failed}
       states:
         Waiting: {on: {Hello: {to: Ready, if: message.version == 1}}}
two

diff --wirechart a/spec/a.yaml b/spec/a.yaml
Not compared as specs: spec/a.yaml:2:1: error[STR001] `protokol` is not a key of a spec; \
did you mean `protocol`?
--- a/spec/a.yaml
+++ spec/a.yaml
@@ -1,5 +1,5 @@
 wirechart: 1
-protocol: link
+protokol: link
 doc: A sender says hello, sends blocks, and ends.
 limits: {block: 64 KiB, idle: 10 s}
 wire:
"""
    )


def test_new_deleted_renamed_and_executable_files_are_said_as_git_says_them(shell: Shell) -> None:
    shell.put("spec/new.yaml", LINK.replace("link", "new"))
    commit(shell, "new")
    (shell.folder / "spec/new.yaml").unlink()
    (shell.folder / "spec/a.yaml").rename(shell.folder / "spec/b.yaml")
    shell.put("spec/b.yaml", CHANGED)
    commit(shell, "moved")
    (shell.folder / "spec/b.yaml").chmod(0o755)
    commit(shell, "executable")

    assert shown(shell, "log", "-p", "-M", "--ext-diff", "--format=%s", "-3") == (
        f"""\
executable

diff --wirechart a/spec/b.yaml b/spec/b.yaml
old mode 100644
new mode 100755
moved

diff --wirechart a/spec/a.yaml b/spec/b.yaml
similarity index 97%
rename from spec/a.yaml
rename to spec/b.yaml
{TOLD.replace(" spec/a.yaml:", " spec/b.yaml:")}\
diff --wirechart a/spec/new.yaml b/spec/new.yaml
deleted file mode 100644
new: a/spec/new.yaml: 1 removed
bytes
  - protocol new
      a/spec/new.yaml:2:11
new

diff --wirechart a/spec/new.yaml b/spec/new.yaml
new file mode 100644
new: spec/new.yaml: 1 added
bytes
  + protocol new
      spec/new.yaml:2:11
"""
    )


def test_an_unmerged_spec_is_said_to_be_one(shell: Shell) -> None:
    git(shell.folder, "checkout", "--quiet", "-b", "other")
    shell.put("spec/a.yaml", CHANGED)
    commit(shell, "other")
    git(shell.folder, "checkout", "--quiet", "main")
    shell.put("spec/a.yaml", LINK.replace("on_eof: {to: Failed}", "on_eof: {to: Waiting}"))
    commit(shell, "mine")
    with pytest.raises(subprocess.CalledProcessError):
        git(shell.folder, "merge", "--quiet", "other")

    assert shown(shell, "diff", "--base").startswith("* Unmerged path spec/a.yaml\n")
    assert shell.run("git-diff", "spec/a.yaml") == Done(0, "* Unmerged path spec/a.yaml\n", "")


def test_in_gits_pager_there_are_colors_unless_its_settings_forbid_them(shell: Shell) -> None:
    shell.put("spec/a.yaml", CHANGED)

    paged = {"GIT_PAGER_IN_USE": "true", "TERM": "xterm"}
    on = shown(shell, "diff", **paged)
    off = shown(shell, "-c", "color.diff=false", "diff", **paged)

    assert "\x1b[33m~ Open on_eof: to Failed → Done\x1b[0m" in on
    assert off == f"diff --wirechart a/spec/a.yaml b/spec/a.yaml\n{TOLD}"


def test_who_calls_it_by_hand_is_told_that_git_does(shell: Shell) -> None:
    assert shell.run("git-diff", "a", "b") == Done(
        2,
        "",
        "wirechart git-diff: git calls this with 1, 7 or 9 arguments; see `--help` "
        "(`wirechart git-diff --help` says more)\n",
    )


def test_git_does_not_complain_when_its_pager_is_left(shell: Shell) -> None:
    shell.put("spec/a.yaml", CHANGED)
    command = ("git", "--no-pager", "diff")
    reading, writing = os.pipe()
    os.close(reading)

    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            command,
            cwd=shell.folder,
            env=ENVIRONMENT,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.stderr == b""
