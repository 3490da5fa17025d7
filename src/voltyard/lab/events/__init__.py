"""What happened in the yard: kept in order, and told to whoever follows."""
