//! Conformance: the official cases of SQL on FHIR (filled in below).
