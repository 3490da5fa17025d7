"""Events of the yard: kept in order, and told to followers."""
