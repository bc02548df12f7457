"""The published build: written by dbt, read by everybody else."""
