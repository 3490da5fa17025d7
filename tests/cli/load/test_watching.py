"""A load run is shown a line now and then."""

import pytest

from voltyard.cli.load.watching import LoadWatch
from voltyard.load.figures import LoadFigures, LoadSample


def test_a_line_comes_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    figures = LoadFigures()

    with LoadWatch(12.0).shown() as watch:
        for second in range(12):
            watch.look(figures, LoadSample(float(second), "hold 12s", 3, 2, 10 * second, second))
        figures.refused_dials["HTTP 503"] = 4
        watch.look(figures, LoadSample(12.0, "hold 12s", 3, 2, 120, 12))
        watch.look(figures, LoadSample(0.0, "ramp 3 over 1s", 0, 0, 0, 0))  # the next run

    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        "0 s of 12 s",
        "5 s of 12 s",
        "10 s of 12 s",
        "0 s of 12 s",
    ]
    assert lines[1] == (
        "5 s of 12 s, hold 12s: 2 of 3 connected, 50 calls (10.0 a second), 5 errors"
    )
