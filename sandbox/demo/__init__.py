"""`bin/demo`: everything on one machine, with two businesses and a phone to write to them."""
