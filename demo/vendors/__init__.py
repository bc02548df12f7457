"""The vendors: a store of what they know, a server with a clock, one module per API."""
