#!/bin/sh
# Bring azurite, Microsoft's own double of Azure Blob Storage, into .venv/azurite, each package
# checked against its hash. Needs npm; does nothing when nothing has changed.
set -eu
cd "$(dirname "$0")"
place=../../../.venv/azurite
key=$(cat package.json package-lock.json | cksum | tr ' ' '-')
[ "$(cat "$place/.whole" 2>/dev/null || true)" != "$key" ] || exit 0
command -v npm >/dev/null || {
  echo "azurite needs npm. On Debian and Ubuntu: sudo apt-get install nodejs npm" >&2
  exit 1
}
rm -rf "$place"
mkdir -p "$place"
cp package.json package-lock.json .npmrc "$place"
cd "$place"
# Its packages' own scripts are not run: none of them is needed.
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
printf '%s' "$key" >.whole
