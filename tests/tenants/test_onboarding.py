def test_x(tenant):
    from bots.models import Channel
    assert Channel.objects.count() == 1
