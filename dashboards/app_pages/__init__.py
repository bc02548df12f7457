"""The pages, one script each: which questions are asked and where the answers stand."""
