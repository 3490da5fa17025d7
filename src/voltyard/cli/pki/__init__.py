"""`voltyard pki`: test PKIs in a directory, and their OCSP responder."""
