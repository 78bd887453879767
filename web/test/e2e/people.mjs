// People: a project of made-up records of two shops, some of one person, for tests of matching; the same records every time.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Numbers from 0 to 1, the same every time (linear congruence). */
function numbers(seed) {
  let at = seed;
  return () => (at = (at * 1664525 + 1013904223) % 4294967296) / 4294967296;
}

const SYLLABLES = "ba ce di fo gu ha jo ka le mi no pa qui ro sa te vi wa xo zu".split(" ");
const ENDS = ["ra", "los", "nen", "ski", "ton", "veira", "man", "do", "sen", "lli"];
const GIVEN = "Ana Pedro Lucia Carlos Elena Marco Sofia David Laura Peter Jane Hector Robin Susan Thomas Nina Oskar Greta Paul Irene Felix Clara Hugo Emma Ivan Vera Bruno Alma Otto Rita Simon Tessa Viktor Wanda Xavier Yara Boris Celia Dario Edith".split(" ");
const WORDS = "kite maple river stone cloud ember frost grove heron inlet juniper lark meadow north opal pine quartz reed".split(" ");
const TOWNS = "Aldea Brago Corva Dunes Estela Farol Gando Horta Ilhas Junco".split(" ");

/** Records of two tables: `[shop, crm]` as CSV. */
export function records({ people = 500, seed = 11 } = {}) {
  const next = numbers(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const word = (text) => text.charAt(0).toUpperCase() + text.slice(1);
  const slip = (text) => {
    const at = 1 + Math.floor(next() * (text.length - 2));
    return next() < 0.5 ? text.slice(0, at) + text.slice(at + 1) : text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
  };
  const shop = ["id,first,last,birth,email,phone,town"];
  const crm = ["cid,firstname,lastname,birthdate,mail,tel,city"];
  for (let at = 0; at < people; at++) {
    const given = pick(GIVEN);
    const family = word(pick(SYLLABLES) + pick(SYLLABLES) + pick(ENDS));
    const birth = new Date(Date.UTC(1940 + Math.floor(next() * 65), Math.floor(next() * 12), 1 + Math.floor(next() * 28))).toISOString().slice(0, 10);
    const email = `${pick(WORDS)}.${pick(WORDS)}${Math.floor(next() * 9000)}@example.org`;
    const phone = `2${Math.floor(10_000_000 + next() * 89_999_999)}`;
    const town = pick(TOWNS);
    shop.push([`S${1000 + at}`, given, family, birth, next() < 0.8 ? email : "", next() < 0.7 ? phone : "", town].join(","));
    if (next() < 0.15) shop.push([`S${5000 + at}`, next() < 0.5 ? slip(given) : given, family, birth, next() < 0.5 ? email : "", phone, town].join(","));
    if (next() < 0.6) {
      const turned = `${birth.slice(0, 5)}${birth.slice(8)}-${birth.slice(5, 7)}`;
      const first = next() < 0.3 ? slip(given) : given;
      const last = next() < 0.3 ? slip(family) : family;
      crm.push([`C${1000 + at}`, first, last, next() < 0.15 && birth.slice(8) <= "12" ? turned : birth, next() < 0.6 ? email : "", next() < 0.6 ? phone : "", next() < 0.8 ? town : pick(TOWNS)].join(","));
    }
  }
  return [shop, crm].map((lines) => `${lines.join("\n")}\n`);
}

/** A project of these records that matches by a model alone. */
export async function peopleProject(at, options) {
  const [shop, crm] = records(options);
  const files = {
    "data/shop/people.csv": shop,
    "data/crm/contact.csv": crm,
    "onefold.yaml": "name: people\ntitle: People of two shops\ntime_zone: Europe/Lisbon\nlake: ./lake\n",
    "sources/Shop.yaml": "kind: csv\nfrom: {folder: ./data/shop}\ntables:\n  people: {key: id}\n",
    "sources/Crm.yaml": "kind: csv\nfrom: {folder: ./data/crm}\ntables:\n  contact: {key: cid}\n",
    "unify.yaml": `tables:
  - table: Shop_people
    include_all: true
    columns: {first: Person.FirstName, last: Person.LastName, birth: Person.BirthDate, email: Identity.Service.Email, phone: Identity.Service.Phone, town: Location.City}
  - table: Crm_contact
    include_all: true
    columns: {firstname: Person.FirstName, lastname: Person.LastName, birthdate: Person.BirthDate, mail: Identity.Service.Email, tel: Identity.Service.Phone, city: Location.City}
match:
  model: fellegi_sunter
`,
  };
  for (const [name, text] of Object.entries(files)) {
    const path = join(at, name);
    await mkdir(join(path, ".."), { recursive: true });
    await writeFile(path, text);
  }
}
