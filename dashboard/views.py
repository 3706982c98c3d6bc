from django.http import HttpResponse

def platform(request): return HttpResponse("platform")
def overview(request): return HttpResponse("overview")
