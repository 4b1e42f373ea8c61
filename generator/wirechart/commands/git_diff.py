"""`wirechart git-diff`."""

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument(
    "arguments", metavar="PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE", nargs=-1
)
def command(arguments: tuple[str, ...]) -> int:
    """Let git show changes of specs by their meaning: an external diff driver.

    Git calls it with these arguments. A file that is no spec, or cannot be read as one, is
    shown as text, with the reason. It never fails, so that git goes on with the next file.

    \b
    Set up, once in a repository:
      echo 'spec/*.yaml diff=wirechart' >> .gitattributes
      git config diff.wirechart.command 'wirechart git-diff'

    \b
    Then:
      git diff                     what changed, by its meaning
      git diff --no-ext-diff       the same as text
      git log -p --ext-diff        git leaves drivers out of `log` and `show` unless told
      GIT_EXTERNAL_DIFF='wirechart git-diff' git diff -- spec/link.yaml
    """
    from wirechart.commands.driving import show

    return show(arguments)
