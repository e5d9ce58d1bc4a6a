# A service over indexes that are mounted at /indexes:
#
#   docker build -t pyserini-optical .
#   docker run --rm --init -m 3g -p 127.0.0.1:8080:8080 -v "$PWD/indexes:/indexes:ro" pyserini-optical \
#       serve --host 0.0.0.0 --lucene-index /indexes/bm25 --dense-index /indexes/dense
#
# `docker compose up` makes the demo's index first and serves that.
FROM python:3.11-slim-trixie

RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-21-jre-headless \
    && rm -rf /var/lib/apt/lists/*

# Mounted, not copied, the sources and what pip downloads stay out of the image (BuildKit, or Podman 4).
# The processor's build of torch: a tenth of the size of the one with CUDA.
WORKDIR /build
RUN --mount=type=bind,target=/build,rw --mount=type=cache,target=/root/.cache/pip \
    pip install --extra-index-url https://download.pytorch.org/whl/cpu -c constraints.txt '.[onnx]'

# A volume takes the owner of the folder that it is mounted over: the demo writes its index to /data.
RUN useradd --create-home optical && install --directory --owner=optical /data
USER optical
WORKDIR /home/optical
# With this the encoder runs on onnxruntime, in half of torch's time.
RUN pyserini-optical export optical --onnx

# Java would take a quarter of the machine's memory for its heap.
ENV JAVA_TOOL_OPTIONS="-Xmx512m -XX:+UseSerialGC"
EXPOSE 8080
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=3)"]
ENTRYPOINT ["pyserini-optical"]
CMD ["serve", "--help"]
