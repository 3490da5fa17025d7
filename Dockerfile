# Server and worker: one program, two targets.
#
#   docker build -t voltyard .                                   # the server
#   docker run -e VOLTYARD_HOST=0.0.0.0 -p 8080:8080 -p 9000:9000 -v voltyard:/data voltyard
#
#   docker build --target worker -t voltyard-worker .
#   docker run -e VOLTYARD_BUS_URL=tls://... voltyard-worker

# The base by its tag: what it means changes. Pin it to what you have looked at:
#   docker buildx imagetools inspect python:3.11-slim --format '{{.Manifest.Digest}}'
#   docker build --build-arg PYTHON_IMAGE=python:3.11-slim@sha256:... .
ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
# /tools builds and installs, and stays behind; /venv has nothing but what runs.
RUN python -m venv /tools && python -m venv --without-pip /venv
# cloud.lock has the providers ecs and kubernetes as well: --build-arg LOCK=run.lock leaves it away.
ARG LOCK=cloud.lock
COPY requirements requirements
# Node builds the page, and stays behind with the rest of /tools.
RUN /tools/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/build.lock -r requirements/page.lock \
    && /tools/bin/pip --python /venv/bin/python install --no-cache-dir --no-deps --require-hashes -r requirements/$LOCK
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY tools tools
COPY web web
COPY openapi.json ./
COPY src src
RUN PATH=/tools/bin:$PATH /tools/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
    && /tools/bin/pip --python /venv/bin/python install --no-cache-dir --no-deps /wheels/*.whl

FROM ${PYTHON_IMAGE} AS base
# Nothing in it installs or builds anything more.
RUN python -m pip uninstall --yes --root-user-action ignore setuptools wheel pip \
    && rm -rf /usr/local/lib/python3*/ensurepip \
    && useradd --uid 10001 --create-home voltyard && install -d -o voltyard -m 0700 /data
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
