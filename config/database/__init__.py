"""PostgreSQL with connections that are pooled in the process, as Django's ORIGINAL_BACKEND under django-tenants."""
