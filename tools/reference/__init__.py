"""The pages of docs/reference, written from the code: `python tools/reference`."""
