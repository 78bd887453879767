//! Look-up: whom a partial person may be.
//!
//! Not here: profiles found by words (`SearchAsk`), FHIR's way of asking (`onefold-server`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::FieldView;

/// What is known of the person that is looked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LookupAsk {
    /// Values by semantic type (`Person.FirstName`), by field of the model, or by column; several where there are.
    pub values: BTreeMap<String, Vec<String>>,
    /// How many candidates to answer; at most 50, 10 when 0.
    #[serde(default)]
    pub limit: usize,
    /// Whether only those are answered that are certainly the one.
    #[serde(default)]
    pub only_certain: bool,
}

/// Profiles that the person may be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LookupView {
    /// The run they are of.
    pub run: String,
    /// What the evidence is weighed by.
    pub model: LookupModel,
    /// Fields of the model that were looked at.
    pub fields: Vec<String>,
    /// Names of values that are no semantic type, field or column that is compared.
    pub ignored: Vec<String>,
    /// The likeliest first.
    pub candidates: Vec<LookupCandidate>,
    /// Records that were compared.
    pub compared: u64,
    /// Whether more records share what was given than are compared for one question: say more, to find the others.
    pub bounded: bool,
    /// How long it took.
    pub seconds: f64,
}

/// What the evidence is weighed by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LookupModel {
    /// The model that the last run matched by.
    #[default]
    Trained,
    /// One that was found out from the records, since the project matches by rules alone.
    Settled,
}

/// A profile that the person may be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LookupCandidate {
    /// Its id.
    pub customer_id: String,
    /// Its name, else its first id.
    pub title: String,
    /// How likely it is the one, 0 to 1, given all others found.
    pub probability: f64,
    /// Bits of evidence of its nearest record.
    pub weight: f64,
    /// The same in a word.
    pub grade: Grade,
    /// The nearest record: its table.
    pub table: String,
    /// And its key.
    pub key: String,
    /// What speaks for and against, by comparison.
    pub evidence: Vec<LookupEvidence>,
    /// Values of the profile, names and addresses first.
    pub fields: Vec<FieldView>,
}

/// How sure it is that two are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// It is another person.
    #[default]
    CertainlyNot,
    /// It may be.
    Possible,
    /// It is likely, and somebody should look.
    Probable,
    /// It is, and no other is near.
    Certain,
}

impl Grade {
    /// The grade of a probability: certain from 0.99 on, probable from 0.8, possible from 0.05.
    pub fn of(probability: f64) -> Self {
        match probability {
            p if p >= 0.99 => Self::Certain,
            p if p >= 0.8 => Self::Probable,
            p if p >= 0.05 => Self::Possible,
            _ => Self::CertainlyNot,
        }
    }
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::CertainlyNot => "certainly-not",
            Self::Possible => "possible",
            Self::Probable => "probable",
            Self::Certain => "certain",
        }
    }
}

/// What a comparison says of the one asked for and a record.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LookupEvidence {
    /// The comparison.
    pub comparison: String,
    /// What was asked for, as it is compared.
    pub asked: String,
    /// What the record has.
    pub found: String,
    /// The level that holds, from 0, the nearest; none where a value is missing.
    pub level: Option<u64>,
    /// Bits for (above 0) or against.
    pub bits: f64,
}
