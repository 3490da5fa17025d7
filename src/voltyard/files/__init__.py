"""Files that several rooms read or write in one way: secrets, and settings of TLS."""
