"""The front of REST: its connections counted, bounded in time and size, and served by uvicorn."""
