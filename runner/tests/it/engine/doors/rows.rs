//! What an agent sends, and how it ends. `evil.example` is not allowed; `github.com` is.
//!
//! `{SELF}` is Squid where the agent is, `{OTHER}` where another one is, `{UPLINK}` on its way out; `{LONG}` and `{MANY}`
//! are a value and a number of headers beyond what is taken.

/// How a request ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ends {
    /// Refused by this rule, which the log names with the agent.
    Refused(&'static str),
    /// Refused by Squid's parser, with this status, before anyone is asked who it is.
    Unread(&'static str),
    /// Allowed, and answered by Squid itself; nobody else is asked.
    Squid(&'static str),
    /// Allowed, and passed on; the gateway reads this, its blanks and percent signs as `%XX`.
    Passes(&'static str),
}

use Ends::{Passes, Refused, Squid, Unread};

/// A request, byte by byte: each character is one.
pub(super) const ROWS: &[(&str, Ends)] = &[
    (
        "GET /squid-internal-mgr/menu HTTP/1.1\r\nHost: portreeve:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET /squid-internal-mgr/config HTTP/1.1\r\nHost: portreeve:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET /squid-internal-mgr/info HTTP/1.1\r\nHost: portreeve:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET /squid-internal-mgr/active_requests HTTP/1.1\r\nHost: portreeve:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET /squid-internal-mgr/shutdown HTTP/1.1\r\nHost: portreeve:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET /squid-internal-mgr/ HTTP/1.1\r\nHost: portreeve:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://{SELF}:3128/squid-internal-mgr/menu HTTP/1.1\r\nHost: {SELF}:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://portreeve/squid-internal-mgr/menu HTTP/1.1\r\nHost: portreeve\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://portreeve:3128/squid-internal-mgr/menu HTTP/1.1\r\nHost: portreeve:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://localhost:3128/squid-internal-mgr/menu HTTP/1.1\r\nHost: localhost:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://127.0.0.1:3128/squid-internal-mgr/menu HTTP/1.1\r\nHost: 127.0.0.1:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://{UPLINK}:3128/squid-internal-mgr/menu HTTP/1.1\r\nHost: {UPLINK}:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://github.com/squid-internal-mgr/menu HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://127.0.0.1:31000/squid-internal-mgr/menu HTTP/1.1\r\nHost: 127.0.0.1:31000\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://github.com/squid-internal-mgr/menu HTTP/1.1\r\nHost: {SELF}:3128\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://github.com/Squid-Internal-Mgr/menu HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("GET%20http://github.com/Squid-Internal-Mgr/menu"),
    ),
    (
        "GET http://github.com/%73quid-internal-mgr/menu HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET http://github.com/x/../squid-internal-mgr/menu HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("GET%20http://github.com/x/../squid-internal-mgr/menu"),
    ),
    (
        "GET cache_object://localhost/menu HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET cache_object://{SELF}/config@disable HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("manager"),
    ),
    (
        "GET CACHE_OBJECT://localhost/menu HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("manager"),
    ),
    (
        "CONNECT 127.0.0.1:31000 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("floor"),
    ),
    (
        "CONNECT 127.0.0.1:31001 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("floor"),
    ),
    (
        "CONNECT 127.0.0.1:3128 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("floor"),
    ),
    (
        "CONNECT {SELF}:3128 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("floor"),
    ),
    (
        "CONNECT {UPLINK}:3128 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("safe-ports"),
    ),
    (
        "CONNECT {SELF}:443 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("floor"),
    ),
    (
        "CONNECT {SELF}:9301 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("floor"),
    ),
    (
        "CONNECT {SELF}:9302 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("floor"),
    ),
    (
        "GET http://{SELF}:9302/json/version HTTP/1.1\r\nHost: {SELF}:9302\r\n\r\n",
        Refused("floor"),
    ),
    (
        "GET http://{OTHER}:9302/json/version HTTP/1.1\r\nHost: {OTHER}:9302\r\n\r\n",
        Refused("floor"),
    ),
    (
        "GET http://{UPLINK}:9302/json/version HTTP/1.1\r\nHost: {UPLINK}\r\n\r\n",
        Refused("safe-ports"),
    ),
    (
        "GET http://{SELF}:3128/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("floor"),
    ),
    (
        "GET http://{SELF}/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("floor"),
    ),
    (
        "GET http://portreeve:3128/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("safe-ports"),
    ),
    (
        "GET http://portreeve:3128/squid-internal-static/icons/silk/page_white.png HTTP/1.1\r\nHost: portreeve\r\n\r\n",
        Refused("safe-ports"),
    ),
    (
        "GET /squid-internal-static/icons/silk/page_white.png HTTP/1.1\r\nHost: portreeve\r\n\r\n",
        Refused("safe-ports"),
    ),
    (
        "GET http://github.com/squid-internal-static/icons/silk/page_white.png HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("GET%20http://github.com/squid-internal-static/icons/silk/page_white.png"),
    ),
    (
        "GET http://github.com/squid-internal-periodic/store_digest HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("GET%20http://github.com/squid-internal-periodic/store_digest"),
    ),
    (
        "GET /squid-internal-dynamic/netdb HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("safe-ports"),
    ),
    (
        "GET http://github.com/squid-internal-dynamic/netdb HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("GET%20http://github.com/squid-internal-dynamic/netdb"),
    ),
    (
        "GET ftp://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("scheme"),
    ),
    (
        "GET urn:x:y HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET whois://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("scheme"),
    ),
    (
        "GET https://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("scheme"),
    ),
    (
        "GET gopher://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET wais://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("scheme"),
    ),
    (
        "GET file:///etc/passwd HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET coap://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("501"),
    ),
    (
        "GET ws://github.com/x HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    ("GET /x HTTP/1.1\r\nHost: github.com\r\n\r\n", Unread("400")),
    ("GET  HTTP/1.1\r\nHost: github.com\r\n\r\n", Unread("400")),
    (
        "OPTIONS * HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("501"),
    ),
    ("GET * HTTP/1.1\r\nHost: github.com\r\n\r\n", Unread("400")),
    (
        "TRACE http://github.com/ HTTP/1.1\r\nHost: github.com\r\nMax-Forwards: 5\r\n\r\n",
        Passes("TRACE%20http://github.com/"),
    ),
    (
        "TRACE http://github.com/ HTTP/1.1\r\nHost: github.com\r\nMax-Forwards: 0\r\nCookie: secret=1\r\n\r\n",
        Squid("200"),
    ),
    (
        "TRACE http://evil.example/ HTTP/1.1\r\nMax-Forwards: 0\r\nHost: evil.example\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "OPTIONS http://github.com/ HTTP/1.1\r\nHost: github.com\r\nMax-Forwards: 0\r\n\r\n",
        Unread("501"),
    ),
    (
        "GET http://github.com/mf0 HTTP/1.1\r\nHost: github.com\r\nMax-Forwards: 0\r\n\r\n",
        Passes("GET%20http://github.com/mf0"),
    ),
    (
        "PURGE http://github.com/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Squid("403"),
    ),
    (
        "PURGE http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "PROPFIND http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("PROPFIND%20http://github.com/m"),
    ),
    (
        "LINK http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("LINK%20http://github.com/m"),
    ),
    (
        "%55 http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("%2555%20http://github.com/m"),
    ),
    (
        "get http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("GET%20http://github.com/m"),
    ),
    (
        "PRI http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("405"),
    ),
    (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJKLMN http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "CONNECT/ http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "connect http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "ICP_QUERY http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("ICP_QUERY%20http://github.com/m"),
    ),
    (
        "HTCP_CLR http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("HTCP_CLR%20http://github.com/m"),
    ),
    (
        "NONE http://github.com/m HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("NONE%20http://github.com/m"),
    ),
    (
        "connect github.com:443 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("CONNECT%20github.com:443"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n\r\n0\r\n\r\n",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nContent-Length: 0\r\nContent-Length: 65\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Unread("400"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nContent-Length: 5, 5\r\n\r\nhello",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nContent-Length: +5\r\n\r\nhello",
        Unread("400"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nContent-Length: -1\r\n\r\nhello",
        Unread("400"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nContent-Length: 0x5\r\n\r\nhello",
        Unread("400"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nContent-Length: 5 5\r\n\r\nhello",
        Unread("400"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
        Unread("400"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Unread("501"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Unread("501"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        Unread("501"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding:\tchunked\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: \u{b}chunked\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Unread("400"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nX: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\ntRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\n\r\n0;x=\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Unread("closed"),
    ),
    (
        "POST http://github.com/b HTTP/1.1\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\n\r\n0\n\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Unread("closed"),
    ),
    (
        "POST http://github.com/b HTTP/1.0\r\nHost: github.com\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Passes("POST%20http://github.com/b"),
    ),
    (
        "GET http://github.com/one HTTP/1.1\r\nHost: github.com\r\n\r\nGET http://evil.example/smuggled HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Passes("GET%20http://github.com/one"),
    ),
    (
        "GET http://github.com/fold HTTP/1.1\r\nHost: github.com\r\nX-A: 1\r\n  folded\r\n\r\n",
        Passes("GET%20http://github.com/fold"),
    ),
    (
        "GET http://github.com/fh HTTP/1.1\r\nHost: github.com\r\n evil.example\r\n\r\n",
        Passes("GET%20http://github.com/fh"),
    ),
    (
        "GET http://github.com/lf HTTP/1.1\nHost: github.com\n\n",
        Passes("GET%20http://github.com/lf"),
    ),
    (
        "GET http://github.com/cr HTTP/1.1\rHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/\u{0}evil HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com\u{0}.evil.example/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/n HTTP/1.1\r\nHost: github.com\r\nX: a\u{0}b\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/sc HTTP/1.1\r\nHost : evil.example\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/ls HTTP/1.1\r\n Host: evil.example\r\nHost: github.com\r\n\r\n",
        Passes("GET%20http://github.com/ls"),
    ),
    (
        "GET http://github.com/nc HTTP/1.1\r\nHost: github.com\r\ngarbage\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/a b HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/a\tb HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/ http://evil.example/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/%0d%0aHost:%20evil.example HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("GET%20http://github.com/%250d%250aHost:%2520evil.example"),
    ),
    (
        "GET http://github.com/bh HTTP/1.1\r\nHost: github.com\r\nX: {LONG}\r\n\r\n",
        Unread("431"),
    ),
    (
        "GET http://github.com/{LONG} HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("414"),
    ),
    (
        "GET http://github.com/mh HTTP/1.1\r\nHost: github.com\r\n{MANY}Y: z\r\n\r\n",
        Unread("431"),
    ),
    (
        "GET http://github.com/hd HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        Passes("GET%20http://github.com/hd"),
    ),
    (
        "GET http://github.com/th HTTP/1.1\r\nHost: github.com\r\nHost: evil.example\r\n\r\n",
        Passes("GET%20http://github.com/th"),
    ),
    (
        "GET http://github.com/nh HTTP/1.1\r\n\r\n",
        Passes("GET%20http://github.com/nh"),
    ),
    (
        "GET http://github.com@evil.example/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "GET http://evil.example@github.com/u HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("GET%20http://github.com/u"),
    ),
    (
        "GET http://github.com:80@evil.example:80/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "GET http://github.com\\@evil.example/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "GET http://evil.example#@github.com/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "GET http://evil.example?@github.com/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "CONNECT evil.example:443 HTTP/1.1\r\nHost: github.com:443\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "CONNECT github.com@evil.example:443 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("malformed"),
    ),
    (
        "CONNECT http://github.com:443/ HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "CONNECT evil.example:443:github.com:443 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "CONNECT github.com:443/../evil.example:443 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Passes("CONNECT%20github.com:443"),
    ),
    (
        "CONNECT evil.example:443 HTTP/1.1\r\nHost: github.com\r\nContent-Length: 10\r\n\r\n",
        Refused("default-deny"),
    ),
    (
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}\u{0}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}",
        Unread("400"),
    ),
    (
        "GET http://github.com/h2c HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
        Passes("GET%20http://github.com/h2c"),
    ),
    (
        "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\nGET http://github.com/p1 HTTP/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "\r\n\r\n\u{0}\r\nQUIT\n!\u{11}\u{0}\u{c}\u{7f}\u{0}\u{0}\u{1}\u{7f}\u{0}\u{0}\u{1}\u{0}\u{1}\u{0}\u{2}GET http://github.com/p2 HTTP/1.1\r\n\r\n",
        Unread("400"),
    ),
    ("GET http://github.com/09\r\n", Unread("400")),
    ("GET http://evil.example/09\r\n", Unread("400")),
    (
        "GET http://github.com/ HTTP/3.0\r\nHost: github.com\r\n\r\n",
        Unread("505"),
    ),
    (
        "GET http://github.com/ HTTP/1.01\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/v http/1.1\r\nHost: github.com\r\n\r\n",
        Unread("400"),
    ),
    (
        "GET http://github.com/ws HTTP/1.1\r\nHost: github.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        Passes("GET%20http://github.com/ws"),
    ),
    (
        "GET http://github.com/cc HTTP/1.1\r\nHost: github.com\r\nRange: bytes=0-1\r\n\r\n",
        Passes("GET%20http://github.com/cc"),
    ),
];
