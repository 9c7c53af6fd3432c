# Build: everything is installed and compiled to bytecode here; the compiler and pip stay behind.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/bot
COPY requirements.txt ./
# sqlite-utils asks for pip, for a command of its own that installs plugins; the bot has no use for it.
RUN pip --python /opt/bot/bin/python install --no-cache-dir --no-compile --require-hashes -r requirements.txt \
    && pip --python /opt/bot/bin/python uninstall --yes pip
COPY bot ./bot
COPY manifest.yml ./bot/
# Copied, not built: no unpinned build backend is fetched.
RUN cp -r bot "$(/opt/bot/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
    && printf '#!/opt/bot/bin/python\nfrom bot.cli import main\nmain()\n' > /opt/bot/bin/snapshot-bot \
    && chmod 755 /opt/bot/bin/snapshot-bot \
    && /opt/bot/bin/python -m compileall -q /opt/bot/lib

FROM python:3.13-slim
LABEL org.opencontainers.image.title="dws-snapshot-bot" \
      org.opencontainers.image.description="A self-hosted Slack bot that creates snapshots of GaussDB(DWS) clusters, with approval, exactly once." \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.authors="The snapshot bot's authors"
# Group 0 as OpenShift wants it, which gives a container a user id of its own choice in that group. Nothing is installed
# into a running container, so pip goes, and what would bring it back. The base image has removed the bytecode of
# Python's own modules: without it each start, and each health check, would compile them again.
RUN useradd --uid 10001 --gid 0 --home-dir /data --no-create-home --shell /usr/sbin/nologin bot \
    && install -d -o 10001 -g 0 -m 0770 /data \
    && pip uninstall --yes pip \
    && rm -rf /usr/local/bin/pip* "$(python -c 'import ensurepip; print(*ensurepip.__path__)')" \
    && python -m compileall -q -x 'idlelib|lib2to3|tkinter|turtledemo' \
        "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=build /opt/bot /opt/bot
COPY LICENSE /licenses/
ENV PATH=/opt/bot/bin:$PATH \
    HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SNAPSHOT_BOT_DATABASE=sqlite:////data/snapshot-bot.db \
    SNAPSHOT_BOT_LISTEN=0.0.0.0:8080
# By number, so that Kubernetes can see that it isn't root (runAsNonRoot).
USER 10001:0
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD ["snapshot-bot", "health"]
ENTRYPOINT ["snapshot-bot"]
CMD ["serve"]
