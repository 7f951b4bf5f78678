//! Squid 6 as a model: what the first matching line does with a request.
//!
//! A line is tried from left to right until a term fails; an annotation is made when the line gets
//! to it, whatever comes behind. Where no line matches, the opposite of the last one holds. All
//! requests for one host are decided at once: a set of cells, each a port and a kind.

use super::list::{ListId, NOTES, Term, Test};
use super::read::{PeerKind, Rule};
use super::sources::View;

/// Method and scheme, and whether the path is one of Squid's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Connect,
    Plain,
    OtherScheme,
    Manager,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] =
        [Kind::Connect, Kind::Plain, Kind::OtherScheme, Kind::Manager];
}

/// A port and a kind.
pub(super) type Cell = (u16, Kind);

/// A set of cells, by their places.
pub(super) type Cells = u64;

/// How many cells are decided at once.
pub(super) const WIDTH: usize = 64;

/// A set of lists, by their places among those that ask about the host.
pub(super) type Bits = Vec<u64>;

/// What is known of a host.
pub(super) struct Facts<'a> {
    /// Which of [`Frame::hosts`] hold it.
    pub(super) bits: &'a [u64],
    /// Whether it is an address, so that nothing is looked up.
    pub(super) is_address: bool,
}

/// Where an allowed request goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Way {
    /// Nowhere, or to one of several.
    #[default]
    Unclear,
    Direct,
    /// The place among the peers of the view.
    Peer(usize),
}

/// What the file does with each cell.
#[derive(Clone, Debug)]
pub(super) struct Row<'t> {
    pub(super) allowed: Cells,
    /// The line that decided; 0 where none did.
    pub(super) lines: [usize; WIDTH],
    pub(super) notes: [[Option<&'t str>; NOTES.len()]; WIDTH],
    pub(super) ways: [Way; WIDTH],
    /// For which cells a name was looked up.
    pub(super) looked_up: Cells,
}

impl Row<'_> {
    /// For a host that nothing has been asked about yet.
    pub(super) fn new() -> Self {
        Row {
            allowed: 0,
            lines: [0; WIDTH],
            notes: [[None; NOTES.len()]; WIDTH],
            ways: [Way::Unclear; WIDTH],
            looked_up: 0,
        }
    }

    fn clear(&mut self) {
        self.notes.fill([None; NOTES.len()]);
        self.ways.fill(Way::Unclear);
        self.looked_up = 0;
    }
}

enum Op<'t> {
    Cells(Cells),
    /// The place among [`Frame::hosts`], and whether it looks up.
    Host(usize, bool),
    Notes(&'t [(usize, &'t str)]),
    Any(Vec<Vec<Step<'t>>>),
}

struct Step<'t> {
    op: Op<'t>,
    negated: bool,
}

struct Line<'t> {
    number: usize,
    allow: bool,
    steps: Vec<Step<'t>>,
}

/// The lines of one access list, and what holds where none matches.
struct Lines<'t> {
    lines: Vec<Line<'t>>,
    otherwise: bool,
}

/// The view of one source, for up to [`WIDTH`] cells.
pub(super) struct Frame<'t> {
    pub(super) cells: Vec<Cell>,
    full: Cells,
    connect: Cells,
    access: Lines<'t>,
    never_direct: Lines<'t>,
    always_direct: Lines<'t>,
    peers: Vec<(PeerKind, Lines<'t>)>,
}

impl<'t> Frame<'t> {
    /// `hosts` are the lists of the view that ask about the host.
    pub(super) fn of(view: &View<'t, 't>, cells: &[Cell], hosts: &[ListId]) -> Self {
        let cells: Vec<Cell> = cells.iter().copied().take(WIDTH).collect();
        let compiler = Compiler {
            view,
            cells: &cells,
            hosts,
        };
        let config = view.config;
        let access = compiler.lines(&view.access, &config.access, false);
        let never_direct = compiler.lines(&view.never_direct, &config.never_direct, false);
        let always_direct = compiler.lines(&view.always_direct, &config.always_direct, false);
        let peers = view.peers.iter().map(|(peer, rules)| {
            let lines = compiler.lines(rules, &peer.access, true);
            (peer.kind, lines)
        });
        let peers = peers.collect();
        let full = compiler.cells(|_| true);
        let connect = compiler.cells(|cell| cell.1 == Kind::Connect);
        Frame {
            full,
            connect,
            access,
            never_direct,
            always_direct,
            peers,
            cells,
        }
    }

    /// Fills in what the file does with a host.
    pub(super) fn decide(&self, facts: &Facts<'_>, row: &mut Row<'t>) {
        row.clear();
        let mut lines = [0; WIDTH];
        let allowed = self.access.run(self.full, facts, row, &mut lines);
        row.allowed = allowed;
        row.lines = lines;
        if allowed == 0 {
            return;
        }
        let always = self.always_direct.run(allowed, facts, row, &mut lines);
        let never = self.never_direct.run(allowed, facts, row, &mut lines);
        // Ways so far, and those of which there is a second one.
        let (mut one, mut more) = (allowed & (always | !never), 0);
        set(&mut row.ways, one, Way::Direct);
        for (at, (kind, lines_of)) in self.peers.iter().enumerate() {
            let mut usable = lines_of.run(allowed & !always, facts, row, &mut lines);
            if *kind == PeerKind::Origin {
                // Squid does not ask an origin server for a tunnel to somewhere else.
                usable &= !self.connect;
            }
            more |= one & usable;
            one |= usable;
            set(&mut row.ways, usable, Way::Peer(at));
        }
        set(&mut row.ways, more, Way::Unclear);
    }
}

fn set<T: Copy>(all: &mut [T; WIDTH], cells: Cells, value: T) {
    let mut rest = cells;
    while rest != 0 {
        let at = rest.trailing_zeros();
        if let Some(slot) = all.get_mut(at as usize) {
            *slot = value;
        }
        rest &= rest - 1;
    }
}

impl<'t> Lines<'t> {
    /// The cells out of `cells` that are allowed.
    fn run(
        &self,
        cells: Cells,
        facts: &Facts<'_>,
        row: &mut Row<'t>,
        lines: &mut [usize; WIDTH],
    ) -> Cells {
        let (mut rest, mut allowed) = (cells, 0);
        for line in &self.lines {
            if rest == 0 {
                break;
            }
            let hit = all(&line.steps, rest, facts, row);
            if hit != 0 {
                set(lines, hit, line.number);
                rest &= !hit;
                allowed |= if line.allow { hit } else { 0 };
            }
        }
        allowed | if self.otherwise { rest } else { 0 }
    }
}

/// The cells for which every step holds.
fn all<'t>(steps: &[Step<'t>], cells: Cells, facts: &Facts<'_>, row: &mut Row<'t>) -> Cells {
    let mut left = cells;
    for step in steps {
        if left == 0 {
            break;
        }
        let hit = match &step.op {
            Op::Cells(of) => left & of,
            Op::Host(at, looks_up) => {
                if *looks_up && !facts.is_address {
                    row.looked_up |= left;
                }
                let word = facts.bits.get(at / 64).copied().unwrap_or_default();
                if word >> (at % 64) & 1 == 1 { left } else { 0 }
            }
            Op::Notes(notes) => {
                for (note, value) in *notes {
                    annotate(row, left, *note, value);
                }
                left
            }
            Op::Any(ways) => {
                let mut open = left;
                for steps in ways {
                    open &= !all(steps, open, facts, row);
                }
                left & !open
            }
        };
        left = if step.negated { left & !hit } else { hit };
    }
    left
}

fn annotate<'t>(row: &mut Row<'t>, cells: Cells, note: usize, value: &'t str) {
    let mut rest = cells;
    while rest != 0 {
        let at = rest.trailing_zeros();
        let notes = row.notes.get_mut(at as usize);
        if let Some(slot) = notes.and_then(|notes| notes.get_mut(note)) {
            *slot = Some(value);
        }
        rest &= rest - 1;
    }
}

struct Compiler<'a, 't> {
    view: &'a View<'t, 't>,
    cells: &'a [Cell],
    hosts: &'a [ListId],
}

impl<'t> Compiler<'_, 't> {
    /// `of` are the rules of the view out of `whole`, `empty` what holds without any rule.
    fn lines(&self, of: &[&'t Rule], whole: &[Rule], empty: bool) -> Lines<'t> {
        let lines = of.iter().map(|rule| Line {
            number: rule.line,
            allow: rule.allow,
            steps: self.steps(&rule.terms),
        });
        Lines {
            lines: lines.collect(),
            otherwise: whole.last().map_or(empty, |last| !last.allow),
        }
    }

    fn steps(&self, terms: &[Term]) -> Vec<Step<'t>> {
        let step = |term: &Term| Step {
            op: self.op(term.list),
            negated: term.negated,
        };
        terms.iter().map(step).collect()
    }

    fn cells(&self, holds: impl Fn(&Cell) -> bool) -> Cells {
        let held = self
            .cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| holds(cell));
        held.fold(0, |cells, (at, _)| cells | 1 << at)
    }

    fn op(&self, list: ListId) -> Op<'t> {
        let none = Op::Cells(0);
        let config = self.view.config;
        let Some(list_of) = config.lists.get(list) else {
            return none;
        };
        match &list_of.test {
            Test::All => Op::Cells(Cells::MAX),
            Test::Control | Test::Page => none,
            Test::Source(_) if self.view.sources.binary_search(&list).is_ok() => {
                Op::Cells(Cells::MAX)
            }
            Test::Source(_) => none,
            Test::Manager => Op::Cells(self.cells(|cell| cell.1 == Kind::Manager)),
            Test::Connect => Op::Cells(self.cells(|cell| cell.1 == Kind::Connect)),
            Test::Http => {
                Op::Cells(self.cells(|cell| matches!(cell.1, Kind::Plain | Kind::Manager)))
            }
            Test::Port(ranges) => Op::Cells(self.cells(|(port, _)| {
                ranges
                    .iter()
                    .any(|(first, last)| first <= port && port <= last)
            })),
            Test::Address { looks_up, .. } => self.host(list, *looks_up),
            Test::Domain(_) | Test::Shape(_) => self.host(list, false),
            Test::Notes(notes) => Op::Notes(notes),
            Test::AnyOf(terms) => {
                let each = terms
                    .iter()
                    .map(|term| self.steps(std::slice::from_ref(term)));
                Op::Any(each.collect())
            }
            Test::AllOf(lines) => {
                let alive = lines.iter().filter(|terms| self.view.is_alive(terms));
                Op::Any(alive.map(|terms| self.steps(terms)).collect())
            }
        }
    }

    fn host(&self, list: ListId, looks_up: bool) -> Op<'t> {
        match self.hosts.binary_search(&list) {
            Ok(at) => Op::Host(at, looks_up),
            Err(_) => Op::Cells(0),
        }
    }
}
