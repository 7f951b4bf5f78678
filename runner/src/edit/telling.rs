//! What an edit says of itself: to people as it goes, to a program when it is over.

use std::collections::BTreeMap;

use policy_core::span::FileId;
use policy_edit::Judged;

use crate::cli::Format;
use crate::load::Loaded;
use crate::report::changes::{Changes, Side, human};
use crate::report::edits::{Fate, Told, json};
use crate::report::patch;
use crate::{compile, ui};

/// An edit whose texts are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Telling<'a> {
    /// The policy before.
    pub(super) loaded: &'a Loaded,
    /// The new texts.
    pub(super) texts: &'a BTreeMap<FileId, String>,
    /// What whoever asked should know.
    pub(super) notes: &'a [String],
    /// To whom.
    pub(super) format: Format,
}

impl Telling<'_> {
    pub(super) fn notes(&self) {
        if self.format == Format::Human {
            for note in self.notes {
                ui::note(format_args!("note: {note}"));
            }
        }
    }

    pub(super) fn unchanged(&self) -> Result<(), serde_json::Error> {
        match self.format {
            Format::Human => ui::result("nothing to do"),
            Format::Json => self.document(Fate::Unchanged, None)?,
        }
        Ok(())
    }

    pub(super) fn refused(&self, judged: &Judged) -> Result<(), serde_json::Error> {
        match self.format {
            Format::Human => compile::tell(&judged.sources, &judged.new_errors),
            Format::Json => self.document(Fate::Refused, Some(judged))?,
        }
        ui::note("refused: the policy would have errors that it has not now; nothing was written");
        Ok(())
    }

    /// The lines and the difference, for people.
    pub(super) fn people(&self, judged: &Judged) {
        if self.format == Format::Json {
            return;
        }
        compile::tell(&judged.sources, &judged.new_warnings);
        for (file, new) in self.texts {
            if let Some(old) = self.loaded.sources.file(*file) {
                ui::part(patch::of(&old.name, &old.text, new, 0));
            }
        }
        match (self.changes(judged), &judged.after) {
            (Some(changes), _) => {
                ui::part("\n");
                ui::part(human(&changes, ui::width()));
            }
            (None, Some(_)) => ui::note("the policy had errors and has none now"),
            (None, None) => ui::note(format_args!(
                "not proved: the policy has errors that were there before ({}): `portreeve check`",
                judged.n_old_errors
            )),
        }
    }

    /// What was done, for a program; for people only what was not.
    pub(super) fn program(&self, judged: &Judged, is_dry: bool) -> Result<(), serde_json::Error> {
        if is_dry {
            ui::note("dry run: nothing was written");
        }
        let fate = if is_dry { Fate::DryRun } else { Fate::Written };
        match self.format {
            Format::Human => Ok(()),
            Format::Json => self.document(fate, Some(judged)),
        }
    }

    fn changes<'j>(&self, judged: &'j Judged) -> Option<Changes<'j>>
    where
        Self: 'j,
    {
        let old = Side {
            sources: &self.loaded.sources,
            policy: judged.before.as_ref()?,
        };
        let new = Side {
            sources: &judged.sources,
            policy: judged.after.as_ref()?,
        };
        Some(Changes::between(old, new))
    }

    fn document(&self, fate: Fate, judged: Option<&Judged>) -> Result<(), serde_json::Error> {
        let changes = judged.and_then(|judged| self.changes(judged));
        let findings = judged.map(|judged| match fate {
            Fate::Refused => (&judged.sources, &judged.new_errors),
            _ => (&judged.sources, &judged.new_warnings),
        });
        let told = Told {
            fate,
            sources: &self.loaded.sources,
            texts: self.texts,
            notes: self.notes,
            findings,
            changes: changes.as_ref(),
        };
        ui::raw(&json(&told)?);
        Ok(())
    }
}
