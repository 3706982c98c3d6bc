"""What a tenant takes with it: conversations as a file, made by a worker, kept for some days."""
