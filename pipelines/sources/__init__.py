"""Sources: one folder a provider."""
