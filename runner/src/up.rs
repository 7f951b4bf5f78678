//! From a policy to an engine that enforces it: observe, compile, plan, apply.
//!
//! `plan`, `up` and `status` share everything but the last step, so what `plan` shows is what
//! `up` does.

use std::cell::OnceCell;
use std::path::Path;

use ipnet::Ipv4Net;
use policy_core::diagnostic::Report;
use policy_core::facts::{Facts, Ledger};
use policy_core::ir::Policy;
use policy_core::sources::Sources;
use policy_core::{Compiled, compile};
use policy_render::deployment::{Deployment, NetworkPlan};
use policy_render::file_set::FileSet;
use policy_render::render;

use crate::action::Action;
use crate::apply::{
    Apply, apply, generation_is_intact, manifest_is_current, matches_its_manifest, remove_own,
};
use crate::deployed;
use crate::docker::{Docker, DockerCommand};
use crate::error::Error;
use crate::facts_file::{self, Given};
use crate::files;
use crate::host_facts;
use crate::image;
use crate::in_force::{self, Before};
use crate::ledger;
use crate::load::{self, Loaded};
use crate::observe::{Observed, observe, taken_by};
use crate::open_request::OpenRequest;
use crate::plan::{PlanError, plan};
use crate::state::State;
use crate::wanted::{Setting, Uplink, Wanted};

/// A policy as it was read, and what is known of the world without an engine.
#[derive(Clone, Debug)]
pub struct Input {
    /// The files.
    pub sources: Sources,
    /// What reading them has reported.
    pub loading: Report,
    /// Facts that do not come from the engine. Its ledger and attached addresses are replaced.
    pub facts: Facts,
    /// Which of the facts were given, and are not to be asked for.
    pub given: Given,
    early: OnceCell<Compiled>,
}

impl Input {
    /// Reads a policy, and the file of facts if there is one.
    pub fn read(policy: &Path, facts: Option<&Path>) -> Result<Self, Error> {
        let (facts, given) = facts_file::facts_and_given(facts)?;
        let Loaded { sources, report } = load::load(policy)?;
        Ok(Self {
            sources,
            loading: report,
            facts,
            given,
            early: OnceCell::new(),
        })
    }

    /// The policy, compiled with no more than the facts that are known without an engine.
    pub fn early(&self) -> &Compiled {
        let compiled = || compile(&self.sources, self.loading.clone(), &self.facts);
        self.early.get_or_init(compiled)
    }
}

/// The engine side of a command.
pub struct Installation<'a> {
    /// The engine.
    pub docker: &'a dyn Docker,
    /// The state folder.
    pub state: &'a State,
    /// Squid's way out.
    pub uplink: Uplink,
}

/// A compiled policy, and what it takes to put it in force.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Every finding.
    pub report: Report,
    /// What is to be done; `None` when a finding is an error.
    pub change: Option<Change>,
}

/// What is to be done, and the files and ledgers that go with it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The steps, in order; none when everything is in step.
    pub actions: Vec<Action>,
    /// The generation.
    pub generation: String,
    /// The policy.
    pub policy: Policy,
    /// What is in force.
    pub before: Before,
    files: FileSet,
    record: String,
    ledger: Ledger,
    ledger_before: Ledger,
}

impl Installation<'_> {
    fn setting(&self) -> Setting {
        Setting {
            instance: self.state.instance().clone(),
            uplink: self.uplink.clone(),
            image: image::tag(),
            config: self.state.config(),
        }
    }

    /// What must be there before a policy can be compiled for this engine: the image and the
    /// uplink, in which the host's facts are asked for. Gives what is missing.
    pub fn missing_prerequisites(&self) -> Result<Vec<Prerequisite>, Error> {
        let setting = self.setting();
        let mut missing = Vec::new();
        if !image::exists(self.docker, &setting.image)? {
            missing.push(Prerequisite::Image {
                tag: setting.image.clone(),
            });
        }
        let name = setting.uplink_name();
        let inspect = DockerCommand::new(["network", "inspect", "--format", "{{.Id}}", &name]);
        if !self.docker.try_run(&inspect)?.success() {
            missing.push(match setting.uplink {
                Uplink::Own => Prerequisite::Uplink {
                    command: setting.create_uplink(),
                },
                Uplink::Existing(name) => return Err(Error::NoUplink { name }),
            });
        }
        Ok(missing)
    }

    /// Makes what [`Self::missing_prerequisites`] has found; `say` is told each line of a build.
    pub fn make(
        &self,
        missing: &Prerequisite,
        egress: Option<Ipv4Net>,
        say: &mut dyn FnMut(&str),
    ) -> Result<(), Error> {
        match missing {
            Prerequisite::Image { .. } => image::build(self.docker, say),
            Prerequisite::Uplink { command } => self.make_uplink(command, egress),
        }
    }

    /// Makes the uplink on addresses that are not those of the egress subnet.
    fn make_uplink(&self, command: &DockerCommand, egress: Option<Ipv4Net>) -> Result<(), Error> {
        let placeholder = self.state.instance().placeholder_network();
        let remove = || remove_own(self.docker, self.state, "network", &placeholder);
        remove()?;
        if let Some(subnet) = egress {
            // Where it fails the addresses are taken, by us or by somebody who is named later.
            let create = self.setting().create_placeholder(subnet);
            self.docker.try_run(&create)?;
        }
        let made = self.docker.run(command);
        remove()?;
        made?;
        Ok(())
    }

    /// Compiles the policy for this engine and plans the change. Nothing is changed.
    ///
    /// Without `ask` the host's facts are not asked for: the defaults stand in for them.
    pub fn prepare(&self, input: &Input, ask: bool) -> Result<Prepared, Error> {
        let setting = self.setting();
        let ledger_before = ledger::read(&self.state.ledger())?;
        let observed = observe(self.docker, self.state)?;
        let mut facts = input.facts.clone();
        facts.ledger = ledger_before.clone();
        facts.attached.extend(observed.attached());
        if ask && !(input.given.host && input.given.gateway) {
            self.ask_host(input, &setting, &observed, &mut facts)?;
        }
        let Compiled { report, policy } = compile(&input.sources, input.loading.clone(), &facts);
        let Some((policy, ledger)) = policy else {
            return Ok(Prepared {
                report,
                change: None,
            });
        };
        let files = render(&policy, &input.sources)?;
        let generation = files.generation();
        let deployment = Deployment::of(&policy);
        let before = deployed::current(self.state)?;
        let folder = self.state.generation(&generation);
        let wanted = Wanted {
            setting: &setting,
            deployment: &deployment,
            before: before.as_ref(),
            generation: &generation,
            generation_is_intact: generation_is_intact(&folder, &files)?,
            // The record is written along with the manifest.
            manifest_is_current: manifest_is_current(&folder, &files)?
                && files::read_if_there(&self.state.policy(&generation))?.is_some(),
            ledger_is_current: ledger == ledger_before,
            has_revoked: observed.container.iter().any(|container| {
                let permitted = |request: &OpenRequest| request.is_permitted(&policy, &generation);
                !container.open.iter().all(permitted)
            }),
        };
        let actions = plan(&wanted, &observed)?;
        self.refuse_taken_subnet(&actions, &deployment, &observed)?;
        let change = Change {
            actions,
            record: in_force::record(&input.sources, &facts, &ledger)?,
            before: in_force::before(self.state, &generation)?,
            generation,
            policy,
            files,
            ledger,
            ledger_before,
        };
        Ok(Prepared {
            report,
            change: Some(change),
        })
    }

    /// Carries a change out; `say` is told each step before it begins.
    pub fn apply(&self, change: &Change, say: &mut dyn FnMut(usize, &Action)) -> Result<(), Error> {
        let before = match &change.before {
            Before::Policy(read) => Some(&read.policy),
            _ => None,
        };
        let context = Apply {
            docker: self.docker,
            state: self.state,
            files: &change.files,
            record: &change.record,
            ledgers: (&change.ledger, &change.ledger_before),
            policies: (Some(&change.policy), before),
            cut: &self.setting().cut(),
        };
        Ok(apply(&context, &change.actions, say)?)
    }

    /// Carries out what [`Self::drift`] has found; `say` is told each step before it begins.
    pub fn mend(
        &self,
        actions: &[Action],
        say: &mut dyn FnMut(usize, &Action),
    ) -> Result<(), Error> {
        // What was put in force before needs neither files nor addresses that are not there.
        let ledger = Ledger::default();
        let in_force = match self.state.current_generation()? {
            Some(id) => in_force::policy_of(self.state, &id)?,
            None => None,
        };
        let policy = in_force.as_ref().map(|read| &read.policy);
        let context = Apply {
            docker: self.docker,
            state: self.state,
            files: &FileSet::default(),
            record: "",
            ledgers: (&ledger, &ledger),
            policies: (policy, policy),
            cut: &self.setting().cut(),
        };
        Ok(apply(&context, actions, say)?)
    }

    fn ask_host(
        &self,
        input: &Input,
        setting: &Setting,
        observed: &Observed,
        facts: &mut Facts,
    ) -> Result<(), Error> {
        // The name is in the text, whatever the facts are.
        let early = input.early().policy.as_ref();
        let gateway = early.and_then(|(policy, _)| policy.gateway.host.as_ref());
        let name = gateway.map(|host| host.as_str());
        let answers = host_facts::ask(self.docker, setting, observed, name)?;
        if !input.given.host {
            facts.host_address = answers.host_address.ok_or(Error::NoHostAddress)?;
        }
        if !input.given.gateway {
            facts.gateway_addresses = answers.gateway_addresses;
        }
        Ok(())
    }

    /// What it would take to have what was put in force last again.
    pub fn drift(&self, observed: &Observed) -> Result<Vec<Action>, Error> {
        self.drift_on(observed, image::tag())
    }

    /// Like [`Self::drift`], on this image.
    pub fn drift_on(&self, observed: &Observed, image: String) -> Result<Vec<Action>, Error> {
        let (Some(generation), Some(deployment)) =
            (&observed.current, deployed::current(self.state)?)
        else {
            return Ok(Vec::new());
        };
        let wanted = Wanted {
            setting: &Setting {
                image,
                ..self.setting()
            },
            deployment: &deployment,
            before: Some(&deployment),
            generation,
            generation_is_intact: matches_its_manifest(&self.state.generation(generation))?,
            manifest_is_current: true,
            ledger_is_current: true,
            has_revoked: false,
        };
        Ok(plan(&wanted, observed)?)
    }

    /// The name of an internal network.
    pub fn network_name(&self, plan: &NetworkPlan) -> String {
        self.setting().network_name(plan)
    }

    /// Docker finds an overlap one network at a time, in the middle of a change; so it is looked
    /// for before anything is changed.
    fn refuse_taken_subnet(
        &self,
        actions: &[Action],
        deployment: &Deployment,
        observed: &Observed,
    ) -> Result<(), Error> {
        if !actions
            .iter()
            .any(|action| matches!(action, Action::CreateNetwork { .. }))
        {
            return Ok(());
        }
        let own = observed.networks.get(&self.setting().uplink_name());
        if let Some(range) = own.and_then(|network| network.subnet)
            && (range.contains(&deployment.subnet) || deployment.subnet.contains(&range))
        {
            let (subnet, network) = (deployment.subnet, self.setting().uplink_name());
            return Err(PlanError::SubnetTaken {
                subnet,
                range,
                network,
            }
            .into());
        }
        match taken_by(self.docker, self.state, deployment.subnet)? {
            Some((network, range)) => {
                let subnet = deployment.subnet;
                Err(PlanError::SubnetTaken {
                    subnet,
                    range,
                    network,
                }
                .into())
            }
            None => Ok(()),
        }
    }
}

/// Something that must be there before a policy can be compiled for an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prerequisite {
    /// The proxy image.
    Image {
        /// Its name and tag.
        tag: String,
    },
    /// Squid's way out.
    Uplink {
        /// How it is made.
        command: DockerCommand,
    },
}

impl Prerequisite {
    /// The Docker commands that make it, as far as they are known before.
    pub fn commands(&self) -> Vec<DockerCommand> {
        match self {
            Self::Image { .. } => Vec::new(),
            Self::Uplink { command } => vec![command.clone()],
        }
    }
}

impl std::fmt::Display for Prerequisite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Image { tag } => write!(f, "build the image {tag}"),
            Self::Uplink { .. } => write!(f, "create the uplink network"),
        }
    }
}
