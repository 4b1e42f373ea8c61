"""Completion in a real zsh, with a real tab."""

from pathlib import Path

from terminals import Terminal

ROOT = Path(__file__).parent.parent
BEGIN = 'autoload -U compinit; compinit -u -D; eval "$(wirechart completion zsh)"; echo re""ady\n'


def test_a_tab_in_zsh_completes() -> None:
    with Terminal("zsh", "-f", "-i", folder=ROOT) as zsh:
        zsh.type(BEGIN, until="ready")
        zsh.type("wirechart simu\t", until="simulate ")
        zsh.type("spec/ch-mi\t", until="gration.yaml ")
        zsh.type("--machine wo\t", until="rker ")
