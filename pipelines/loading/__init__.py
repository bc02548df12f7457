"""What every source shares when it loads."""
