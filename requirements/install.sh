#!/bin/sh
# Bring .venv to what a lock file says: `requirements/install.sh runtime` or `… dev` (a superset).
#
# Does nothing when nothing has changed. The stamp is removed before the first change and written
# after the last, so that a set-up which was interrupted is simply done again by the next command.
set -eu

kind=$1
cd "$(dirname "$0")/.."
here=$(pwd -P)
venv=.venv
stamp=$venv/.recado-setup

fail() {
  echo "$1" >&2
  exit 1
}

# Everything that the result depends on, this checkout's place included: scripts in .venv/bin carry
# absolute paths, so a checkout that was moved or copied gets a new environment.
key=$({ echo "$here"; cat requirements/*.txt requirements/install.sh pyproject.toml; } | cksum)
have=$(cat "$stamp" 2>/dev/null || true)

if "$venv/bin/python" -c '' 2>/dev/null; then
  case "$have" in
    "dev $key") exit 0 ;;
    "$kind $key") exit 0 ;;
  esac
fi
case "$have" in dev\ *) kind=dev ;; esac # never take the tools away from who has them

find_python() {
  for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

# An environment is kept when its Python and its pip work and it was made for this very place.
usable() {
  "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 &&
    head -n 2 "$venv/bin/pip" 2>/dev/null | grep -qF "$here/$venv/bin/python"
}

python=$(find_python)
[ -n "$python" ] || fail "Recado needs Python 3.11 or newer, and ${PYTHON:-python3} is $(
  "${PYTHON:-python3}" --version 2>/dev/null || echo 'not on this machine'
). Install one, or name one: make setup PYTHON=/path/to/python3"

rm -f "$stamp"
if ! usable; then
  "$python" -c 'import venv, ensurepip' 2>/dev/null ||
    fail "$python lacks its venv module. On Debian and Ubuntu: sudo apt-get install python3-venv"
  echo "Setting up $venv with $("$python" --version) …"
  "$python" -m venv --clear "$venv" || fail "$python could not make $venv (its message is above)."
fi

echo "Installing what requirements/$kind.txt lists …"
locks="requirements/$kind.txt"
[ "$kind" = dev ] || locks="requirements/setup.txt $locks" # dev.txt includes setup.txt

# pip brings uv, uv brings the rest. Each file is checked against its hash.
uv_locked=$(sed -n 's/^uv==\([^ ]*\).*/uv \1/p' requirements/setup.txt)
case "$("$venv/bin/uv" --version 2>/dev/null || true) " in
  "$uv_locked "*) ;;
  *) "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --require-hashes -r requirements/setup.txt ;;
esac
export VIRTUAL_ENV="$here/$venv"
# Bytecode is compiled now, all cores at once, and not while the first start is waited for.
# shellcheck disable=SC2086 # a list of files without spaces
"$venv/bin/uv" pip sync --quiet --require-hashes --compile-bytecode $locks
"$venv/bin/uv" pip install --quiet --no-deps --no-build-isolation --editable .
"$venv/bin/python" -m compileall -q -j 0 src

echo "$kind $key" >"$stamp"
