#!/usr/bin/env bash
# From the start to the first answer, and memory once it is there, of cutover dns beside NSD, Knot and BIND:
# with a zone of three records, and with one of 100,000 names.
set -eu
cd "$(dirname "$0")/../.."
program=$PWD/.build/release/cutover
rounds=${ROUNDS:-5} names=${NAMES:-100000}
dir=$(mktemp -d)
pid=
cleanup() { [ -z "$pid" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null; rm -rf "$dir"; }
trap cleanup EXIT

head='$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 86400 300
@ IN NS ns1
ns1 IN A 127.0.0.1'
echo "$head" >"$dir/small"
{
  echo "$head"
  seq "$names" | awk '{ if ($1 % 2) printf "n%d IN CNAME n%d\n", $1, $1 + 1; else printf "n%d IN A 192.0.2.%d\n", $1, $1 % 250 }'
} >"$dir/large"

port() { python3 Tests/Bench/free-port.py; }

# A server's command for a zone file and a port, as an array in `command`.
prepare() {
  local server=$1 zone=$2 port=$3
  rm -rf "$dir/run" && mkdir "$dir/run"
  case $server in
    ours) command=("$program" dns --zone "example.test=$zone" --listen "127.0.0.1:$port" --threads 1 --state "$dir/run") ;;
    nsd)
      printf 'server:\n ip-address: 127.0.0.1@%s\n server-count: 1\n username: ""\n chroot: ""\n database: ""\n zonesdir: "%s"\n pidfile: "%s/pid"\n xfrdfile: "%s/x"\n zonelistfile: "%s/z"\nremote-control:\n control-enable: no\nzone:\n name: example.test\n zonefile: "%s"\n' \
        "$port" "$dir/run" "$dir/run" "$dir/run" "$dir/run" "$zone" >"$dir/run/conf"
      command=(nsd -d -c "$dir/run/conf") ;;
    knot)
      printf 'server:\n    listen: 127.0.0.1@%s\n    rundir: %s\n    udp-workers: 1\n    tcp-workers: 1\n    background-workers: 1\ndatabase:\n    storage: %s\nzone:\n  - domain: example.test\n    file: %s\n    zonefile-sync: -1\n    journal-content: none\n' \
        "$port" "$dir/run" "$dir/run" "$zone" >"$dir/run/conf"
      command=(knotd -c "$dir/run/conf") ;;
    bind)
      printf 'options { directory "%s"; pid-file none; listen-on port %s { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no; session-keyfile "%s/key"; };\ncontrols { };\nzone "example.test" { type primary; file "%s"; };\n' \
        "$dir/run" "$port" "$dir/run" "$zone" >"$dir/run/conf"
      command=(named -g -n 1 -c "$dir/run/conf") ;;
  esac
}

# Milliseconds from its start to its first answer.
cat >"$dir/first.py" <<'PY'
import socket, subprocess, sys, time
port, command = int(sys.argv[1]), sys.argv[2:]
question = b"\x12\x34\0\0\0\1\0\0\0\0\0\0\3ns1\7example\4test\0\0\1\0\1"
begin = time.monotonic()
process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(0.001)
sock.connect(("127.0.0.1", port))
while time.monotonic() < begin + 60:
    try:
        sock.send(question)
        reply = sock.recv(512)
        if reply[7] == 1: break
    except OSError: time.sleep(0.0005)
else:
    process.kill()
    sys.exit(f"{command[0]} did not answer within 60 s")
print(round((time.monotonic() - begin) * 1000, 1), process.pid)
PY

resident() {
  local total=0 one
  for one in $1 $(pgrep -P "$1" || true) $(for child in $(pgrep -P "$1" || true); do pgrep -P "$child" || true; done); do
    total=$((total + $(awk '/^Pss:/ {print $2}' "/proc/$one/smaps_rollup" 2>/dev/null || echo 0)))
  done
  echo $((total / 1024))
}
median() { tr ' ' '\n' <<<"$1" | grep . | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }

printf '%-8s %18s %22s %14s\n' server 'small zone, ms' "$names names, ms" 'then MiB'
for server in ours nsd knot bind; do
  times_small= times_large= memory=
  for _ in $(seq "$rounds"); do
    for size in small large; do
      number=$(port)
      prepare "$server" "$dir/$size" "$number"
      read -r time pid < <(python3 "$dir/first.py" "$number" "${command[@]}")
      declare "times_$size+=$time "
      # What goes on behind the first answer (our table of compiled answers) is to be done by then.
      [ "$size" = small ] || { sleep 3; memory+="$(resident "$pid") "; }
      kill "$pid" 2>/dev/null || true
      for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
      pid=
    done
  done
  printf '%-8s %18s %22s %14s\n' "$server" "$(median "$times_small")" "$(median "$times_large")" "$(median "$memory")"
done
