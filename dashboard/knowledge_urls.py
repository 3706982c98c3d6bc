"""What the bot knows, and what is done with it."""

from django.urls import path

from dashboard.views import knowledge, knowledge_actions, knowledge_settings

urlpatterns = [
    path("", knowledge.overview, name="knowledge"),
    path("progress/", knowledge.progress, name="knowledge_progress"),
    path("try/", knowledge.trial, name="knowledge_try"),
    path("settings/", knowledge_settings.settings, name="knowledge_settings"),
    path("new/", knowledge_actions.new, name="knowledge_new"),
    path("upload/", knowledge_actions.upload, name="knowledge_upload"),
    path("<uuid:pk>/", knowledge.source, name="knowledge_source"),
    path("<uuid:pk>/progress/", knowledge.source_progress, name="knowledge_source_progress"),
    path("<uuid:pk>/edit/", knowledge_actions.edit, name="knowledge_edit"),
    path("<uuid:pk>/file/", knowledge_actions.replace_file, name="knowledge_file"),
    path("<uuid:pk>/switch/", knowledge_actions.switch, name="knowledge_switch"),
    path("<uuid:pk>/delete/", knowledge_actions.delete, name="knowledge_delete"),
    path("<uuid:pk>/restore/", knowledge_actions.restore, name="knowledge_restore"),
]
