/*
 * fhir: paths people often want of a FHIR resource, offered when a column is added to a view.
 *
 * Not here: which paths are possible; the server says so.
 */

export interface FhirColumn {
  name: string;
  path: string;
  type: string;
}

/** The types a column of a view can be given. */
export const FHIR_TYPES = ["string", "date", "dateTime", "instant", "integer", "decimal", "boolean"];

const EVERY: FhirColumn[] = [
  { name: "id", path: "getResourceKey()", type: "" },
  { name: "meta.lastUpdated", path: "meta.lastUpdated", type: "instant" },
];

const PERSON: FhirColumn[] = [
  { name: "birthDate", path: "birthDate", type: "date" },
  { name: "gender", path: "gender", type: "" },
  { name: "lastname", path: "name.where(use = 'official').family.first()", type: "" },
  { name: "firstname", path: "name.where(use = 'official').given.first()", type: "" },
  { name: "email", path: "telecom.where(system = 'email').value.first()", type: "" },
  { name: "phone", path: "telecom.where(system = 'phone').value.first()", type: "" },
  { name: "address.line", path: "address.line.first()", type: "" },
  { name: "city", path: "address.city.first()", type: "" },
  { name: "state", path: "address.state.first()", type: "" },
  { name: "postalCode", path: "address.postalCode.first()", type: "" },
  { name: "country", path: "address.country.first()", type: "" },
];

const OF: Record<string, FhirColumn[]> = {
  Patient: [...PERSON,
    { name: "active", path: "active", type: "boolean" },
    { name: "maritalStatus", path: "maritalStatus.coding.display.first()", type: "" },
    { name: "language", path: "communication.language.coding.code.first()", type: "" }],
  Practitioner: PERSON,
  RelatedPerson: PERSON,
  Appointment: [
    { name: "status", path: "status", type: "" },
    { name: "serviceType.coding.code", path: "serviceType.coding.code.first()", type: "" },
    { name: "serviceType.coding.display", path: "serviceType.coding.display.first()", type: "" },
    { name: "appointmentType.coding.code", path: "appointmentType.coding.code.first()", type: "" },
    { name: "appointmentType.coding.display", path: "appointmentType.coding.display.first()", type: "" },
    { name: "start", path: "start", type: "instant" },
    { name: "end", path: "end", type: "instant" },
    { name: "created", path: "created", type: "dateTime" },
    { name: "patient.id", path: "participant.actor.getReferenceKey(Patient).first()", type: "" },
    { name: "patient.name", path: "participant.actor.where(reference.startsWith('Patient/')).display.first()", type: "" },
    { name: "practitioner.id", path: "participant.actor.getReferenceKey(Practitioner).first()", type: "" }],
  Encounter: [
    { name: "status", path: "status", type: "" },
    { name: "class", path: "class.code", type: "" },
    { name: "type", path: "type.coding.display.first()", type: "" },
    { name: "start", path: "period.start", type: "dateTime" },
    { name: "end", path: "period.end", type: "dateTime" },
    { name: "patient.id", path: "subject.getReferenceKey(Patient)", type: "" }],
};

const SUBJECT: FhirColumn[] = [
  { name: "status", path: "status", type: "" },
  { name: "code", path: "code.coding.code.first()", type: "" },
  { name: "display", path: "code.coding.display.first()", type: "" },
  { name: "patient.id", path: "subject.getReferenceKey(Patient)", type: "" },
];

/** Columns worth offering for a resource. */
export const commonColumns = (resource: string): FhirColumn[] => [...EVERY, ...(OF[resource] ?? SUBJECT)];
