# An image that answers at once: its kernels are compiled while it is built.
#   docker build -t microinfer . && docker run --rm -v "$PWD:/models" microinfer check model.tflite -p arduino-uno
ARG PYTHON=3.13-slim
FROM python:${PYTHON}
COPY . /tmp/microinfer
RUN pip install --no-cache-dir /tmp/microinfer && rm -r /tmp/microinfer
ENV MICROINFER_CACHE_DIR=/var/cache/microinfer
RUN microinfer warmup && chmod -R a+rX /var/cache/microinfer
WORKDIR /models
ENTRYPOINT ["microinfer"]
CMD ["--help"]
