//! One look of `watch`: the policy as it is now is put in force, or what is in force is kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::converge::{Event, Outcome, converge, early};
use crate::engine;
use crate::error::Error;
use crate::files;
use crate::last_good::{self, LastGood, LastGoodError};
use crate::report::{self, Counts};
use crate::rotation;
use crate::ui;
use crate::up::{Change, Input, Installation};

use super::journal::{Journal, Topic};

/// How soon an engine that is away is asked again.
const AWAY_POLL: Duration = Duration::from_secs(1);
/// How soon a step that failed is tried again; each time twice as late.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// Keeps one policy in force.
pub struct Keeper<'a> {
    installation: &'a Installation<'a>,
    file: &'a Path,
    facts: Option<&'a Path>,
    every: Duration,
    journal: Journal,
    /// What was read last: it tells a change of the text from any other event.
    seen: Option<String>,
    /// The files of the last policy that could be read.
    files: Vec<PathBuf>,
    engine_is_away: bool,
    n_failures: u32,
}

impl<'a> Keeper<'a> {
    /// Looks at least `every` so often.
    pub fn new(
        installation: &'a Installation<'a>,
        file: &'a Path,
        facts: Option<&'a Path>,
        every: Duration,
    ) -> Self {
        Self {
            installation,
            file,
            facts,
            every,
            journal: Journal::default(),
            seen: None,
            files: Vec::new(),
            engine_is_away: false,
            n_failures: 0,
        }
    }

    /// What it says.
    pub fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// Every file that decides: those of the policy, and the facts.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let own = [Some(self.file), self.facts];
        let included = self.files.iter().map(PathBuf::as_path);
        own.into_iter().flatten().chain(included)
    }

    /// Whether the files say something else than at the last look.
    pub fn files_have_changed(&self) -> bool {
        self.seen.as_ref() != Some(&self.text_of(&self.read()))
    }

    /// Looks once; gives how long to wait before the next time.
    pub fn look(&mut self) -> Duration {
        if self.engine_is_away {
            if engine::answers(self.installation.docker).is_err() {
                return AWAY_POLL;
            }
            self.engine_is_away = false;
            self.journal
                .state(Topic::State, "the Docker engine is back");
        }
        let Err(error) = self.try_to_look() else {
            self.n_failures = 0;
            return self.every;
        };
        if engine::is_away(self.installation.docker, &error) {
            self.engine_is_away = true;
            let text = "the Docker engine does not answer: waiting for it";
            self.journal.state(Topic::State, text);
            return AWAY_POLL;
        }
        self.journal.state(
            Topic::State,
            format_args!("error: {error}\n  help: {}", error.remedy()),
        );
        self.n_failures = self.n_failures.saturating_add(1);
        let doubled = 2_u32.saturating_pow(self.n_failures - 1);
        FIRST_RETRY.saturating_mul(doubled).min(self.every)
    }

    /// Rotates the logs that are due; says whether it could be seen to.
    pub fn rotate(&mut self) -> bool {
        let (docker, state) = (self.installation.docker, self.installation.state);
        if self.engine_is_away {
            return false;
        }
        match rotation::rotate(docker, state, false) {
            Ok(done) => {
                self.journal.forget(Topic::Rotation);
                for line in done.iter().flatten() {
                    self.journal.line(line);
                }
                done.is_some()
            }
            // The next look finds that out, and says so.
            Err(error) if engine::is_away(docker, &error) => false,
            Err(error) => {
                let text = format!("the logs were not rotated: {error}");
                self.journal.state(Topic::Rotation, text);
                false
            }
        }
    }

    fn read(&self) -> Result<Input, Error> {
        Input::read(self.file, self.facts)
    }

    /// All that was read, as one text.
    fn text_of(&self, input: &Result<Input, Error>) -> String {
        let facts = self.facts.map(files::read_if_there);
        match input {
            Ok(input) => {
                let loading = input.loading.diagnostics();
                format!("{:?} {loading:?} {facts:?}", input.sources.files())
            }
            Err(error) => format!("{error} {facts:?}"),
        }
    }

    fn try_to_look(&mut self) -> Result<(), Error> {
        let journal = &self.journal;
        // The files are read under the lock: whoever had it may have put a newer text in force.
        let _lock = self
            .installation
            .state
            .lock(|holder| journal.line(format_args!("waiting for {holder}")))?;
        let input = self.read();
        self.seen = Some(self.text_of(&input));
        let input = match input {
            Ok(input) => input,
            Err(error) => return self.hold(&error.to_string()),
        };
        let names = input.sources.files().iter();
        self.files = names.map(|file| PathBuf::from(&file.name)).collect();
        let installation = self.installation;
        let Some(early) = early(&input, &mut |event| self.tell(event)) else {
            return self.hold("the policy has errors");
        };
        match converge(installation, &input, early, &mut |event| self.tell(event))? {
            Outcome::Refused => self.hold("the policy has errors"),
            Outcome::InStep(change) | Outcome::Enforced(change) => {
                self.say_in_force(&change);
                Ok(())
            }
        }
    }

    fn say_in_force(&mut self, change: &Change) {
        let (id, n_agents) = (&change.generation, change.policy.agents.len());
        let text = format!("in force: generation {id}, {n_agents} agents");
        // What was mended is worth a line even where nothing else has changed.
        if !change.actions.is_empty() {
            self.journal.forget(Topic::State);
        }
        self.journal.state(Topic::State, text);
    }

    /// Keeps what is in force in force, because the policy cannot be.
    fn hold(&mut self, why: &str) -> Result<(), Error> {
        let restored = last_good::restore(self.installation, &mut |event| self.tell(event));
        let text = match restored {
            Ok(LastGood {
                generation,
                was_mended,
                ..
            }) => {
                if was_mended {
                    self.journal.forget(Topic::State);
                }
                format!("{why}: generation {generation} stays in force")
            }
            Err(LastGoodError::Failed(error)) => return Err(error),
            Err(other) => format!("{why}, and {other}"),
        };
        self.journal.state(Topic::State, text);
        Ok(())
    }

    fn tell(&mut self, event: Event<'_>) {
        match event {
            Event::Findings(sources, found) => {
                let text = report::human(sources, found);
                if self.journal.is_new(Topic::Findings, &text) && !text.is_empty() {
                    let counts = Counts::of(found);
                    self.journal
                        .line(format_args!("{}: {counts}", self.file.display()));
                    ui::note_part(text);
                }
            }
            Event::Making(missing) => self.journal.line(missing),
            Event::MakingLine(line) => ui::note(format_args!("  {line}")),
            Event::Changing(told) => {
                self.journal.line("the policy changes");
                ui::note_part(told.human(ui::width()));
            }
            Event::Step { number, of, action } => {
                self.journal.line(format_args!("[{number}/{of}] {action}"));
            }
        }
    }
}
