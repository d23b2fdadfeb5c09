#!/usr/bin/env bash
# CPU per answered question, and questions per second, of cutover dns beside NSD, Knot, BIND and a bare
# recvmmsg echo (the least that a UDP server can do): the same zone, the same questions (80 % alias and target, 10 % NODATA, 10 % NXDOMAIN), one thread each, in one
# run, the rounds taken in turns. Prints medians, and ratios to ours.
set -eu
cd "$(dirname "$0")/../.."
program=$PWD/.build/release/cutover
rounds=${ROUNDS:-3} seconds=${SECONDS_EACH:-3} names=${NAMES:-1000}
dir=$(mktemp -d)
pids=()
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null; rm -rf "$dir"; }
trap cleanup EXIT

{
  echo '$TTL 300'
  echo '@ IN SOA ns1 hostmaster 1 3600 900 86400 300'
  echo '@ IN NS ns1'
  echo 'ns1 IN A 127.0.0.1'
  for i in $(seq "$names"); do printf 'a%d IN CNAME t%d\nt%d IN A 192.0.2.%d\n' "$i" "$i" "$i" $((i % 250 + 1)); done
} >"$dir/example.test.zone"
for i in $(seq "$names"); do
  case $((i % 10)) in
    0) echo "t$i.example.test MX" ;;
    1) echo "no$i.example.test A" ;;
    *) echo "a$i.example.test A" ;;
  esac
done >"$dir/questions"

port() { python3 Tests/Bench/free-port.py; }
declare -A ports server_pid cpu rate
for name in ours nsd knot bind echo; do ports[$name]=$(port); done

"$program" dns --zone "example.test=$dir/example.test.zone" --listen "127.0.0.1:${ports[ours]}" --threads 1 >"$dir/ours.log" 2>&1 &
server_pid[ours]=$!
cat >"$dir/nsd.conf" <<CONF
server:
  ip-address: 127.0.0.1@${ports[nsd]}
  server-count: 1
  rrl-ratelimit: 0
  username: ""
  chroot: ""
  zonesdir: "$dir"
  pidfile: "$dir/nsd.pid"
  database: ""
  xfrdfile: "$dir/xfrd.state"
  zonelistfile: "$dir/zone.list"
remote-control:
  control-enable: no
zone:
  name: example.test
  zonefile: example.test.zone
CONF
nsd -d -c "$dir/nsd.conf" >"$dir/nsd.log" 2>&1 &
server_pid[nsd]=$!
mkdir -p "$dir/knot"
cat >"$dir/knot.conf" <<CONF
server:
    listen: 127.0.0.1@${ports[knot]}
    rundir: $dir/knot
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: $dir/knot
zone:
  - domain: example.test
    storage: $dir
    file: example.test.zone
    zonefile-sync: -1
    journal-content: none
CONF
knotd -c "$dir/knot.conf" >"$dir/knot.log" 2>&1 &
server_pid[knot]=$!
cat >"$dir/named.conf" <<CONF
options { directory "$dir"; pid-file none; listen-on port ${ports[bind]} { 127.0.0.1; }; listen-on-v6 { none; };
  recursion no; dnssec-validation no; session-keyfile "$dir/session.key"; };
controls { };
zone "example.test" { type primary; file "example.test.zone"; };
CONF
named -g -n 1 -c "$dir/named.conf" >"$dir/bind.log" 2>&1 &
server_pid[bind]=$!
"$(dirname "$(readlink -f "$(command -v swift)")")/clang" -O2 -o "$dir/echo" Tests/Bench/echo.c
"$dir/echo" "${ports[echo]}" &
server_pid[echo]=$!
pids=("${server_pid[@]}")

for name in ours nsd knot bind; do
  for try in $(seq 100); do
    dig +short +tries=1 +time=1 @127.0.0.1 -p "${ports[$name]}" t1.example.test A 2>/dev/null | grep -q 192 && break
    if [ "$try" = 100 ]; then
      echo "$name does not answer:" && tail "$dir/$name.log"
      exit 1
    fi
    sleep 0.1
  done
done

descendants() {
  local pid
  for pid in $(pgrep -P "$1" || true); do
    echo "$pid"
    descendants "$pid"
  done
}
# User and system time of a server and all its children (NSD answers in a grandchild), in clock ticks.
ticks() {
  local total=0 pid
  for pid in $1 $(descendants "$1"); do
    # Behind the name in brackets, which may hold blanks.
    total=$((total + $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{s = $12 + $13} END {print s + 0}')))
  done
  echo "$total"
}
hertz=$(getconf CLK_TCK)
for _ in $(seq "$rounds"); do
  for name in ours nsd knot bind echo; do
    before=$(ticks "${server_pid[$name]}")
    dnsperf -s 127.0.0.1 -p "${ports[$name]}" -d "$dir/questions" -l "$seconds" -c 4 -q 64 >"$dir/perf" 2>&1
    after=$(ticks "${server_pid[$name]}")
    done_count=$(awk '/Queries completed/ {print $3}' "$dir/perf")
    cpu[$name]+="$(awk -v t=$((after - before)) -v h="$hertz" -v n="$done_count" 'BEGIN {printf "%.2f", t / h * 1e6 / n}') "
    rate[$name]+="$(awk '/Queries per second/ {printf "%d", $4}' "$dir/perf") "
  done
done
median() { tr ' ' '\n' <<<"$1" | grep . | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
ours=$(median "${cpu[ours]}")
printf '%-8s %14s %14s %8s\n' server 'µs CPU/answer' 'answers/s' 'ratio'
for name in ours nsd knot bind echo; do
  value=$(median "${cpu[$name]}")
  printf '%-8s %14s %14s %8s\n' "$name" "$value" "$(median "${rate[$name]}")" "$(awk -v a="$value" -v b="$ours" 'BEGIN {printf "%.2f", a / b}')"
done
