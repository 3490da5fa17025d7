"""Other people's OCPP at the other end of the wire: the `ocpp` package on `websockets`."""
