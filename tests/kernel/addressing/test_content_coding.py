"""What a client takes, by its Accept-Encoding."""

import pytest

from voltyard.kernel.addressing.content_coding import takes_gzip


@pytest.mark.parametrize(
    ("header", "takes"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("*", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("x-gzipped", False),
    ],
)
def test_gzip_is_taken_where_the_header_says_so(header: str, takes: bool) -> None:
    assert takes_gzip(header) is takes
