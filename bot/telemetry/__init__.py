"""What operators see of a running process. Logs only, so far as it exists."""
