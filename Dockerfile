# Server and worker: one program, two targets.
#
#   docker build -t voltyard .                                   # the server
#   docker run -e VOLTYARD_HOST=0.0.0.0 -p 8080:8080 -p 9000:9000 -v voltyard:/data voltyard
#
#   docker build --target worker -t voltyard-worker .
#   docker run -e VOLTYARD_CONTROL_URL=wss://... -e VOLTYARD_CONTROL_TOKEN voltyard-worker

FROM python:3.11-slim AS build
RUN python -m venv /venv
WORKDIR /build
COPY requirements/run.lock requirements/dev.lock requirements/
RUN /venv/bin/pip install --no-cache-dir -r requirements/run.lock
# For the provider ecs, in the version that is tested: --build-arg EXTRA_PACKAGES= leaves it away.
ARG EXTRA_PACKAGES=boto3
RUN test -z "$EXTRA_PACKAGES" \
    || /venv/bin/pip install --no-cache-dir -c requirements/dev.lock $EXTRA_PACKAGES
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN /venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11-slim AS base
RUN useradd --uid 10001 --create-home voltyard && install -d -o voltyard -m 0700 /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 VOLTYARD_DATA=/data
USER 10001
WORKDIR /home/voltyard
ENTRYPOINT ["voltyard"]

# It ends by itself where it is of no use any more: that it runs says that it is well.
FROM base AS worker
HEALTHCHECK NONE
CMD ["worker"]

# It listens on loopback, as anywhere else, until VOLTYARD_HOST says otherwise.
FROM base AS server
VOLUME ["/data"]
EXPOSE 8080 9000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('VOLTYARD_PORT', '8080') + '/health', timeout=4)"]
CMD ["up"]
