# What a user starts on the host: Chrome with a DevTools port, which it opens on loopback alone, and a relay to that from
# the address that containers reach. Beside them a page that nobody but the host can open.
set -eu
address=$1
mkdir /tmp/page
echo '<title>a page of the host</title>' >/tmp/page/index.html
python3 -m http.server --bind 127.0.0.1 --directory /tmp/page 8000 &
# Nothing but its own page resolves, so this browser asks nobody on the internet for anything.
chromium-headless-shell --remote-debugging-port=9222 --user-data-dir=/tmp/profile --no-sandbox --disable-dev-shm-usage \
    --disable-gpu --disable-background-networking --host-resolver-rules='MAP * ~NOTFOUND, EXCLUDE 127.0.0.1' about:blank &
exec socat "TCP4-LISTEN:9222,bind=$address,reuseaddr,fork,backlog=1024" TCP4:127.0.0.1:9222
