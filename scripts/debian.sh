#!/usr/bin/env bash
# Installs Debian packages that are missing: each word is PACKAGE:COMMAND, installed unless the
# command (or, without one, the package) is there.
set -euo pipefail
missing=()
for word in "$@"; do
  package=${word%%:*} command=${word#*:}
  if [ -n "$command" ]; then
    command -v "$command" >/dev/null && continue
  else
    dpkg -s "$package" >/dev/null 2>&1 && continue
  fi
  missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

run=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "请先安装：apt install ${missing[*]}" >&2; exit 1; }
  run=sudo
fi
echo "安装 Debian 软件包：${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
$run apt-get update -qq
$run apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
