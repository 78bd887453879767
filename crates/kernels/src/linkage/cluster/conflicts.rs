//! Conflicts: clusters with two values of what each person has one of.

use rayon::prelude::*;

use super::super::{FieldKind, Model, Records, Warning, WarningKind};

/// Warns of clusters of which two records hold different identifiers and share none: one warning a cluster and field.
/// Records of one table alone are told from each other by such a number; generic values say nothing.
pub fn conflicting_ids(records: &Records, model: &Model, of: &[u32]) -> Vec<Warning> {
    let fields: Vec<usize> =
        (0..model.fields.len()).filter(|&field| model.fields[field].kind == FieldKind::Identifier).collect();
    if fields.is_empty() {
        return Vec::new();
    }
    let mut members: Vec<(u32, u32)> = of.iter().enumerate().map(|(record, &low)| (low, record as u32)).collect();
    members.par_sort_unstable();
    let clusters: Vec<&[(u32, u32)]> =
        members.chunk_by(|a, b| a.0 == b.0).filter(|cluster| cluster.len() > 1).collect();
    let look = |cluster: &&[(u32, u32)]| {
        let found = fields.iter().filter_map(|&field| conflict(records, model, field, cluster));
        found.collect::<Vec<_>>()
    };
    clusters.par_iter().flat_map_iter(look).collect()
}

fn conflict(records: &Records, model: &Model, field: usize, cluster: &[(u32, u32)]) -> Option<Warning> {
    let known = |record: u32| {
        let values = records.values(record, field).iter().copied();
        values.filter(move |&value| !records.is_generic(field, value))
    };
    let holders: Vec<u32> =
        cluster.iter().map(|member| member.1).filter(|&record| known(record).next().is_some()).collect();
    let (&first, others) = holders.split_first()?;
    let other = *others.iter().find(|&&other| !known(other).any(|value| known(first).any(|own| own == value)))?;
    Some(Warning {
        kind: WarningKind::ConflictingId,
        records: vec![first, other],
        detail: format!(
            "records of one person have different values of `{}`: `{}` and `{}`; say whether they are one person",
            model.fields[field].name,
            records.shown(first, field),
            records.shown(other, field)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::{Field, TableRecords};
    use super::*;

    #[test]
    fn different_identifiers_of_one_cluster_are_told_once() {
        let model =
            Model { fields: vec![Field { name: "card".to_owned(), kind: FieldKind::Identifier }], ..Model::default() };
        let table = TableRecords {
            key: ["a", "b", "c", "d", "e"].map(Some).into_iter().collect(),
            fields: vec![vec![[Some("4711"), None, Some("4712"), Some("4711"), Some("4711")].into_iter().collect()]],
        };
        let mut records = Records::encode(&model.fields, &[table]);
        let kinds = |records: &Records, of: &[u32]| {
            let warnings = conflicting_ids(records, &model, of);
            warnings.into_iter().map(|warning| warning.records).collect::<Vec<_>>()
        };
        assert_eq!(kinds(&records, &[0, 0, 0, 3, 3]), [[0, 2]]);
        assert!(kinds(&records, &[0, 0, 2, 0, 0]).is_empty());
        let value = records.value(2, 0).expect("it has one");
        records.set_generic(0, value);
        assert!(kinds(&records, &[0, 0, 0, 3, 3]).is_empty());
    }
}
