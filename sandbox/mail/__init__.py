"""A mail server that delivers to a page: `python -m sandbox.mail` takes mail by SMTP and shows it on the web."""
