"""Text of strangers, made safe to show."""
