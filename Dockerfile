# docker build --tag elbo-room . && docker run --publish 8501:8501 elbo-room
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 OMP_NUM_THREADS=1
WORKDIR /app
RUN useradd --create-home --uid 1000 room

# PyTorch's build for CPUs is gigabytes smaller than the default one; its installation page names the index that has it. To use it:
# docker build --build-arg TORCH_INDEX=ADDRESS --tag elbo-room .
ARG TORCH_INDEX=""
COPY requirements.txt constraints.txt ./
RUN python -m pip install --no-cache-dir ${TORCH_INDEX:+--no-deps --index-url "$TORCH_INDEX"} "$(grep '^torch==' requirements.txt)"
RUN python -m pip install --no-cache-dir --constraint constraints.txt --requirement requirements.txt

COPY app.py LICENSE ./
COPY .streamlit .streamlit
COPY pages pages
COPY vaecore vaecore

USER room
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "import os, urllib.request; base = os.environ.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'); urllib.request.urlopen('http://localhost:8501' + (base and '/' + base) + '/_stcore/health', timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "app.py", "--server.address", "0.0.0.0", "--server.port", "8501", "--server.headless", "true"]
