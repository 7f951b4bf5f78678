//! A plan leads from any state to the wanted one, and from there nowhere.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the helpers play an engine: what it would refuse is a failed test"
)]

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use policy_core::facts::Facts;
use policy_core::sources::Sources;
use policy_render::deployment::Deployment;
use portreeve::action::Action;
use portreeve::observe::{Container, Endpoint, Network, Observed, Owner};
use portreeve::plan::{PlanError, plan};
use portreeve::wanted::{Setting, Uplink, Wanted};

const ONE: &str = "policy 1\nagent coder { }\nagent writer { cdp }\n";
const OTHER: &str = "policy 1\nagent coder { }\nagent reader { sessions 9 }\n";
/// The second agent of `ONE` is gone.
const LESS: &str = "policy 1\nagent coder { }\n";
/// The second agent of `ONE` is another one, which gets its addresses.
const REPLACED: &str = "policy 1\nagent coder { }\nagent zoe { cdp }\n";
/// It is the same one under another name.
const RENAMED: &str = "policy 1\nagent coder { }\nagent scribe { id writer\n cdp\n}\n";
const SHARED: &str =
    "policy 1\nnetwork { isolation shared }\nagent coder { }\nagent writer { sessions 2 }\n";
const SHARED_LESS: &str = "policy 1\nnetwork { isolation shared }\nagent coder { }\n";

/// What a policy asks for, with its own generation.
struct Asked {
    deployment: Deployment,
    generation: String,
}

fn asked(text: &str) -> Asked {
    let (sources, report) = Sources::single("p.reeve", text);
    let facts = Facts::on("2026-11-23".parse().unwrap());
    let (policy, _) = policy_core::compile(&sources, report, &facts)
        .policy
        .unwrap();
    let files = policy_render::render(&policy, &sources).unwrap();
    Asked {
        deployment: Deployment::of(&policy),
        generation: files.generation(),
    }
}

fn setting(image: &str) -> Setting {
    Setting {
        instance: "t".parse().unwrap(),
        uplink: Uplink::Own,
        image: image.to_owned(),
        config: "/state/config".into(),
    }
}

fn actions(
    setting: &Setting,
    asked: &Asked,
    before: Option<&Asked>,
    observed: &Observed,
) -> Result<Vec<Action>, PlanError> {
    let wanted = Wanted {
        before: before.map(|asked| &asked.deployment),
        ..in_step(setting, asked)
    };
    plan(&wanted, observed)
}

fn in_step<'a>(setting: &'a Setting, asked: &'a Asked) -> Wanted<'a> {
    Wanted {
        setting,
        deployment: &asked.deployment,
        before: Some(&asked.deployment),
        generation: &asked.generation,
        generation_is_intact: true,
        manifest_is_current: true,
        ledger_is_current: true,
        has_revoked: false,
    }
}

/// What an engine would hold after an action; panics where an engine would refuse it.
fn perform(setting: &Setting, observed: &mut Observed, action: &Action, asked: &Asked) {
    let container = |observed: &mut Observed| -> Container {
        observed.container.take().expect("the container is there")
    };
    match action {
        Action::SaveLedger
        | Action::WriteManifest { .. }
        | Action::CheckGeneration { .. }
        | Action::Cut { .. } => {}
        Action::RemoveSetAside { .. } => observed.set_aside = false,
        Action::WriteGeneration { id } => {
            assert!(observed.generations.insert(id.clone()), "written twice");
        }
        Action::CreateNetwork { name, .. } => {
            let mut made = asked.deployment.networks.iter();
            let plan = made
                .find(|plan| setting.network_name(plan) == *name)
                .unwrap();
            let overlap = observed
                .networks
                .values()
                .filter_map(|network| network.subnet);
            for subnet in overlap {
                let meets = subnet.contains(&plan.subnet) || plan.subnet.contains(&subnet);
                assert!(!meets, "{name} overlaps {subnet}");
            }
            let network = Network {
                subnet: Some(plan.subnet),
                digest: setting.network_digest(plan),
                endpoints: BTreeMap::new(),
            };
            assert!(
                observed.networks.insert(name.clone(), network).is_none(),
                "{name} is there"
            );
        }
        Action::RemoveNetwork { name, .. } => {
            let network = observed
                .networks
                .remove(name)
                .expect("the network is there");
            assert!(network.endpoints.is_empty(), "{name} is in use");
            let attached = observed
                .container
                .iter()
                .any(|c| c.networks.contains_key(name));
            assert!(!attached, "the proxy is on {name}");
        }
        Action::Connect {
            network, address, ..
        } => {
            assert!(observed.networks.contains_key(network));
            let mut found = container(observed);
            assert!(
                found
                    .networks
                    .insert(network.clone(), Some(*address))
                    .is_none()
            );
            observed.container = Some(found);
        }
        Action::Disconnect { network, .. } => {
            let mut found = container(observed);
            found.networks.remove(network).expect("it was attached");
            observed.container = Some(found);
        }
        Action::SetAside { .. } => {
            drop(container(observed));
            observed.set_aside = true;
        }
        Action::CreateContainer { .. } => {
            assert!(observed.container.is_none());
            observed.container = Some(Container {
                owner: Owner::Us,
                running: false,
                digest: setting.container_digest(),
                networks: BTreeMap::from([(setting.uplink_name(), None)]),
                generation: None,
                open: Vec::new(),
            });
        }
        Action::Start { .. } => {
            let mut found = container(observed);
            assert!(!found.running);
            found.running = true;
            found.generation = observed.current.clone();
            observed.container = Some(found);
        }
        Action::PointCurrent { id, .. } => {
            assert!(
                observed.generations.contains(id),
                "`current` points to nothing"
            );
            observed.current = Some(id.clone());
        }
        Action::Switch { id, .. } => {
            assert!(observed.generations.contains(id), "switched to nothing");
            let mut found = container(observed);
            assert!(found.running);
            found.generation = Some(id.clone());
            observed.container = Some(found);
        }
        Action::AwaitHealth { id, .. } => {
            let running = observed
                .container
                .as_ref()
                .and_then(|c| c.generation.as_ref());
            assert_eq!(running, Some(id));
        }
        Action::RemoveGenerations { ids } => {
            for id in ids {
                assert_ne!(
                    observed.current.as_ref(),
                    Some(id),
                    "removed what is in force"
                );
                observed.generations.remove(id);
            }
        }
    }
}

/// Plans, performs, and sees that there is nothing left to do.
fn converge(setting: &Setting, asked: &Asked, before: Option<&Asked>, observed: &mut Observed) {
    for action in actions(setting, asked, before, observed).unwrap() {
        perform(setting, observed, &action, asked);
    }
    assert_eq!(actions(setting, asked, Some(asked), observed).unwrap(), []);
}

fn in_force(setting: &Setting, asked: &Asked) -> Observed {
    let mut observed = Observed::default();
    converge(setting, asked, None, &mut observed);
    observed
}

fn network_of<'o>(observed: &'o mut Observed, agent: &str) -> (String, &'o mut Network) {
    let mut networks = observed.networks.iter_mut();
    let (name, network) = networks.find(|(name, _)| name.contains(agent)).unwrap();
    (name.clone(), network)
}

#[test]
fn every_policy_follows_every_other_and_a_second_plan_is_empty() {
    let setting = setting("image:1");
    let policies = [ONE, OTHER, LESS, REPLACED, RENAMED, SHARED, SHARED_LESS].map(asked);
    for from in &policies {
        for to in &policies {
            let mut observed = in_force(&setting, from);
            converge(&setting, to, Some(from), &mut observed);
            assert_eq!(observed.networks.len(), to.deployment.networks.len());
        }
    }
}

#[test]
fn a_plan_that_was_interrupted_anywhere_is_completed_by_the_next() {
    let setting = setting("image:1");
    let (from, to) = (asked(ONE), asked(OTHER));
    for start in [Observed::default(), in_force(&setting, &from)] {
        let before = start.current.is_some().then_some(&from);
        let steps = actions(&setting, &to, before, &start).unwrap();
        for done in 0..=steps.len() {
            let mut observed = start.clone();
            for action in steps.iter().take(done) {
                perform(&setting, &mut observed, action, &to);
            }
            converge(&setting, &to, before, &mut observed);
        }
    }
}

#[test]
fn a_stopped_a_stale_and_a_detached_container_are_mended() {
    let asked = asked(ONE);
    let old = setting("image:1");
    let mut stopped = in_force(&old, &asked);
    let container = stopped.container.as_mut().unwrap();
    (container.running, container.generation) = (false, None);
    converge(&old, &asked, Some(&asked), &mut stopped);

    let new = setting("image:2");
    let mut stale = in_force(&old, &asked);
    converge(&new, &asked, Some(&asked), &mut stale);
    assert_eq!(stale.container.unwrap().digest, new.container_digest());

    let mut detached = in_force(&old, &asked);
    let networks = &mut detached.container.as_mut().unwrap().networks;
    networks.retain(|name, _| !name.contains("coder"));
    converge(&old, &asked, Some(&asked), &mut detached);

    let mut moved = in_force(&old, &asked);
    for address in moved.container.as_mut().unwrap().networks.values_mut() {
        *address = address.map(|_| Ipv4Addr::new(172, 30, 9, 9));
    }
    converge(&old, &asked, Some(&asked), &mut moved);
}

#[test]
fn a_removed_agents_network_stays_without_the_proxy_while_a_container_holds_it() {
    let setting = setting("image:1");
    let (from, to) = (asked(ONE), asked(LESS));
    let mut observed = in_force(&setting, &from);
    let endpoint = Endpoint {
        container: "job".to_owned(),
        agent: Some("writer".to_owned()),
    };
    let (name, writer) = network_of(&mut observed, "writer");
    writer
        .endpoints
        .insert(Ipv4Addr::new(172, 30, 0, 19), endpoint);
    for action in actions(&setting, &to, Some(&from), &observed).unwrap() {
        perform(&setting, &mut observed, &action, &to);
    }
    assert!(observed.networks.contains_key(&name));
    assert!(
        !observed
            .container
            .as_ref()
            .unwrap()
            .networks
            .contains_key(&name)
    );
    // It is left alone until its last container is gone.
    assert_eq!(actions(&setting, &to, Some(&to), &observed).unwrap(), []);
    network_of(&mut observed, "writer").1.endpoints.clear();
    converge(&setting, &to, Some(&to), &mut observed);
    assert!(!observed.networks.contains_key(&name));
}

#[test]
fn every_switch_ends_what_the_new_policy_forbids_after_all_that_can_fail_for_agents() {
    let setting = setting("image:1");
    let (from, to) = (asked(SHARED), asked(SHARED_LESS));
    let observed = in_force(&setting, &from);
    let steps = actions(&setting, &to, Some(&from), &observed).unwrap();
    let position = |wanted: fn(&Action) -> bool| steps.iter().position(wanted).unwrap();
    let cut = position(|action| matches!(action, Action::Cut { .. }));
    assert!(position(|action| matches!(action, Action::AwaitHealth { .. })) < cut);
    assert!(position(|action| matches!(action, Action::PointCurrent { .. })) < cut);
}

#[test]
fn what_a_killed_command_has_left_open_is_ended_by_the_next() {
    let setting = setting("image:1");
    let asked = asked(ONE);
    let observed = in_force(&setting, &asked);
    let wanted = Wanted {
        has_revoked: true,
        ..in_step(&setting, &asked)
    };
    let steps = plan(&wanted, &observed).unwrap();
    assert!(matches!(&steps[..], [Action::Cut { .. }]), "{steps:?}");
    // A container that is made anew has nothing open.
    let stale = plan(&wanted, &in_force(&self::setting("image:0"), &asked)).unwrap();
    assert!(!stale.iter().any(|step| matches!(step, Action::Cut { .. })));
}

#[test]
fn what_is_not_ours_is_left_alone_and_named() {
    let setting = setting("image:1");
    let asked = asked(ONE);
    let mut observed = in_force(&setting, &asked);
    observed.container.as_mut().unwrap().owner = Owner::Stranger;
    let error = actions(&setting, &asked, None, &observed).unwrap_err();
    assert_eq!(
        error,
        PlanError::ForeignContainer {
            name: "portreeve-t".to_owned()
        }
    );

    let mut observed = in_force(&setting, &asked);
    let endpoint = Endpoint {
        container: "job".to_owned(),
        agent: None,
    };
    let (_, coder) = network_of(&mut observed, "coder");
    coder.digest.clear();
    coder
        .endpoints
        .insert(Ipv4Addr::new(172, 30, 0, 11), endpoint);
    let error = actions(&setting, &asked, None, &observed).unwrap_err();
    assert!(matches!(error, PlanError::NetworkInUse { user, .. } if user == "job"));
}

#[test]
fn nothing_is_taken_away_before_the_switch_and_nothing_switched_before_the_check() {
    let setting = setting("image:1");
    let (from, to) = (asked(ONE), asked(LESS));
    let observed = in_force(&setting, &from);
    let steps = actions(&setting, &to, Some(&from), &observed).unwrap();
    let at = |wanted: fn(&Action) -> bool| steps.iter().position(wanted).unwrap();
    let check = at(|action| matches!(action, Action::CheckGeneration { .. }));
    let switch = at(|action| matches!(action, Action::Switch { .. }));
    let healthy = at(|action| matches!(action, Action::AwaitHealth { .. }));
    let removal = at(|action| {
        matches!(
            action,
            Action::Disconnect { .. } | Action::RemoveNetwork { .. }
        )
    });
    assert!(
        check < switch && switch < healthy && healthy < removal,
        "{steps:?}"
    );
}

#[test]
fn an_agent_that_is_renamed_keeps_its_network_and_who_is_on_it() {
    let setting = setting("image:1");
    let (from, to) = (asked(ONE), asked(RENAMED));
    let mut observed = in_force(&setting, &from);
    let endpoint = Endpoint {
        container: "job".to_owned(),
        agent: Some("writer".to_owned()),
    };
    let (_, writer) = network_of(&mut observed, "writer");
    writer
        .endpoints
        .insert(Ipv4Addr::new(172, 30, 0, 19), endpoint);
    let networks: Vec<String> = observed.networks.keys().cloned().collect();
    converge(&setting, &to, Some(&from), &mut observed);
    assert!(observed.networks.keys().eq(&networks));
}

#[test]
fn files_that_were_changed_by_hand_are_written_and_started_anew() {
    let setting = setting("image:1");
    let asked = asked(ONE);
    let observed = in_force(&setting, &asked);
    let wanted = Wanted {
        generation_is_intact: false,
        ..in_step(&setting, &asked)
    };
    let steps = plan(&wanted, &observed).unwrap();
    let at = |wanted: fn(&Action) -> bool| steps.iter().position(wanted).unwrap();
    let written = at(|action| matches!(action, Action::WriteGeneration { .. }));
    let checked = at(|action| matches!(action, Action::CheckGeneration { .. }));
    let started = at(|action| matches!(action, Action::Start { .. }));
    assert!(written < checked && checked < started, "{steps:?}");
}
