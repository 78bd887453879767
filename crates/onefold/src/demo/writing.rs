//! Writing: chunks into files, in order.
//!
//! Writes   `data/fhir/Patient.ndjson` and `Appointment.ndjson` (gzipped for many people), `data/dataverse/contacts-*.json`
//!          with 5,000 contacts a page, `truth/records.csv`, `truth/kin.csv`, `truth/dirty.csv`, `truth/expected.json`
//!
//! Invariants
//! - A page has an `@odata.nextLink` when another follows, as saved pages of the Web API do.

use std::fs::{self, File as Handle};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::chunk::{Chunk, Dirty, Expected, File, Lines};
use super::{DemoOptions, DemoReport};

/// Contacts on a page.
const PAGE: u64 = 5_000;
const CONTEXT: &str = "https://contoso.crm.dynamics.com/api/data/v9.2/$metadata#contacts";
const NEXT: &str = "https://contoso.crm.dynamics.com/api/data/v9.2/contacts?$skiptoken=";

/// A chunk whose lines are packed.
pub(super) struct Ready {
    patients: (Vec<u8>, u64),
    appointments: (Vec<u8>, u64),
    contacts: Lines,
    records: String,
    kin: String,
    dirty: Vec<Dirty>,
    expected: Expected,
}

/// Packs the lines of a chunk; each chunk is a gzip member of its own, so that workers can do it.
pub(super) fn ready(chunk: Chunk, gzip: bool) -> io::Result<Ready> {
    let pack = |lines: Lines| {
        let count = lines.lines;
        if !gzip {
            return io::Result::Ok((lines.text.into_bytes(), count));
        }
        let mut encoder = GzEncoder::new(Vec::with_capacity(lines.text.len() / 6), Compression::fast());
        encoder.write_all(lines.text.as_bytes())?;
        Ok((encoder.finish()?, count))
    };
    Ok(Ready {
        patients: pack(chunk.patients)?,
        appointments: pack(chunk.appointments)?,
        contacts: chunk.contacts,
        records: chunk.records,
        kin: chunk.kin,
        dirty: chunk.dirty,
        expected: chunk.expected,
    })
}

/// The open files, and what is known so far.
pub(super) struct Writing {
    patients: Counted,
    appointments: Counted,
    contacts: Pages,
    records: BufWriter<Handle>,
    kin: BufWriter<Handle>,
    dirty: BufWriter<Handle>,
    expected: Expected,
    truth: PathBuf,
}

/// A file, by name, with the lines written so far.
struct Counted {
    name: String,
    file: BufWriter<Handle>,
    lines: u64,
    bytes: u64,
}

impl Counted {
    fn new(folder: &Path, name: &str) -> io::Result<Self> {
        let file = BufWriter::new(Handle::create(folder.join(name))?);
        Ok(Self { name: name.to_owned(), file, lines: 0, bytes: 0 })
    }
    fn add(&mut self, (bytes, lines): &(Vec<u8>, u64)) -> io::Result<()> {
        self.lines += lines;
        self.bytes += bytes.len() as u64;
        self.file.write_all(bytes)
    }
}

/// Pages of contacts, one file each.
struct Pages {
    folder: PathBuf,
    page: Vec<u8>,
    /// Contacts so far, all pages.
    count: u64,
    bytes: u64,
}

impl Pages {
    fn add(&mut self, contact: &str) -> io::Result<()> {
        if self.count > 0 && self.count.is_multiple_of(PAGE) {
            self.flush(true)?;
        }
        self.page.extend_from_slice(if self.page.is_empty() { b"\n" } else { b",\n" });
        self.page.extend_from_slice(contact.as_bytes());
        self.count += 1;
        Ok(())
    }
    fn flush(&mut self, more: bool) -> io::Result<()> {
        let number = self.count.div_ceil(PAGE).max(1);
        let mut text = format!("{{\"@odata.context\":\"{CONTEXT}\",\"value\":[").into_bytes();
        text.append(&mut self.page);
        text.extend_from_slice(b"\n]");
        if more {
            text.extend_from_slice(format!(",\"@odata.nextLink\":\"{NEXT}{}\"", number + 1).as_bytes());
        }
        text.extend_from_slice(b"}\n");
        self.bytes += text.len() as u64;
        fs::write(self.folder.join(page_name(number)), text)
    }
}

fn page_name(number: u64) -> String {
    format!("contacts-{number:05}.json")
}

impl Writing {
    /// Opens the files below a project's folder; data of an earlier demo there is removed.
    pub(super) fn new(dir: &Path, gzip: bool) -> io::Result<Self> {
        let [fhir, dataverse, truth] = ["data/fhir", "data/dataverse", "truth"].map(|folder| dir.join(folder));
        for folder in [&fhir, &dataverse, &truth] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        let ending = if gzip { "ndjson.gz" } else { "ndjson" };
        let mut records = BufWriter::new(Handle::create(truth.join("records.csv"))?);
        records.write_all(b"person,table,key,kind\n")?;
        let mut kin = BufWriter::new(Handle::create(truth.join("kin.csv"))?);
        kin.write_all(b"person,other,kind\n")?;
        let mut dirty = BufWriter::new(Handle::create(truth.join("dirty.csv"))?);
        dirty.write_all(b"file,line,reason\n")?;
        Ok(Self {
            patients: Counted::new(&fhir, &format!("Patient.{ending}"))?,
            appointments: Counted::new(&fhir, &format!("Appointment.{ending}"))?,
            contacts: Pages { folder: dataverse, page: Vec::new(), count: 0, bytes: 0 },
            records,
            kin,
            dirty,
            expected: Expected::default(),
            truth,
        })
    }

    /// Adds the next chunk.
    pub(super) fn add(&mut self, ready: Ready) -> io::Result<()> {
        for Dirty { file, line, why } in &ready.dirty {
            let (name, line) = match file {
                File::Patients => (self.patients.name.clone(), self.patients.lines + line),
                File::Appointments => (self.appointments.name.clone(), self.appointments.lines + line),
                File::Contacts => {
                    let index = self.contacts.count + line - 1;
                    (page_name(index / PAGE + 1), index % PAGE + 1)
                }
            };
            writeln!(self.dirty, "{name},{line},{why}")?;
        }
        self.patients.add(&ready.patients)?;
        self.appointments.add(&ready.appointments)?;
        let mut start = 0;
        for &end in ready.contacts.ends.iter().flatten() {
            self.contacts.add(&ready.contacts.text[start..end])?;
            start = end;
        }
        self.records.write_all(ready.records.as_bytes())?;
        self.kin.write_all(ready.kin.as_bytes())?;
        self.expected.merge(&ready.expected);
        Ok(())
    }

    /// Closes the files.
    pub(super) fn finish(mut self, options: &DemoOptions) -> io::Result<DemoReport> {
        self.contacts.flush(false)?;
        for file in
            [&mut self.patients.file, &mut self.appointments.file, &mut self.records, &mut self.kin, &mut self.dirty]
        {
            file.flush()?;
        }
        let expected = json!({
            "people": options.patients,
            "seed": options.seed,
            "now": options.now.to_string(),
            "expected": self.expected,
        });
        let text = format!("{expected:#}\n");
        fs::write(self.truth.join("expected.json"), &text)?;
        let pages = self.contacts.count.div_ceil(PAGE).max(1);
        Ok(DemoReport {
            files: pages + 5,
            bytes: self.patients.bytes + self.appointments.bytes + self.contacts.bytes,
            expected: self.expected,
        })
    }
}
