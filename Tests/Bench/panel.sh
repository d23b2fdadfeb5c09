#!/usr/bin/env bash
# Questions per second and CPU per question of the asking loop, beside dnsperf, against one local NSD;
# then a fleet of names × 3 servers audited: time and memory. Needs .build/release/cutover.
set -euo pipefail
cutover=$(pwd)/.build/release/cutover
asking=$(pwd)/.build/release/asking-bench
names=${NAMES:-10000}
questions=${QUESTIONS:-1000000}
[ -x "$cutover" ] || { echo "build first: swift build -c release --product cutover" >&2; exit 1; }
CUTOVER_BENCH=1 swift build -c release --product asking-bench >/dev/null
for program in nsd dnsperf; do
  command -v "$program" >/dev/null || { echo "$program is missing" >&2; exit 1; }
done
work=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null; rm -rf "$work"' EXIT

{
  printf '$ORIGIN bench.test.\n$TTL 300\n@ SOA ns1 host 1 3600 600 86400 300\n'
  for number in 1 2 3; do printf '@ NS ns%d\nns%d A 127.0.0.%d\n' $number $number $number; done
  for ((number = 0; number < names; number++)); do printf 'n%d CNAME t.bench.test.\n' $number; done
  printf 't A 192.0.2.1\nt AAAA 2001:db8::1\n'
} >"$work/zone"
{
  printf 'server:\n  username: ""\n  chroot: ""\n  database: ""\n  rrl-ratelimit: 0\n'
  for number in 1 2 3; do printf '  ip-address: 127.0.0.%d@%d\n' $number "$port"; done
  printf '  pidfile: "%s/pid"\n  xfrdfile: "%s/xfrd"\n  zonelistfile: "%s/list"\n  xfrdir: "%s"\n' \
    "$work" "$work" "$work" "$work"
  printf 'remote-control:\n  control-enable: no\nzone:\n  name: bench.test\n  zonefile: %s/zone\n' \
    "$work"
} >"$work/conf"
nsd -d -c "$work/conf" >"$work/log" 2>&1 &
server=$!
for ((number = 0; number < names; number++)); do echo "n$number.bench.test CNAME"; done >"$work/queries"
sed 's/ CNAME//' "$work/queries" >"$work/names"
for _ in $(seq 100); do
  dnsperf -s 127.0.0.1 -p "$port" -d "$work/queries" -n 1 -Q 10 -l 1 >/dev/null 2>&1 && break
  sleep 0.1
done

echo "dnsperf, 10 s at most, 1 thread:"
/usr/bin/time -f '  %e s wall, %U s user, %S s system, %M KiB' -o "$work/time" \
  dnsperf -s 127.0.0.1 -p "$port" -d "$work/queries" -n 20 -l 10 -q 500 >"$work/dnsperf" 2>&1 || true
grep -E 'Queries (completed|per second)' "$work/dnsperf" || cat "$work/dnsperf"
cat "$work/time"

echo "the asking loop, 1 thread, $questions questions:"
"$asking" "127.0.0.1:$port" "$work/queries" "$questions"

echo "cutover audit, $names names, 3 servers:"
/usr/bin/time -f '  %e s wall, %U s user, %S s system, %M KiB' -o "$work/time" \
  "$cutover" audit --names "$work/names" --brief --fail-on never \
  --authoritative "127.0.0.1:$port" --authoritative "127.0.0.2:$port" \
  --authoritative "127.0.0.3:$port" >"$work/audit" 2>"$work/progress"
tail -1 "$work/progress"
cat "$work/time"
echo "  $(wc -l <"$work/audit") names judged"
