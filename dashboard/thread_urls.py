"""Below one conversation: its thread, and what members do in it."""

from django.urls import path

from dashboard.views import composer, composer_templates, thread

urlpatterns = [
    path("thread/", thread.thread, name="thread"),
    path("thread/page/", thread.page, name="thread_page"),
    path("thread/live/", thread.live, name="thread_live"),
    path("messages/<uuid:message>/files/<int:index>/", thread.fetch_file, name="thread_fetch_file"),
    path("messages/<uuid:message>/retry/", composer.retry, name="composer_retry"),
    path("take-over/", composer.take_over, name="composer_take_over"),
    path("give-back/", composer.give_back, name="composer_give_back"),
    path("reply/", composer.reply, name="composer_reply"),
    path("template/", composer_templates.template, name="composer_template"),
    path("suggest/", composer.suggest, name="composer_suggest"),
    path("suggestions/<uuid:suggestion>/", composer.settle, name="composer_settle"),
    path("typing/", composer.typing, name="composer_typing"),
]
