#!/usr/bin/env bash
# The asking loop beside dnsperf, in turns, against one local NSD: questions a second and CPU a question.
# Then a fleet of names × 3 servers audited: time and memory. Needs .build/release/cutover.
set -euo pipefail
cutover=$(pwd)/.build/release/cutover
asking=$(pwd)/.build/release/asking-bench
names=${NAMES:-10000}
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-5}
questions=${QUESTIONS:-500000}
[ -x "$cutover" ] || { echo "build first: swift build -c release --product cutover" >&2; exit 1; }
for program in nsd dnsperf; do
  command -v "$program" >/dev/null || { echo "$program is missing" >&2; exit 1; }
done
work=$(mktemp -d)
CUTOVER_BENCH=1 swift build -c release --static-swift-stdlib --product asking-bench >"$work/build" 2>&1 ||
  { tail -20 "$work/build" >&2; exit 1; }
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null; rm -rf "$work"' EXIT

{
  printf '$ORIGIN bench.test.\n$TTL 300\n@ SOA ns1 host 1 3600 600 86400 300\n'
  for number in 1 2 3; do printf '@ NS ns%d\nns%d A 127.0.0.%d\n' $number $number $number; done
  for ((number = 0; number < names; number++)); do printf 'n%d CNAME t.bench.test.\n' $number; done
  printf 't A 192.0.2.1\nt AAAA 2001:db8::1\n'
} >"$work/zone"
for ((number = 0; number < names; number++)); do echo "n$number.bench.test CNAME"; done >"$work/queries"
sed 's/ CNAME//' "$work/queries" >"$work/names"

# A port that another program took meanwhile is given up for the next one.
for _ in 1 2 3 4 5; do
  port=$((20000 + RANDOM % 20000))
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
  for _ in $(seq 50); do
    dnsperf -s 127.0.0.1 -p "$port" -d "$work/queries" -n 1 -Q 10 -l 1 2>/dev/null |
      grep 'completed: *[1-9]' >/dev/null && break 2
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  kill "$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
done
[ -n "$server" ] || { echo "NSD does not answer:" >&2; tail -5 "$work/log" >&2; exit 1; }

# CPU a question from what `time` counted: FILE QUESTIONS.
cost() { awk -v n="$2" '{ printf "%.2f", ($1 + $2) * 1e6 / n }' "$1"; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for ((round = 1; round <= rounds; round++)); do
  /usr/bin/time -f '%U %S' -o "$work/time" \
    dnsperf -s 127.0.0.1 -p "$port" -d "$work/queries" -l "$seconds" -q 1000 >"$work/dnsperf" 2>&1
  completed=$(awk '/Queries completed/ { print $3 }' "$work/dnsperf")
  rate=$(awk '/Queries per second/ { printf "%d", $4 }' "$work/dnsperf")
  echo "$rate" >>"$work/theirs.rate"
  cost "$work/time" "$completed" >>"$work/theirs.cost"
  echo >>"$work/theirs.cost"
  "$asking" "127.0.0.1:$port" "$work/queries" "$questions" >"$work/asking"
  awk '{ for (i = 1; i < NF; i++) { if ($(i + 1) == "a" && $(i + 2) == "second;") print $i } }' \
    "$work/asking" >>"$work/ours.rate"
  sed -n 's/.*CPU \([0-9.]*\) .*/\1/p' "$work/asking" >>"$work/ours.cost"
  printf 'round %d: dnsperf %s a second; ours:%s\n' "$round" "$rate" "$(cat "$work/asking")"
done
printf 'medians: dnsperf %s a second, %s µs a question; the asking loop %s a second, %s µs a question\n' \
  "$(median <"$work/theirs.rate")" "$(median <"$work/theirs.cost")" \
  "$(median <"$work/ours.rate")" "$(median <"$work/ours.cost")"

echo "cutover audit, $names names, 3 servers:"
/usr/bin/time -f '  %e s wall, %U s user, %S s system, %M KiB' -o "$work/time" \
  "$cutover" audit --names "$work/names" --brief --fail-on never \
  --authoritative "127.0.0.1:$port" --authoritative "127.0.0.2:$port" \
  --authoritative "127.0.0.3:$port" >"$work/audit" 2>"$work/progress"
tail -1 "$work/progress"
cat "$work/time"
judged=$(wc -l <"$work/audit")
echo "  $judged names judged"
[ "$judged" -eq "$names" ] || { echo "$((names - judged)) names are missing" >&2; exit 1; }
