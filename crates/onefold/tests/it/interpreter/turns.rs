//! Turns: until the instant at which a definition is said to change next, the interpreter finds what it finds now.

use onefold::platform::Onefold;
use onefold_api::Platform as _;

use super::*;

/// How many instants are looked at.
const LOOKS: usize = 6;

/// Works everything out again at instants to come, and compares what is not said to have changed by then.
pub(super) async fn compare(
    scratch: &Scratch,
    world: &World,
    clock: &Clock,
    definitions: &[Definition],
    found: &Found,
    chance: &mut Chance,
    compared: &mut Compared,
) {
    let project = Onefold::quiet(scratch.path());
    let parsed = |next: Option<String>| next.map(|next| next.parse::<Timestamp>().expect("an instant"));
    let segments = project.segments().await.unwrap_or_else(|problem| panic!("{problem:?}"));
    let measures = project.measures(None).await.unwrap_or_else(|problem| panic!("{problem:?}"));
    let segments = segments.into_iter().map(|one| (one.name, parsed(one.next_change)));
    let measures = measures.into_iter().map(|one| (one.name, parsed(one.next_change)));
    let next: BTreeMap<String, Option<Timestamp>> = segments.chain(measures).collect();
    let mut instants: Vec<Timestamp> = next.values().flatten().copied().collect();
    instants.sort_unstable();
    instants.dedup();
    assert!(instants.iter().all(|next| *next > clock.now), "what changes next changes in time to come");
    for _ in 0..LOOKS.min(instants.len()) {
        let at = *chance.of(&instants);
        let before = Timestamp::from_microsecond(at.as_microsecond() - 1).expect("an instant");
        for then in [before, at] {
            let other = worked_out(world, &Clock { now: then, zone: clock.zone.clone() }, definitions);
            for definition in definitions {
                let name = &definition.name;
                let differs = said(found, name) != said(&other, name);
                if next[name].is_none_or(|next| then < next) {
                    compared.stayed += 1;
                    if differs {
                        compared.wrong.push(format!(
                            "{name} is otherwise at {then}, and changes at {:?} at the earliest: {:?}",
                            next[name], definition.kind
                        ));
                    }
                } else if next[name] == Some(then) {
                    compared.turned.0 += usize::from(differs);
                    compared.turned.1 += 1;
                }
            }
        }
    }
}

/// All definitions worked out at an instant.
fn worked_out(world: &World, clock: &Clock, definitions: &[Definition]) -> Found {
    let mut found = Found::default();
    for definition in definitions {
        match &definition.kind {
            Kind::Measure(measure) => world.measure(clock, &definition.name, measure, &mut found),
            Kind::Segment(segment) => world.segment(clock, &definition.name, segment, &mut found),
        }
    }
    found
}

/// What was found of a definition, in words.
fn said(found: &Found, name: &str) -> String {
    let held = format!("{name}#holdout");
    format!(
        "{:?} {:?} {:?} {:?}",
        found.attributes.get(name),
        found.tables.get(name),
        found.segments.get(name),
        found.segments.get(&held)
    )
}
