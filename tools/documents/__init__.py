"""Tools for documents and releases: links of the site, the screenshot, distributions."""
