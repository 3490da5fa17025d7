"""The page in web/: its build, alone and within that of a package."""
