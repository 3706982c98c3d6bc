"""What the style page shows: every component with something to show. No database."""
