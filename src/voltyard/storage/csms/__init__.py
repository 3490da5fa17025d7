"""The backend's repositories and its journal."""
