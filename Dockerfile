# One image for every process of production: web, worker, relay, scheduler.
# docker build -t baton .

FROM node:24-slim AS libraries
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-progress

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH
COPY requirements-production.txt ./
RUN pip install --require-hashes -r requirements-production.txt
WORKDIR /app
COPY . .
COPY --from=libraries /src/node_modules ./node_modules
# The secrets below exist only for this step; the image holds none.
RUN python scripts/assets.py \
    && python scripts/compile_messages.py \
    && BATON_ENV=production SECRET_KEY=only-for-the-build ENCRYPTION_KEYS=b25seS1mb3ItdGhlLWJ1aWxkLW9ubHktZm9yLWJ1aWw= \
       DATABASE_URL=postgres://build/build REDIS_URL=redis://build/0 STATIC_ROOT=/app/build/static \
       python manage.py collectstatic --noinput --verbosity 0 \
    && rm -rf node_modules tests bench build/vendor

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Baton" \
      org.opencontainers.image.description="Open-source, multi-tenant, omnichannel order management system" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --system --gid 10001 baton \
    && useradd --system --uid 10001 --gid baton --home-dir /var/lib/baton --create-home --shell /usr/sbin/nologin baton
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    BATON_ENV=production \
    BATON_HOME=/var/lib/baton \
    STATIC_ROOT=/app/build/static \
    DJANGO_SETTINGS_MODULE=oms.settings
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER baton
VOLUME /var/lib/baton
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["/app/docker/entrypoint"]
CMD ["web"]
HEALTHCHECK --interval=15s --timeout=5s --start-period=40s --retries=3 CMD ["/app/docker/health"]
