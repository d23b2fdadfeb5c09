#!/usr/bin/env bash
# run.sh SECONDS [TARGET...]: lets every fuzz target search for SECONDS, from the same beginning each
# time, and fails where one crashes, leaks, hangs or takes too much memory; the bytes that did it are
# printed as hex. Nothing stays in the tree but the build, under .build/fuzz. FUZZ_SEED changes the way.
set -u
seconds=${1:?usage: run.sh SECONDS [TARGET...]}
shift
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
export SWIFT_BACKTRACE=enable=no
# One crash ends a run; memory that cannot be had is an error to be handled.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:allocator_may_return_null=1}

flags=(
  --package-path "$here" --scratch-path "$root/.build/fuzz" -c release
  -Xswiftc -enable-testing -Xswiftc -sanitize=fuzzer,address -Xswiftc -use-ld=lld
)
"${SWIFT:-swift}" build "${flags[@]}" -j "${JOBS:-$(nproc)}" || exit 1
fuzz=$("${SWIFT:-swift}" build "${flags[@]}" --show-bin-path)/Fuzz

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <("$fuzz" list)

failed=()
for target in "${targets[@]}"; do
  corpus=$scratch/$target
  mkdir -p "$corpus" "$scratch/found-$target"
  ASAN_OPTIONS=detect_leaks=0 "$fuzz" seeds "$target" "$corpus" || failed+=("$target")
  case $target in
    plans | yaml) cp "$root"/Plans/*.yaml "$root"/Plans/refused/*.yaml "$corpus" ;;
  esac
  "$fuzz" "$target" -seed="${FUZZ_SEED:-1}" -max_total_time="$seconds" -max_len=8192 -timeout=10 \
    -rss_limit_mb=2048 -artifact_prefix="$scratch/found-$target/" -print_final_stats=1 \
    "$corpus" >"$scratch/log" 2>&1
  code=$?
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/log")
  edges=$(grep -o 'cov: [0-9]*' "$scratch/log" | tail -1)
  printf '%-14s %10s runs  %s\n' "$target" "${runs:-?}" "${edges:-}"
  [ $code -eq 0 ] && continue
  failed+=("$target")
  grep -v '^#[0-9]*[[:space:]]*\(NEW\|REDUCE\|pulse\|RELOAD\)' "$scratch/log" | tail -60
  for input in "$scratch/found-$target"/*; do
    [ -f "$input" ] || continue
    echo "$target ${input##*/}: $(od -An -v -tx1 "$input" | tr -d ' \n')"
  done
done
[ ${#failed[@]} -eq 0 ] || { echo "failed: ${failed[*]}"; exit 1; }
