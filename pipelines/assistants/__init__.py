"""Assistants (MCP): the numbers of the published build as tools, over HTTP and stdio, read-only."""
