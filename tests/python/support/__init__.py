"""Helpers that several tests share: small servers, runs of the real commands."""
