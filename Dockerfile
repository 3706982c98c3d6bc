# syntax=docker/dockerfile:1
# One image for release, web, worker and beat: the argument names the process of the Procfile. No secret is in it.

FROM python:3.13-slim AS packages
WORKDIR /build
COPY requirements/runtime.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r runtime.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin switchboard \
    && install -d -o switchboard -g switchboard /app /app/staticfiles /media
COPY --from=packages /venv /venv
WORKDIR /app
# .dockerignore lets in only what the processes need. Root owns it: a process cannot change its own code.
COPY . .
USER switchboard

# The web process reads its static files from its own disk, so they belong into the image. Settings must be complete to
# be read; these values last for this one command, reach nothing and are kept nowhere. `release` may collect again.
RUN SECRET_KEY=only-for-collecting-static-files-in-this-build \
    FIELD_ENCRYPTION_KEY=b25seS1mb3ItY29sbGVjdGluZy1zdGF0aWMtZmlsZXM= \
    ALLOWED_HOSTS=build.invalid \
    PUBLIC_BASE_URL=https://build.invalid \
    DATABASE_URL=postgresql://nobody@build.invalid/nothing \
    REDIS_URL=redis://build.invalid/0 \
    python manage.py collectstatic --noinput --verbosity 0

EXPOSE 8000
ENTRYPOINT ["/app/deploy/run"]
CMD ["web"]
