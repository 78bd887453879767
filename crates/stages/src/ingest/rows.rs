//! Rows: the steps that change which rows there are.

use onefold_model::select::{OwnColumn, own_select};
use onefold_model::sql::{id, integer, join, text};
use onefold_model::{Code, Column, DataType, Diagnostic, Expr, Spanned, Sql, TableName, sql};

use super::chain::Chain;
use super::columns::{errors, reason};
use super::convert::{How, convert};
use crate::Planner;

impl Chain {
    pub(super) fn filter(&mut self, p: &mut Planner<'_>, condition: &Spanned<Expr>) -> Option<()> {
        let (condition, typed) = self.expression(p, condition, false)?;
        if typed.ty != DataType::Boolean && typed.ty != DataType::Any {
            return None; // A condition that is none: the type check has said so.
        }
        let mut rest = sql!(" where (", condition, ")");
        if self.checked {
            // A corrupt row has lost the values that the condition asks about.
            rest.push(" or \"_errors\" is not null");
        }
        let (same, carried) = (self.same(), self.carry());
        self.select(same, carried, rest);
        Some(())
    }

    /// Keeps the rows whose place compares so to a count.
    pub(super) fn by_place(&mut self, compared: &'static str, count: u64) -> Option<()> {
        self.set_aside();
        let (same, mut carried) = (self.same(), self.carry());
        carried.push(sql!("row_number() over (order by ", self.order(), ") as \"_place\""));
        self.select(same, carried, Sql::default());
        let (same, carried) = (self.same(), self.carry());
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.select(same, carried, sql!(" where \"_place\"", compared, integer(count)));
        Some(())
    }

    pub(super) fn sort(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        by: &[(Spanned<String>, bool)],
    ) -> Option<()> {
        let names: Vec<Spanned<String>> = by.iter().map(|(name, _)| name.clone()).collect();
        self.find_all(p, table, &names)?;
        let mut order: Vec<Sql> = by
            .iter()
            .map(|(name, descending)| {
                sql!(id(name.as_str()), if *descending { " desc nulls last" } else { " asc nulls last" })
            })
            .collect();
        order.extend(self.identity().into_iter().map(id));
        let same = self.same();
        let mut carried: Vec<Sql> = self.carried().into_iter().filter(|&name| name != "_order").map(id).collect();
        carried.push(sql!("row_number() over (order by ", join(order, ", "), ") as \"_order\""));
        self.select(same, carried, Sql::default());
        self.set_sorted();
        Some(())
    }

    pub(super) fn distinct(&mut self, p: &mut Planner<'_>, table: &TableName, names: &[Spanned<String>]) -> Option<()> {
        self.find_all(p, table, names)?;
        self.set_aside();
        let by: Vec<Sql> = match names {
            [] => self.columns.iter().map(|column| id(column.name.as_str())).collect(),
            names => names.iter().map(|name| id(name.as_str())).collect(),
        };
        let (same, mut carried) = (self.same(), self.carry());
        carried.push(sql!(
            "row_number() over (partition by ",
            join(by, ", "),
            " order by ",
            self.order(),
            ") as \"_place\""
        ));
        self.select(same, carried, Sql::default());
        let (same, carried) = (self.same(), self.carry());
        self.select(same, carried, " where \"_place\" = 1".into());
        Some(())
    }

    pub(super) fn expand(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        column: &Spanned<String>,
        fields: &[(Spanned<String>, DataType)],
        keep: bool,
    ) -> Option<()> {
        let place = self.find_all(p, table, std::slice::from_ref(column))?[0];
        let ty = self.columns[place].ty;
        if !ty.is_text() && ty != DataType::Any {
            let message = format!("`{}` is {ty}, neither a record nor a list", column.value);
            p.say(Diagnostic::new(Code::SourceStep, column.at, message).hint("remove the step"));
            return None;
        }
        if fields.is_empty() {
            self.expand_list(place)
        } else {
            self.expand_record(p, table, place, fields, keep)?
        }
        Some(())
    }

    fn expand_record(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        place: usize,
        fields: &[(Spanned<String>, DataType)],
        keep: bool,
    ) -> Option<()> {
        let record = id(self.columns[place].name.as_str());
        let prefix = self.columns[place].name.clone();
        if fields.iter().any(|(_, ty)| !matches!(ty, DataType::Text | DataType::Json)) {
            self.check();
        }
        let mut all = self.same();
        let mut reasons = Vec::new();
        for (field, ty) in fields {
            let name = Spanned { value: format!("{prefix}.{}", field.value), at: field.at };
            self.free(p, table, &name)?;
            let own = sql!("json_field(", &record, ", ", text(field.value.clone()), ")");
            let value = convert(own.clone(), DataType::Text, *ty, &How::plain(p.zone()))?;
            if value != own {
                reasons.push(reason(&name, &own, &value, DataType::Text, *ty));
            }
            all.push((Column::new(name.value, *ty), value));
        }
        if !keep {
            all.remove(place);
        }
        let mut carried: Vec<Sql> = self.carried().into_iter().filter(|&name| name != "_errors").map(id).collect();
        if self.checked {
            carried.push(errors(reasons));
        }
        self.select(all, carried, Sql::default());
        Some(())
    }

    /// One row an element; a row without elements stays, with a null.
    fn expand_list(&mut self, place: usize) {
        let list = sql!("json_elements(", id(self.columns[place].name.as_str()), ")");
        let filled =
            sql!("case when array_length(", &list, ") > 0 then ", &list, " else make_array(cast(null as varchar)) end");
        let places = sql!(
            "unnest(range(1, coalesce(cast(nullif(array_length(",
            &list,
            "), 0) as bigint), 1) + 1)) as \"_element\""
        );
        let mut all = self.same();
        all[place] = (Column::new(all[place].0.name.clone(), DataType::Json), sql!("unnest(", filled, ")"));
        let mut carried = self.carry();
        carried.push(places);
        self.select(all, carried, Sql::default());
        let same = self.same();
        let before = if self.has_parts() { "\"_part\"" } else { "''" };
        let mut carried: Vec<Sql> = self.carried().into_iter().filter(|&name| name != "_part").map(id).collect();
        carried.push(sql!("concat(", before, ", lpad(cast(\"_element\" as varchar), 9, '0')) as \"_part\""));
        self.select(same, carried, Sql::default());
        self.set_parts();
    }

    pub(super) fn group(
        &mut self,
        p: &mut Planner<'_>,
        table: &TableName,
        by: &[Spanned<String>],
        columns: &[(Spanned<String>, Spanned<Expr>)],
    ) -> Option<()> {
        let places = self.find_all(p, table, by)?;
        self.set_aside();
        let mut all: Vec<(Column, Sql)> = places.iter().map(|&at| self.same()[at].clone()).collect();
        for (name, value) in columns {
            let (query, typed) = self.expression(p, value, true)?;
            if all.iter().any(|(column, _)| column.name == name.value.as_str()) {
                let message = format!("the groups already have a column `{}`", name.value);
                p.say(Diagnostic::new(Code::SourceStep, name.at, message).hint("choose another name"));
                return None;
            }
            all.push((Column::new(name.value.clone(), typed.ty), query));
        }
        let keys = join(by.iter().map(|name| id(name.as_str())), ", ");
        let rest = if by.is_empty() { Sql::default() } else { sql!(" group by ", keys) };
        self.select(all, Vec::new(), rest);
        self.renumber();
        self.open = false;
        Some(())
    }

    pub(super) fn own_sql(&mut self, p: &mut Planner<'_>, query: &Spanned<String>) -> Option<()> {
        let own = match own_select(query, "input") {
            Ok(own) => own,
            Err(why) => {
                p.say(Diagnostic::new(Code::SourceStep, query.at, why).hint("write one `select … from input`"));
                return None;
            }
        };
        self.set_aside();
        let mut columns = Vec::new();
        for column in &own.columns {
            match column {
                OwnColumn::All => columns.extend(self.columns.clone()),
                OwnColumn::Same { of, name } => {
                    let Some(at) = self.find(of) else {
                        p.say(crate::planner::unknown_column("input", &self.columns, of, query.at));
                        return None;
                    };
                    columns.push(Column::new(name.as_str(), self.columns[at].ty));
                }
                OwnColumn::Typed { name, ty } => columns.push(Column::new(name.as_str(), *ty)),
                OwnColumn::Any { name } => {
                    Self::note_any(p, &Spanned { value: name.clone(), at: query.at });
                    columns.push(Column::new(name.as_str(), DataType::Any));
                }
            }
        }
        let inner = join(self.columns.iter().map(|column| id(column.name.as_str())), ", ");
        self.goes_on(sql!("with input as (select ", inner, " from ", &self.from, ") ", own.sql));
        self.columns = columns;
        self.renumber();
        Some(())
    }
}
