"""One server at a time over one SQLite file, however it is named."""

from pathlib import Path

import pytest

from tests.fakes.memory_engine import MemoryEngine
from voltyard.config.config import Config
from voltyard.kernel.errors import Unavailable
from voltyard.server.server import Server
from voltyard.testing.processes import ServerProcess


async def test_a_second_server_on_the_same_file_is_refused(tmp_path: Path) -> None:
    def config(name: str, url: str | None) -> Config:
        return Config(data=tmp_path / name, port=0, ocpp_port=0, token="a-key", database_url=url)

    url = f"sqlite:///{tmp_path / 'one' / 'voltyard.db'}"

    async with Server(config("one", None), engine=MemoryEngine()):
        with pytest.raises(Unavailable, match="another server uses the database"):
            await Server(config("two", url), engine=MemoryEngine()).__aenter__()
    async with Server(config("two", url), engine=MemoryEngine()):
        pass


@pytest.mark.service
@pytest.mark.slow
def test_nobody_else_may_read_what_a_server_keeps(tmp_path: Path) -> None:
    data = tmp_path / "data"

    with ServerProcess(data, "a-key"):
        kept = {path.name: path.stat().st_mode & 0o077 for path in (data, *data.rglob("*"))}

    assert "voltyard.db" in kept
    assert not any(kept.values()), kept
