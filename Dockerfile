# Build: everything is installed and compiled to bytecode here; the compiler stays behind.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/bot
COPY requirements.txt ./
RUN /opt/bot/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY bot ./bot
# Copied, not built: no unpinned build backend is fetched.
RUN cp -r bot "$(/opt/bot/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
    && printf '#!/opt/bot/bin/python\nfrom bot.cli import main\nmain()\n' > /opt/bot/bin/snapshot-bot \
    && chmod 755 /opt/bot/bin/snapshot-bot \
    && /opt/bot/bin/python -m compileall -q /opt/bot/lib \
    && /opt/bot/bin/pip uninstall --yes pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin bot \
    && install -d -o bot -g bot -m 0700 /data
COPY --from=build /opt/bot /opt/bot
ENV PATH=/opt/bot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    SNAPSHOT_BOT_DATABASE=sqlite:////data/snapshot-bot.db \
    SNAPSHOT_BOT_LISTEN=0.0.0.0:8080
USER bot
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=4)"]
ENTRYPOINT ["snapshot-bot"]
CMD ["serve"]
