"""Write what docs/settings.md says of each setting and bound from the code.

python tools/settings_table.py          # write it
python tools/settings_table.py --check  # fail where it is stale
"""

import ast
import sys
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from generated_blocks import ROOT, main, table
from voltyard.api.csms.settings import SettingsChangeBody
from voltyard.config.config import ENVIRONMENT_PREFIX, Config
from voltyard.kernel import limits

CHAPTERS = {
    "data": "The server",
    "rest_tls_certificate": "The REST front",
    "ocpp_tls_certificate": "TLS of the charger socket",
    "provider": "Where chargers run",
    "ecs_cluster": "Chargers in ECS services",
    "kubernetes_image": "Chargers in pods of Kubernetes",
    "files": "Files and certificates for chargers",
    "log_retention_days": "What is kept",
}
"""The first setting of each part."""


def blocks() -> dict[str, str]:
    """The generated parts of the document."""
    return {"server": _of_server(), "organization": _of_organization(), "bounds": _of_bounds()}


def _of_server() -> str:
    """A heading for each variable, below that of its part."""
    parts: list[str] = []
    for setting in fields(Config):
        if title := CHAPTERS.get(setting.name):
            parts.append(f"### {title}")
        default = "" if setting.default in (None, ()) else _shown(setting.default)
        name = f"{ENVIRONMENT_PREFIX}{setting.name.upper()}"
        parts.append(_entry("####", name, setting.metadata["help"], default))
    return "\n\n".join(parts)


def _of_organization() -> str:
    return "\n\n".join(map(_of_field, SettingsChangeBody.model_fields.values()))


def _entry(level: str, name: str, about: str, default: str) -> str:
    told = f" Default: `{default}`." if default else ""
    return f"{level} `{name}`\n\n{about}{told}"


def _of_bounds() -> str:
    """Every name of kernel.limits with its value and what its docstring says of it."""
    body = ast.parse(Path(limits.__file__).read_text()).body
    rows = []
    for one, following in pairwise(body):
        if isinstance(one, ast.Assign | ast.AnnAssign) and isinstance(following, ast.Expr):
            target = one.targets[0] if isinstance(one, ast.Assign) else one.target
            assert isinstance(target, ast.Name) and isinstance(following.value, ast.Constant)
            words = " ".join(str(following.value.value).split())
            value = _measured(target.id, getattr(limits, target.id))
            rows.append((f"`{target.id}`", value, words))
    return table(("bound", "value", "what happens there"), rows)


def _measured(name: str, value: Any) -> str:
    if name.endswith(("_BYTES", "_CHARS")) and value >= 1024:
        unit, size = ("MiB", 2**20) if value >= 2**20 else ("KiB", 2**10)
        return f"{value / size:g} {unit if name.endswith('_BYTES') else unit[0] + 'i'}"
    if name.endswith("_S"):
        return f"{value:g} s"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _of_field(setting: FieldInfo) -> str:
    default = "" if setting.default is None else _shown(setting.default)
    choices = [f"`{choice}`" for choice in get_args(setting.annotation) if isinstance(choice, str)]
    among = f" One of {', '.join(choices)}." if choices else ""
    name = setting.alias or "validation"
    return _entry("###", name, f"{setting.description}{among}", default)


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, float) else str(default)


if __name__ == "__main__":
    sys.exit(main(__doc__, ROOT / "docs" / "settings.md", blocks))
