"""What the pages of the knowledge show, and their forms."""
