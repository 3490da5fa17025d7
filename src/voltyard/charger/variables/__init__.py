"""Settings and variables: the standard ones, a vendor's, and a device model from a file."""
