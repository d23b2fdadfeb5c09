#!/usr/bin/env bash
# Durable transitions per second, single and grouped, beside what the disk's fsync allows and beside DBOS
# (PyPI) on SQLite; then start and memory with 10,000 sleeping migrations. All on the same file system, in
# this run. DBOS is installed into a folder of its own; NODBOS=1 leaves it out.
set -euo pipefail
work=$(mktemp -d "${BENCH_DIR:-/tmp}/cutover-bench-engine-XXXXXX")
trap 'rm -rf "$work"' EXIT
command -v python3 >/dev/null || { echo "python3 is missing" >&2; exit 1; }

python3 - "$work/fsync" <<'PY'
import os, sys, time
count = 1000
file = os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY, 0o600)
start = time.perf_counter()
for _ in range(count):
    os.write(file, b"x" * 4096)
    os.fdatasync(file)
print(f"the disk: {count / (time.perf_counter() - start):.0f} appends of 4 KiB with fdatasync/s")
PY

CUTOVER_SUITES=StoreTests swift build -c release --build-tests -Xswiftc -enable-testing >"$work/build" 2>&1 \
  || { tail -20 "$work/build"; exit 1; }
mkdir -m 700 "$work/state"
CUTOVER_BENCH="$work/state" CUTOVER_SUITES=StoreTests swift test -c release --skip-build \
  -Xswiftc -enable-testing --no-parallel --filter StoreBench 2>&1 | grep -E 'transitions/s|sleeping|✘' || true

[ -n "${NODBOS:-}" ] && exit 0
python3 -m venv "$work/venv"
"$work/venv/bin/pip" -q install dbos >"$work/pip" 2>&1 || { tail -5 "$work/pip"; exit 1; }
cat >"$work/flow.py" <<'PY'
import logging, sys, time
from dbos import DBOS, DBOSConfig
logging.disable(logging.WARNING)
DBOS(config=DBOSConfig(name="bench", system_database_url=f"sqlite:///{sys.argv[1]}/dbos.sqlite"))

@DBOS.step()
def step(number):
    return number

@DBOS.workflow()
def flow(count):
    for number in range(count):
        step(number)

DBOS.launch()
flow(3)
count = 100
start = time.perf_counter()
for _ in range(count):
    flow(3)
span = time.perf_counter() - start
print(f"DBOS on SQLite: {count * 3 / span:.0f} steps/s ({count / span:.0f} workflows of 3 steps/s)")
DBOS.destroy()
PY
"$work/venv/bin/python" "$work/flow.py" "$work" 2>/dev/null | grep DBOS
