# The load balancer of compose.cluster.yml: Debian's Caddy with docker/Caddyfile.
FROM debian:bookworm-slim
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends caddy \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/*
COPY Caddyfile /etc/caddy/Caddyfile
# Caddy needs a folder of its own, though it stores nothing there.
ENV HOME=/tmp
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --start-interval=1s \
    CMD ["bash", "-c", \
         "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /_health/ready HTTP/1.0\\r\\n\\r\\n' >&3; grep -q '^HTTP/1.0 200' <&3"]
ENTRYPOINT ["caddy", "run", "--config", "/etc/caddy/Caddyfile"]
LABEL org.opencontainers.image.title="nestkv-balancer" \
      org.opencontainers.image.description="Caddy in front of two nestkv."
