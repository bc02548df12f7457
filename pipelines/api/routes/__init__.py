"""The addresses of the API, one module an area."""
