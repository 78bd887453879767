//! Input: whether the folders and files that sources read are there.
//!
//! Reads    names of files, nothing in them.
//!
//! Invariants
//! - A missing file is a diagnostic, an empty one is an empty table.
//!
//! Not here: reading them (`onefold-connect`).

use std::path::Path;

use super::listing::entries;
use crate::define::{Location, Project, Source, SourceKind, SourceTable};
use crate::names::nearest;
use crate::{Code, Diagnostic, Spanned};

/// Finds source folders that are not there, and tables without any file that could be theirs.
pub(super) fn check(project: &Project, diagnostics: &mut Vec<Diagnostic>) {
    for source in &project.sources {
        if let Location::Folder(folder) = &source.from {
            folder_of(project, source, folder, diagnostics);
        }
    }
}

fn folder_of(project: &Project, source: &Source, folder: &Spanned<String>, diagnostics: &mut Vec<Diagnostic>) {
    let path = project.root.join(&folder.value);
    if !path.is_dir() {
        let message = format!("the folder `{}` of the source `{}` is not there", folder.value, source.name.value);
        let hint = if path.exists() {
            "name the folder, not a file in it"
        } else {
            "make it, or correct the path; it is relative to the project"
        };
        diagnostics.push(Diagnostic::new(Code::SourceInput, folder.at, message).hint(hint));
        return;
    }
    let files: Vec<String> =
        entries(&path).into_iter().filter(|(_, is_folder)| !is_folder).map(|(name, _)| name).collect();
    for table in &source.tables {
        let (found, wanted) = match source.kind {
            SourceKind::Fhir => fhir(table, &files),
            SourceKind::Dataverse => (files.iter().any(|name| ends(name, &[".json"])), "`*.json`".to_owned()),
            SourceKind::Csv => plain(table, &path, &files, &[".csv", ".csv.gz"]),
            SourceKind::Parquet => plain(table, &path, &files, &[".parquet"]),
        };
        if found {
            continue;
        }
        let message =
            format!("no file in `{}` is one of the table `{}`: looked for {wanted}", folder.value, table.name.value);
        let near = nearest(&format!("{}.{}", table.name.value, source.kind.word()), files.iter().map(String::as_str));
        let hint = match near.filter(|_| table.file.is_none() && source.kind != SourceKind::Dataverse) {
            Some(file) => format!("did you mean `{file}`? rename it, or the table"),
            None => "put the file there; an empty one is an empty table".to_owned(),
        };
        let at = table.file.as_ref().map_or(table.name.at, |file| file.at);
        diagnostics.push(Diagnostic::new(Code::SourceInput, at, message).hint(hint));
    }
}

/// Whether a name ends so, gzipped or not.
fn ends(name: &str, endings: &[&str]) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    endings.iter().any(|ending| name.ends_with(ending))
}

/// Bulk files named after the view's resource type, and those named after none.
fn fhir(table: &SourceTable, files: &[String]) -> (bool, String) {
    let Some(resource) = table.view.as_ref().and_then(|view| view.value["resource"].as_str()) else {
        return (true, String::new());
    };
    let found = files.iter().filter(|name| ends(name, &[".ndjson", ".json"])).any(|name| {
        let word = name.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        word == resource || !RESOURCES.contains(&word)
    });
    (found, format!("`{resource}*.ndjson`, `{resource}*.json` and `.gz` of them"))
}

fn plain(table: &SourceTable, folder: &Path, files: &[String], endings: &[&str]) -> (bool, String) {
    match &table.file {
        Some(pattern) => (any_matches(folder, pattern), format!("`{}`", pattern.value)),
        None => {
            let names: Vec<String> = endings.iter().map(|ending| format!("{}{ending}", table.name.value)).collect();
            (names.iter().any(|name| files.contains(name)), super::form::listed(&names))
        }
    }
}

/// Whether a file under the folder matches a pattern, folder by folder.
fn any_matches(folder: &Path, pattern: &str) -> bool {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    match pattern.split_once('/') {
        None => entries(folder).iter().any(|(name, is_folder)| !is_folder && matches(pattern, name)),
        Some(("..", rest)) => any_matches(&folder.join(".."), rest),
        Some((first, rest)) => entries(folder)
            .iter()
            .any(|(name, is_folder)| *is_folder && matches(first, name) && any_matches(&folder.join(name), rest)),
    }
}

/// Whether a name matches a pattern in which `*` stands for any letters and `?` for one.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // The place to come back to: after the last star, and the letter it has swallowed up to.
    let (mut p, mut n, mut back) = (0, 0, None);
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            back = Some((p + 1, n));
            p += 1;
        } else if pattern.get(p).is_some_and(|c| *c == '?' || *c == name[n]) {
            (p, n) = (p + 1, n + 1);
        } else if let Some((after, swallowed)) = back {
            back = Some((after, swallowed + 1));
            (p, n) = (after, swallowed + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The resource types of FHIR R4.
const RESOURCES: &[&str] = &[
    "Account",
    "ActivityDefinition",
    "AdverseEvent",
    "AllergyIntolerance",
    "Appointment",
    "AppointmentResponse",
    "AuditEvent",
    "Basic",
    "BiologicallyDerivedProduct",
    "BodyStructure",
    "CapabilityStatement",
    "CarePlan",
    "CareTeam",
    "CatalogEntry",
    "ChargeItem",
    "ChargeItemDefinition",
    "Claim",
    "ClaimResponse",
    "ClinicalImpression",
    "CodeSystem",
    "Communication",
    "CommunicationRequest",
    "CompartmentDefinition",
    "Composition",
    "ConceptMap",
    "Condition",
    "Consent",
    "Contract",
    "Coverage",
    "CoverageEligibilityRequest",
    "CoverageEligibilityResponse",
    "DetectedIssue",
    "Device",
    "DeviceDefinition",
    "DeviceMetric",
    "DeviceRequest",
    "DeviceUseStatement",
    "DiagnosticReport",
    "DocumentManifest",
    "DocumentReference",
    "EffectEvidenceSynthesis",
    "Encounter",
    "Endpoint",
    "EnrollmentRequest",
    "EnrollmentResponse",
    "EpisodeOfCare",
    "EventDefinition",
    "Evidence",
    "EvidenceVariable",
    "ExampleScenario",
    "ExplanationOfBenefit",
    "FamilyMemberHistory",
    "Flag",
    "Goal",
    "GraphDefinition",
    "Group",
    "GuidanceResponse",
    "HealthcareService",
    "ImagingStudy",
    "Immunization",
    "ImmunizationEvaluation",
    "ImmunizationRecommendation",
    "ImplementationGuide",
    "InsurancePlan",
    "Invoice",
    "Library",
    "Linkage",
    "List",
    "Location",
    "Measure",
    "MeasureReport",
    "Media",
    "Medication",
    "MedicationAdministration",
    "MedicationDispense",
    "MedicationKnowledge",
    "MedicationRequest",
    "MedicationStatement",
    "MedicinalProduct",
    "MedicinalProductAuthorization",
    "MedicinalProductContraindication",
    "MedicinalProductIndication",
    "MedicinalProductIngredient",
    "MedicinalProductInteraction",
    "MedicinalProductManufactured",
    "MedicinalProductPackaged",
    "MedicinalProductPharmaceutical",
    "MedicinalProductUndesirableEffect",
    "MessageDefinition",
    "MessageHeader",
    "MolecularSequence",
    "NamingSystem",
    "NutritionOrder",
    "Observation",
    "ObservationDefinition",
    "OperationDefinition",
    "OperationOutcome",
    "Organization",
    "OrganizationAffiliation",
    "Parameters",
    "Patient",
    "PaymentNotice",
    "PaymentReconciliation",
    "Person",
    "PlanDefinition",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
    "Questionnaire",
    "QuestionnaireResponse",
    "RelatedPerson",
    "RequestGroup",
    "ResearchDefinition",
    "ResearchElementDefinition",
    "ResearchStudy",
    "ResearchSubject",
    "RiskAssessment",
    "RiskEvidenceSynthesis",
    "Schedule",
    "SearchParameter",
    "ServiceRequest",
    "Slot",
    "Specimen",
    "SpecimenDefinition",
    "StructureDefinition",
    "StructureMap",
    "Subscription",
    "Substance",
    "SubstanceNucleicAcid",
    "SubstancePolymer",
    "SubstanceProtein",
    "SubstanceReferenceInformation",
    "SubstanceSourceMaterial",
    "SubstanceSpecification",
    "SupplyDelivery",
    "SupplyRequest",
    "Task",
    "TerminologyCapabilities",
    "TestReport",
    "TestScript",
    "ValueSet",
    "VerificationResult",
    "VisionPrescription",
];
