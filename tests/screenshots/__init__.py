"""Pictures of every page, in both themes, on a desktop and on a phone: `bin/screenshots`."""
