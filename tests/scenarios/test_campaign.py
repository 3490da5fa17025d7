"""Campaigns: the command that plays one row again."""

from voltyard.scenarios import campaign, library


def test_a_row_is_played_again_by_one_command_without_a_password() -> None:
    row = library.document_of("target-energy").rows()[1]
    play = campaign.Play(row=row, source="my file.yaml")

    again = campaign.again(play, 5, ["--url", "ws://user:secret@host/ocpp"])

    assert again.startswith("voltyard run 'my file.yaml' --version 1.6 --row 2 --seed 5 --url ")
    assert "secret" not in again
