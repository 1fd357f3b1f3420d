#!/bin/sh
# Bring .venv to what a lock file says: `requirements/install.sh runtime` or `… dev` (a superset).
#
# Beside runtime come the extras that the settings (environment or .env) ask for, those named in
# EXTRAS, and those that are there already; `dev` has them all.
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

# setting NAME: its value in the environment, else in .env; empty where neither has it.
setting() {
  eval "value=\${$1-}"
  if [ -z "$value" ] && [ -f .env ]; then
    value=$(sed -n "s/^ *\(export \)\{0,1\}$1 *= *[\"']\{0,1\}\([^\"']*\).*/\2/p" .env | tail -n 1)
  fi
  printf '%s' "$value"
}

# The extras, one a line. Providers without one of their own speak OpenAI's protocol.
wanted() {
  echo "${EXTRAS-}" | tr ', ' '\n\n'
  for model in "$(setting RECADO_MODEL)" "$(setting RECADO_VISION_MODEL)"; do
    case $model in
      '' | embedded) ;;
      anthropic:*) echo anthropic ;;
      bedrock:*) echo bedrock ;;
      google*:*) echo google ;;
      *:*) echo openai ;;
    esac
  done
  case $(setting RECADO_EMBEDDINGS) in
    '') ;;
    local) echo local-embeddings ;;
    bedrock:*) echo embeddings bedrock | xargs -n 1 ;;
    google*:*) echo embeddings google | xargs -n 1 ;;
    *:*) echo embeddings openai | xargs -n 1 ;;
  esac
  case $(setting RECADO_TRANSCRIPTION) in
    local:*) echo local-transcription ;;
    aws | aws:*) echo sound aws | xargs -n 1 ;;
    *:*) echo sound ;;
  esac
  case "$(setting RECADO_IMAGE_READER) $(setting RECADO_DOCUMENT_READER)" in
    *ocr*) echo ocr ;;
  esac
  [ "$(setting RECADO_IMAGE_READER)" != rekognition ] || echo aws
  [ "$(setting RECADO_DOCUMENT_READER)" != textract ] || echo textract
  case $(setting DATABASE_URL) in postgres*) echo postgresql ;; esac
  case $(setting RECADO_CACHE_URL) in ?*) echo redis ;; esac
  case $(setting RECADO_QUEUE_URL) in
    nats:* | tls:*) echo nats ;;
    amqp:* | amqps:*) echo rabbitmq ;;
    sqs:*) echo sqs ;;
    servicebus) echo servicebus ;;
  esac
  case $(setting RECADO_BLOB_URL) in
    s3:*) echo s3 ;;
    az:*) echo azure-blob ;;
  esac
  [ "$(setting RECADO_SENTIMENT)" != comprehend ] || echo aws
  [ -z "$(setting OTEL_EXPORTER_OTLP_ENDPOINT)" ] || echo otel
  [ "$(setting OTEL_TRACES_EXPORTER)" != otlp ] || echo otel
}

# Everything that the result depends on, this checkout's place included: scripts in .venv/bin carry
# absolute paths, so a checkout that was moved or copied gets a new environment.
key=$({ echo "$here"; cat requirements/*.txt requirements/extras/*.txt requirements/install.sh \
  pyproject.toml; } | cksum | tr ' ' '-')
have=$(cat "$stamp" 2>/dev/null || true)
# Never take away from who has them: neither the tools nor an extra.
case "$have" in dev\ *) kind=dev ;; esac
extras=
if [ "$kind" = runtime ]; then
  extras=$({ wanted; echo "$have" | cut -s -d ' ' -f 3- | tr ' ' '\n'; } | sort -u | xargs)
fi
for extra in $extras; do
  [ -f "requirements/extras/$extra.txt" ] ||
    fail "There is no extra '$extra'; there are: $(basename -s .txt requirements/extras/*.txt | xargs)"
done

[ "$have" = "$kind $key${extras:+ $extras}" ] && "$venv/bin/python" -c '' 2>/dev/null && exit 0

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
  echo "1/4  Making $venv with $("$python" --version)"
  "$python" -m venv --clear "$venv" || fail "$python could not make $venv (its message is above)."
fi

locks="requirements/$kind.txt"
[ "$kind" = dev ] || locks="requirements/setup.txt $locks" # dev.txt includes setup.txt
for extra in $extras; do locks="$locks requirements/extras/$extra.txt"; done

# pip brings uv, uv brings the rest. Each file is checked against its hash.
uv_locked=$(sed -n 's/^uv==\([^ ]*\).*/uv \1/p' requirements/setup.txt)
case "$("$venv/bin/uv" --version 2>/dev/null || true) " in
  "$uv_locked "*) ;;
  *)
    echo "2/4  Downloading the installer (uv, 20 MB)"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
      --require-hashes -r requirements/setup.txt
    ;;
esac
export VIRTUAL_ENV="$here/$venv"
# shellcheck disable=SC2086 # a list of files without spaces
count=$(cat $locks | sed -n 's/^\([a-z0-9].*\)==.*/\1/p' | sort -u | wc -l)
case $kind in dev) for_what="all extras and tools" ;; *) for_what="Recado${extras:+ with $extras}" ;; esac
echo "3/4  Downloading and installing $count packages: $for_what"
# Bytecode is compiled now, all cores at once, and not while the first start is waited for. Where a
# person watches, uv shows how far it is.
quiet=--quiet
[ ! -t 2 ] || quiet=
# shellcheck disable=SC2086
"$venv/bin/uv" pip sync $quiet --require-hashes --compile-bytecode $locks
echo "4/4  Putting this checkout in place"
"$venv/bin/uv" pip install --quiet --no-deps --no-build-isolation --editable .
"$venv/bin/python" -m compileall -q -j 0 src

echo "$kind $key${extras:+ $extras}" >"$stamp"
