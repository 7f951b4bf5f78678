//! Asks every question from inside its agent, all agents at once, and compares.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::thread;

use super::agents;
use super::bed::{Bed, Enforced};
use super::error::DemoError;
use super::logs::{self, Finding};
use super::outcome::Outcome;
use super::probe::{self, Answer, Asker};
use super::question::{Question, Row, rows};
use crate::error::Error;

/// A cell of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its number among all cells, which is in the path it asked for.
    pub number: usize,
    /// The line of the table it stands in.
    pub row: usize,
    /// What was asked, and what should have come of it.
    pub question: Question,
    /// The address that it was asked from.
    pub source: Ipv4Addr,
    /// What came back.
    pub answer: Answer,
    /// What that means.
    pub measured: Outcome,
}

impl Cell {
    /// Whether it is as wanted.
    pub fn holds(&self) -> bool {
        self.measured == self.question.wanted
    }
}

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The agents, in the order of the policy.
    pub agents: Vec<String>,
    /// Group and label of each line.
    pub rows: Vec<(&'static str, String)>,
    /// Line by line, and in each by agent.
    pub cells: Vec<Cell>,
    /// What the logs say.
    pub findings: Vec<Finding>,
}

impl Measured {
    /// The cells that are not as wanted.
    pub fn differing(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| !cell.holds())
    }

    /// All of it in one line.
    pub fn summary(&self) -> String {
        let (n_cells, n_claims) = (self.cells.len(), self.findings.len());
        if self.holds() {
            return format!("{n_cells} cells and {n_claims} claims about the logs, all as wanted");
        }
        let differing = self.differing().count();
        let broken = self
            .findings
            .iter()
            .filter(|finding| !finding.failures.is_empty())
            .count();
        format!(
            "{differing} of {n_cells} cells and {broken} of {n_claims} claims are not as wanted"
        )
    }

    /// Whether everything is as wanted.
    pub fn holds(&self) -> bool {
        self.differing().next().is_none()
            && self
                .findings
                .iter()
                .all(|finding| finding.failures.is_empty())
    }
}

/// Asks, reads the logs, and compares with what `enforced` should do.
pub fn measure(bed: &Bed<'_>, enforced: &Enforced) -> Result<Measured, Error> {
    let rows = rows(enforced);
    let squid = bed.squid_address()?;
    let questions: Vec<(usize, &Question)> = rows
        .iter()
        .enumerate()
        .flat_map(|(at, row)| row.questions.iter().map(move |question| (at, question)))
        .collect();
    let mut answers = ask_all(bed, enforced, &questions)?;
    let mut cells = Vec::new();
    for (number, (row, question)) in questions.into_iter().enumerate() {
        let plan = enforced.deployment.agent(&question.agent);
        let (Some(answer), Some(plan)) = (answers.remove(&number), plan) else {
            let line = format!("nothing for question {number}");
            return Err(DemoError::Prober {
                agent: question.agent.clone(),
                line,
            }
            .into());
        };
        let measured = Outcome::of(&question.ask, &answer, squid);
        let (question, source) = (question.clone(), plan.first_address);
        cells.push(Cell {
            number,
            row,
            question,
            source,
            answer,
            measured,
        });
    }
    let findings = logs::findings(bed, &cells)?;
    let agents = enforced
        .deployment
        .agents
        .iter()
        .map(|plan| plan.name.clone())
        .collect();
    let rows = rows
        .into_iter()
        .map(|Row { group, label, .. }| (group, label))
        .collect();
    Ok(Measured {
        agents,
        rows,
        cells,
        findings,
    })
}

/// Most questions are answered at once, and the others cost a silence of seconds: so all agents
/// are asked side by side.
fn ask_all(
    bed: &Bed<'_>,
    enforced: &Enforced,
    questions: &[(usize, &Question)],
) -> Result<BTreeMap<usize, Answer>, Error> {
    let docker = bed.docker();
    let proxy_port = enforced.deployment.proxy_port;
    let results: Vec<Result<BTreeMap<usize, Answer>, Error>> = thread::scope(|scope| {
        let asking: Vec<_> = enforced
            .deployment
            .agents
            .iter()
            .map(|plan| {
                let container = agents::container(bed.state().instance(), &plan.name);
                let own = questions
                    .iter()
                    .enumerate()
                    .filter(|(_, (_, q))| q.agent == plan.name);
                let own: Vec<_> = own
                    .map(|(number, (_, question))| (number, &question.ask))
                    .collect();
                let asker = Asker { plan, proxy_port };
                scope.spawn(move || probe::ask(docker, &container, Some(&asker), own.into_iter()))
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        asking.into_iter().map(join).collect()
    });
    let mut all = BTreeMap::new();
    for result in results {
        all.extend(result?);
    }
    Ok(all)
}
