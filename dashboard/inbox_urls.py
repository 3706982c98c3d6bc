"""The inbox: its lists, one conversation beside them, and what is done with it."""

from django.urls import include, path

from dashboard.views import inbox, inbox_actions, inbox_labels, inbox_selected, thread

urlpatterns = [
    path("", inbox.conversations, name="conversations"),
    path("list/", inbox.rows, name="conversations_list"),
    path("live/", inbox.live, name="conversations_live"),
    path("selected/assign/", inbox_selected.assign, name="selected_assign"),
    path("selected/label/", inbox_selected.label, name="selected_label"),
    path("selected/dealt-with/", inbox_selected.dismiss, name="selected_dismiss"),
    path("selected/mark/", inbox_selected.mark, name="selected_mark"),
    path("selected/undo/<str:word>/", inbox_selected.undo, name="selected_undo"),
    path("selected/unmark/<str:word>/", inbox_selected.unmark, name="selected_unmark"),
    path("labels/", inbox_labels.manage, name="labels"),
    path("labels/<int:pk>/", inbox_labels.edit, name="label_edit"),
    path("labels/<int:pk>/delete/", inbox_labels.delete, name="label_delete"),
    path("labels/<int:pk>/restore/", inbox_labels.restore, name="label_restore"),
    path("replies/", include("dashboard.replies_urls")),
    path("files/<uuid:pk>/", thread.conversation_file, name="conversation_file"),
    path("<uuid:pk>/", inbox.conversation, name="conversation"),
    path("<uuid:pk>/", include("dashboard.thread_urls")),
    path("<uuid:pk>/person/", inbox_actions.person, name="conversation_person"),
    path("<uuid:pk>/unread/", inbox_actions.unread, name="conversation_unread"),
    path("<uuid:pk>/assign/", inbox_actions.assign, name="conversation_assign"),
    path("<uuid:pk>/labels/", inbox_actions.label, name="conversation_labels"),
    path("<uuid:pk>/note/", inbox_actions.note, name="conversation_note"),
    path("<uuid:pk>/block/", inbox_actions.block, name="conversation_block"),
    path("<uuid:pk>/opt-out/", inbox_actions.opt_out, name="conversation_opt_out"),
    path("<uuid:pk>/dealt-with/", inbox_actions.dismiss, name="conversation_dismiss"),
]
