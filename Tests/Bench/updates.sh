#!/usr/bin/env bash
# Durable updates per second of our server, BIND and Knot in one run, and how long after the
# acknowledgement a secondary of ours shows the change. Medians of five rounds, the servers in turns: a disk
# that others use is quick for one and slow for the next.
set -eu
cutover=${CUTOVER:-.build/release/cutover}
clients=16 each=100 rounds=${ROUNDS:-5}
dir=$(mktemp -d); pids=()
trap 'for pid in "${pids[@]}"; do { kill -9 "$pid" && wait "$pid"; } 2>/dev/null || true; done; rm -rf "$dir"' EXIT

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
serial() { dig @127.0.0.1 -p "$1" +short +tries=1 +time=1 example.test SOA | cut -d' ' -f3; }
await() { for _ in $(seq 200); do [ -n "$(serial "$1")" ] && return; sleep 0.05; done; echo "port $1 is silent" >&2; exit 1; }
median() { sort -n | awk '{ a[NR] = $1 } END { print a[int((NR + 1) / 2)] }'; }
now() { date +%s%N; }

zone() { cat > "$1" <<ZONE
\$TTL 300
@ IN SOA ns1 hostmaster 1 3600 900 86400 60
@ IN NS ns1
ns1 IN A 127.0.0.1
ZONE
}

ours=$(port); second=$(port); bind=$(port); knot=$(port)
zone "$dir/ours.zone"; zone "$dir/bind.zone"; zone "$dir/knot.zone"

"$cutover" dns --zone "example.test=$dir/ours.zone" --listen "127.0.0.1:$ours" --state "$dir" \
  --allow-update addr=127.0.0.0/8 --allow-transfer addr=127.0.0.0/8 \
  --notify "127.0.0.1:$second" > "$dir/ours.log" 2>&1 & pids+=($!)
await "$ours"
"$cutover" dns --secondary "example.test=127.0.0.1:$ours" --listen "127.0.0.1:$second" --state "$dir" \
  > "$dir/second.log" 2>&1 & pids+=($!)

cat > "$dir/named.conf" <<CONF
options { directory "$dir"; pid-file none; session-keyfile "$dir/session.key"; listen-on port $bind { 127.0.0.1; };
  listen-on-v6 { none; }; recursion no; dnssec-validation no; notify no; querylog no; };
controls { };
zone "example.test" { type primary; file "$dir/bind.zone"; allow-update { 127.0.0.0/8; }; };
CONF
named -g -c "$dir/named.conf" > "$dir/named.log" 2>&1 & pids+=($!)
cat > "$dir/knot.conf" <<CONF
server:
  rundir: "$dir"
  listen: 127.0.0.1@$knot
database:
  storage: "$dir"
acl:
  - id: all
    address: 127.0.0.0/8
    action: update
zone:
  - domain: example.test
    storage: "$dir"
    file: knot.zone
    zonefile-sync: -1
    acl: all
CONF
knotd -c "$dir/knot.conf" > "$dir/knot.log" 2>&1 & pids+=($!)
await "$bind"; await "$knot"; await "$second"

# One script for each client: a name of its own, added and added again.
for client in $(seq "$clients"); do
  { echo "zone example.test"
    for number in $(seq "$each"); do
      echo "add c$client-$number.example.test 60 A 192.0.2.$((number % 250))"; echo send
    done; } > "$dir/client.$client"
done

rate() { # port -> updates per second, each answered NOERROR before the next of its client
  local from to jobs=()
  from=$(now)
  for client in $(seq "$clients"); do
    { echo "server 127.0.0.1 $1"; sed "s/example.test 60/r$2.example.test 60/" "$dir/client.$client"; } \
      | nsupdate > /dev/null & jobs+=($!)
  done
  for job in "${jobs[@]}"; do wait "$job"; done
  to=$(now)
  echo $(( clients * each * 1000000000 / (to - from) ))
}

lag() { # microseconds from the acknowledgement to the secondary's new serial, dig's start-up included
  local from wanted
  printf 'server 127.0.0.1 %s\nzone example.test\nadd lag%s.example.test 60 A 192.0.2.1\nsend\n' "$ours" "$1" | nsupdate
  from=$(now); wanted=$(serial "$ours")
  while [ "$(serial "$second")" != "$wanted" ]; do :; done
  echo $(( ($(now) - from) / 1000 ))
}

for round in $(seq "$rounds"); do
  for pair in "ours:$ours" "BIND:$bind" "Knot:$knot"; do
    rate "${pair#*:}" "$round" >> "$dir/rates.${pair%%:*}"
  done
done
first=$(median < "$dir/rates.ours")
printf '%-8s %-34s %s\n' server "durable updates/s ($clients clients)" "ours to it"
for name in ours BIND Knot; do
  median=$(median < "$dir/rates.$name")
  printf '%-8s %-34s %s\n' "$name" "$median  ($(sort -n "$dir/rates.$name" | tr '\n' ' '))" \
    "$(awk -v a="$first" -v b="$median" 'BEGIN { printf "%.2f", a / b }')"
done
echo "acknowledged to visible on a secondary: $(for round in 1 2 3 4 5; do lag "$round"; done | median) µs (median of 5)"
