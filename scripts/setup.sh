#!/usr/bin/env bash
# Makes the environment of the lock file in the folder $1. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.venv}

python=${PYTHON:-python3}
"$python" - <<'PY' || { echo "需要 Python 3.11–3.13；可用 make PYTHON=python3.12 run 指定" >&2; exit 1; }
import sys
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PY

if [ ! -x "$venv/bin/python" ]; then
  if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    bash scripts/debian.sh python3-venv:
  fi
  "$python" -m venv "$venv"
fi
[ -x "$venv/bin/uv" ] || "$venv/bin/pip" install --quiet --disable-pip-version-check uv==0.13.9
"$venv/bin/uv" pip install --quiet --require-hashes -r requirements.lock --python "$venv/bin/python"
"$venv/bin/uv" pip install --quiet --no-deps --python "$venv/bin/python" -e .
