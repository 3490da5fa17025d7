"""The generated messages are what the generator writes."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
OCPP = ROOT / "src" / "voltyard" / "ocpp"


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "generate_messages.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_is_checked_in_is_what_would_be_written(tmp_path: Path) -> None:
    assert generate("--into", str(tmp_path)).returncode == 0

    for package in ("v16", "v201"):
        written = (tmp_path / package / "messages.py").read_text()
        assert written == (OCPP / package / "messages.py").read_text()


def test_a_stale_file_is_noticed_and_left_as_it_is(tmp_path: Path) -> None:
    generate("--into", str(tmp_path))
    stale = tmp_path / "v16" / "messages.py"
    stale.write_text(stale.read_text().replace("max_length=20", "max_length=21"))
    before = stale.read_text()

    checked = generate("--into", str(tmp_path), "--check")

    assert checked.returncode == 1
    assert "-Text20: TypeAlias = Annotated[str, Meta(max_length=21)]" in checked.stderr
    assert "python tools/generate_messages.py" in checked.stderr
    assert stale.read_text() == before


def test_a_missing_file_is_stale(tmp_path: Path) -> None:
    assert generate("--into", str(tmp_path), "--check").returncode == 1
