//! Every directive that the file may have besides those that the model understands.
//!
//! Each stands in the file exactly once, exactly so, and in this order; `why` says what another
//! value would change. A directive that is neither here nor in the model ends the proof.

/// A line that is required as it is.
pub(super) struct Fixed {
    /// The whole line.
    pub(super) text: &'static str,
    /// What depends on it.
    pub(super) why: &'static str,
}

const fn fixed(text: &'static str, why: &'static str) -> Fixed {
    Fixed { text, why }
}

/// All of them, in the order of the file.
pub(super) const FIXED: [Fixed; 51] = [
    fixed(
        "cache deny all",
        "a stored answer would reach an agent that may not ask for it",
    ),
    fixed("cache_mem 8 MB", "memory for answers on their way"),
    fixed("memory_pools off", "memory of an old generation goes back"),
    fixed(
        "digest_generation off",
        "nothing is stored that a digest could tell of",
    ),
    fixed(
        "visible_hostname portreeve",
        "without it Squid looks its own name up",
    ),
    fixed(
        "httpd_suppress_version_string on",
        "refusals tell no version",
    ),
    fixed(
        "global_internal_static off",
        "Squid would answer paths of other hosts itself, past the rules",
    ),
    fixed(
        "pid_filename /run/portreeve/${service_name}.pid",
        "two generations run side by side",
    ),
    fixed("coredump_dir /run/portreeve", "the only writable place"),
    fixed(
        "pinger_enable off",
        "the pinger measures hosts that nobody was allowed to reach",
    ),
    fixed("netdb_filename none", "the same measurements would be kept"),
    fixed(
        "error_directory /usr/share/portreeve-errors",
        "the page of a refusal tells what decided",
    ),
    fixed("max_filedescriptors 16384", "the table of connections"),
    fixed("eui_lookup off", "a source is its address and nothing else"),
    fixed(
        "shutdown_lifetime 12 hours",
        "open tunnels outlive their generation so long",
    ),
    fixed(
        "hosts_file none",
        "an entry of the engine's would give a name an address without a look-up",
    ),
    fixed(
        "dns_timeout 3 seconds",
        "how long a name may take to be checked",
    ),
    fixed(
        "dns_retransmit_interval 1 second",
        "how long a name may take to be checked",
    ),
    fixed(
        "positive_dns_ttl 2 seconds",
        "how long a checked address stays checked",
    ),
    fixed("negative_dns_ttl 1 second", "the floor for the same"),
    fixed("umask 022", "the rotation reads the log"),
    fixed("logfile_rotate 0", "the rotation alone renames the log"),
    fixed(
        "strip_query_terms on",
        "a query may carry a secret into the log",
    ),
    fixed(
        "logformat portreeve %ts.%03tu %>a %{agent}note %{verdict}note %{rule}note %Ss/%03>Hs %#rm %#ru %Sh/%<a %<st",
        "the log says which agent, which verdict and which statement, and no URL forges a field",
    ),
    fixed(
        "access_log stdio:/var/log/portreeve/access.log logformat=portreeve on-error=drop !ctl",
        "every request of an agent's is logged, and a full disk stops nobody",
    ),
    fixed(
        "cache_log /var/log/portreeve/cache.log",
        "where Squid complains",
    ),
    fixed(
        "accept_filter data",
        "a connection without a request is lost in a switch",
    ),
    fixed(
        "client_persistent_connections off",
        "a kept connection is decided by the old policy",
    ),
    fixed(
        "server_persistent_connections off",
        "two agents would share a connection to the gateway",
    ),
    fixed(
        "request_start_timeout 1 minute",
        "how long a silent client is kept",
    ),
    fixed("request_timeout 1 minute", "how long a slow client is kept"),
    fixed(
        "connect_timeout 10 seconds",
        "how long a destination may take",
    ),
    fixed("read_timeout 1 hour", "how long an answer may take"),
    fixed("quick_abort_min 0 KB", "a transfer ends with its agent"),
    fixed("quick_abort_max 0 KB", "a transfer ends with its agent"),
    fixed(
        "uri_whitespace deny",
        "Squid would decide about another URL than was asked for",
    ),
    fixed(
        "request_header_max_size 64 KB",
        "what Squid reads of a request",
    ),
    fixed(
        "reply_header_max_size 64 KB",
        "what Squid reads of an answer",
    ),
    fixed("tls_outgoing_options disable", "there is no TLS of our own"),
    fixed("forwarded_for delete", "the agent's address would leak"),
    fixed(
        "request_header_access Via deny all",
        "the proxy would show itself to every host",
    ),
    fixed(
        "reply_header_access Via deny all",
        "the proxy would show itself to the agent",
    ),
    fixed(
        "reply_header_access X-Cache deny all",
        "the proxy would show itself to the agent",
    ),
    fixed(
        "reply_header_access X-Cache-Lookup deny all",
        "the proxy would show itself to the agent",
    ),
    fixed(
        "reply_header_access Cache-Status deny all",
        "the proxy would show itself to the agent",
    ),
    fixed(
        "reply_header_access X-Squid-Error deny all",
        "the proxy would show itself to the agent",
    ),
    fixed(
        "cachemgr_passwd none active_requests",
        "a switch asks what is open, to cut what the new policy forbids",
    ),
    fixed(
        "cachemgr_passwd disable all",
        "the cache manager stops and configures Squid",
    ),
    fixed(
        "http_access allow ctl manager",
        "a switch asks what is open, to cut what the new policy forbids",
    ),
    fixed(
        "http_access deny ctl",
        "the control port answers the supervisor alone",
    ),
    fixed(
        "http_port 127.0.0.1:310${service_name} name=ctl",
        "the control port: on loopback, and behind every rule, so that a cut file has none",
    ),
];
