"""What a tenant takes along, and what it had erased."""

from django.urls import path

from dashboard.views import erasing, exports

urlpatterns = [
    path("", exports.exports, name="exports"),
    path("new/", exports.new, name="export_new"),
    path("progress/", exports.progress, name="exports_progress"),
    path("contacts/<uuid:pk>/erase/", erasing.erase, name="contact_erase"),
    path("erasures/", erasing.erasures, name="erasures"),
    path("erasures/<uuid:pk>/", erasing.erasure, name="erasure"),
    path("<uuid:pk>/file/", exports.file, name="export_file"),
    path("<uuid:pk>/again/", exports.again, name="export_again"),
    path("<uuid:pk>/delete/", exports.delete, name="export_delete"),
]
