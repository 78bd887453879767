//! Columns: the steps that change columns and leave rows as they are.

use onefold_model::sql::{id, text};
use onefold_model::{Code, Column, DataType, Diagnostic, Expr, Spanned, Sql, TableName, sql};

use super::chain::{Chain, shown};
use super::convert::{How, convert};
use crate::Planner;

impl Chain {
    pub(super) fn choose(&mut self, p: &mut Planner<'_>, table: &TableName, names: &[Spanned<String>]) -> Option<()> {
        let places = self.find_all(p, table, names)?;
        let all = self.same();
        let mut chosen: Vec<(Column, Sql)> = Vec::new();
        for place in places {
            for place in [Some(place), self.companion(place)].into_iter().flatten() {
                if !chosen.iter().any(|(column, _)| column.name == all[place].0.name) {
                    chosen.push(all[place].clone());
                }
            }
        }
        self.project(chosen);
        // Whatever else the source delivers is gone from here on.
        self.open = false;
        Some(())
    }

    pub(super) fn remove(&mut self, p: &mut Planner<'_>, table: &TableName, names: &[Spanned<String>]) -> Option<()> {
        let mut gone = self.find_all(p, table, names)?;
        gone.extend(gone.clone().into_iter().filter_map(|at| self.companion(at)));
        let left = self.same().into_iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, column)| column);
        self.project(left.collect());
        Some(())
    }

    pub(super) fn rename(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        pairs: &[(Spanned<String>, Spanned<String>)],
    ) -> Option<()> {
        let old: Vec<Spanned<String>> = pairs.iter().map(|(old, _)| old.clone()).collect();
        let places = self.find_all(p, table, &old)?;
        let mut all = self.same();
        for (&place, (_, new)) in places.iter().zip(pairs) {
            if let Some(companion) = self.companion(place) {
                all[companion].0.name = format!("{}_precision", new.value).into();
            }
            all[place].0.name = new.value.clone().into();
        }
        for (_, new) in pairs {
            let same = all.iter().filter(|(column, _)| column.name == new.value.as_str()).count();
            if same > 1 || new.starts_with('_') {
                let message =
                    format!("`{table}` would have several columns `{}`, or one that begins with `_`", new.value);
                p.say(Diagnostic::new(Code::SourceStep, new.at, message).hint("choose another name"));
                return None;
            }
        }
        self.project(all);
        Some(())
    }

    pub(super) fn reorder(&mut self, p: &mut Planner<'_>, table: &TableName, names: &[Spanned<String>]) -> Option<()> {
        let first = self.find_all(p, table, names)?;
        let all = self.same();
        let rest = (0..all.len()).filter(|at| !first.contains(at));
        let order: Vec<usize> = first.iter().copied().chain(rest).collect();
        self.project(order.into_iter().map(|at| all[at].clone()).collect());
        Some(())
    }

    pub(super) fn text_function(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        names: &[Spanned<String>],
        function: &'static str,
    ) -> Option<()> {
        let places = self.find_all(p, table, names)?;
        let mut all = self.same();
        for (&place, name) in places.iter().zip(names) {
            let (column, value) = &mut all[place];
            if !column.ty.is_text() && column.ty != DataType::Any {
                let message = format!("`{}` is {}, not text", column.name, column.ty);
                p.say(
                    Diagnostic::new(Code::SourceStep, name.at, message)
                        .hint("leave it out, or make it text with `change_type`"),
                );
                return None;
            }
            *value = sql!(function, &*value, ")");
        }
        self.project(all);
        Some(())
    }

    pub(super) fn replace(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        names: &[Spanned<String>],
        from: Option<&str>,
        to: Option<&str>,
    ) -> Option<()> {
        let mut places = self.find_all(p, table, names)?;
        if names.is_empty() {
            places = (0..self.columns.len()).filter(|&at| self.columns[at].ty.is_text()).collect();
        }
        let mut all = self.same();
        for (number, &place) in places.iter().enumerate() {
            let (column, value) = &mut all[place];
            let cell = |cell: Option<&str>| {
                let cell = cell.map_or_else(|| Sql::from("cast(null as varchar)"), text);
                match column.ty {
                    ty if ty.is_text() || ty == DataType::Any => Some(cell),
                    ty => convert(cell, DataType::Text, ty, &How::plain(p.zone())),
                }
            };
            let (Some(old), Some(new)) = (cell(from), cell(to)) else {
                let at = names.get(number).and_then(|name| name.at);
                let message = format!("`{}` is {}: values of it cannot be replaced", column.name, column.ty);
                p.say(Diagnostic::new(Code::SourceStep, at, message).hint("use `add_column` with `case when … end`"));
                return None;
            };
            let same = if from.is_some() { sql!(&*value, " = ", old) } else { sql!(&*value, " is null") };
            *value = sql!("case when ", same, " then ", new, " else ", &*value, " end");
        }
        self.project(all);
        Some(())
    }

    pub(super) fn add(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        name: &Spanned<String>,
        value: &Spanned<Expr>,
    ) -> Option<()> {
        let new = self.free(p, table, name)?;
        let (query, typed) = self.expression(p, value, false)?;
        if typed.ty == DataType::Any && !self.open {
            Self::note_any(p, name);
        }
        let mut all = self.same();
        all.push((Column::new(new, typed.ty), query));
        self.project(all);
        Some(())
    }

    pub(super) fn change_type(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        columns: &[(Spanned<String>, DataType)],
        locale: Option<&Spanned<String>>,
        format: Option<&Spanned<String>>,
    ) -> Option<()> {
        let names: Vec<Spanned<String>> = columns.iter().map(|(name, _)| name.clone()).collect();
        let places = self.find_all(p, table, &names)?;
        let how = How { zone: p.zone(), locale: locale.map(|l| l.as_str()), format: format.map(|f| f.as_str()) };
        let mut changes = Vec::new();
        for (&place, (name, to)) in places.iter().zip(columns) {
            let own = id(self.columns[place].name.as_str());
            let from = self.columns[place].ty;
            let Some(value) = convert(own.clone(), from, *to, &how) else {
                let message = format!("`{}` is {from}, which cannot become {to}", name.value);
                p.say(Diagnostic::new(Code::SourceStep, name.at, message).hint("change it to text first"));
                return None;
            };
            changes.push(Change { place, value, own, from, to: *to });
        }
        self.convert(changes);
        Some(())
    }

    /// Puts converted values in the place of columns; a cell that cannot be converted makes its row corrupt.
    pub(super) fn convert(&mut self, changes: Vec<Change>) {
        self.check();
        let mut all = self.same();
        let mut reasons = Vec::new();
        for Change { place, value, own, from, to } in changes {
            let column = &mut all[place];
            if value != own && to != DataType::Text {
                reasons.push(reason(column.0.name.as_str(), &own, &value, from, to));
            }
            *column = (Column::new(column.0.name.clone(), to), value);
        }
        let mut carried: Vec<Sql> = self.carried().into_iter().filter(|&name| name != "_errors").map(id).collect();
        carried.push(errors(reasons));
        self.select(all, carried, Sql::default());
    }
}

/// A column that takes another type.
pub(super) struct Change {
    pub(super) place: usize,
    pub(super) value: Sql,
    pub(super) own: Sql,
    pub(super) from: DataType,
    pub(super) to: DataType,
}

/// Why a cell makes its row corrupt; null when it does not.
pub(super) fn reason(name: &str, own: &Sql, value: &Sql, from: DataType, to: DataType) -> Sql {
    let mut failed = sql!(own, " is not null and (", value, ") is null");
    if from.is_text() {
        failed.push(sql!(" and trim(", own, ") <> ''"));
    }
    let words = text(format!("{name}: expected {to}, found \""));
    sql!("case when ", failed, " then concat(", words, ", ", shown(own), ", '\"') end")
}

/// `_errors` with more reasons in it.
pub(super) fn errors(reasons: Vec<Sql>) -> Sql {
    let mut all = sql!("nullif(concat_ws('; ', \"_errors\"");
    reasons.into_iter().for_each(|reason| all.push(sql!(", ", reason)));
    all.push("), '') as \"_errors\"");
    all
}
