//! Map: which tables hold people, and what their columns mean.
//!
//! Reads    `tables:` of `unify.yaml`; where a table states no columns, their names
//! Writes   semantic types into the catalogue
//!
//! Invariants
//! - A table without `columns:` is mapped whole; what its names suggest is put on the catalogue's columns.
//! - A semantic type that is not in the list is the user's own; it never combines.
//!
//! To add a semantic type: a line in [`SEMANTIC_TYPES`]; a word for it in [`WORDS`] when names suggest it.

use onefold_model::define::{Deduplicate, Unify};
use onefold_model::names::nearest;
use onefold_model::{Code, Column, DataType, Diagnostic, Severity, Spanned, Table, TableName};

use crate::Planner;
use crate::unify::wrong;

/// The semantic types that mean something to the product.
pub const SEMANTIC_TYPES: &[&str] = &[
    "ID",
    "Person",
    "Person.FirstName",
    "Person.MiddleName",
    "Person.LastName",
    "Person.FullName",
    "Person.BirthDate",
    "Person.Gender",
    "Person.ProfileImage",
    "Identity.Service.Email",
    "Identity.Service.Phone",
    "Identity.Service.Facebook",
    "Identity.Service.Twitter",
    "Identity.GovernmentID",
    "Location.Address",
    "Location.Address.Street",
    "Location.City",
    "Location.State",
    "Location.Province",
    "Location.County",
    "Location.Country",
    "Location.Continent",
    "Location.Region",
    "Location.PostalCode",
    "Location.Latitude",
    "Location.Longitude",
    "Location.Point",
    "Location.Timezone",
    "Place",
    "Calendar",
    "Calendar.Date",
    "Calendar.DayOfMonth",
    "Calendar.DayOfWeek",
    "Calendar.DayOfYear",
    "Calendar.HalfYear",
    "Calendar.Month",
    "Calendar.MonthOfYear",
    "Calendar.Quarter",
    "Calendar.Week",
    "Calendar.WeekOfMonth",
    "Calendar.WeekOfYear",
    "Calendar.Year",
    "Organization",
    "Organization.Name",
    "Organization.LogoImage",
    "OrganizationUnit",
    "Account",
    "Contact",
    "Customer",
    "Channel",
    "Language",
    "Product",
    "ProductGroup",
    "Brand",
    "BarCode",
    "Image",
    "Measurement.Date.Creation",
    "Measurement.Date.Modify",
    "Measurement.Status",
    "Measurement.Version",
    "Reference.Description",
    "Reference.ImageURL",
    "Reference.Phonetic",
    "Reference.URL",
];

/// What names suggest: letters and digits of the name, in lower case, without digits at the end.
const WORDS: &[(&str, &[&str])] = &[
    ("Person.FirstName", &["firstname", "givenname", "given", "forename", "fname"]),
    ("Person.MiddleName", &["middlename"]),
    ("Person.LastName", &["lastname", "familyname", "family", "surname", "lname"]),
    ("Person.FullName", &["fullname", "name", "displayname", "customername"]),
    ("Person.BirthDate", &["birthdate", "dateofbirth", "dob", "birthday"]),
    ("Person.Gender", &["gender", "sex", "gendercode"]),
    ("Identity.Service.Email", &["email", "emailaddress", "mail"]),
    ("Identity.Service.Phone", &["phone", "phonenumber", "telephone", "mobile", "mobilephone", "cell"]),
    ("Identity.GovernmentID", &["ssn", "nationalid", "passport", "passportnumber", "governmentid", "socsecid"]),
    ("Location.Address", &["address", "fulladdress", "addresscomposite"]),
    ("Location.Address.Street", &["street", "streetaddress", "addressline", "line"]),
    ("Location.City", &["city", "town", "suburb", "addresscity"]),
    ("Location.State", &["state", "stateorprovince"]),
    ("Location.Province", &["province"]),
    ("Location.County", &["county"]),
    ("Location.Country", &["country", "countrycode", "countryname"]),
    ("Location.PostalCode", &["postalcode", "postcode", "zip", "zipcode"]),
    ("Location.Latitude", &["latitude", "lat"]),
    ("Location.Longitude", &["longitude", "lon", "lng"]),
    ("Organization.Name", &["company", "companyname", "organization", "organisation"]),
    ("Language", &["language", "preferredlanguage"]),
    ("Measurement.Date.Creation", &["createdon", "createdat", "created"]),
    ("Measurement.Date.Modify", &["modifiedon", "modifiedat", "updatedat", "lastupdated", "lastmodified"]),
];

/// A table with people in it.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    /// Its name.
    pub(crate) table: TableName,
    /// Where `unify.yaml` names it.
    pub(crate) named: Spanned<String>,
    /// Its place in the order.
    pub(crate) order: usize,
    /// All its columns.
    pub(crate) all: Table,
    /// Its key.
    pub(crate) key: Column,
    /// The mapped columns with their semantic types, the key left out.
    pub(crate) columns: Vec<Column>,
    /// Whether records that match nothing become profiles.
    pub(crate) include_all: bool,
    /// How its own doubles are found.
    pub(crate) deduplicate: Deduplicate,
}

impl Mapped {
    /// The column that says how exact a date is, where the source gives one: `<name>_precision`.
    pub(crate) fn companion(&self, column: &str) -> Option<&Column> {
        let date = self.all.column(column).filter(|column| column.ty == DataType::Date)?;
        self.all.column(&format!("{}_precision", date.name)).filter(|column| column.ty == DataType::Text)
    }
    /// Mapped columns and the companions of dates, without repeats.
    pub(crate) fn kept(&self) -> Vec<Column> {
        let mut kept: Vec<Column> = Vec::new();
        for column in &self.columns {
            for column in [Some(column), self.companion(column.name.as_str())].into_iter().flatten() {
                if column.name != self.key.name && !kept.iter().any(|known| known.name == column.name) {
                    kept.push(column.clone());
                }
            }
        }
        kept
    }
}

/// Finds the tables and columns of `unify.yaml`; a table that is wrong is left out.
pub(crate) fn map(p: &mut Planner<'_>, unify: &Unify) -> Vec<Mapped> {
    let mut all: Vec<Mapped> = Vec::new();
    for stated in &unify.tables {
        let Some(mut table) = p.find_table(&stated.table) else { continue };
        let Some(key) = table.key.as_ref().and_then(|key| table.column(key.as_str())).cloned() else {
            let message = format!("`{}` is not a table of a source with a key", table.name);
            p.say(wrong(Code::UnifyMapping, stated.table.at, message, "name a table of a source"));
            continue;
        };
        if all.iter().any(|mapped| mapped.table == table.name) {
            let message = format!("`{}` stands twice in `tables`", table.name);
            p.say(wrong(Code::UnifyMapping, stated.table.at, message, "remove one of them"));
            continue;
        }
        let columns = match stated.columns.as_slice() {
            [] => suggested(&table, &key),
            stated => mapped_columns(p, &table, stated),
        };
        for column in &mut table.columns {
            let meant = columns.iter().find(|mapped| mapped.name == column.name);
            column.semantic = meant.and_then(|mapped| mapped.semantic.clone());
        }
        p.table(table.clone());
        all.push(Mapped {
            table: table.name.clone(),
            named: stated.table.clone(),
            order: all.len(),
            columns: columns.into_iter().filter(|column| column.name != key.name).collect(),
            all: table,
            key,
            include_all: stated.include_all,
            deduplicate: stated.deduplicate.clone(),
        });
    }
    all
}

fn mapped_columns(p: &mut Planner<'_>, table: &Table, stated: &[(Spanned<String>, Spanned<String>)]) -> Vec<Column> {
    let mut all = Vec::new();
    for (name, meaning) in stated {
        let Some(mut column) = p.find_column(table, name, name.at) else { continue };
        if !SEMANTIC_TYPES.contains(&meaning.as_str())
            && let Some(near) = nearest(meaning, SEMANTIC_TYPES.iter().copied())
        {
            let message =
                format!("`{}` is not a semantic type of the list: taken as your own, it never combines", meaning.value);
            let mut warning = Diagnostic::new(Code::UnifyMapping, meaning.at, message);
            warning.severity = Severity::Warning;
            p.say(warning.hint(format!("write `{near}`, if that is what you mean")));
        }
        column.semantic = Some(meaning.value.clone());
        all.push(column);
    }
    all
}

/// All columns of a table, with what their names suggest; of several with one meaning the first has it.
fn suggested(table: &Table, key: &Column) -> Vec<Column> {
    let mut taken: Vec<&str> = Vec::new();
    let mut all = Vec::new();
    for column in &table.columns {
        let mut column = column.clone();
        let meaning = if column.name == key.name { Some("ID") } else { suggestion(column.name.as_str()) };
        column.semantic = meaning.filter(|meaning| !taken.contains(meaning)).map(str::to_owned);
        taken.extend(meaning);
        all.push(column);
    }
    all
}

/// The semantic type that a column's name suggests.
pub fn suggestion(name: &str) -> Option<&'static str> {
    let fold =
        |name: &str| name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let last = name.rsplit('.').next().unwrap_or(name);
    [fold(name), fold(last)].iter().find_map(|word| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit());
        WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(meaning, _)| *meaning)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_suggest_what_columns_mean() {
        let expected = [
            ("emailaddress1", Some("Identity.Service.Email")),
            ("given_name", Some("Person.FirstName")),
            ("name.family", Some("Person.LastName")),
            ("meta.lastUpdated", Some("Measurement.Date.Modify")),
            ("date_of_birth", Some("Person.BirthDate")),
            ("statecode", None),
            ("msemr_azurefhirid", None),
        ];
        for (name, meaning) in expected {
            assert_eq!(suggestion(name), meaning, "{name}");
        }
        assert!(WORDS.iter().all(|(meaning, _)| SEMANTIC_TYPES.contains(meaning)));
    }
}
