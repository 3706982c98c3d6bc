import uuid, redis
from django.conf import settings
from bots import bell
def test_x(tenant):
    r=redis.Redis.from_url(settings.REDIS_URL)
    print(bell.ring(tenant_id=1, conversation_id=uuid.uuid4()), r.llen("switchboard"), r.keys())
    r.flushdb()
    print(bell.ring(tenant_id=1, conversation_id=uuid.uuid4()), r.llen("switchboard"), r.keys())
    print(bell.ring(tenant_id=1, conversation_id=uuid.uuid4(), delay=3), r.llen("switchboard"), r.keys())
    print(r.lrange("switchboard",0,0))
