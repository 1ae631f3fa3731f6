# etcd from Debian's package, where no registry can be reached: for trials.
# Production takes the upstream image, which is newer: see compose.yaml.
FROM debian:bookworm-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends etcd-server >/dev/null \
    && rm -rf /var/lib/apt/lists/*
ENTRYPOINT []
CMD ["etcd"]
