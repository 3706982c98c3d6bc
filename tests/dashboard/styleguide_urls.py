"""A tenant's host as it is in debug."""

from django.urls import include, path

from config.urls_tenant import urlpatterns as pages

urlpatterns = [*pages, path("styleguide/", include("dashboard.styleguide_urls"))]
