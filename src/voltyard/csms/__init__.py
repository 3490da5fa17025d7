"""The backend (CSMS): sessions of chargers, and everything that is known of them."""
