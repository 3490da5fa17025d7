"""Playing of scenarios: their stage, their timelines, and the judging of what comes."""
