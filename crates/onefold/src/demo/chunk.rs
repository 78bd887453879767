//! Chunk: what some people in a row leave behind, as text that is ready to be written; and what to expect of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

/// The data files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum File {
    Patients,
    Appointments,
    Contacts,
}

/// Lines of one file.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) text: String,
    pub(super) lines: u64,
    /// Where each ends; kept only where the file is not one line a record.
    pub(super) ends: Option<Vec<usize>>,
}

impl Lines {
    /// What was written since the last end is a line.
    pub(super) fn end_line(&mut self) {
        self.lines += 1;
        match &mut self.ends {
            Some(ends) => ends.push(self.text.len()),
            None => self.text.push('\n'),
        }
    }
}

/// A line that is wrong, by its number within the chunk, from 1.
#[derive(Debug)]
pub(super) struct Dirty {
    pub(super) file: File,
    pub(super) line: u64,
    pub(super) why: &'static str,
}

/// Some people in a row.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) patients: Lines,
    pub(super) appointments: Lines,
    pub(super) contacts: Lines,
    /// Lines of `truth/records.csv`.
    pub(super) records: String,
    /// Lines of `truth/kin.csv`.
    pub(super) kin: String,
    pub(super) dirty: Vec<Dirty>,
    pub(super) expected: Expected,
}

impl Default for Chunk {
    fn default() -> Self {
        Self {
            patients: Lines::default(),
            appointments: Lines::default(),
            contacts: Lines { ends: Some(Vec::new()), ..Lines::default() },
            records: String::new(),
            kin: String::new(),
            dirty: Vec::new(),
            expected: Expected::default(),
        }
    }
}

impl Chunk {
    /// Ends a line that is wrong.
    pub(super) fn dirty_line(&mut self, file: File, why: &'static str) {
        let lines = match file {
            File::Patients => &mut self.patients,
            File::Appointments => &mut self.appointments,
            File::Contacts => &mut self.contacts,
        };
        lines.end_line();
        self.dirty(file, why);
        match (file, why) {
            (_, "the id is missing") => {}
            (File::Patients, _) => self.expected.patients_corrupt += 1,
            (File::Appointments, _) => self.expected.appointments_corrupt += 1,
            (File::Contacts, _) => self.expected.contacts_corrupt += 1,
        }
    }
    /// Notes that the last line is wrong.
    pub(super) fn dirty(&mut self, file: File, why: &'static str) {
        let line = match file {
            File::Patients => self.patients.lines,
            File::Appointments => self.appointments.lines,
            File::Contacts => self.contacts.lines,
        };
        self.dirty.push(Dirty { file, line, why });
    }
    /// Notes whose record it is.
    pub(super) fn truth(&mut self, person: u64, table: &str, key: &str, kind: &str) {
        let _ = writeln!(self.records, "{person},{table},{key},{kind}");
    }
}

/// How one profile's appointments went.
#[derive(Clone, Copy, Debug, Default)]
struct Went {
    total: u64,
    noshow: u64,
    cancelled: u64,
}

/// How a person's appointments went, profile by profile: under the lab's rules a record replaced by another is one
/// profile with it, and a duplicate that nobody merged is a profile of its own.
#[derive(Debug)]
pub(super) struct Tally {
    main: Went,
    typo: Option<Went>,
    moved: Option<Went>,
    /// Whether a contact states the main record's id.
    pub(super) contact: bool,
}

impl Tally {
    pub(super) fn new(typo: bool, moved: bool) -> Self {
        let went = |there: bool| there.then(Went::default);
        Self { main: Went::default(), typo: went(typo), moved: went(moved), contact: false }
    }
    pub(super) fn count(&mut self, typo: bool, moved: bool, status: &str) {
        let went = match (&mut self.typo, &mut self.moved) {
            (Some(went), _) if typo => went,
            (_, Some(went)) if moved => went,
            _ => &mut self.main,
        };
        went.total += 1;
        went.noshow += u64::from(status == "noshow");
        went.cancelled += u64::from(status == "cancelled");
    }
}

/// What a run of the lab's definitions must come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// People there are.
    pub people: u64,
    /// Patient records that are fine.
    pub patients: u64,
    /// Patient lines that are not JSON, or have a bad cell.
    pub patients_corrupt: u64,
    /// Patient lines without an id, fine otherwise.
    pub patients_without_id: u64,
    /// Patient records that say they were replaced by another.
    pub patients_replaced: u64,
    /// Rows of Customer: patient records less those replaced.
    pub customers: u64,
    /// Appointments that are fine, each once.
    pub appointments: u64,
    /// Appointment lines that are not JSON, or have a bad cell.
    pub appointments_corrupt: u64,
    /// Appointment lines without an id, fine otherwise.
    pub appointments_without_id: u64,
    /// Appointment lines that repeat an earlier one.
    pub appointments_duplicate: u64,
    /// Appointments of a patient whom the files do not have.
    pub appointments_without_customer: u64,
    /// Appointments of customers, by status.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Contacts that are fine.
    pub contacts: u64,
    /// Contacts with a bad cell.
    pub contacts_corrupt: u64,
    /// Those of them that are patients' (type 935000000).
    pub contacts_of_patients: u64,
    /// Those of them that state the id of a patient record there is.
    pub contacts_matched: u64,
    /// Customers with at least one contact.
    pub customers_with_contact: u64,
    /// Members of `NoShow50`.
    pub no_show_50: u64,
    /// Those of them with a contact.
    pub no_show_50_with_contact: u64,
    /// Members of `Missed50`.
    pub missed_50: u64,
    /// Those of them with a contact.
    pub missed_50_with_contact: u64,
}

impl Expected {
    /// Adds a person's profiles.
    pub(super) fn add(&mut self, tally: &Tally) {
        self.customers_with_contact += u64::from(tally.contact);
        let profiles = [(Some(tally.main), tally.contact), (tally.typo, false), (tally.moved, false)];
        for (went, contact) in profiles {
            let Some(went) = went else { continue };
            self.customers += 1;
            let no_show = 2 * went.noshow > went.total;
            let missed = 2 * (went.noshow + went.cancelled) > went.total;
            self.no_show_50 += u64::from(no_show);
            self.no_show_50_with_contact += u64::from(no_show && contact);
            self.missed_50 += u64::from(missed);
            self.missed_50_with_contact += u64::from(missed && contact);
        }
    }
    /// Adds another chunk's.
    pub(super) fn merge(&mut self, other: &Self) {
        for (status, count) in &other.by_status {
            *self.by_status.entry(status).or_default() += count;
        }
        let pairs = [
            (&mut self.people, other.people),
            (&mut self.patients, other.patients),
            (&mut self.patients_corrupt, other.patients_corrupt),
            (&mut self.patients_without_id, other.patients_without_id),
            (&mut self.patients_replaced, other.patients_replaced),
            (&mut self.customers, other.customers),
            (&mut self.appointments_corrupt, other.appointments_corrupt),
            (&mut self.appointments_without_id, other.appointments_without_id),
            (&mut self.appointments_duplicate, other.appointments_duplicate),
            (&mut self.appointments_without_customer, other.appointments_without_customer),
            (&mut self.contacts, other.contacts),
            (&mut self.contacts_corrupt, other.contacts_corrupt),
            (&mut self.contacts_of_patients, other.contacts_of_patients),
            (&mut self.contacts_matched, other.contacts_matched),
            (&mut self.customers_with_contact, other.customers_with_contact),
            (&mut self.no_show_50, other.no_show_50),
            (&mut self.no_show_50_with_contact, other.no_show_50_with_contact),
            (&mut self.missed_50, other.missed_50),
            (&mut self.missed_50_with_contact, other.missed_50_with_contact),
        ];
        for (sum, more) in pairs {
            *sum += more;
        }
        self.appointments = self.by_status.values().sum::<u64>() + self.appointments_without_customer;
    }
}
