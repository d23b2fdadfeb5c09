#!/usr/bin/env bash
# Whole migrations per second on one core: the Contoso plan in worlds drawn from seeds, with every fault, the
# production core and turn. Rounds in one run; prints each and the median.
set -eu
cd "$(dirname "$0")/../.."
program=$PWD/.build/release/cutover
rounds=${ROUNDS:-3} worlds=${WORLDS:-2000}

rates=()
for round in $(seq "$rounds"); do
  begin=$(date +%s%N)
  "$program" rehearse Plans/api.contososhoes.com.yaml --at 2026-11-21T08:00:00Z --schedules "$worlds" \
    --seed $((round * 1000000)) --json >/dev/null 2>&1 || [ $? -eq 3 ] # a broken rule is another test's affair
  end=$(date +%s%N)
  rate=$((worlds * 1000000000 / (end - begin)))
  rates+=("$rate")
  echo "round $round: $rate whole migrations per second (faults one by one, drains and the canary included)"
done
printf '%s\n' "${rates[@]}" | sort -n | awk '{ all[NR] = $1 } END { print "median: " all[int((NR + 1) / 2)] " per second on one core" }'
