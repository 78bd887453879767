//! Model: what is compared, how near counts as how much, and what is compared at all. Data only.
//!
//! Invariants
//! - What is `None` or empty is chosen (`settle`) or learned (`train`); what is stated is kept as it is.
//! - Weights are base 2 logarithms of likelihood ratios: bits of evidence. Probabilities are 0 to 1.
//!
//! Not here: how files spell it (`onefold_model::define`).
//! To add a test: a variant of [`Test`], an arm in `compare`, a word in `onefold_model`.

/// The most comparisons of a model: levels of a pair are packed into 64 bits, four bits each.
pub const MOST_COMPARISONS: usize = 16;
/// The most levels of a comparison, `else` included: 0 is kept for a missing value.
pub const MOST_LEVELS: usize = 15;

/// What is known of the same thing in all tables: a column, or several of one meaning.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name, unique in the model.
    pub name: String,
    /// What its values are; decides what they are parsed into.
    pub kind: FieldKind,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FieldKind {
    /// To be found out from the values.
    #[default]
    Unknown,
    /// Given name, or several.
    GivenName,
    /// Middle name or initial.
    MiddleName,
    /// Family name.
    FamilyName,
    /// Whole name in any order.
    FullName,
    /// Jr, Sr, III.
    NameSuffix,
    /// Date of birth; other dates are no evidence of identity.
    BirthDate,
    /// Few different values: sex, title, language.
    Category,
    /// E-mail address.
    Email,
    /// Telephone number.
    Phone,
    /// A number or code given to one person: government id, card, member number.
    Identifier,
    /// Whole address, or the street with the house number.
    Address,
    /// Street without house number, or a further line of an address.
    Street,
    /// House or flat number.
    HouseNumber,
    /// Town, suburb.
    City,
    /// State, province, county, country.
    Region,
    /// Postal code.
    PostalCode,
    /// What is before the `@` of an e-mail address.
    EmailUser,
    /// The letters that a British postcode begins with: `SW` of `SW1A 1AA`.
    PostalArea,
    /// Its first half: `SW1A`.
    PostalDistrict,
    /// Its first half and a digit more: `SW1A 1`.
    PostalSector,
    /// `latitude,longitude` in degrees.
    Point,
    /// A quantity.
    Number,
    /// Name of an organisation.
    Organization,
    /// Anything else.
    Text,
    /// Not compared: free text, links, dates of change, nearly constant values, keys of one table.
    Ignored,
}

/// Several fields looked at together, and the levels of nearness that are told apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Its name, unique in the model.
    pub name: String,
    /// Places in [`Model::fields`]; the first is the main one.
    pub fields: Vec<usize>,
    /// Which of them must be missing for it to say nothing.
    pub missing: Missing,
    /// From nearest to farthest; the first whose test holds counts. The last is [`Test::Else`].
    pub levels: Vec<Level>,
    /// How many of kin share it; learned when `None`, of what is not known by its kind.
    pub shared: Option<Shared>,
}

/// Of which fields of a comparison one value or both must be missing for it to say nothing. Else levels that look at them do not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// Of the first.
    #[default]
    First,
    /// Of any.
    Any,
    /// Of all.
    All,
}

/// Of kin of a sort, how many share something as the records of one person do; the others agree by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shared {
    /// Of those who share neither given name nor birth date.
    pub relatives: f64,
    /// Of those who share the birth date.
    pub twins: f64,
    /// Of those who share the given name.
    pub namesakes: f64,
}

impl Shared {
    /// The same of all sorts.
    pub fn all(share: f64) -> Self {
        Self { relatives: share, twins: share, namesakes: share }
    }
}

/// A level of nearness.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// What must hold.
    pub test: Test,
    /// How often it holds for records of one person; learned when `None`.
    pub m: Option<f64>,
    /// How often it holds for records of two people; learned when `None`.
    pub u: Option<f64>,
    /// How much the frequency of the agreed value counts, 0 (not) to 1 (wholly).
    pub term_frequency: f64,
}

impl Level {
    /// The place, among the fields of its comparison, of the field whose value it agrees on.
    pub fn agrees_on(&self) -> usize {
        match &self.test {
            Test::Of(place, _) => *place,
            _ => 0,
        }
    }
    /// Whether it is equality of that field.
    pub fn is_equality(&self) -> bool {
        match &self.test {
            Test::Of(_, test) => **test == Test::Exact,
            test => *test == Test::Exact,
        }
    }
}

/// What must hold of two values. Texts are compared after normalising by the field's kind; lengths are in characters.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Equal.
    Exact,
    /// At most so many insertions, deletions and substitutions.
    Levenshtein(u32),
    /// The same with transpositions of neighbours (optimal string alignment). Of e-mail addresses, beyond one edit: with
    /// digits that differ by one edit at most.
    Damerau(u32),
    /// `1 - levenshtein / length of the longer` at least this (2.3 of the reference).
    Similarity(f64),
    /// Jaro-Winkler similarity (prefix weight 0.1, at most 4 letters) at least this. Of e-mail addresses: with equal digits.
    JaroWinkler(f64),
    /// Jaccard similarity of character bigrams at least this.
    Jaccard(f64),
    /// Share of the words of the one with fewer words that are found (equal, an initial, or Jaro-Winkler 0.9) in the
    /// other, at least this; words in any order.
    Tokens(f64),
    /// Sound the same (Double Metaphone, primary or alternate).
    Phonetic,
    /// Forms of one name: `Bill`, `William`.
    Nickname,
    /// One is the initial, or the beginning (three letters or more), of the other.
    Initial,
    /// The values of the comparison's first two fields stand crosswise; one of the two
    /// pairs may have a slip of one letter, or a value missing.
    Swapped,
    /// The values of the comparison's fields with these places stand crosswise, both of them equal.
    Crosswise(usize, usize),
    /// Dates: day and month stand crosswise.
    DayMonthSwapped,
    /// Dates: one digit differs, or two neighbouring ones stand crosswise.
    DigitSlip,
    /// Dates: two of year, month and day are equal.
    TwoPartsEqual,
    /// Dates: at most so many days apart.
    WithinDays(u32),
    /// Dates: years at most so many apart.
    WithinYears(u32),
    /// Numbers: at most so far apart.
    Within(f64),
    /// Numbers: at most so far apart as a share of the larger.
    WithinShare(f64),
    /// Points: at most so many kilometres apart (great circle).
    WithinKilometres(f64),
    /// E-mail: equal before the `@`.
    EmailUser,
    /// E-mail: equal after the `@`.
    EmailDomain,
    /// The last so many characters are equal, as of phones without their country's code.
    Suffix(u32),
    /// The first so many characters are equal, as of postal codes.
    Prefix(u32),
    /// Numbers of a text (house number, box) are equal, and a word besides.
    NumbersEqual,
    /// Several values: so many are equal.
    Shared(u32),
    /// One of the two values at least is held by so many records at most, or shorter than three letters: likely a slip or
    /// cut off, where two well-known values that differ are likely two people's.
    Rare(u32),
    /// The test, of the comparison's field with this place (0 the first) instead of the first.
    Of(usize, Box<Test>),
    /// All hold.
    All(Vec<Test>),
    /// One holds.
    Any(Vec<Test>),
    /// What no level before it holds.
    Else,
}

/// Records with equal keys of one rule are compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BlockingRule {
    /// All must be there and equal.
    pub parts: Vec<KeyPart>,
}

/// A part of a blocking key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct KeyPart {
    /// Place in [`Model::fields`].
    pub field: usize,
    /// What of its value.
    pub form: KeyForm,
}

/// What of a value goes into a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyForm {
    /// All of it.
    Exact,
    /// Its first so many characters.
    Prefix(u32),
    /// Its last so many characters.
    Suffix(u32),
    /// Its sound (Double Metaphone, primary).
    Phonetic,
    /// The first form of the name: `William` for `Bill`.
    Nickname,
    /// Its words in order of the alphabet.
    SortedWords,
    /// Its first word in order of the alphabet; of a whole name.
    FirstWord,
    /// Its last word in order of the alphabet.
    LastWord,
    /// Of a date: the year.
    Year,
    /// Of a date: year and month.
    YearMonth,
    /// Of a date: month and day.
    MonthDay,
    /// Of a date: year and day, the month left out.
    YearDay,
    /// Of an e-mail: what is before the `@`.
    EmailUser,
    /// All of it, whichever of the rule's parts of this form holds it: two names that stand crosswise have one key.
    Crosswise,
}

/// Pairs of people who are not one person and yet share much: they explain agreement that chance does not.
///
/// A pair of records is of one person, of strangers, or of kin. For kin, what belongs to a household (family name,
/// address, phone) agrees as often as within one person; what belongs to a person agrees by chance; which of given
/// name and birth date are shared tells the three sorts apart. Weights of a pair are taken against all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Kin {
    /// Pairs that share neither given name nor birth date, as a share of all pairs of the population.
    pub relatives: f64,
    /// Pairs that share the birth date: twins.
    pub twins: f64,
    /// Pairs that share the given name: junior and senior.
    pub namesakes: f64,
    /// Pairs that share birth date, address and numbers, though the names are two people's: a wrong or a borrowed number.
    pub mixed: f64,
    /// Pairs of strangers in one place: town, region and postal code then agree together, and count once.
    pub neighbours: f64,
    /// Pairs of strangers who share given and family name because people of one origin do, beyond what chance of the one and
    /// of the other gives.
    pub homonyms: f64,
    /// People whose whole address has changed between two records, as a share of the pairs of one person: town, street
    /// and postal code then differ together, and count once.
    pub movers: f64,
}

/// How often records of two tables, or of one with itself, are of one person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TablePrior {
    /// The places of the tables, the lower first.
    pub tables: (u32, u32),
    /// Probability that a record of the one and a record of the other, taken at random, are of one person.
    pub prior: f64,
}

/// Which links between tables may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Linking {
    /// All that the evidence carries.
    #[default]
    All,
    /// For each record of a table that holds each person once the best link alone.
    Best,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// What is known of records.
    pub fields: Vec<Field>,
    /// What is compared; chosen when empty. At most [`MOST_COMPARISONS`].
    pub comparisons: Vec<Comparison>,
    /// Which pairs are compared; chosen when empty.
    pub blocking: Vec<BlockingRule>,
    /// Probability that two records taken at random are of one person.
    pub prior: Option<f64>,
    /// The same for pairs of tables where it is another; learned with it.
    pub priors: Vec<TablePrior>,
    /// People who share much without being one; learned when `None`, off when all are 0.
    pub kin: Option<Kin>,
    /// Probability from which a pair is a link.
    pub threshold: Option<f64>,
    /// Probability from which a pair that is no link is for people to look at.
    pub review: Option<f64>,
    /// Which links may stand.
    pub linking: Linking,
    /// By table: whether it holds every person once at most; two of its records then never share a cluster.
    pub unique: Vec<bool>,
    /// The most pairs that blocking may give, as a multiple of the number of records; default 60.
    pub budget: Option<f64>,
}

/// The levels of a pair, four bits a comparison from the lowest on: 0 missing, 1 the first level, and so on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pattern(pub u64);

impl Pattern {
    /// The level of a comparison: `None` when a value is missing, 0 the nearest.
    pub fn level(self, comparison: usize) -> Option<usize> {
        (((self.0 >> (4 * comparison)) & 15) as usize).checked_sub(1)
    }
    /// With the level of one more comparison, not set before.
    #[must_use]
    pub fn with(self, comparison: usize, level: Option<usize>) -> Self {
        Self(self.0 | (level.map_or(0, |level| level as u64 + 1) << (4 * comparison)))
    }
}

/// The records of one table, as they are given.
#[derive(Clone, Debug, Default)]
pub struct TableRecords {
    /// Keys, each once.
    pub key: crate::frame::TextColumn,
    /// For each of [`Model::fields`] the columns of this table that hold it: none, one, or several.
    pub fields: Vec<Vec<crate::frame::TextColumn>>,
}

/// What is certain before anything is compared. Records are known by table and key.
#[derive(Clone, Debug, Default)]
pub struct Certain {
    /// Records that are one person, by rules, sources or people, and why.
    pub same: Vec<(Record, Record, String)>,
    /// Records that never are.
    pub apart: Vec<(Record, Record, String)>,
}

/// A record: the place of its table, and its key.
pub type Record = (u32, String);
