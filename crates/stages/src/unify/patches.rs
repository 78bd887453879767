//! Patches: values that a program laid over profiles for a while.
//!
//! Reads    what was sent (the runner brings it), `ProfileId`, `CustomerUnpatched`: the profiles as sources have them
//! Writes   `CustomerPatchSent` (internal), `CustomerPatch`, `Customer`
//! Flow     patches that hold ─ whose they are now ─ the newest of each profile and column ─ Customer
//!
//! Invariants
//! - Planned only while there are patches: other projects have one `Customer` and no step more.
//! - A patch follows the id it was sent to: when its profile is folded into another, it is that one's.
//! - Keys, ids and what matching or clusters make are never patched, and neither is made from patched values.
//!
//! Not here: which patches hold at the instant of a run, and whether their values fit (the binary).

use onefold_model::define::Cluster;
use onefold_model::plan::Stage;
use onefold_model::sql::{cast, column, id, join, text};
use onefold_model::{Column, DataType, Output, Sql, Step, TableName, Work, sql};

use super::{because, columns, customer, profile_id};
use crate::Planner;
use crate::planner::{sql_step, step};

/// In the catalogue of what sources look like: there are patches.
pub const PATCHES: &str = "CustomerPatchSent";
/// The patches of profiles, each with its profile.
pub const PATCH: &str = "CustomerPatch";
/// The profiles without patches.
pub const UNPATCHED: &str = "CustomerUnpatched";

/// Columns that every profile has, and nobody sets.
const OURS: &[&str] = &["CustomerId", "profile_no", "PreviousCustomerId"];

/// The columns of Customer that may be patched. `clusters`: the names of clusters.
pub fn patchable<'c>(customer: &'c [Column], clusters: &[&str]) -> Vec<&'c Column> {
    let may = |own: &&Column| {
        let name = own.name.as_str();
        let meaning = own.semantic.as_deref();
        let of_cluster = name.strip_suffix("_ClusterId").is_some_and(|cluster| clusters.contains(&cluster));
        let is_precision = name
            .strip_suffix("_precision")
            .is_some_and(|date| customer.iter().any(|other| other.name == date && other.ty == DataType::Date));
        let fits = !matches!(own.ty, DataType::Small | DataType::Json | DataType::Bitmap | DataType::Any);
        let is_key = matches!(meaning, Some("ID" | "AlternateKey" | "Customer"));
        fits && !OURS.contains(&name) && !is_key && !of_cluster && !is_precision
    };
    customer.iter().filter(may).collect()
}

/// Lays patches over what a step would write to Customer, where there are any; gives the step that writes it then.
pub(super) fn plan(p: &mut Planner<'_>, clusters: &[Cluster], all: &[Column], mut unpatched: Step) -> Step {
    if p.known().get(PATCHES).is_none() {
        return unpatched;
    }
    for output in unpatched.writes.iter_mut().filter(|output| output.table == customer()) {
        *output = Output::internal(TableName::from(UNPATCHED), all.to_vec()).sorted_by(&["profile_no"]);
    }
    p.step(unpatched);
    let word = DataType::Text;
    let sent = columns([
        ("Number", DataType::Integer),
        ("SentTo", word),
        ("Column", word),
        ("Value", word),
        ("By", word),
        ("At", DataType::DateTime),
        ("ValidUntil", DataType::DateTime),
    ]);
    let out = vec![Output::internal(TableName::from(PATCHES), sent)];
    p.step(step("unify.patches sent", Stage::Unify, &because(), out, Work::Patches));
    whose(p);
    let clusters: Vec<&str> = clusters.iter().map(|cluster| cluster.name.value.as_str()).collect();
    let own = patchable(all, &clusters);
    let (mut values, mut items) = (Vec::new(), Vec::new());
    for (at, column_of) in own.iter().enumerate() {
        let is = sql!("\"Column\" = ", text(column_of.name.as_str()));
        values.push(sql!(
            ", bool_or(",
            &is,
            ") as ",
            id(format!("has {at}")),
            ", max(case when ",
            is,
            " then \"Value\" end) as ",
            id(format!("value {at}"))
        ));
    }
    for known in all {
        let place = |name: &str| own.iter().position(|column| column.name == name);
        let before = column("c", known.name.as_str());
        // A day that is patched is known to the day.
        let of_date = known.name.as_str().strip_suffix("_precision").and_then(place);
        let value = match (place(known.name.as_str()), of_date) {
            (Some(at), _) => {
                let new = cast(column("v", format!("value {at}")), known.ty);
                sql!("case when ", column("v", format!("has {at}")), " then ", new, " else ", before, " end")
            }
            (None, Some(at)) => {
                let new = column("v", format!("value {at}"));
                let day = sql!("case when ", new, " is not null then 'day' end");
                sql!("case when ", column("v", format!("has {at}")), " then ", day, " else ", before, " end")
            }
            (None, None) => before,
        };
        items.push(sql!(value, " as ", &known.name));
    }
    let query = sql!(
        "select ",
        join(items, ", "),
        " from ",
        TableName::from(UNPATCHED),
        " c left join (select \"profile_no\"",
        join(values, ""),
        " from ",
        TableName::from(PATCH),
        " group by \"profile_no\") v on v.\"profile_no\" = c.\"profile_no\""
    );
    let out = Output::published(customer(), all.to_vec()).sorted_by(&["profile_no"]);
    sql_step("unify.patched", Stage::Unify, &because(), out, query)
}

/// Plans the patches with the profiles whose they are now.
fn whose(p: &mut Planner<'_>) {
    let word = DataType::Text;
    let written = columns([
        ("CustomerId", word),
        ("profile_no", DataType::Small),
        ("Column", word),
        ("Value", word),
        ("By", word),
        ("At", DataType::DateTime),
        ("ValidUntil", DataType::DateTime),
        ("SentTo", word),
    ]);
    let living = sql!("from ", profile_id(), " where not \"Retired\"");
    let ids: Sql = sql!(
        "select \"CustomerId\" as \"Id\", \"CustomerId\", \"profile_no\", 0 as \"Rank\" ",
        &living,
        " union all select unnest(string_to_array(\"PreviousCustomerId\", ';')) as \"Id\", \"CustomerId\", \"profile_no\", ",
        "1 as \"Rank\" ",
        living,
        " and \"PreviousCustomerId\" is not null"
    );
    let found = sql!(
        "select s.*, i.\"CustomerId\", i.\"profile_no\", row_number() over (partition by s.\"Number\" order by i.\"Rank\", ",
        "i.\"profile_no\") as \"Place\" from ",
        TableName::from(PATCHES),
        " s join (",
        ids,
        ") i on i.\"Id\" = s.\"SentTo\""
    );
    let newest = sql!(
        "select f.*, row_number() over (partition by f.\"profile_no\", f.\"Column\" order by f.\"Number\" desc) as \"Age\" ",
        "from (",
        found,
        ") f where f.\"Place\" = 1"
    );
    let items = join(written.iter().map(|own| id(own.name.as_str())), ", ");
    let query = sql!("select ", items, " from (", newest, ") n where n.\"Age\" = 1");
    let out = Output::published(TableName::from(PATCH), written).sorted_by(&["profile_no"]);
    p.step(sql_step("unify.patches", Stage::Unify, &because(), out, query));
}
