"""The gateway's answers, by the names and fields of the contract, and a few more."""
