"""Cases: their declaration, and the catalogue of all of them."""
