//! A `docker run` command line, taken apart the way Docker's own reader does it.
//!
//! Flags end at the first word that is none: the image. Behind it everything is the container's.
//! The words themselves are kept, so that a command comes out as it went in but for what is
//! changed on purpose.

use super::WrapError;
use super::flags::{self, Flag};

/// A command line whose image has been found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RunLine {
    /// `docker` and whatever stands before the flags.
    head: Vec<String>,
    /// The flags, as they were written.
    flags: Vec<String>,
    /// What each flag means, in their order.
    given: Vec<Given>,
    /// The image and what follows, `--` before it included.
    tail: Vec<String>,
}

/// A flag and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given {
    /// Its long name.
    pub(super) name: &'static str,
    /// As it was written, without its value.
    pub(super) spelled: String,
    /// Its value; `true` or `false` for a switch.
    pub(super) value: String,
    /// Where the value is: the word, and the byte in it.
    place: (usize, usize),
}

/// Flags of `docker` itself that change nothing about the container.
const HEAD_SWITCHES: [&str; 2] = ["-D", "--debug"];
/// The same, with a value.
const HEAD_VALUED: [&str; 3] = ["--config", "-l", "--log-level"];

impl RunLine {
    pub(super) fn parse(words: &[String]) -> Result<Self, WrapError> {
        let flags_at = find_flags(words)?;
        let (head, rest) = words.split_at(flags_at);
        let mut line = Self {
            head: head.to_vec(),
            flags: Vec::new(),
            given: Vec::new(),
            tail: Vec::new(),
        };
        let mut rest = rest.iter();
        while let Some(word) = rest.as_slice().first() {
            // A lone dash is no flag, and `--` ends them.
            if word == "-" || word == "--" || !word.starts_with('-') {
                break;
            }
            rest.next();
            let at = line.flags.len();
            line.flags.push(word.clone());
            let open = match word.strip_prefix("--") {
                Some(long) => line.read_long(long, at)?,
                None => line.read_short(word, at)?,
            };
            if let Some((flag, spelled)) = open {
                let Some(value) = rest.next() else {
                    return Err(WrapError::NoValue { flag: spelled });
                };
                line.flags.push(value.clone());
                line.give(flag, spelled, value, (at + 1, 0));
            }
        }
        line.tail = rest.as_slice().to_vec();
        let image = line.tail.iter().find(|word| *word != "--");
        if image.is_none_or(String::is_empty) {
            return Err(WrapError::NoImage);
        }
        Ok(line)
    }

    /// Reads `name` or `name=value`; gives the flag back when its value is the next word.
    fn read_long(&mut self, text: &str, at: usize) -> Result<Option<(Flag, String)>, WrapError> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let spelled = format!("--{name}");
        let Some(flag) = flags::long(name) else {
            return Err(WrapError::UnknownFlag { flag: spelled });
        };
        match value {
            Some(value) => {
                let start = spelled.len() + 1;
                self.give(flag, spelled, value, (at, start));
            }
            None if flag.takes_value => return Ok(Some((flag, spelled))),
            None => self.give(flag, spelled, "true", (at, text.len() + 2)),
        }
        Ok(None)
    }

    /// Reads a dash and letters: switches, then perhaps one flag whose value is the rest.
    fn read_short(&mut self, word: &str, at: usize) -> Result<Option<(Flag, String)>, WrapError> {
        for (start, letter) in word.char_indices().skip(1) {
            let spelled = format!("-{letter}");
            let Some(flag) = flags::short(letter) else {
                return Err(WrapError::UnknownFlag { flag: spelled });
            };
            let behind = start + letter.len_utf8();
            let rest = word.get(behind..).unwrap_or("");
            // `-e=X` is `-e X`, but `-e=` is a value of one equals sign.
            if let Some(value) = rest.strip_prefix('=').filter(|value| !value.is_empty()) {
                self.give(flag, spelled, value, (at, behind + 1));
                return Ok(None);
            }
            if !flag.takes_value {
                self.give(flag, spelled, "true", (at, behind));
            } else if rest.is_empty() {
                return Ok(Some((flag, spelled)));
            } else {
                self.give(flag, spelled, rest, (at, behind));
                return Ok(None);
            }
        }
        Ok(None)
    }

    fn give(&mut self, flag: Flag, spelled: String, value: &str, place: (usize, usize)) {
        self.given.push(Given {
            name: flag.name,
            spelled,
            value: value.to_owned(),
            place,
        });
    }

    /// The flags, in their order.
    pub(super) fn given(&self) -> &[Given] {
        &self.given
    }

    /// The values of one flag, in their order.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let same = self.given.iter().filter(move |given| given.name == name);
        same.map(|given| given.value.as_str())
    }

    /// Writes another value in place of the one of flag number `index`, in the same spelling.
    pub(super) fn rewrite(&mut self, index: usize, value: &str) {
        let Some(given) = self.given.get_mut(index) else {
            return;
        };
        let (word, start) = given.place;
        if let Some(word) = self.flags.get_mut(word) {
            word.truncate(start);
            word.push_str(value);
        }
        value.clone_into(&mut given.value);
    }

    /// The whole command, with more flags directly before the image.
    pub(super) fn finish(self, more: impl IntoIterator<Item = String>) -> Vec<String> {
        let mut words = self.head;
        words.extend(self.flags);
        words.extend(more);
        words.extend(self.tail);
        words
    }
}

/// Where the flags of `run` or `create` begin.
fn find_flags(words: &[String]) -> Result<usize, WrapError> {
    let program = words.first().map_or("", String::as_str);
    let name = program.rsplit('/').next().unwrap_or(program);
    if name != "docker" {
        let program = program.to_owned();
        return Err(WrapError::NotDocker { program });
    }
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        let (name, value) = match word.split_once('=') {
            Some((name, _)) => (name, true),
            None => (word.as_str(), false),
        };
        if HEAD_VALUED.contains(&name) {
            at += if value { 1 } else { 2 };
        } else if HEAD_SWITCHES.contains(&name) {
            at += 1;
        } else {
            let flag = name.to_owned();
            return Err(WrapError::Engine { flag });
        }
    }
    let rest = words.get(at..).unwrap_or_default();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match rest.as_slice() {
        ["run" | "create", ..] => Ok(at + 1),
        ["container", "run" | "create", ..] => Ok(at + 2),
        rest => {
            let shown = rest.iter().take(2).copied();
            let command = crate::shell_word::join(std::iter::once("docker").chain(shown));
            Err(WrapError::NotRun { command })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    fn parse(line: &str) -> RunLine {
        RunLine::parse(&words(line)).unwrap()
    }

    #[test]
    fn the_image_is_found_in_every_spelling() {
        for (line, image) in [
            ("docker run alpine", "alpine"),
            ("docker run -e A=1 alpine -e B=2", "alpine"),
            ("docker run -eA=1 alpine", "alpine"),
            ("docker run -e=A=1 alpine", "alpine"),
            ("docker run --env A=1 alpine", "alpine"),
            ("docker run --env=A=1 alpine", "alpine"),
            ("docker run -it alpine sh", "alpine"),
            ("docker run -itd alpine sh", "alpine"),
            ("docker run -itde A=1 alpine", "alpine"),
            ("docker run -dp 80:80 alpine", "alpine"),
            ("docker run -dp80:80 alpine", "alpine"),
            ("docker run -it=false alpine", "alpine"),
            ("docker run --rm=true --init alpine", "alpine"),
            ("docker run -- alpine --rm", "--"),
            ("docker create --name x alpine", "alpine"),
            ("docker container run --rm alpine", "alpine"),
            ("docker -D --config /c container create alpine", "alpine"),
            ("/usr/bin/docker run --read-only alpine", "alpine"),
            (
                "docker run -v /a:/b -w /b -u 1:1 -h x -l a=b alpine",
                "alpine",
            ),
        ] {
            let line = parse(line);
            assert_eq!(line.tail.first().unwrap(), image, "{line:?}");
        }
    }

    #[test]
    fn a_line_comes_out_as_it_went_in() {
        let text = "docker -D run -itde A=1 --env=B=2 -eC=3 --name x -- alpine -e D=4";
        assert_eq!(parse(text).finish([]).join(" "), text);
        let more = words("--ip 172.30.0.11");
        assert_eq!(
            parse("docker run --rm alpine sh").finish(more).join(" "),
            "docker run --rm --ip 172.30.0.11 alpine sh"
        );
    }

    #[test]
    fn a_value_is_rewritten_in_its_own_spelling() {
        let mut line = parse("docker run -itde A=1 --env=A=2 -eA=3 -e=A=4 --env A=5 alpine");
        let env: Vec<usize> = (0..line.given().len())
            .filter(|index| line.given()[*index].name == "env")
            .collect();
        assert_eq!(line.values("env").collect::<String>(), "A=1A=2A=3A=4A=5");
        for index in env {
            line.rewrite(index, "A=long");
        }
        assert_eq!(
            line.finish([]).join(" "),
            "docker run -itde A=long --env=A=long -eA=long -e=A=long --env A=long alpine"
        );
    }

    #[test]
    fn switches_have_their_values() {
        let line = parse("docker run --privileged=false -it=false --rm alpine");
        let given: Vec<String> = line
            .given()
            .iter()
            .map(|given| format!("{}={}", given.name, given.value))
            .collect();
        assert_eq!(
            given,
            [
                "privileged=false",
                "interactive=true",
                "tty=false",
                "rm=true"
            ]
        );
    }

    #[test]
    fn what_is_no_run_command_is_refused() {
        for (line, expected) in [
            ("", "``"),
            ("podman run alpine", "podman"),
            ("sudo docker run alpine", "sudo"),
            ("docker ps -a", "docker ps -a"),
            ("docker", "docker"),
            ("docker container ls", "docker container ls"),
            ("docker --context far run alpine", "--context"),
            ("docker -H tcp://x run alpine", "-H"),
            ("docker run", "image"),
            ("docker run --rm", "image"),
            ("docker run -e", "-e"),
            ("docker run --frobnicate alpine", "--frobnicate"),
            ("docker run -itX alpine", "-X"),
        ] {
            let error = RunLine::parse(&words(line)).unwrap_err();
            let text = error.to_string();
            assert!(text.contains(expected), "{line}: {text}");
        }
    }
}
