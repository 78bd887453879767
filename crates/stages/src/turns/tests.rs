//! Tests: what turns in expressions, and that no instant it gives is too late.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use onefold_model::expr::{Scope, ScopeTable, parse, resolve};
use onefold_model::{Column, DataType};

use super::along::{Of, Passing, Point, Unit};
use super::{Turn, apart};

fn scope() -> Scope {
    let columns = [("d", DataType::Date), ("at", DataType::DateTime), ("x", DataType::Any), ("n", DataType::Integer)];
    let columns = columns.map(|(name, ty)| Column::new(name, ty)).to_vec();
    Scope {
        tables: vec![ScopeTable { alias: "r".into(), columns, open: false }.into()],
        segments: Vec::new().into(),
        aggregates: true,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// What turns in an expression over `r`, in words.
fn found(text: &str) -> Vec<String> {
    let expr = parse(text, None).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let typed = resolve(&expr, &scope(), None).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
    let mut turns = Vec::new();
    apart(&typed, &TimeZone::get("Europe/Berlin").expect("a zone"), &mut turns);
    let words = |point: &Point, passing: &Passing| {
        let moved = match (point.months, point.days) {
            (0, 0) => String::new(),
            (0, days) => format!(" {days:+} days"),
            (months, _) => format!(" {months:+} months"),
        };
        let passes = if *passing == Passing::Reaches { "reaches" } else { "exceeds" };
        format!("{:?}{moved} {passes}", point.of).to_lowercase()
    };
    let say = |turn: &Turn| match turn {
        Turn::Begins(unit) => format!("{unit:?}").to_lowercase(),
        Turn::Passes(point, passing, value) => format!("{} {value}", words(point, passing)),
        Turn::PassesValue(point, passing, value) => format!("{} {value}", words(point, passing)),
    };
    turns.iter().map(say).collect()
}

#[test]
fn expressions_are_taken_apart() {
    let cases: &[(&str, &[&str])] = &[
        ("r.n > 3 and r.at > '2026-01-01'", &[]),
        ("r.at <= now()", &["now reaches r.at"]),
        ("r.at < now()", &["now exceeds r.at"]),
        ("now() > r.at", &["now exceeds r.at"]),
        ("not (r.at >= now()) or r.n = 1", &["now exceeds r.at"]),
        ("r.at = now()", &["now reaches r.at", "now exceeds r.at"]),
        ("r.d <= now()", &["now reaches cast(r.d as date-time)"]),
        ("r.d < today()", &["day exceeds r.d"]),
        ("r.at >= today()", &["midnight exceeds r.at"]),
        ("r.at >= date_trunc('day', now())", &["midnight exceeds r.at"]),
        ("r.at >= date_trunc('month', now())", &["month"]),
        ("within_last(r.at, 30, 'day')", &["now -30 days exceeds r.at", "now reaches r.at"]),
        ("within_last(r.at, 2, 'year')", &["now -24 months exceeds r.at", "now reaches r.at"]),
        ("within_next(r.d, 2, 'week')", &["day exceeds r.d", "day +14 days reaches r.d"]),
        ("year_to_date(r.at)", &["now reaches r.at", "year"]),
        ("days_between(r.at, now()) > 180", &["day -180 days exceeds cast(r.at as date)"]),
        ("days_between(r.d, today()) <= 7", &["day -7 days exceeds r.d"]),
        ("days_between(now(), r.d) between 0 and 7", &["day exceeds r.d", "day +7 days reaches r.d"]),
        ("7 >= days_between(today(), r.d)", &["day +7 days reaches r.d"]),
        ("days_between(r.x, now()) > 1", &["day -1 days exceeds cast(cast(r.x as date-time) as date)"]),
        ("days_between(r.at, now()) / 7", &["day"]),
        ("date_part('year', now()) - date_part('year', r.d)", &["year"]),
        ("date_part('minute', now())", &["hour"]),
        ("now() < '2026-12-24T00:00:00Z'", &["now reaches 1798070400000000"]),
        ("today() >= '1970-01-03'", &["day reaches 2"]),
        ("max(r.at) < now()", &["now exceeds r.at"]),
        ("coalesce(max(r.at), timestamp '2030-01-01 00:00:00') < now()", &["hour"]),
        ("days_between(max(r.at), now())", &["day"]),
        ("sum(case when within_last(r.d, 1, 'month') then r.n end)", &["day -1 months exceeds r.d", "day reaches r.d"]),
        ("r.at between now() and today()", &["now exceeds r.at", "midnight reaches r.at"]),
        ("coalesce(r.at, now())", &["hour"]),
        ("cast(now() as date)", &["day"]),
        ("day_of_week(now()) = 1", &["day"]),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text), *expected, "{text}");
    }
}

#[test]
fn stretches_begin_on_the_clocks_of_the_zone() {
    let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
    let next = |unit: Unit, now: &str| unit.next(at(now), &berlin).expect("an instant").to_string();
    // The night in which the clocks are put forward.
    assert_eq!(next(Unit::Day, "2026-03-28T23:30:00Z"), "2026-03-29T22:00:00Z");
    assert_eq!(next(Unit::Day, "2026-03-29T22:00:00Z"), "2026-03-30T22:00:00Z");
    assert_eq!(next(Unit::Week, "2026-03-28T23:30:00Z"), "2026-03-29T22:00:00Z");
    assert_eq!(next(Unit::Month, "2026-03-28T23:30:00Z"), "2026-03-31T22:00:00Z");
    assert_eq!(next(Unit::Quarter, "2026-11-28T23:30:00Z"), "2026-12-31T23:00:00Z");
    assert_eq!(next(Unit::Year, "2026-03-28T23:30:00Z"), "2026-12-31T23:00:00Z");
    assert_eq!(next(Unit::Hour, "2026-03-28T23:30:00.5Z"), "2026-03-29T00:00:00Z");
    assert_eq!(next(Unit::Hour, "2026-10-25T00:30:00Z"), "2026-10-25T01:00:00Z");
}

#[test]
fn a_value_is_passed_at_its_instant() {
    let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
    let days = |days| Point { days, ..Point::NOW };
    let value = |text: &str| Some(at(text).as_microsecond());
    let next = |point: Point, passing, above, below, now: &str| {
        point.next(passing, above, below, at(now), &berlin).map(|next| next.to_string())
    };
    let exceeds = |point, visit: &str, now: &str| next(point, Passing::Exceeds, value(visit), None, now);
    // Thirty days after noon is noon, also where an hour was skipped in between.
    let noon = exceeds(days(-30), "2026-03-10T11:00:00Z", "2026-03-15T00:00:00Z");
    assert_eq!(noon.as_deref(), Some("2026-04-09T10:00:00.000001Z"));
    let years = Point { months: -12, ..Point::NOW };
    let leap = exceeds(years, "2024-02-29T11:00:00Z", "2025-01-01T00:00:00Z");
    assert_eq!(leap.as_deref(), Some("2025-02-28T23:00:00Z"));
    // The 30th of March less a month is the 28th of February again: what had gone comes back for a day.
    let month = Point { months: -1, ..Point::NOW };
    let back = next(month, Passing::Exceeds, None, value("2026-02-28T11:00:00Z"), "2026-03-28T12:00:00Z");
    assert_eq!(back.as_deref(), Some("2026-03-28T23:00:00Z"));
    assert_eq!(next(month, Passing::Exceeds, None, value("2026-02-10T11:00:00Z"), "2026-03-28T12:00:00Z"), None);
    // What is now is over in a moment, and what is over stays so.
    let now = "2026-06-01T12:00:00Z";
    assert_eq!(next(Point::NOW, Passing::Reaches, None, value(now), now), None);
    assert_eq!(
        next(Point::NOW, Passing::Exceeds, None, value(now), now).as_deref(),
        Some("2026-06-01T12:00:00.000001Z")
    );
}

/// Small numbers from a seed.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as i64).rem_euclid(n)
    }
}

const ZONES: &[&str] = &[
    "Europe/Berlin",
    "America/New_York",
    "UTC",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "America/Sao_Paulo",
];

/// Where the trouble is: clocks that are set, ends of months, days that are left out.
const NEAR: &[&str] = &[
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
    "2026-03-08T07:00:00Z",
    "2026-11-01T06:00:00Z",
    "2026-02-28T12:00:00Z",
    "2024-02-29T12:00:00Z",
    "2026-05-31T12:00:00Z",
    "2011-12-30T10:00:00Z",
    "2018-11-04T03:00:00Z",
    "2018-02-18T02:00:00Z",
    "2026-04-04T15:00:00Z",
];

#[test]
fn nothing_turns_before_it_is_said_to() {
    let mut seeded = Seeded(7);
    let (mut early, mut told, mut never) = (0, 0, 0);
    for round in 0..6000 {
        let zone = TimeZone::get(ZONES[round % ZONES.len()]).expect("a zone");
        let near = at(NEAR[seeded.below(NEAR.len() as i64) as usize]);
        let hours = |hours: i64| SignedDuration::from_mins(hours * 60);
        let mut now = near + hours(seeded.below(24 * 12) - 24 * 6) + SignedDuration::from_mins(seeded.below(60));
        let of = [Of::Now, Of::Now, Of::Midnight, Of::Day][seeded.below(4) as usize];
        let (months, days) = match (of, seeded.below(3)) {
            (Of::Midnight, _) | (_, 0) => (0, 0),
            (_, 1) => (seeded.below(27) - 13, 0),
            _ => (0, seeded.below(81) - 40),
        };
        let point = Point { of, months, days };
        if seeded.below(3) == 0 {
            now = now.round(jiff::Unit::Hour).expect("an hour");
        }
        let passing = if seeded.below(2) == 0 { Passing::Reaches } else { Passing::Exceeds };
        let here = point.at(now, &zone).expect("within the calendar");
        let values: Vec<i64> = (0..seeded.below(4))
            .map(|_| match (of, seeded.below(6)) {
                (_, 0) => here,
                (Of::Day, _) => here + seeded.below(9) - 4,
                (_, 1 | 2) => here + (seeded.below(9) - 4) * 3_600_000_000,
                (_, 3) => here + (seeded.below(240) - 120) * 900_000_000,
                _ => here + seeded.below(6_000_000_000_000) - 3_000_000_000_000,
            })
            .collect();
        let above = values.iter().copied().filter(|value| *value > here).min();
        let below = values.iter().copied().filter(|value| *value <= here).max();
        let next = point.next(passing, above, below, now, &zone);
        let hold = |when: Timestamp| -> Vec<bool> {
            let here = point.at(when, &zone).expect("within the calendar");
            values
                .iter()
                .map(|value| if passing == Passing::Reaches { *value <= here } else { *value < here })
                .collect()
        };
        let own = hold(now);
        let until = next.unwrap_or(now + hours(24 * 60));
        assert!(until > now, "round {round}: {until} is not after {now}");
        let mut looks = vec![until - SignedDuration::from_micros(1), now + SignedDuration::from_micros(1)];
        let length = until.as_microsecond() - now.as_microsecond();
        looks.extend((0..40).map(|_| {
            let whole = seeded.below(2) == 0;
            let after = ((i128::from(seeded.below(1 << 30)) * i128::from(length)) >> 30) as i64;
            let after = if whole { after / 900_000_000 * 900_000_000 } else { after };
            now + SignedDuration::from_micros(after)
        }));
        // Just after the clocks are set, and just after midnights, the point may be thrown back.
        looks.extend(zone.following(now).map(|set| set.timestamp()).take_while(|set| *set < until).take(4));
        for day in 0..8 {
            looks.extend(Unit::Day.next(now + hours(24 * day), &zone).filter(|midnight| *midnight < until));
        }
        for look in looks.into_iter().filter(|look| *look < until) {
            assert_eq!(
                hold(look),
                own,
                "round {round}: {point:?} {passing:?} of {values:?} turns at {look}, between {now} and {next:?}, in {}",
                zone.iana_name().unwrap_or_default()
            );
        }
        match next {
            None => never += 1,
            Some(next) => {
                told += 1;
                early += usize::from(hold(next) == own);
            }
        }
    }
    assert!(told > 2000 && never > 500, "{told} were told, {never} never come");
    assert!(early * 50 <= told, "{early} of {told} come too early");
}
