"""`voltyard scenarios`: the scenarios that ship."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from voltyard.kernel.errors import Invalid

scenarios = typer.Typer(
    invoke_without_command=True, help="The scenarios that ship, and imported ones."
)


@scenarios.callback()
def list_scenarios(
    ctx: typer.Context,
    theme: Annotated[
        str | None, typer.Option(help="Only those of this theme, such as offline.")
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the scenarios that ship, or show one.

    For example: voltyard scenarios --theme offline
    """
    if ctx.invoked_subcommand is not None:
        return
    from voltyard.scenarios import library

    found = [library.document_of(name).scenario for name in library.shipped()]
    themes = sorted({one.theme for one in found})
    if theme is not None and theme not in themes:
        raise Invalid(f"there is no theme {theme!r}", hint=f"there are {', '.join(themes)}")
    rows = [_row(one) for one in found if theme in (None, one.theme)]
    if is_json:
        import msgspec

        print(msgspec.json.encode(rows).decode())
        return
    width = max(len(row["name"]) for row in rows)
    last = ""
    for row in rows:
        if row["theme"] != last:
            print(f"{'' if not last else chr(10)}{row['theme']}")
            last = row["theme"]
        print(f"  {row['name']:<{width}}  {row['title']} ({', '.join(row['versions'])})")


def _row(one: Any) -> dict[str, Any]:
    return {
        "name": one.name,
        "theme": one.theme,
        "title": one.title,
        "versions": list(one.versions),
        "rows": len(one.rows) or 1,
        "parameters": dict(one.parameters),
    }


@scenarios.command()
def show(name: Annotated[str, typer.Argument(help="As `voltyard scenarios` lists it.")]) -> None:
    """Print the YAML of a scenario.

    It is a beginning for one of your own.

    For example: voltyard scenarios show session-by-card > mine.yaml
    """
    from voltyard.scenarios import library

    print(library.text_of(name), end="")


@scenarios.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A scenario of ocpp-cp-simulator: a JSON file.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it there. [to standard output]")
    ] = None,
) -> None:
    """Translate a scenario file of another simulator.

    What has no counterpart is named: on standard error, and at the top of the file.

    For example: voltyard scenarios import full-charging-cycle.json -o mine.yaml
    """
    from voltyard.scenarios.importing.translation import translated

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise Invalid(f"cannot read {file}: {why}") from error
    translation = translated(text, str(file))
    if output is None:
        print(translation.text, end="")
    else:
        try:
            output.write_text(translation.text, encoding="utf-8")
        except OSError as error:
            raise Invalid(f"cannot write {output}: {error.strerror}") from error
    for line in translation.left_out:
        print(f"left out: {line}", file=sys.stderr)
