//! Person: one made-up person with all records, appointments and contacts of theirs.
//!
//! Reads    the person's own stream of random numbers        Writes   lines into a `Chunk`
//!
//! Invariants
//! - What is counted as expected follows from what is written, person by person: nothing is estimated.
//! - A dirty line is an extra line, of nobody: it changes no person's numbers.
//!
//! Not here: which file a line lands in, and its number there (`mod`).

use std::fmt::Write as _;

use super::DemoOptions;
use super::chunk::{Chunk, File, Tally};
use super::kin;
use super::names::{self, CULTURES, Culture};
use super::random::{Random, mix};

const DAY: i64 = 86_400;

/// Records a person can have in the clinic's system; each has its own id.
const MAIN: u64 = 0;
const REPLACED: u64 = 1;
const TYPO: u64 = 2;
const MOVED: u64 = 3;

/// How a person is written down once.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) given: String,
    pub(super) family: String,
    pub(super) street: String,
    pub(super) town: usize,
    pub(super) phone: u64,
    pub(super) email: String,
    /// Jr. or nothing.
    pub(super) suffix: &'static str,
}

/// What stays the same however it is written.
struct Person<'a> {
    number: u64,
    seed: u64,
    now: i64,
    woman: bool,
    born: String,
    updated: i64,
    /// How many appointments people have on average, about.
    appointments: u64,
    random: &'a mut Random,
}

/// Makes a person.
pub(super) fn make(number: u64, options: &DemoOptions, chunk: &mut Chunk) {
    let (seed, now) = (options.seed, options.now.as_second());
    let mut random = Random::of(seed, number);
    let (mut written, mut born, mut woman) = first_draws(&mut random, now);
    if let Some((sort, other)) = kin::of(number, options) {
        kin::share(sort, &other, &mut written, &mut born, &mut woman);
        let _ = writeln!(chunk.kin, "{number},{},{}", number - 1, sort.word());
    }
    let updated = now - random.between(3_600, 900 * DAY);
    let appointments = options.appointments;
    let mut person = Person { number, seed, now, woman, born, updated, appointments, random: &mut random };
    let ids = person.records(&written, chunk);
    let mut tally = person.appointments(&ids, &written, chunk);
    person.contacts(&written, &mut tally, chunk);
    person.dirt(&written, chunk);
    chunk.expected.people += 1;
    chunk.expected.add(&tally);
}

/// A person's name, address, date of birth and sex (true for a woman).
pub(super) fn first_draws(random: &mut Random, now: i64) -> (Written, String, bool) {
    let woman = random.chance(0.52);
    let weights: Vec<u32> = CULTURES.iter().map(|culture| culture.weight).collect();
    let culture = &CULTURES[random.weighted(&weights)];
    let written = write_down(random, culture, woman);
    let born = birth_date(random, now);
    (written, born, woman)
}

fn write_down(random: &mut Random, culture: &Culture, woman: bool) -> Written {
    let given = random.pick(if woman { &culture.women } else { &culture.men }).to_owned();
    let family = random.pick(&culture.families).to_owned();
    let mut email = String::new();
    names::plain(&given, &mut email);
    email.push('.');
    names::plain(&family, &mut email);
    let _ = write!(email, "{}@{}", random.below(10_000), random.pick(&["example.org", "example.net", "example.com"]));
    Written {
        given,
        family,
        street: format!("{} {}", random.between(1, 899), random.pick(names::STREETS)),
        town: random.below(names::TOWNS.len() as u64) as usize,
        phone: 2_000_000 + random.below(7_999_999),
        email,
        suffix: "",
    }
}

/// A date of birth, now and then only its month or year.
fn birth_date(random: &mut Random, now: i64) -> String {
    // The mean of two makes the middle ages likelier than the ends.
    let age = (random.below(95 * 365) + random.below(95 * 365)) / 2;
    let date = instant(now - age as i64 * DAY);
    let letters = match random.weighted(&[92, 3, 5]) {
        0 => 10,
        1 => 7,
        _ => 4,
    };
    date[..letters].to_owned()
}

impl Person<'_> {
    /// The records of a person: the main one, and what years of front desks have added. Their numbers, main first.
    fn records(&mut self, written: &Written, chunk: &mut Chunk) -> Vec<u64> {
        let mut records = vec![MAIN];
        let id = patient_id(self.seed, self.number, MAIN);
        let replaced = self.random.chance(0.015) || self.number == 11;
        self.patient(&id, written, self.updated, None, chunk);
        chunk.truth(self.number, "AzureAPIforFHIR_Patient", &id, "main");
        if replaced {
            // Merged by hand at the clinic: the old record says by which one it was replaced, and has little else.
            let old = patient_id(self.seed, self.number, REPLACED);
            let bare = Written { email: String::new(), street: String::new(), phone: 0, ..written.clone() };
            self.patient(&old, &bare, self.updated - 30 * DAY, Some(&id), chunk);
            chunk.truth(self.number, "AzureAPIforFHIR_Patient", &old, "replaced");
            chunk.expected.patients_replaced += 1;
            records.push(REPLACED);
        }
        if self.random.chance(0.03) || self.number == 12 {
            let mistaken = self.mistyped(written);
            self.duplicate(TYPO, "typo", &mistaken, chunk);
            records.push(TYPO);
        }
        if self.random.chance(0.02) || self.number == 13 {
            let street = format!("{} {}", self.random.between(1, 899), self.random.pick(names::STREETS));
            let town = self.random.below(names::TOWNS.len() as u64) as usize;
            let phone = 2_000_000 + self.random.below(7_999_999);
            let before = Written { street, town, phone, email: String::new(), ..written.clone() };
            self.duplicate(MOVED, "moved", &before, chunk);
            records.push(MOVED);
        }
        records
    }

    /// A second record nobody has merged.
    fn duplicate(&mut self, record: u64, kind: &str, written: &Written, chunk: &mut Chunk) {
        let id = patient_id(self.seed, self.number, record);
        let updated = self.updated - self.random.between(DAY, 300 * DAY);
        self.patient(&id, written, updated, None, chunk);
        chunk.truth(self.number, "AzureAPIforFHIR_Patient", &id, kind);
    }

    fn patient(&mut self, id: &str, written: &Written, updated: i64, replaced_by: Option<&str>, chunk: &mut Chunk) {
        let text = &mut chunk.patients.text;
        write_patient(text, id, written, &self.born, self.woman, updated, replaced_by);
        chunk.patients.end_line();
        chunk.expected.patients += 1;
    }

    /// The same with one slip of the keyboard, or first and last name in each other's place.
    fn mistyped(&mut self, written: &Written) -> Written {
        let mut other = written.clone();
        match self.random.below(4) {
            0 => std::mem::swap(&mut other.given, &mut other.family),
            1 => other.given = slip(self.random, &written.given),
            _ => other.family = slip(self.random, &written.family),
        }
        if self.random.chance(0.4) {
            other.email = String::new();
        }
        other
    }

    /// Appointments, spread over the person's records; how they went is in the tallies.
    fn appointments(&mut self, records: &[u64], written: &Written, chunk: &mut Chunk) -> Tally {
        let propensity = match self.random.weighted(&[70, 20, 10]) {
            0 => 0.02 + 0.06 * self.random.share(),
            1 => 0.10 + 0.20 * self.random.share(),
            _ => 0.40 + 0.45 * self.random.share(),
        };
        let mut tally = Tally::new(records.contains(&TYPO), records.contains(&MOVED));
        let count = self.random.weighted(&[7, 12, 15, 15, 13, 11, 8, 6, 5, 3, 2, 2, 1]) as u64;
        let count = (count * self.appointments + 2) / 4;
        for number in 0..count {
            let record =
                if self.random.chance(0.7) { MAIN } else { records[self.random.below(records.len() as u64) as usize] };
            let patient = patient_id(self.seed, self.number, record);
            let (status, start) = self.status_and_start(propensity);
            let id = appointment_id(self.seed, self.number, number);
            let begin = chunk.appointments.text.len();
            write_appointment(
                &mut chunk.appointments.text,
                self.random,
                &id,
                status,
                start,
                self.now,
                &patient,
                written,
            );
            chunk.appointments.end_line();
            tally.count(record == TYPO, record == MOVED, status);
            *chunk.expected.by_status.entry(status).or_default() += 1;
            if self.random.chance(0.0005) || (self.number == 14 && number == 0) {
                let again = chunk.appointments.text[begin..].to_owned();
                chunk.appointments.text.push_str(&again);
                chunk.appointments.lines += 1;
                chunk.dirty(File::Appointments, "the key is there twice");
                chunk.expected.appointments_duplicate += 1;
            }
        }
        tally
    }

    fn status_and_start(&mut self, propensity: f64) -> (&'static str, i64) {
        let midnight = self.now - self.now.rem_euclid(DAY);
        let time = 8 * 3600 + self.random.between(0, 39) * 900;
        match self.random.weighted(&[86, 12, 2]) {
            0 => {
                let start = midnight - self.random.between(1, 1095) * DAY + time;
                let status = match self.random.share() {
                    share if share < propensity => "noshow",
                    share if share < propensity + 0.08 => "cancelled",
                    share if share < propensity + 0.084 => "entered-in-error",
                    _ => "fulfilled",
                };
                (status, start)
            }
            1 => {
                let status = ["booked", "pending", "proposed", "waitlist", "cancelled"]
                    [self.random.weighted(&[74, 10, 6, 4, 6])];
                (status, midnight + self.random.between(1, 90) * DAY + time)
            }
            _ => (self.random.pick(&["arrived", "checked-in"]), midnight + time),
        }
    }

    /// What the marketing application holds: often a contact, now and then two, or one of somebody else's.
    fn contacts(&mut self, written: &Written, tally: &mut Tally, chunk: &mut Chunk) {
        let id = patient_id(self.seed, self.number, MAIN);
        let mut second = self.random.chance(0.003) || self.number == 15;
        let mut number = 0;
        if self.random.chance(0.7) || second {
            loop {
                let link = match self.random.weighted(&[96, 3, 1]) {
                    0 => Some(id.clone()),
                    1 => None,
                    _ => Some(patient_id(self.seed, u64::MAX / 8 + self.number, MAIN)),
                };
                let matched = link.as_deref() == Some(&id);
                self.contact(number, written, 935_000_000, link.as_deref(), chunk);
                chunk.expected.contacts_of_patients += 1;
                chunk.expected.contacts_matched += u64::from(matched);
                tally.contact |= matched;
                number += 1;
                if !std::mem::take(&mut second) {
                    break;
                }
            }
        }
        if self.random.chance(0.08) {
            // A practitioner, say: filtered out by the source's steps.
            let woman = self.random.chance(0.5);
            let other = write_down(self.random, &CULTURES[0], woman);
            self.contact(number, &other, 935_000_001, None, chunk);
        }
    }

    fn contact(&mut self, number: u64, written: &Written, kind: u32, link: Option<&str>, chunk: &mut Chunk) {
        let guid = contact_id(self.seed, self.number, number);
        let shown = if self.random.chance(0.4) { guid.to_uppercase() } else { guid.clone() };
        let created = self.now - self.random.between(DAY, 1500 * DAY);
        let given = if self.random.chance(0.03) { slip(self.random, &written.given) } else { written.given.clone() };
        write_contact(&mut chunk.contacts.text, &shown, &given, written, &kind.to_string(), link, created);
        chunk.contacts.end_line();
        chunk.expected.contacts += 1;
        if kind == 935_000_000 {
            chunk.truth(
                self.number,
                "D365Patients_contact",
                &guid,
                if link.is_some() { "contact" } else { "unlinked" },
            );
        }
    }

    /// Lines that are wrong, of nobody. The first people of a population bring one of each kind.
    fn dirt(&mut self, written: &Written, chunk: &mut Chunk) {
        let number = self.number;
        let mut due = |share: f64, first: u64| self.random.chance(share) || number == first;
        let dues = [
            due(0.0005, 1),
            due(0.0005, 2),
            due(0.0003, 3),
            due(0.0002, 4),
            due(0.0003, 5),
            due(0.0002, 6),
            due(0.002, 7),
            due(0.0002, 8),
        ];
        let stranger = |nth: u64| u64::MAX / 16 + number * 8 + nth;
        let id = patient_id(self.seed, stranger(0), MAIN);
        let patient =
            |text: &mut String, id: &str, born: &str| write_patient(text, id, written, born, true, self.updated, None);
        if dues[0] {
            let mut whole = String::new();
            patient(&mut whole, &id, "1970-01-01");
            let cut = whole.char_indices().nth(whole.chars().count() * 2 / 3).map_or(0, |(at, _)| at);
            chunk.patients.text.push_str(&whole[..cut]);
            chunk.dirty_line(File::Patients, "not JSON: the line is cut off");
        }
        if dues[1] {
            patient(&mut chunk.patients.text, &id, "1987-13-45");
            chunk.dirty_line(File::Patients, "birthDate is no date");
        }
        if dues[2] {
            patient(&mut chunk.patients.text, "", "1970-01-01");
            chunk.dirty_line(File::Patients, "the id is missing");
            chunk.expected.patients_without_id += 1;
        }
        let main = patient_id(self.seed, number, MAIN);
        let now = self.now;
        let mut appointment = |text: &mut String, id: &str, patient: &str| {
            write_appointment(text, self.random, id, "booked", now - now.rem_euclid(DAY), now, patient, written);
        };
        if dues[3] {
            chunk.appointments.text.push_str("{\"resourceType\":\"Appointment\",\"id\":");
            chunk.dirty_line(File::Appointments, "not JSON: the line is cut off");
        }
        if dues[4] {
            let mut line = String::new();
            appointment(&mut line, &appointment_id(self.seed, stranger(1), 0), &main);
            chunk.appointments.text.push_str(&line.replacen("\"start\":\"2", "\"start\":\"soon 2", 1));
            chunk.dirty_line(File::Appointments, "start is no instant");
        }
        if dues[5] {
            appointment(&mut chunk.appointments.text, "", &main);
            chunk.dirty_line(File::Appointments, "the id is missing");
            chunk.expected.appointments_without_id += 1;
        }
        if dues[6] {
            // Not dirty: a fine appointment of a patient whom the files do not have.
            appointment(&mut chunk.appointments.text, &appointment_id(self.seed, stranger(2), 0), &id);
            chunk.appointments.end_line();
            chunk.expected.appointments_without_customer += 1;
        }
        if dues[7] {
            let guid = contact_id(self.seed, stranger(3), 0);
            write_contact(&mut chunk.contacts.text, &guid, &written.given, written, "\"patient\"", None, self.now);
            chunk.dirty_line(File::Contacts, "msemr_contacttype is no integer");
        }
    }
}

/// A letter doubled, dropped, or in its neighbour's place.
fn slip(random: &mut Random, name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 3 {
        letters.extend(letters.last().copied());
        return letters.into_iter().collect();
    }
    let at = 1 + random.below(letters.len() as u64 - 2) as usize;
    match random.below(3) {
        0 => letters.insert(at, letters[at]),
        1 => {
            letters.remove(at);
        }
        _ => letters.swap(at, at + 1),
    }
    letters.into_iter().collect()
}

/// Ids look random and never meet: a multiplication that can be undone.
fn patient_id(seed: u64, person: u64, record: u64) -> String {
    let number = scatter(seed, u128::from(person) * 4 + u128::from(record), 387_420_489, 1_000_000_000_000_000);
    // Ids are text: some have a letter, some begin with a zero.
    if number.is_multiple_of(97) { format!("{number}K") } else { format!("{number:012}") }
}

fn appointment_id(seed: u64, person: u64, number: u64) -> String {
    // Sixteen of a person stand together; those beyond lie far from everybody's.
    let place = u128::from(person) * 16 + u128::from(number % 16) + u128::from(number / 16) * 1_000_000_000_000_000;
    format!("{}", scatter(seed, place, 3_486_784_401, 10_000_000_000_000_000))
}

fn scatter(seed: u64, number: u128, factor: u128, size: u128) -> u128 {
    let mut state = seed;
    (number % size * factor + u128::from(mix(&mut state))) % size
}

fn contact_id(seed: u64, person: u64, number: u64) -> String {
    let mut random = Random::of(seed ^ 0xC0_17AC7, person.wrapping_mul(4).wrapping_add(number));
    let (high, low) = (random.bits(), random.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 50),
        low & 0xffff_ffff_ffff
    )
}

/// `2026-11-22T08:00:00Z`
fn instant(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map(|instant| instant.to_string()).unwrap_or_default()
}

fn write_patient(
    text: &mut String,
    id: &str,
    written: &Written,
    born: &str,
    woman: bool,
    updated: i64,
    replaced_by: Option<&str>,
) {
    text.push_str("{\"resourceType\":\"Patient\",");
    if !id.is_empty() {
        let _ = write!(text, "\"id\":\"{id}\",");
    }
    let Written { given, family, suffix, .. } = written;
    let suffix = if suffix.is_empty() { String::new() } else { format!(",\"suffix\":[\"{suffix}\"]") };
    let active = replaced_by.is_none();
    let _ = write!(
        text,
        "\"meta\":{{\"versionId\":\"1\",\"lastUpdated\":\"{}\"}},\"active\":{active},\
         \"name\":[{{\"use\":\"official\",\"family\":\"{family}\",\"given\":[\"{given}\"]{suffix}}}],",
        instant(updated)
    );
    if written.phone > 0 {
        let (high, low) = (written.phone / 10_000, written.phone % 10_000);
        let _ = write!(
            text,
            "\"telecom\":[{{\"system\":\"phone\",\"value\":\"+1 555 {high}-{low:04}\",\"use\":\"mobile\"}}"
        );
        if !written.email.is_empty() {
            let _ = write!(text, ",{{\"system\":\"email\",\"value\":\"{}\"}}", written.email);
        }
        text.push_str("],");
    }
    let gender = if woman { "female" } else { "male" };
    let _ = write!(text, "\"gender\":\"{gender}\",\"birthDate\":\"{born}\"");
    if !written.street.is_empty() {
        let (town, code) = names::TOWNS[written.town];
        let street = &written.street;
        let _ = write!(
            text,
            ",\"address\":[{{\"use\":\"home\",\"line\":[\"{street}\"],\"city\":\"{town}\",\"postalCode\":\"{code}\"}}]"
        );
    }
    if let Some(other) = replaced_by {
        let _ =
            write!(text, ",\"link\":[{{\"other\":{{\"reference\":\"Patient/{other}\"}},\"type\":\"replaced-by\"}}]");
    }
    text.push('}');
}

#[expect(clippy::too_many_arguments, reason = "an appointment says all of this")]
fn write_appointment(
    text: &mut String,
    random: &mut Random,
    id: &str,
    status: &str,
    start: i64,
    now: i64,
    patient: &str,
    written: &Written,
) {
    let service = names::SERVICES[random.below(names::SERVICES.len() as u64) as usize];
    let kind = names::KINDS[random.weighted(&[50, 10, 20, 17, 3])];
    let created = (start - random.between(0, 60 * DAY)).min(now);
    let end = start + [900, 1800, 3600][random.weighted(&[50, 40, 10])];
    text.push_str("{\"resourceType\":\"Appointment\",");
    if !id.is_empty() {
        let _ = write!(text, "\"id\":\"{id}\",");
    }
    let _ = write!(
        text,
        "\"status\":\"{status}\",\"serviceType\":[{{\"coding\":[{{\"system\":\"http://snomed.info/sct\",\"code\":\"{}\",\"display\":\"{}\"}}",
        service.0, service.1
    );
    if random.chance(0.1) {
        let _ = write!(text, ",{{\"system\":\"urn:local\",\"code\":\"{}\"}}", &service.1[..3]);
    }
    let _ = write!(
        text,
        "]}}],\"appointmentType\":{{\"coding\":[{{\"system\":\"http://terminology.hl7.org/CodeSystem/v2-0276\",\"code\":\"{}\",\"display\":\"{}\"}}]}},\
         \"created\":\"{}\",\"start\":\"{}\",\"end\":\"{}\",\
         \"participant\":[{{\"actor\":{{\"reference\":\"Patient/{patient}\",\"display\":\"{} {}\"}},\"status\":\"accepted\"}},\
         {{\"actor\":{{\"reference\":\"Location/{}\",\"display\":\"{}\"}},\"status\":\"accepted\"}}]}}",
        kind.0,
        kind.1,
        instant(created),
        instant(start),
        instant(end),
        written.given,
        written.family,
        written.town,
        names::TOWNS[written.town].0
    );
}

fn write_contact(
    text: &mut String,
    id: &str,
    given: &str,
    written: &Written,
    kind: &str,
    link: Option<&str>,
    created: i64,
) {
    let link = link.map_or("null".to_owned(), |link| format!("\"{link}\""));
    let _ = write!(
        text,
        "{{\"@odata.etag\":\"W/\\\"1\\\"\",\"contactid\":\"{id}\",\"firstname\":\"{given}\",\"lastname\":\"{}\",\
         \"emailaddress1\":\"{}\",\"msemr_contacttype\":{kind},\"msemr_azurefhirid\":{link},\"donotemail\":false,\
         \"statecode\":0,\"createdon\":\"{}\"}}",
        written.family,
        written.email,
        instant(created)
    );
}
