from django.urls import path

from webhooks import media
from webhooks.views import StatusCallbackView, WhatsAppWebhookView

urlpatterns = [
    path("webhook/", WhatsAppWebhookView.as_view(), name="whatsapp-webhook"),
    path("status/", StatusCallbackView.as_view(), name="whatsapp-status-any"),
    path("status/twilio/<uuid:message_id>/", StatusCallbackView.as_view(), name="whatsapp-status"),
    path("media/<str:token>/", media.serve, name="whatsapp-media"),
]
