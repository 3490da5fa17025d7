"""Transfers of files over HTTP and FTP."""
