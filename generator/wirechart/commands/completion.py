"""`wirechart completion`."""

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> int:
    """Print what makes a shell complete commands, options, specs, machines and codes.

    \b
    Examples:
      eval "$(wirechart completion bash)"       in ~/.bashrc
      eval "$(wirechart completion zsh)"        in ~/.zshrc, behind compinit
      wirechart completion fish > ~/.config/fish/completions/wirechart.fish
    """
    from click.shell_completion import shell_complete

    from wirechart.commands.options import COMPLETE, wirechart

    return shell_complete(wirechart, {}, "wirechart", COMPLETE, f"{shell}_source")
