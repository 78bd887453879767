//! Ingest: tables of sources, as they come and as their steps make them.
//!
//! Reads    `sources/*.yaml`; what connectors will deliver (`Planner::known`)
//! Writes   `Raw_<S>_<T>`, `Raw_<S>_<T>_Corrupt`, `Repeated_<S>_<T>` (internal); `<S>_<T>`, `<S>_<T>_Corrupt`,
//!          `<S>_<T>_Link`
//! Flow     read ─ steps, one select each (`chain`) ─ rows that repeat a key ─ the table, the corrupt rows
//!
//! Invariants
//! - A row with a cell that cannot be converted, or without a key, is in `_Corrupt` with the reason, and nowhere else.
//! - Of rows with one key the first by file and line is kept; the others are counted.
//! - Columns and types are known without running; where they are not, they are `any` and a note says so.
//!
//! Not here: reading (`onefold-connect`).
//! To add a transform step: a variant of `TransformStep`, an arm in `chain`.

mod chain;
mod columns;
mod convert;
pub(crate) mod draft;
mod rows;

use onefold_model::define::{RefreshWhen, Source, SourceKind, SourceTable};
use onefold_model::plan::{Check, Growth, Stage};
use onefold_model::sql::{before, cast, id, join, text};
use onefold_model::{Code, Column, DataType, Diagnostic, Output, Sql, Table, TableName, Work, sql};

use crate::Planner;
use crate::by_profile::row_by_row;
use crate::planner::{sql_step, step, unknown_column};
use chain::Chain;
pub(crate) use convert::midnight;

/// Plans all tables of all sources.
pub(crate) fn plan(p: &mut Planner<'_>) {
    for source in &p.project().sources {
        for table in &source.tables {
            plan_table(p, source, table);
        }
    }
}

/// The table that a connector writes.
fn raw_name(source: &Source, table: &SourceTable) -> TableName {
    TableName::of_source(&source.name, &table.name).prefixed("Raw_")
}

fn plan_table(p: &mut Planner<'_>, source: &Source, table: &SourceTable) {
    let name = TableName::of_source(&source.name, &table.name);
    if let Some(other) = p.catalog().get(name.as_str()) {
        let message = format!("the table `{name}` has the name of another, `{}`", other.name);
        let hint = "rename the table or its source: all tables share one namespace, without case";
        p.say(Diagnostic::new(Code::NameClash, table.name.at, message).hint(hint));
        return;
    }
    let raw = raw_name(source, table);
    let (columns, open) = delivered(p, source, table, &raw);
    let because = vec![format!("sources/{}", source.name.value)];
    read(p, source, table, &raw, &columns, &because);

    let mut chain = Chain::new(&raw, columns.clone(), open, source.kind == SourceKind::Fhir);
    for transform in &table.steps {
        chain.apply(p, &name, transform);
    }
    let Some(key) = key_of(p, &name, table, &mut chain) else {
        p.table(Table { name: name.clone(), columns: chain.columns, key: None });
        p.leave_open(&name);
        return;
    };
    let grows = row_by_row(&table.steps) && chain.lineage;
    repeats(p, &name, &key, &chain, &because, grows.then_some(&raw));
    write(p, &name, &key, &chain, &because, grows.then_some(&raw));
    write_corrupt(p, &name, &key, &raw, &columns, &chain, &because, grows);
    let published: Vec<Column> = chain.columns.iter().map(Chain::published).collect();
    if chain.open {
        p.leave_open(&name);
    }
    p.table(Table { name, columns: published, key: Some(key.name) });
}

/// The columns a connector delivers, and whether there may be more of them.
fn delivered(p: &mut Planner<'_>, source: &Source, table: &SourceTable, raw: &TableName) -> (Vec<Column>, bool) {
    if let Some(known) = p.known().get(raw.as_str()) {
        return (known.columns.clone(), false);
    }
    if source.refresh == RefreshWhen::WithEveryRun {
        let name = TableName::of_source(&source.name, &table.name);
        let message = format!("the columns of `{name}` are known only after the first read");
        let hint = "run once, or state types under `columns:`";
        p.say(Diagnostic::new(Code::ExprAny, table.name.at, message).hint(hint));
    }
    (table.columns.iter().map(|(name, ty)| Column::new(name.value.clone(), *ty)).collect(), true)
}

fn read(
    p: &mut Planner<'_>,
    source: &Source,
    table: &SourceTable,
    raw: &TableName,
    columns: &[Column],
    because: &[String],
) {
    let mut rows = columns.to_vec();
    rows.extend([Column::new("_file", DataType::Text), Column::new("_line", DataType::Integer)]);
    let mut writes = vec![Output::internal(raw.clone(), rows)];
    writes.push(Output::internal(raw.suffixed("_Corrupt"), corrupt_columns(columns)));
    let link = TableName::of_source(&source.name, &table.name).suffixed("_Link");
    // Whether the source itself says which records are the same is the connector's to know.
    if p.known().get(link.as_str()).is_some() {
        writes.push(Output::published(
            link,
            ["Key", "Other", "Kind"].map(|name| Column::new(name, DataType::Text)).to_vec(),
        ));
    }
    let work = Work::Read { source: source.name.value.clone(), table: table.name.value.clone() };
    let name = TableName::of_source(&source.name, &table.name);
    p.step(step(format!("ingest.read {name}"), Stage::Ingest, because, writes, work));
}

fn corrupt_columns(columns: &[Column]) -> Vec<Column> {
    let mut all = vec![
        Column::new("CorruptionDetails", DataType::Text),
        Column::new("SourceFile", DataType::Text),
        Column::new("Line", DataType::Integer),
        Column::new("Raw", DataType::Text),
    ];
    all.extend(columns.iter().map(|column| Column::new(column.name.clone(), DataType::Text)));
    all
}

fn key_of(p: &mut Planner<'_>, name: &TableName, table: &SourceTable, chain: &mut Chain) -> Option<Column> {
    match chain.find(&table.key) {
        Some(at) => Some(chain.columns[at].clone()),
        None => {
            p.say(unknown_column(name.as_str(), &chain.columns, &table.key, table.key.at));
            None
        }
    }
}

/// What must hold of a row that is no corrupt one.
fn sound(key: &Column, chain: &Chain) -> Sql {
    let column = id(key.name.as_str());
    let mut all = sql!(&column, " is not null");
    if key.ty.is_text() {
        all.push(sql!(" and ", &column, " <> ''"));
    }
    if chain.checked {
        all.push(" and \"_errors\" is null");
    }
    all
}

/// The rows whose key an earlier row has. Usually there are none: keys are counted first, and only the rows of
/// those that come twice are put in order.
///
/// `grows`: the table of rows as they came, where each row is made of one of them.
fn repeats(
    p: &mut Planner<'_>,
    name: &TableName,
    key: &Column,
    chain: &Chain,
    because: &[String],
    grows: Option<&TableName>,
) {
    let identity = chain.identity();
    let row = |alias: &'static str| join(identity.iter().map(|column| sql::column(alias, column)), ", ");
    let own = id(key.name.as_str());
    let ids = join(identity.iter().map(id), ", ");
    let counted = sql!(
        "c as (select ",
        &own,
        " as \"Key\", ",
        &ids,
        " from ",
        &chain.from,
        " where ",
        sound(key, chain),
        "), ",
        "k as (select \"Key\" from c group by \"Key\" having count(*) > 1)"
    );
    let query = sql!(
        chain.with(Some(counted)),
        "select \"Key\", ",
        &ids,
        " from (select c.\"Key\", ",
        row("c"),
        ", row_number() over (partition by c.\"Key\" order by ",
        row("c"),
        ") as \"_n\" ",
        "from k join c on c.\"Key\" = k.\"Key\") where \"_n\" > 1"
    );
    let mut columns = vec![Column::new("Key", key.ty)];
    columns.extend(chain.identity_columns());
    let out = Output::internal(name.prefixed("Repeated_"), columns);
    let mut step = sql_step(format!("ingest.repeats {name}"), Stage::Ingest, because, out, query);
    step.grows = grows.map(|raw| new_repeats(name, key, chain, raw));
    p.step(step);
}

/// The same for new rows: one repeats a key when an earlier one of them or a row of the table has it.
fn new_repeats(name: &TableName, key: &Column, chain: &Chain, raw: &TableName) -> Growth {
    let (own, identity) = (id(key.name.as_str()), chain.identity());
    let ids = join(identity.iter().map(id), ", ");
    let row = || join(identity.iter().map(|column| sql::column("c", column)), ", ");
    let sound =
        sql!("c as (select ", &own, " as \"Key\", ", &ids, " from ", &chain.from, " where ", sound(key, chain), ")");
    let there = sql!(
        "k as (select distinct t.",
        &own,
        " as \"Key\" from ",
        before(name),
        " t join c on c.\"Key\" = t.",
        &own,
        ")"
    );
    let with = || chain.with(Some(sql!(&sound, ", ", &there)));
    let query = sql!(
        with(),
        "select \"Key\", ",
        &ids,
        " from (select c.\"Key\", ",
        row(),
        ", k.\"Key\" is not null as \"_there\", row_number() over (partition by c.\"Key\" order by ",
        row(),
        ") as \"_n\" from c left join k on k.\"Key\" = c.\"Key\") where \"_there\" or \"_n\" > 1"
    );
    // The first of the rows with one key is kept: a new one must not stand before those that are there.
    let unless = sql!(
        with(),
        "select 1 from c join k on k.\"Key\" = c.\"Key\" where c.\"_file\" <= (select max(\"_file\") from ",
        before(raw),
        ")"
    );
    Growth { query: Some(query), unless: Some(unless), ..Growth::by_row([raw.clone()]) }
}

fn write(
    p: &mut Planner<'_>,
    name: &TableName,
    key: &Column,
    chain: &Chain,
    because: &[String],
    grows: Option<&TableName>,
) {
    let repeated = name.prefixed("Repeated_");
    let columns = join(chain.columns.iter().map(Chain::publish), ", ");
    let same =
        chain.identity().into_iter().map(|column| sql!(sql::column("r", column), " = ", sql::column("c", column)));
    let query = sql!(
        chain.with(None),
        "select ",
        columns,
        " from (select * from ",
        &chain.from,
        " where ",
        sound(key, chain),
        ") c where not exists ",
        "(select 1 from ",
        &repeated,
        " r where ",
        join(same, " and "),
        ")"
    );
    let out = Output::published(name.clone(), chain.columns.iter().map(Chain::published).collect());
    let mut step = sql_step(format!("ingest.table {name}"), Stage::Ingest, because, out, query);
    step.grows = grows.map(|raw| Growth { beside: vec![repeated.clone()], ..Growth::by_row([raw.clone()]) });
    step.checks.push(Check {
        fact: format!("every row of `{name}` has a key of its own (of rows with one key the first is kept)"),
        broken_by: sql!("select * from ", &repeated),
        warning: true,
    });
    p.step(step);
}

#[expect(clippy::too_many_arguments, reason = "the parts of one table, which is planned in one place")]
fn write_corrupt(
    p: &mut Planner<'_>,
    name: &TableName,
    key: &Column,
    raw: &TableName,
    columns: &[Column],
    chain: &Chain,
    because: &[String],
    grows: bool,
) {
    let all = corrupt_columns(columns);
    let from_read = join(all.iter().map(|column| id(column.name.as_str())), ", ");
    let mut parts = vec![sql!("select ", from_read, " from ", &raw.suffixed("_Corrupt"))];
    let empty = text(format!("{}: is empty", key.name));
    let reason = if chain.checked { sql!("coalesce(\"_errors\", ", empty, ")") } else { empty };
    let unsound = sql!(
        "select ",
        reason,
        " as \"_errors\", \"_file\", \"_line\" from ",
        &chain.from,
        " where not (",
        sound(key, chain),
        ")"
    );
    let texts = || columns.iter().map(|column| cast(sql::column("r", column.name.as_str()), DataType::Text));
    let with_rows = |rejects: Sql| {
        let columns = join(texts().map(|column| sql!(", ", column)), "");
        sql!(
            "select e.\"_errors\", r.\"_file\", r.\"_line\", cast(null as varchar)",
            columns,
            " from (",
            rejects,
            ") e join ",
            raw,
            " r on r.\"_file\" = e.\"_file\" and r.\"_line\" = e.\"_line\""
        )
    };
    let without_rows = |rejects: Sql| {
        let nulls = join(columns.iter().map(|_| Sql::from(", cast(null as varchar)")), "");
        sql!(
            "select e.\"_errors\", cast(null as varchar), cast(null as bigint), cast(null as varchar)",
            nulls,
            " from (",
            rejects,
            ") e"
        )
    };
    parts.extend(chain.rejects.iter().map(|(rejects, lineage)| match lineage {
        true => with_rows(rejects.clone()),
        false => without_rows(rejects.clone()),
    }));
    parts.push(if chain.lineage { with_rows(unsound) } else { without_rows(unsound) });
    let table = name.suffixed("_Corrupt");
    let out = Output::published(table.clone(), all);
    let mut step = sql_step(
        format!("ingest.corrupt {name}"),
        Stage::Ingest,
        because,
        out,
        sql!(chain.with(None), join(parts, " union all ")),
    );
    step.grows = grows.then(|| Growth::by_row([raw.clone(), raw.suffixed("_Corrupt")]));
    step.checks.push(Check {
        fact: format!("every row of `{name}` could be read (those that could not are in `{table}`)"),
        broken_by: sql!("select * from ", &table),
        warning: true,
    });
    p.step(step);
}
