#!/usr/bin/env bash
# Makes the environment of JupyterHub in the folder $1: a venv and a node_modules of their own, each
# from its lock file. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."
prefix=$1 files=deploy/jupyterhub uv=${UV:-.venv/bin/uv}

node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null \
  && command -v npm >/dev/null || { echo "需要 Node.js 20 以上和 npm（Debian 13：apt install nodejs npm）" >&2; exit 3; }
mkdir -p "$prefix"
[ -x "$prefix/venv/bin/python" ] || "$uv" venv --quiet --python "${PYTHON:-.venv/bin/python}" "$prefix/venv"
"$uv" pip install --quiet --require-hashes -r $files/requirements.lock --python "$prefix/venv/bin/python"
"$uv" pip install --quiet --no-deps --python "$prefix/venv/bin/python" -e .
cp $files/package.json $files/package-lock.json "$prefix/"
npm ci --prefix "$prefix" --silent --no-audit --no-fund --ignore-scripts
