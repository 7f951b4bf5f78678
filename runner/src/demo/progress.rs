//! What the demo is doing: a line with a turning wheel on a terminal, plain lines elsewhere.

use std::io::{IsTerminal as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::error::DemoError;
use super::interrupt::Interrupt;
use crate::ui;

/// How often the wheel turns.
const TICK: Duration = Duration::from_millis(100);

/// The steps so far.
pub struct Progress {
    show: Show,
    began: Instant,
    step: Option<Step>,
    interrupt: Interrupt,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Show {
    Nothing,
    Lines,
    Wheel,
}

struct Step {
    text: String,
    began: Instant,
    wheel: Option<ProgressBar>,
}

impl Progress {
    /// Shows the steps as fits standard error.
    pub fn shown(interrupt: Interrupt) -> Self {
        let show = if stderr().is_terminal() {
            Show::Wheel
        } else {
            Show::Lines
        };
        Self::new(show, interrupt)
    }

    /// Shows nothing.
    pub fn silent() -> Self {
        Self::new(Show::Nothing, Interrupt::default())
    }

    fn new(show: Show, interrupt: Interrupt) -> Self {
        let began = Instant::now();
        Self {
            show,
            began,
            step: None,
            interrupt,
        }
    }

    /// The step before is done and this one begins, unless we are told to end.
    pub fn step(&mut self, text: impl Into<String>) -> Result<(), DemoError> {
        self.interrupt.check()?;
        self.begin(text.into());
        Ok(())
    }

    /// Like [`Self::step`], for what has to be done in any case.
    pub fn begin(&mut self, text: String) {
        self.done();
        if self.show == Show::Lines {
            ui::note(&text);
        }
        let wheel = (self.show == Show::Wheel).then(|| wheel(&text));
        let began = Instant::now();
        self.step = Some(Step { text, began, wheel });
    }

    /// What goes on inside the step.
    pub fn detail(&self, detail: &str) {
        let step = self.step.as_ref();
        if let Some((step, wheel)) = step.and_then(|step| Some((step, step.wheel.as_ref()?))) {
            wheel.set_message(format!("{}: {detail}", step.text));
        }
    }

    /// The last step is done.
    pub fn done(&mut self) {
        if let Some(Step { text, began, wheel }) = self.step.take()
            && let Some(wheel) = wheel
        {
            wheel.finish_and_clear();
            let seconds = began.elapsed().as_secs_f64();
            ui::note(format_args!(
                "\x1b[32m✓\x1b[0m {text} \x1b[2m{seconds:.1} s\x1b[0m"
            ));
        }
    }

    /// Whether a signal has ended the work before its time.
    pub fn interrupt(&self) -> &Interrupt {
        &self.interrupt
    }

    /// How long it has taken so far.
    pub fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        // A step that was not done has failed, and the error says more than a wheel.
        if let Some(wheel) = self.step.take().and_then(|step| step.wheel) {
            wheel.finish_and_clear();
        }
    }
}

fn wheel(text: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner:.cyan} {wide_msg}");
    let wheel = ProgressBar::new_spinner();
    wheel.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    wheel.set_message(text.to_owned());
    wheel.enable_steady_tick(TICK);
    wheel
}
