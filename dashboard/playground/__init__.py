"""The playground as a page shows it."""
