//! Sets: tables of people as csv, and who they truly are.
//!
//! Not here: what is made of them (`variants`), how the answer is scored (`main`).

use std::collections::HashMap;

use onefold_kernels::frame::TextColumn;
use onefold_kernels::linkage::{Field, FieldKind, Linked, Model, TableRecords};

/// Columns that are not shown to linking.
const HIDDEN: [&str; 5] = ["key", "truth", "rec_id", "unique_id", "cluster"];

/// A table of texts.
#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<String>>,
}

pub(crate) fn parse(text: &str) -> Table {
    let mut rows = vec![vec![String::new()]];
    let (mut quoted, mut signs) = (false, text.chars().peekable());
    while let Some(sign) = signs.next() {
        let row = rows.last_mut().expect("there is always a row");
        let cell = row.last_mut().expect("there is always a cell");
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => cell.extend(signs.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\n' if !quoted => rows.push(vec![String::new()]),
            '\r' if !quoted => {}
            sign => cell.push(sign),
        }
    }
    rows.retain(|row| row.len() > 1);
    rows.iter_mut().flatten().for_each(|cell| *cell = cell.trim().to_owned());
    let columns = rows.remove(0);
    Table { columns, rows }
}

impl Table {
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
    pub(crate) fn key(&self) -> usize {
        self.place("key").or_else(|| self.place("rec_id")).or_else(|| self.place("unique_id")).expect("there is a key")
    }
    /// A column; what is blank is missing.
    pub(crate) fn column(&self, at: usize) -> TextColumn {
        self.rows.iter().map(|row| Some(row[at].as_str()).filter(|text| !text.is_empty())).collect()
    }
    /// Who each row is.
    pub(crate) fn people(&self) -> Vec<String> {
        let (key, person) = (self.key(), self.place("truth").or_else(|| self.place("cluster")));
        let of = |row: &Vec<String>| {
            person.map_or_else(|| row[key].split('-').take(2).collect::<Vec<_>>().join("-"), |at| row[at].clone())
        };
        self.rows.iter().map(of).collect()
    }
    /// Places of the columns that linking sees.
    pub(crate) fn seen(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|&at| !HIDDEN.contains(&self.columns[at].as_str())).collect()
    }
}

/// Tables that are linked together.
#[derive(Clone)]
pub(crate) struct Set {
    pub(crate) tables: Vec<Table>,
}

impl Set {
    pub(crate) fn new(tables: impl Iterator<Item = Table>) -> Self {
        Self { tables: tables.collect() }
    }
    /// Names of the columns that linking sees, each once.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for table in &self.tables {
            for at in table.seen() {
                if !names.contains(&table.columns[at]) {
                    names.push(table.columns[at].clone());
                }
            }
        }
        names
    }
    /// A model of which nothing is stated.
    pub(crate) fn model(&self) -> Model {
        let field = |name: String| Field { name, kind: FieldKind::Unknown };
        Model { fields: self.names().into_iter().map(field).collect(), ..Model::default() }
    }
    pub(crate) fn encoded(&self) -> Vec<TableRecords> {
        let names = self.names();
        let encode = |table: &Table| {
            let fields = names.iter().map(|name| table.place(name).map(|at| table.column(at)).into_iter().collect());
            TableRecords { key: table.column(table.key()), fields: fields.collect() }
        };
        self.tables.iter().map(encode).collect()
    }
    /// By table and key who it is.
    pub(crate) fn truth(&self) -> HashMap<(u32, String), String> {
        let of = |(number, table): (usize, &Table)| {
            let key = table.key();
            let keys: Vec<String> = table.rows.iter().map(|row| row[key].clone()).collect();
            keys.into_iter().zip(table.people()).map(move |(key, person)| ((number as u32, key), person))
        };
        self.tables.iter().enumerate().flat_map(of).collect()
    }
}

/// Who each record is.
pub(crate) fn people<'a>(linked: &Linked, truth: &'a HashMap<(u32, String), String>) -> Vec<&'a str> {
    let of = |record| truth[&(linked.records.table(record), linked.records.key(record).to_owned())].as_str();
    (0..linked.records.len() as u32).map(of).collect()
}
