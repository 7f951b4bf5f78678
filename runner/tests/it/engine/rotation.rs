//! Rotating the logs: every line is in exactly one file, whatever happens meanwhile.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use super::{Live, subnet};

const SCRIPT: &str = "/usr/local/lib/portreeve/rotate-logs.sh";

/// Asks the proxy for a plain request, the resolver for a name and the forward for a connection,
/// all with the number of the round, one after the other. Prints what was not answered.
const CLIENT: &str = r#"
use strict; use warnings; use IO::Socket::INET;
my ($proxy, $forward, $rounds) = @ARGV;
my $failed = 0;
for my $i (1 .. $rounds) {
    my $http = IO::Socket::INET->new(PeerAddr => $proxy, PeerPort => 3128, Timeout => 10);
    my $status = '';
    if ($http) {
        print $http "GET http://n$i.example/ HTTP/1.1\r\nHost: n$i.example\r\nConnection: close\r\n\r\n";
        $status = <$http> // '';
        1 while <$http>;
    }
    unless ($status =~ / 403 /) { $failed++; print "request $i: $status\n" }
    my $dns = IO::Socket::INET->new(PeerAddr => $proxy, PeerPort => 53, Proto => 'udp');
    $dns->send(pack('n6', $i % 65536, 0x100, 1, 0, 0, 0) . pack('C/a* C/a* C n2', "n$i", 'example', 0, 1, 1));
    my $answer = '';
    eval { local $SIG{ALRM} = sub { die }; alarm 10; $dns->recv($answer, 512); alarm 0 };
    unless (length $answer) { $failed++; print "query $i\n" }
    unless (IO::Socket::INET->new(PeerAddr => $proxy, PeerPort => $forward, Timeout => 10)) {
        $failed++; print "connection $i\n";
    }
}
print "$failed of $rounds rounds failed\n";
"#;

/// All that one log has, packed or not, in the order in which it was written.
fn whole_log(live: &Live, stem: &str) -> String {
    let script = "cd /var/log/portreeve; \
        for f in $(ls -v $0-*.log.gz 2>/dev/null); do zcat $f; done; cat $0.log";
    live.docker(&["exec", &live.proxy(), "sh", "-c", script, stem])
}

/// What is in the folder, hidden files apart.
fn files(live: &Live) -> Vec<String> {
    let list = live.docker(&["exec", &live.proxy(), "ls", "/var/log/portreeve"]);
    list.lines().map(str::to_owned).collect()
}

/// How often each round from 1 to `rounds` is in a log: its number is behind `lead`.
fn times(log: &str, lead: &str, tail: char, rounds: usize) -> BTreeMap<usize, Vec<usize>> {
    let mut seen = vec![0; rounds + 1];
    for line in log.lines() {
        let behind = line.split_once(lead).map(|(_, behind)| behind);
        let number = behind.and_then(|behind| behind.split(tail).next()?.parse::<usize>().ok());
        if let Some(count) = number.and_then(|number| seen.get_mut(number)) {
            *count += 1;
        }
    }
    let mut by_count: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (number, count) in seen.iter().enumerate().skip(1) {
        by_count.entry(*count).or_default().push(number);
    }
    by_count
}

#[test]
fn every_line_is_in_exactly_one_file_while_logs_are_rotated_under_load() {
    const ROUNDS: usize = 3000;
    let Some(live) = Live::new("rotate") else {
        return;
    };
    live.up(&format!(
        "policy 1\nnetwork {{ subnet {} }}\nagent a {{ cdp 9301 }}\n",
        subnet()
    ));
    let agent = live.agent("a", "a");
    let args = live.run(&["args", "a"]).exits(0).stdout;
    let mut words = args.split_whitespace();
    words.find(|word| *word == "--dns").unwrap();
    let proxy = words.next().unwrap();
    let rounds = ROUNDS.to_string();
    let mut client = Command::new("docker")
        .args(["exec", &agent, "perl", "-e", CLIENT, proxy, "9301", &rounds])
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut rotations = 0;
    while client.try_wait().unwrap().is_none() && rotations < 500 {
        live.run(&["rotate", "--now"]).exits(0);
        rotations += 1;
    }
    let output = client.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), format!("0 of {ROUNDS} rounds failed"));
    assert!(rotations >= 3, "{rotations} rotations are no test");

    let once = |log: &str, lead, tail| {
        let found = times(&whole_log(&live, log), lead, tail, ROUNDS);
        assert_eq!(found.keys().collect::<Vec<_>>(), [&1], "{log}: {found:?}");
    };
    once("access", "http://n", '.');
    once("dns", "query[A] n", '.');
    // The forward's lines have no number of the client's; there is one for each connection.
    let forwards = whole_log(&live, "forwards");
    let accepted = forwards.matches("accepting connection from").count();
    assert_eq!(accepted, ROUNDS);
    let names = files(&live);
    let packed = |stem: &str| {
        let ours = |name: &&String| name.starts_with(stem) && name.ends_with(".log.gz");
        names.iter().filter(ours).count()
    };
    assert!(packed("access-") >= 3 && packed("dns-") >= 3, "{names:?}");
    assert!(packed("forwards-") >= 1, "{names:?}");
    // Nothing is left half done: besides archives there are the five logs.
    let plain = names.iter().filter(|name| !name.ends_with(".log.gz"));
    let plain: Vec<_> = plain.map(String::as_str).collect();
    assert_eq!(
        plain,
        [
            "access.log",
            "cache.log",
            "dns.log",
            "forwards.log",
            "supervisor.log"
        ]
    );
    println!("{rotations} rotations, {ROUNDS} requests, queries and connections, none lost");
}

/// Puts a kill before and behind every command of the script that changes anything.
const KILLED_AT: &str = r#"
n=0
step() { n=$((n + 1)); if [ "$n" -eq "$at" ]; then kill -s KILL $$; fi; }
at=$1; shift
mv() { step; command mv "$@" && step; }
rm() { step; command rm "$@" && step; }
gzip() { step; command gzip "$@" && step; }
head() { step; command head "$@" && step; }
sync() { step; command sync "$@" && step; }
fallocate() { step; command fallocate "$@" && step; }
ctl() { step; command portreeve-ctl "$@" && step; }
alias portreeve-ctl=ctl
"#;

#[test]
fn a_rotation_that_is_killed_anywhere_is_completed_by_the_next_one() {
    let Some(live) = Live::new("rotkill") else {
        return;
    };
    live.up(&format!(
        "policy 1\nnetwork {{ subnet {} }}\nagent a {{ }}\n",
        subnet()
    ));
    let proxy = live.proxy();
    let script = format!("{KILLED_AT}. {SCRIPT}");
    // A line in a log that is renamed, and more than a block in one that is copied.
    let write = "cd /var/log/portreeve; echo \"n$0.example\" >>access.log; \
        i=0; while [ $i -lt 300 ]; do echo \"n$0.example row $i\"; i=$((i + 1)); done >>forwards.log";
    let mut killed = 0;
    for at in 1..400 {
        let number = at.to_string();
        live.docker(&["exec", &proxy, "sh", "-c", write, &number]);
        let run = [
            "exec", &proxy, "sh", "-c", &script, "sh", &number, "2001-05", "now",
        ];
        let output = live.try_docker(&run);
        match output.status.code() {
            Some(137) => killed = at,
            Some(0) => break,
            _ => panic!("{at}: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }
    assert!(killed >= 40, "{killed} points");
    live.docker(&["exec", &proxy, SCRIPT, "2001-05", "now"]);
    let written = killed + 1;
    let found = times(&whole_log(&live, "access"), "n", '.', written);
    assert_eq!(found.keys().collect::<Vec<_>>(), [&1], "{found:?}");
    let found = times(&whole_log(&live, "forwards"), "n", '.', written);
    assert_eq!(found.keys().collect::<Vec<_>>(), [&300], "{found:?}");
    let left = files(&live);
    let half = |name: &&String| name.contains('-') && !name.ends_with(".log.gz");
    assert_eq!(left.iter().find(half), None, "{left:?}");
    println!("killed at {killed} points");
}

#[test]
fn months_are_packed_under_their_own_name_and_six_of_them_are_kept() {
    let Some(live) = Live::new("months") else {
        return;
    };
    live.up(&format!(
        "policy 1\nnetwork {{ subnet {} }}\nagent a {{ }}\n",
        subnet()
    ));
    let proxy = live.proxy();
    let rotate = |month: &str| live.docker(&["exec", &proxy, SCRIPT, month]);
    let shell = |script: &str| live.docker(&["exec", &proxy, "sh", "-c", script]);
    let archives = || {
        let all = files(&live).into_iter();
        all.filter(|name| name.contains('-')).collect::<Vec<_>>()
    };
    // The first look only writes down which month it is.
    shell("echo one >>/var/log/portreeve/access.log");
    assert_eq!(rotate("2001-02"), "");
    assert_eq!(rotate("2001-02"), "");

    // Two months were skipped. What was written to until now may have lines of the last one; what
    // was not is of the month in which it was.
    shell(
        "rm /var/log/portreeve/dns.log; echo two >/var/log/portreeve/dns.log; \
           touch -d 2001-02-20 /var/log/portreeve/dns.log",
    );
    let said = rotate("2001-05");
    assert!(said.contains("packed access-2001-04.log.gz"), "{said}");
    assert!(said.contains("packed dns-2001-02.log.gz"), "{said}");
    assert_eq!(
        shell("zcat /var/log/portreeve/access-2001-04.log.gz"),
        "one"
    );
    assert_eq!(rotate("2001-05"), "");

    // A second one of the same month gets a number, and so does the third.
    for word in ["three", "four"] {
        shell(&format!("echo {word} >>/var/log/portreeve/access.log"));
        live.docker(&["exec", &proxy, SCRIPT, "2001-05", "now"]);
    }
    let packed = archives();
    let has = |name: &str| packed.iter().any(|found| found == name);
    assert!(
        has("access-2001-05.log.gz") && has("access-2001-05.2.log.gz"),
        "{packed:?}"
    );

    // A clock that was set back neither packs nor removes anything.
    let before = archives();
    shell("echo five >>/var/log/portreeve/access.log");
    assert_eq!(rotate("1999-01"), "");
    assert_eq!(archives(), before);

    // Six full months and the current one stay.
    let said = rotate("2001-08");
    assert!(said.contains("packed access-2001-07.log.gz"), "{said}");
    assert!(!said.contains("removed"), "{said}");
    assert!(rotate("2001-09").contains("removed dns-2001-02.log.gz"));
    assert!(
        archives()
            .iter()
            .any(|name| name == "access-2001-04.log.gz")
    );
    assert!(rotate("2002-01").contains("removed access-2001-05.2.log.gz"));
    assert!(
        archives()
            .iter()
            .any(|name| name == "access-2001-07.log.gz")
    );
    let bad = live.try_docker(&["exec", &proxy, SCRIPT, "2001-13"]);
    assert_eq!(bad.status.code(), Some(2));
}
