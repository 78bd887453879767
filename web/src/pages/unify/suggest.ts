/*
 * suggest: what a column may mean, by its name; for tables the server has not spoken of yet.
 *
 * Not here: what is known to mean something; that list comes with the server's answer.
 */

const WORDS: [string, string[]][] = [
  ["Person.FirstName", ["firstname", "givenname", "given", "forename", "fname"]],
  ["Person.MiddleName", ["middlename"]],
  ["Person.LastName", ["lastname", "familyname", "family", "surname", "lname"]],
  ["Person.FullName", ["fullname", "name", "displayname", "customername"]],
  ["Person.BirthDate", ["birthdate", "dateofbirth", "dob", "birthday"]],
  ["Person.Gender", ["gender", "sex", "gendercode"]],
  ["Identity.Service.Email", ["email", "emailaddress", "mail"]],
  ["Identity.Service.Phone", ["phone", "phonenumber", "telephone", "mobile", "mobilephone", "cell"]],
  ["Identity.GovernmentID", ["ssn", "nationalid", "passport", "passportnumber"]],
  ["Location.Address", ["address", "fulladdress"]],
  ["Location.Address.Street", ["street", "streetaddress", "addressline", "line"]],
  ["Location.City", ["city", "town", "suburb"]],
  ["Location.State", ["state", "stateorprovince"]],
  ["Location.Country", ["country", "countrycode", "countryname"]],
  ["Location.PostalCode", ["postalcode", "postcode", "zip", "zipcode"]],
  ["Organization.Name", ["company", "companyname", "organization", "organisation"]],
  ["Language", ["language", "preferredlanguage"]],
  ["Measurement.Date.Creation", ["createdon", "createdat", "created"]],
  ["Measurement.Date.Modify", ["modifiedon", "modifiedat", "updatedat", "lastupdated", "lastmodified"]],
];

const fold = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "").replace(/[0-9]+$/, "");

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const EMAIL = /^[^@\s]+@[^@\s]+\.[^@\s]+$/;

/** A meaning that fits a column; null when none does. Values suggest something only when all of them have the form. */
export function suggest(name: string, type: string, isKey: boolean, values: unknown[] = []): string | null {
  if (isKey) return "ID";
  const words = [fold(name), fold(name.split(".").pop() ?? name)];
  const byName = WORDS.find(([, known]) => words.some((word) => known.includes(word)))?.[0];
  const isText = ["text", "guid", "any"].includes(type);
  if (byName && (isText || (/^date/.test(type) && /Date/.test(byName)))) return byName;
  if (type === "date-time") return "Calendar.Date";
  if (type === "guid") return "ID";
  const texts = values.filter((value): value is string => typeof value === "string" && value !== "");
  if (!isText || texts.length < 3) return null;
  if (texts.every((text) => EMAIL.test(text))) return "Identity.Service.Email";
  return texts.every((text) => GUID.test(text)) ? "ID" : null;
}

/** Types to choose from before the server has said which it knows. */
export const TYPES = ["ID", ...WORDS.map(([type]) => type), "Calendar.Date"];
