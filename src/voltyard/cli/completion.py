"""`voltyard completion`: what a shell needs to complete commands, options and names."""

from typing import Annotated, Literal

import typer

from voltyard.cli.output import tell


def completion(
    shell: Annotated[Literal["bash", "zsh", "fish"], typer.Argument(help="Whose.")],
) -> None:
    """Print the completion of a shell.

    Names of chargers, locations and tags are completed from the server, where it answers within a
    second. `voltyard --install-completion` does it all.

    For example: voltyard completion bash > ~/.local/share/bash-completion/completions/voltyard
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    tell(
        get_completion_script(prog_name="voltyard", complete_var="_VOLTYARD_COMPLETE", shell=shell)
    )
