"""Reading of what the backend has stored: questions, answers, the port."""
