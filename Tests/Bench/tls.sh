#!/usr/bin/env bash
# One endpoint, looked at whole: cutover tls beside sslscan and testssl.sh, against the same nginx.
set -eu
cd "$(dirname "$0")/../.."
cutover=$PWD/.build/release/cutover
rounds=${ROUNDS:-5}
work=$(mktemp -d)
trap 'kill "$(cat "$work/nginx.pid" 2>/dev/null)" 2>/dev/null || true; rm -rf "$work"' EXIT
port=$((20000 + RANDOM % 20000))
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key.pem" -out "$work/chain.pem" \
  -days 90 -subj /CN=bench.test -addext subjectAltName=DNS:bench.test 2>/dev/null
cat > "$work/nginx.conf" <<CONF
daemon on; pid $work/nginx.pid; error_log $work/error.log; worker_processes 1;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c;
  uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  server {
    listen 127.0.0.1:$port ssl http2; server_name bench.test;
    ssl_certificate $work/chain.pem; ssl_certificate_key $work/key.pem;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;
    ssl_session_cache shared:s:1m;
    location / { return 200 "hello"; }
  }
}
CONF
nginx -c "$work/nginx.conf" -p "$work" 2>/dev/null
for _ in $(seq 50); do (: < "/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done

milliseconds() { # ROUNDS COMMAND...: the median
  local count=$1; shift
  for _ in $(seq "$count"); do
    local begin; begin=$(date +%s%N)
    timeout 120 "$@" > /dev/null 2>&1 || true
    echo $((($(date +%s%N) - begin) / 1000000))
  done | sort -n | sed -n "$(((count + 1) / 2))p"
}
ours=$(milliseconds "$rounds" "$cutover" tls bench.test --connect "127.0.0.1:$port" --ca "$work/chain.pem" --json)
scan=$(milliseconds "$rounds" sslscan --sni-name=bench.test "127.0.0.1:$port")
full=$(milliseconds 1 testssl --quiet --color 0 -p -s -f -S -h "127.0.0.1:$port")
printf '%-12s %8s %8s\n' tool ms ratio
printf '%-12s %8d %8s\n' cutover "$ours" 1
printf '%-12s %8d %8.1f\n' sslscan "$scan" "$(bc -l <<< "$scan/$ours")"
printf '%-12s %8d %8.1f\n' testssl.sh "$full" "$(bc -l <<< "$full/$ours")"
