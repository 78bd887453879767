// Types: the answers and questions of the HTTP API. Same names and fields as crates/api.

/** Any JSON. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

/** What somebody may do; each may what those before may. */
export type Role = "viewer" | "contributor" | "administrator" | "owner";

/** A person with an account. */
export interface AccountView {
  /** The name to sign in with. */
  name: string;
  /** The person's name. */
  title: string;
  /** What they may do. */
  role: Role;
  /** Whether they have a password here. */
  local: boolean;
  /** Whether they may not come in. */
  disabled: boolean;
  /** When it was made. */
  created: string;
  /** When they last signed in. */
  last_seen: string | null;
}

/** A token of a program. */
export interface TokenView {
  /** Its id. */
  id: string;
  /** What it is for. */
  title: string;
  /** What it may do. */
  role: Role;
  /** Who made it. */
  account: string;
  /** When. */
  created: string;
  /** Until when. */
  expires: string | null;
  /** When it was last used. */
  last_used: string | null;
}

/** An entry of the audit, before it is chained. */
export interface AuditAsk {
  /** Who: an account, `token:<id>`, `schedule` or `-`. */
  actor: string;
  /** What: `GET /api/projects/{project}/customers/{id}`. */
  act: string;
  /** On what: the path as asked. */
  object: string;
  /** In which project. */
  project: string | null;
  /** CustomerIds of those whose data was shown. */
  people: string[];
  /** `ok`, `refused` or `failed`, and the status. */
  outcome: string;
  /** The id of the request. */
  request: string;
  /** Where it came from. */
  address: string;
  /** What was asked for, when it matters. */
  detail: string | null;
}

/** An entry of the audit. */
export interface AuditEntry {
  /** Its number, without holes. */
  seq: number;
  /** When. */
  at: string;
  /** What it says. */
  entry: AuditAsk;
  /** SHA-256 over the hash before and this entry, in hex. */
  hash: string;
}

/** Which entries are asked for; newest first. */
export interface AuditQuery {
  /** Only entries with smaller numbers. */
  before?: number | null;
  /** How many; at most 500, 100 when 0. */
  limit?: number;
  /** Of one actor. */
  actor?: string | null;
  /** Acts that contain this. */
  act?: string | null;
  /** That show one CustomerId. */
  person?: string | null;
  /** Outcomes that begin with this. */
  outcome?: string | null;
}

/** Whether the chain holds. */
export interface AuditCheck {
  /** Whether every entry fits the one before. */
  ok: boolean;
  /** Number of entries. */
  entries: number;
  /** The hash of the last. */
  head: string;
  /** The first entry that does not fit. */
  broken_at: number | null;
  /** The same in words. */
  message: string;
}

/** What profiles are looked for. */
export interface SearchAsk {
  /** Words in names, e-mails, ids; all when empty. A word finds what begins with it. */
  text?: string;
  /** All must hold. */
  filters?: SearchFilter[];
  /** Columns to count values of: `city`, `Customer_Measure.pct_no_show`, `Segment`. */
  facets?: string[];
  /** A column; by nearness when there is a text, else by profile_no. */
  sort?: string | null;
  /** Whether the largest come first. */
  descending?: boolean;
  /** How many to pass over; at most 10,000. */
  offset?: number;
  /** How many to answer; at most 100, 25 when 0. */
  limit?: number;
}

/** A filter of a search: values, or a range. */
export interface SearchFilter {
  /** The column of Customer or `Customer_Measure.<name>`, or `Segment`. */
  column: string;
  /** Any of these; null stands for no value. */
  values?: Value[];
  /** At least this. */
  from?: Value | null;
  /** At most this. */
  to?: Value | null;
  /** Less than this: the end of a range that was counted. */
  below?: Value | null;
}

/** Profiles found. */
export interface SearchView {
  /** How many there are. */
  total: number;
  /** The run they are of. */
  run: string;
  /** The columns that can be searched, filtered, counted or sorted by. */
  columns: AttributeView[];
  /** Some of them, in order. */
  hits: CustomerHit[];
  /** The values counted over all found. */
  facets: FacetView[];
  /** How long it took. */
  seconds: number;
  /** The same filters as a segment's condition, when they can be one. */
  condition: string | null;
}

/** A profile in a list. */
export interface CustomerHit {
  /** Its id. */
  customer_id: string;
  /** Its number. */
  profile_no: number;
  /** Its name, else its first id. */
  title: string;
  /** What a card shows first. */
  fields: FieldView[];
}

/** The values of a column, counted. */
export interface FacetView {
  /** The column. */
  column: string;
  /** The commonest values, or ranges of numbers and dates, at most 50. */
  buckets: BucketView[];
  /** Profiles with values beyond these. */
  others: number;
  /** Profiles without a value. */
  missing: number;
}

/** A value or range and how many there are. */
export interface BucketView {
  /** The value, or the lower end of the range. */
  value: Value;
  /** The upper end of a range, not part of it. */
  to: Value | null;
  /** How many. */
  count: number;
}

/** A value with its column. */
export interface FieldView {
  /** The column. */
  column: string;
  /** The column in words. */
  title: string;
  /** Its type. */
  type: string;
  /** What it means: `Person.FirstName`. */
  semantic: string | null;
  /** The value. */
  value: Value;
  /** The table it came from. */
  source: string | null;
  /** Who laid it over what sources say, where somebody did. */
  patched?: PatchedView | null;
}

/** A profile, whole: the customer card. */
export interface ProfileView {
  /** Its id. */
  customer_id: string;
  /** Its number. */
  profile_no: number;
  /** Ids that were folded into this one. */
  previous: string[];
  /** Its name, else its first id. */
  title: string;
  /** The run it is of. */
  run: string;
  /** The instant of that run. */
  at: string;
  /** Merged columns that have a value, names and addresses first. */
  fields: FieldView[];
  /** Its keys by table. */
  ids: IdView[];
  /** Its customer attributes. */
  measures: MeasureValue[];
  /** The segments it is in. */
  segments: MembershipView[];
  /** Activities counted by type. */
  activities: BucketView[];
  /** When the first was. */
  first_activity: string | null;
  /** When the last up to the run's instant was. */
  last_activity: string | null;
  /** The clusters it is in, households say. */
  clusters: ClusterView[];
  /** What became of it, and of others with it, oldest first; that it began is left out. */
  history: ProfileChangeView[];
}

/** A cluster that a profile is in. */
export interface ClusterView {
  /** What kind of cluster: `Household`. */
  name: string;
  /** Its id. */
  cluster_id: string;
  /** How many profiles are in it. */
  size: number;
  /** The others, by number, at most 100. */
  others: ClusterMember[];
}

/** Another profile of a cluster. */
export interface ClusterMember {
  /** Its id. */
  customer_id: string;
  /** Its number. */
  profile_no: number;
  /** Its name, else its first id. */
  title?: string | null;
}

/** Something that became of a profile. */
export interface ProfileChangeView {
  /** The instant of the run. */
  at: string;
  /** `created`, `merged`, `split`, `retired` or `returned`. */
  change: string;
  /** The profile it happened to. */
  customer_id: string;
  /** The one it went into, or that its records came from. */
  other: string | null;
}

/** A key of a profile. */
export interface IdView {
  /** The table. */
  table: string;
  /** The key. */
  key: string;
  /** Whether it stands for the rows of its table. */
  winner: boolean;
}

/** A customer attribute of a profile. */
export interface MeasureValue {
  /** The measure. */
  name: string;
  /** Its title. */
  title: string;
  /** Its value. */
  value: Value;
}

/** A segment a profile is in. */
export interface MembershipView {
  /** The segment. */
  segment: string;
  /** Its title. */
  title: string;
  /** Since when. */
  since: string | null;
}

/** Which activities of a profile are asked for; newest first. */
export interface TimelineAsk {
  /** Types; all when empty. */
  types?: string[];
  /** Not before this day or instant. */
  from?: string | null;
  /** Before this day or instant. */
  to?: string | null;
  /** Words that all stand in what happened, in its details or in the words of its type, in any case. */
  text?: string | null;
  /** Where the page before ended: its `next`. Pages stay as they are while activities are added above them. */
  cursor?: string | null;
  /** How many to pass over, from the cursor on. */
  offset?: number;
  /** How many to answer; at most 500, 50 when 0. */
  limit?: number;
}

/** Activities of a profile. */
export interface TimelineView {
  /** How many there are. */
  total: number;
  /** All of the profile's, by type. */
  types: BucketView[];
  /** The found ones by month, `2016-06`, newest first. */
  months: BucketView[];
  /** Some of them, newest first; those of one instant by id. */
  items: ActivityView[];
  /** The `cursor` of the next page; none when this is the last. */
  next: string | null;
}

/** An activity. */
export interface ActivityView {
  /** Its ActivityId; empty in a preview. */
  id: string;
  /** Its type. */
  type: string;
  /** The type in words. */
  type_display: string;
  /** The definition it comes from. */
  activity: string;
  /** When. */
  time: string | null;
  /** Until when. */
  end: string | null;
  /** What happened. */
  title: string | null;
  /** More of it. */
  description: string | null;
  /** Where to see it. */
  url: string | null;
  /** The icon of its type. */
  icon: string | null;
  /** The table it is a row of. */
  table: string;
  /** The key of that row. */
  key: string;
  /** Its status where the definition names one. */
  status: string | null;
}

/** A project that is served. */
export interface ProjectEntry {
  /** Its name, as in `onefold.yaml`; unique among those served. */
  name: string;
  /** Its title. */
  title: string;
  /** Its time zone. */
  time_zone: string;
}

/** A project to be made. */
export interface NewProject {
  /** Its name: letters, digits, `-`, `_`. */
  name: string;
  /** Its title. */
  title?: string | null;
  /** Its time zone; UTC when absent. */
  time_zone?: string | null;
  /** Whether it gets generated people and the definitions of the demo. */
  demo?: boolean;
  /** How many people of the demo; 10,000 when 0. */
  people?: number;
  /** A folder beside the others that already holds a project, to be served as it is. */
  folder?: string | null;
}

/** A definition that can be saved as it is. */
export interface SuggestedDefinition {
  /** Its kind. */
  kind: Kind;
  /** A name that is free; it may be changed where nothing else in the suggestion names it. */
  name: string;
  /** The definition as JSON. */
  value: Value;
}

/** What insights can be asked about. */
export interface InsightChoices {
  /** The published run that is looked at. */
  run: string;
  /** Profiles. */
  profiles: number;
  /** Columns of profiles, and measures. */
  fields: InsightField[];
  /** Types of activities. */
  activities: InsightActivity[];
}

/** A field of profiles. */
export interface InsightField {
  /** `Customer.city` */
  field: string;
  /** Its name for people. */
  title: string;
  /** Its type. */
  type: string;
  /** Whether it is a measure. */
  measure: boolean;
}

/** A type of activities. */
export interface InsightActivity {
  /** The type, as activities have it. */
  activity: string;
  /** Columns of its table that hold numbers, for how much. */
  amounts: string[];
}

/** A field that was not looked at. */
export interface LeftOut {
  /** The field. */
  field: string;
  /** Its name for people. */
  title: string;
  /** Why. */
  why: string;
}

/** One field, to make a segment of one of its values. */
export interface QuickAsk {
  /** The field. */
  field: string;
  /** Among the members of a segment only. */
  within?: string | null;
}

/** What a field offers. */
export interface QuickView {
  /** The field. */
  field: string;
  /** Its name for people. */
  title: string;
  /** Its type. */
  type: string;
  /** People looked at. */
  of: number;
  /** People without a value. */
  missing: number;
  /** The ten commonest values; empty for numbers and dates. */
  values: QuickValue[];
  /** Values that shares of people do not exceed; empty for categories. */
  percentiles: QuickPercentile[];
}

/** A value that people have. */
export interface QuickValue {
  /** The value. */
  value: Value;
  /** People who have it. */
  count: number;
  /** The condition that finds them. */
  rule: string;
}

/** A value at a share of people. */
export interface QuickPercentile {
  /** The share of people with a value who do not exceed it, in per cent. */
  percent: number;
  /** The value. */
  value: Value;
  /** People with at least this value. */
  at_least: number;
  /** The condition that finds them. */
  at_least_rule: string;
  /** People with at most this value. */
  at_most: number;
  /** The condition that finds them. */
  at_most_rule: string;
}

/** People by how recent, frequent and much their activities are. */
export interface ActivityAsk {
  /** The type of activities. */
  activity: string;
  /** Days to look back; 365 when 0. */
  days?: number;
  /** A column of the activity's table that is added up, or `Customer_Measure.<measure>`; without it how much is not looked at. */
  amount?: string | null;
  /** Any of `recency`, `frequency`; both when empty. */
  dimensions?: string[];
  /** Among the members of a segment only. */
  within?: string | null;
}

/** People by levels of their activities. */
export interface ActivitySuggestions {
  /** The type of activities. */
  activity: string;
  /** Days looked back. */
  days: number;
  /** People looked at. */
  of: number;
  /** People with such activities in that time. */
  active: number;
  /** What they are held against. */
  dimensions: ActivityDimension[];
  /** Groups that somebody is in: alike in all dimensions first, best first; then the others, largest first. */
  cards: ActivityCard[];
  /** How long it took. */
  seconds: number;
}

/** What people are held against. */
export interface ActivityDimension {
  /** `recency` (days since the last), `frequency` (how many) or `monetary` (how much). */
  dimension: string;
  /** The measure whose values these are: one that is there, or one that is saved with a card. */
  measure: string;
  /** Where low and medium part. */
  low: number;
  /** Where medium and high part. */
  high: number;
}

/** People alike in their activities. */
export interface ActivityCard {
  /** In words. */
  title: string;
  /** The level in each dimension: `high`, `medium`, `low`. A small number of days is a high recency. */
  levels: string[];
  /** The mean in each dimension. */
  averages: number[];
  /** People. */
  members: number;
  /** Their share of the active. */
  share: number;
  /** The condition that finds them, once the measures are there. */
  rule: string;
  /** What to save. */
  saves: SuggestedDefinition[];
}

/** People among whom an outcome differs. */
export interface OutcomeAsk {
  /** The field that is told apart: a number, or at most ten categories. */
  outcome: string;
  /** The category that is asked about; each card tells its own without. */
  category?: Value | null;
  /** The fields that may be why; when empty all that are fit, without those the outcome is made of. */
  fields?: string[];
  /** Among the members of a segment only. */
  within?: string | null;
  /** The most conditions of a card: 1 to 4; 4 when 0. */
  depth?: number;
}

/** People among whom an outcome differs from everybody's. */
export interface OutcomeSuggestions {
  /** The outcome. */
  outcome: string;
  /** Its name for people. */
  title: string;
  /** Whether it is a number, whose mean is told; else the share of a category is. */
  number: boolean;
  /** People looked at. */
  of: number;
  /** Those of whom the outcome is known. */
  known: number;
  /** Groups that differ, the clearest first. */
  cards: OutcomeCard[];
  /** Groups that were tested. */
  tested: number;
  /** Fields that were looked at. */
  fields: string[];
  /** Fields that were not. */
  left_out: LeftOut[];
  /** How long it took. */
  seconds: number;
}

/** A group that differs. */
export interface OutcomeCard {
  /** In words. */
  title: string;
  /** The category that is told of; null for a number. */
  category: Value;
  /** The mean, or the share (0 to 1), among them. */
  value: number;
  /** The same among everybody. */
  overall: number;
  /** People. */
  members: number;
  /** Their share of everybody. */
  share: number;
  /** How likely such a difference is by chance, for as many groups as were tested. */
  p: number;
  /** What they have in common, in words. */
  conditions: string[];
  /** The condition that finds them. */
  rule: string;
  /** What to save. */
  saves: SuggestedDefinition[];
}

/** Two groups of people to be compared. */
export interface DifferencesAsk {
  /** A segment. */
  segment: string;
  /** Another; everybody without. */
  other?: string | null;
  /** The fields; all that are fit when empty. */
  fields?: string[];
}

/** How two groups differ. */
export interface DifferencesView {
  /** The segment. */
  segment: string;
  /** The other; null for everybody. */
  other: string | null;
  /** Members of the segment. */
  members: number;
  /** People of the other group. */
  others: number;
  /** Fields, those that differ most first. */
  fields: FieldDifference[];
  /** Fields that were not looked at. */
  left_out: LeftOut[];
  /** How long it took. */
  seconds: number;
}

/** How a field differs. */
export interface FieldDifference {
  /** The field. */
  field: string;
  /** Its name for people. */
  title: string;
  /** Whether it is a measure. */
  measure: boolean;
  /** The Jensen–Shannon distance, 0 (alike) to 1 (nothing in common). */
  score: number;
  /** The distance that groups of this size have by chance. */
  chance: number;
  /** Whether the field is part of what the segment says. */
  defines: boolean;
  /** How many have which values. */
  bins: DifferenceBin[];
}

/** People by values. */
export interface DifferenceBin {
  /** The values in words. */
  label: string;
  /** Members of the segment. */
  members: number;
  /** People of the other group. */
  others: number;
}

/** Segments to be laid over each other. */
export interface SegmentOverlapAsk {
  /** Two to eight of them. */
  segments: string[];
  /** A field whose values are told apart. */
  field?: string | null;
}

/** Segments laid over each other. */
export interface SegmentOverlapView {
  /** The segments with their members, as they were asked for. */
  segments: OverlapMember[];
  /** People in all of them. */
  common: number;
  /** People in any of them. */
  any: number;
  /** Every combination somebody is in, largest first; each profile counts once. */
  sets: OverlapSet[];
  /** The values of the field, and how many of each set have them, in the order of sets. */
  values: OverlapValue[];
  /** How long it took. */
  seconds: number;
}

/** A segment that is laid over others. */
export interface OverlapMember {
  /** Its name. */
  name: string;
  /** Its title. */
  title: string;
  /** Its members. */
  members: number;
}

/** A value and who has it. */
export interface OverlapValue {
  /** The value in words. */
  label: string;
  /** People of each set. */
  counts: number[];
}

/** People like the members of a segment. */
export interface SimilarAsk {
  /** The segment. */
  segment: string;
  /** Among the members of another segment only. */
  target?: string | null;
  /** The fields that are compared; when empty all that are fit, without those the segment is made of. */
  fields?: string[];
  /** The most people, as a share of those looked among; 0.2 when absent. */
  share?: number | null;
  /** The least score: 0.4 to 1; 0.4 when absent. */
  least?: number | null;
  /** Whether the members of the segment itself are among them. */
  include_source?: boolean;
}

/** People like the members of a segment. */
export interface SimilarView {
  /** The segment. */
  segment: string;
  /** Its members. */
  members: number;
  /** People looked among, without the members. */
  target: number;
  /** People found. */
  found: number;
  /** The least score of those found. */
  threshold: number;
  /** How often a member has a higher score than somebody else, among people it was not learned from: 0.5 is chance. */
  auc: number;
  /** How far parts of the people scatter about that. */
  auc_spread: number;
  /** Members, and others, that were learned from. */
  learned_from: [number, number];
  /** What to think of it, in a sentence. */
  verdict: string;
  /** How many of those looked among have which score. */
  bands: SimilarBand[];
  /** What counts, the most first. */
  fields: SimilarField[];
  /** Fields that were not used. */
  left_out: LeftOut[];
  /** Some of those found, the likest first. */
  people: SimilarPerson[];
  /** The condition that finds them, once the measure is there. */
  rule: string;
  /** What to save: a measure that holds the score, and the segment. */
  saves: SuggestedDefinition[];
  /** How long it took. */
  seconds: number;
}

/** People by score. */
export interface SimilarBand {
  /** In words: `very similar`, `similar`, `somewhat similar`, `not similar`, `never shown`. */
  band: string;
  /** From this score on. */
  from: number;
  /** Below this score. */
  to: number;
  /** People. */
  count: number;
}

/** What a field says. */
export interface SimilarField {
  /** The field. */
  field: string;
  /** Its name for people. */
  title: string;
  /** How far its values move the score: the spread of its points among people. */
  weight: number;
  /** The values that speak most for it, in words. */
  speaks_for: string[];
  /** The values that speak most against it. */
  speaks_against: string[];
}

/** Somebody like the members. */
export interface SimilarPerson {
  /** The id. */
  customer_id: string;
  /** What the profile is called. */
  title: string;
  /** The score, 0 to 1. */
  score: number;
}

/** A project at a glance. */
export interface HomeView {
  /** The project. */
  name: string;
  /** Its title. */
  title: string;
  /** Its time zone. */
  time_zone: string;
  /** Profiles; none before the first run. */
  profiles: number | null;
  /** Unique source records. */
  records: number | null;
  /** Activities. */
  activities: number | null;
  /** Sources that are defined. */
  sources: number;
  /** Segments, largest first, at most 8. */
  segments: SegmentView[];
  /** Business measures first, at most 8. */
  measures: MeasureView[];
  /** The last run. */
  last_run: RunLine | null;
  /** When the schedule runs next. */
  next_run: string | null;
  /** What needs a look, worst first. */
  attention: AttentionView[];
  /** The way from nothing to a sent segment. */
  steps: FirstStep[];
}

/** Something that needs a look. */
export interface AttentionView {
  /** `error`, `warning` or `note`. */
  severity: string;
  /** What it is. */
  message: string;
  /** What to do. */
  hint: string | null;
  /** The definition it is about. */
  object: ObjectRef | null;
  /** The page that helps: `runs`, `tables/Shop_orders_Corrupt`. */
  page: string | null;
}

/** A first step and whether it was taken. */
export interface FirstStep {
  /** `source`, `unify`, `activity`, `measure`, `segment`, `export` or `run`. */
  step: string;
  /** Whether it was taken. */
  done: boolean;
  /** How many there are. */
  count: number;
}

/** A segment in lists. */
export interface SegmentView {
  /** Its name. */
  name: string;
  /** Its title. */
  title: string;
  /** Its description. */
  description: string | null;
  /** Members; none before it ran. */
  members: number | null;
  /** Members of the run before. */
  before: number | null;
  /** Members over the runs that are known, oldest first. */
  trend: PointView[];
  /** `active`, `draft` (never ran), `changed` (saved since the run) or `error`. */
  state: string;
  /** `dynamic` or `static` (refreshed by hand). */
  kind: string;
  /** Whether it is written out as a table. */
  materialize: boolean;
  /** The run it was worked out in. */
  refreshed: string | null;
  /** Whether it is worked out at all. */
  active: boolean;
  /** When it is worked out: `with every run`, `every week on mon`, `by hand`. */
  schedule: string;
  /** The earliest instant at which time alone changes it; none where it never does, or it has a schedule of its own. */
  next_change: string | null;
  /** Words to find it by. */
  tags: string[];
  /** What uses it. */
  used_by: ObjectRef[];
}

/** A number at a time. */
export interface PointView {
  /** When. */
  at: string;
  /** How many. */
  value: number;
}

/** A measure in lists. */
export interface MeasureView {
  /** Its name. */
  name: string;
  /** Its title. */
  title: string;
  /** `customer_attribute`, `customer_measure` or `business_measure`. */
  kind: string;
  /** Its value, as an expression. */
  formula: string;
  /** The value of a business measure without dimensions; else null. */
  value: Value;
  /** The table it is in: `Customer_Measure` or `Measure_<Name>`. */
  table: string | null;
  /** `active`, `draft`, `changed` or `error`. */
  state: string;
  /** The run it was worked out in. */
  refreshed: string | null;
  /** Whether it is worked out at all. */
  active: boolean;
  /** When it is worked out: `with every run`, `every week on mon`, `by hand`. */
  schedule: string;
  /** The earliest instant at which time alone changes it; none where it never does, or it has a schedule of its own. */
  next_change: string | null;
  /** Words to find it by. */
  tags: string[];
  /** The values of a customer attribute; only when one measure is asked for. */
  numbers: NumberStatistics | null;
  /** What uses it. */
  used_by: ObjectRef[];
}

/** A source in lists. */
export interface SourceView {
  /** Its name. */
  name: string;
  /** `fhir`, `dataverse`, `csv` or `parquet`. */
  kind: string;
  /** Where it is: a folder or a URL, without secrets. */
  place: string;
  /** `with_every_run` or `manual`. */
  refresh: string;
  /** Its tables. */
  tables: SourceTable[];
  /** `ready`, `never_read`, `changed` or `error`. */
  state: string;
  /** The run it was last read in. */
  refreshed: string | null;
  /** What uses its tables. */
  used_by: ObjectRef[];
}

/** A table of a source. */
export interface SourceTable {
  /** Its local name. */
  name: string;
  /** Its name in the lake. */
  table: string;
  /** Rows; none before the first run. */
  rows: number | null;
  /** Corrupt rows. */
  corrupt: number | null;
  /** Columns. */
  columns: number;
  /** Transform steps. */
  steps: number;
}

/** A table in lists. */
export interface TableLine {
  /** Its name. */
  name: string;
  /** `source`, `corrupt`, `profiles`, `activities`, `measures`, `segments`, `exports` or `system`. */
  group: string;
  /** `table`, `view` or `internal`. */
  kind: string;
  /** The source it is of. */
  source: string | null;
  /** Rows; none for a view. */
  rows: number | null;
  /** Bytes on disk. */
  bytes: number | null;
  /** Columns. */
  columns: AttributeView[];
  /** The instant of the run that last changed it. */
  written: string | null;
  /** The definition it comes from. */
  by: ObjectRef | null;
}

/** A column with what is known of it. */
export interface AttributeView {
  /** Its name; with its table before a dot where tables are mixed. */
  name: string;
  /** In words. */
  title: string;
  /** Its type. */
  type: string;
  /** What it means. */
  semantic: string | null;
  /** Whether it is the key. */
  key: boolean;
  /** Whether words are looked for in it. */
  searchable: boolean;
  /** Whether its values can be counted. */
  facet: boolean;
}

/** A column in figures. */
export interface ColumnStatistics {
  /** Its name. */
  name: string;
  /** Its type. */
  type: string;
  /** Rows. */
  count: number;
  /** Rows without a value. */
  missing: number;
  /** Different values, about. */
  distinct: number;
  /** The smallest. */
  min: Value;
  /** The largest. */
  max: Value;
  /** When it is a number. */
  numbers: NumberStatistics | null;
  /** The commonest values, or ranges of days and instants in order; at most 20. */
  top: BucketView[];
}

/** Which rows of a table are asked for. */
export interface RowsAsk {
  /** Text that some column contains, without regard to case. */
  search?: string;
  /** A condition over the table's own columns. */
  condition?: string | null;
  /** Columns; all when empty. */
  columns?: string[];
  /** A column. */
  sort?: string | null;
  /** Whether the largest come first. */
  descending?: boolean;
  /** How many to pass over. */
  offset?: number;
  /** How many to answer; at most 1,000, 100 when 0. */
  limit?: number;
  /** Whether internal tables may be read. */
  internal?: boolean;
}

/** Rows of a table. */
export interface RowsView {
  /** Columns. */
  columns: ColumnView[];
  /** Values in the order of columns. */
  rows: Value[][];
  /** How many rows there are in all, when known. */
  total: number | null;
}

/** A table somebody may take attributes from, nearest first. */
export interface ReachableTable {
  /** The table. */
  table: string;
  /** The name expressions use; a suggestion where `tables:` must say it. */
  alias: string;
  /** In words. */
  title: string;
  /** Whether it is there without `tables:`. */
  always: boolean;
  /** Hops to Customer; 0 for Customer. */
  distance: number;
  /** The ways to Customer, shortest first. */
  paths: PathView[];
  /** Its columns. */
  columns: AttributeView[];
}

/** A way from a table to Customer. */
export interface PathView {
  /** As in `path:`; empty for what needs none. */
  relationships: string[];
  /** The tables on it: `AzureAPIforFHIR_Appointment`, `Customer`. */
  tables: string[];
}

/** All tables and how they lead to each other. */
export interface GraphView {
  /** The tables. */
  tables: GraphTable[];
  /** The relationships. */
  edges: GraphEdge[];
}

/** A table of the graph. */
export interface GraphTable {
  /** Its name. */
  name: string;
  /** In words. */
  title: string;
  /** `user` (of a source) or `system`. */
  kind: string;
  /** Its key. */
  key: string | null;
  /** Its columns. */
  columns: AttributeView[];
  /** Its rows. */
  rows: number | null;
  /** Its ways to Customer. */
  paths: PathView[];
}

/** A relationship of the graph. */
export interface GraphEdge {
  /** Its name. */
  name: string;
  /** `user`, `system` or `inherited`. */
  kind: string;
  /** The table that looks up. */
  from_table: string;
  /** Its column. */
  from_column: string;
  /** The table looked up. */
  to_table: string;
  /** Its column. */
  to_column: string;
  /** `many_to_one` or `one_to_one`. */
  cardinality: string;
  /** What is wrong with it, such as a broken cardinality. */
  warning: string | null;
}

/** An export in lists. */
export interface ExportView {
  /** Its name. */
  name: string;
  /** Its connection. */
  connection: string;
  /** The connection's kind. */
  kind: string;
  /** Segments and tables it sends. */
  items: string[];
  /** When it goes out. */
  schedule: string;
  /** `ready`, `never_sent`, `sent`, `stopped` (a segment is not as large as expected, and was not sent), `failed` or `error`. */
  state: string;
  /** The last delivery. */
  last: DeliveryView | null;
}

/** A delivery. */
export interface DeliveryView {
  /** The export. */
  export: string;
  /** When. */
  at: string;
  /** The run whose rows were sent. */
  run: string;
  /** `sent` or `failed`. */
  outcome: string;
  /** What became of each segment or table: offered = sent + without_key + unknown. */
  items: SentView[];
  /** Why it failed. */
  message: string | null;
}

/** A connection in lists. */
export interface ConnectionView {
  /** Its name. */
  name: string;
  /** Its kind. */
  kind: string;
  /** Its folder or URL, without secrets. */
  place: string;
  /** Exports that use it. */
  used_by: ObjectRef[];
  /** Number of errors. */
  errors: number;
}

/** A run in lists. */
export interface RunLine {
  /** Its number. */
  run: string;
  /** `completed`, `completed_with_warnings`, `export_failed`, `failed` or `canceled`. */
  outcome: string;
  /** The instant it stood for. */
  now: string;
  /** When it began. */
  started: string;
  /** How long it took. */
  seconds: number;
  /** Who asked for it, `schedule` or `command line`. */
  by: string;
  /** Steps that ran. */
  steps: number;
  /** Rows written. */
  rows: number;
  /** Warnings. */
  warnings: number;
  /** Why it failed. */
  message: string | null;
  /** Whether readers see this one. */
  current: boolean;
}

/** When runs happen by themselves. */
export interface ScheduleView {
  /** The rule; none when there is no schedule. */
  cron: string | null;
  /** The time zone. */
  time_zone: string;
  /** The next five instants. */
  next: string[];
  /** The last instant a run was due. */
  last: string | null;
  /** Seconds that a run is overdue. */
  late_by: number | null;
  /** Why it cannot be worked out. */
  problem: string | null;
}

/** A file or folder of the project's data. */
export interface FileView {
  /** Relative to the project. */
  path: string;
  /** Whether it is a folder. */
  folder: boolean;
  /** Its size. */
  bytes: number;
  /** When it was last changed. */
  modified: string | null;
}

/** What became of rows that were sent. All of them are on disk: bad ones will be in the table's `_Corrupt` table. */
export interface LiveView {
  /** Rows that were taken. */
  accepted: number;
  /** Rows that were here already, with the same key and the same content: nothing was done about them. */
  repeated: number;
  /** Rows that are bad, and why. */
  rejected: LiveRejected[];
  /** When the rows that were taken are seen. */
  seen: LiveSeen;
}

/** A row that is bad. */
export interface LiveRejected {
  /** Its place among the rows that were sent, from 0. */
  row: number;
  /** Why. */
  reason: string;
}

/** When rows are seen in profiles, measures and segments. */
export type LiveSeen = "soon" | "next_run";

/** Values for columns of a profile, until they run out. */
export interface PatchAsk {
  /** By column of Customer; null for no value. */
  set?: Record<string, Value>;
  /** Columns whose patches go: what sources say holds again. */
  remove?: string[];
  /** Until when the values hold: an instant to come, `2026-11-01T06:00:00Z`. Four hours from now when absent. */
  valid_until?: string | null;
}

/** What became of values for a profile. They are on disk. */
export interface PatchView {
  /** The profile. */
  customer_id: string;
  /** Columns that were set. */
  set: string[];
  /** Columns whose patches were taken away. */
  removed: string[];
  /** Until when what was set holds. */
  valid_until: string | null;
  /** When it is seen. */
  seen: LiveSeen;
}

/** Who laid a value over those of sources. */
export interface PatchedView {
  /** Whoever sent it. */
  by: string;
  /** When. */
  at: string;
  /** Until when it holds. */
  until: string;
}

/** How what came in between runs is doing. */
export interface LiveState {
  /** Whether this server takes rows of the project, or has since it began. */
  open: boolean;
  /** Rows in the log that are in no table yet. */
  in_log: number;
  /** Bytes of the log. */
  log_bytes: number;
  /** Rows that wait for a run. */
  waiting: number;
  /** When the oldest of them came. */
  waiting_since: string | null;
  /** Values that are laid over profiles. */
  patches: number;
  /** When rows were last put into tables. */
  last_commit: string | null;
  /** Rows that are on disk and not seen yet; those that are seen with the next run do not count. */
  unseen: number;
  /** For how long the oldest of them has been, in seconds. */
  lag: number;
  /** What went wrong since the server began. */
  errors: number;
  /** When what asks the time is next worked out anew. */
  clock_next: string | null;
}

/** What is known of the person that is looked for. */
export interface LookupAsk {
  /** Values by semantic type (`Person.FirstName`), by field of the model, or by column; several where there are. */
  values: Record<string, string[]>;
  /** How many candidates to answer; at most 50, 10 when 0. */
  limit?: number;
  /** Whether only those are answered that are certainly the one. */
  only_certain?: boolean;
}

/** Profiles that the person may be. */
export interface LookupView {
  /** The run they are of. */
  run: string;
  /** What the evidence is weighed by. */
  model: LookupModel;
  /** Fields of the model that were looked at. */
  fields: string[];
  /** Names of values that are no semantic type, field or column that is compared. */
  ignored: string[];
  /** The likeliest first. */
  candidates: LookupCandidate[];
  /** Records that were compared. */
  compared: number;
  /** Whether more records share what was given than are compared for one question: say more, to find the others. */
  bounded: boolean;
  /** How long it took. */
  seconds: number;
}

/** What the evidence is weighed by. */
export type LookupModel = "trained" | "settled";

/** A profile that the person may be. */
export interface LookupCandidate {
  /** Its id. */
  customer_id: string;
  /** Its name, else its first id. */
  title: string;
  /** How likely it is the one, 0 to 1, given all others found. */
  probability: number;
  /** Bits of evidence of its nearest record. */
  weight: number;
  /** The same in a word. */
  grade: Grade;
  /** The nearest record: its table. */
  table: string;
  /** And its key. */
  key: string;
  /** What speaks for and against, by comparison. */
  evidence: LookupEvidence[];
  /** Values of the profile, names and addresses first. */
  fields: FieldView[];
}

/** How sure it is that two are one. */
export type Grade = "certainly_not" | "possible" | "probable" | "certain";

/** What a comparison says of the one asked for and a record. */
export interface LookupEvidence {
  /** The comparison. */
  comparison: string;
  /** What was asked for, as it is compared. */
  asked: string;
  /** What the record has. */
  found: string;
  /** The level that holds, from 0, the nearest; none where a value is missing. */
  level: number | null;
  /** Bits for (above 0) or against. */
  bits: number;
}

/** The kinds of definitions. `settings`, `unify` and `relationships` have one file, named like the kind. */
export type Kind = "settings" | "source" | "unify" | "relationships" | "activity" | "measure" | "segment" | "connection" | "export";

/** One definition, named. */
export interface ObjectRef {
  /** Its kind. */
  kind: Kind;
  /** Its name: the stem of its file. */
  name: string;
}

/** A definition in lists, with its place among the others. */
export interface ObjectView {
  /** Its kind. */
  kind: Kind;
  /** Its name. */
  name: string;
  /** Its title, when it has one. */
  title: string | null;
  /** Its description, when it has one. */
  description: string | null;
  /** Its file, relative to the project. */
  file: string;
  /** The hash of the file. */
  etag: string;
  /** Number of errors in it. */
  errors: number;
  /** Number of warnings in it. */
  warnings: number;
  /** Definitions it names. */
  depends_on: ObjectRef[];
  /** Definitions that name it. */
  used_by: ObjectRef[];
}

/** A definition with its text. */
export interface DefinitionView {
  /** Its place. */
  object: ObjectView;
  /** The text of its file; empty when there is none yet. */
  yaml: string;
  /** The same as JSON; null where the text is no YAML. */
  value: Value;
  /** What is to be said about this file; lines count in `yaml`. */
  diagnostics: DiagnosticView[];
}

/** A definition as somebody would have it: by text or by value, one of the two. A value is written into the text that is there with the smallest change: comments and untouched lines stay. */
export interface DraftAsk {
  /** The text. */
  yaml?: string | null;
  /** The definition as JSON. */
  value?: Value | null;
  /** The hash of the text this began from; none for a new definition. */
  etag?: string | null;
}

/** A draft looked at; nothing is saved. */
export interface DraftView {
  /** Its text. */
  yaml: string;
  /** The same as JSON; null where the text is no YAML. */
  value: Value;
  /** What is to be said about this file, as if it were saved. */
  diagnostics: DiagnosticView[];
  /** Errors in other files that this draft would bring about. */
  elsewhere: DiagnosticView[];
  /** How the text differs from the saved one, with three lines around each change. */
  diff: DiffLine[];
}

/** A line of a comparison. */
export interface DiffLine {
  /** `+`, `-` or a space. */
  sign: string;
  /** Its number: in the new text, or in the old one for `-`. */
  line: number | null;
  /** The line. */
  text: string;
}

/** What is to be saved. */
export interface SaveAsk {
  /** The text, or */
  yaml?: string | null;
  /** the definition as JSON. */
  value?: Value | null;
  /** The hash of the text this began from; none for a new definition. Another hash in the file refuses the save. */
  etag?: string | null;
  /** Save though it holds errors; text that is no YAML is never saved. */
  anyway?: boolean;
}

/** A measure that is written once and filled in. */
export interface TemplateView {
  /** Its name: `transaction_count`. */
  name: string;
  /** The trade it is of; empty for all. */
  trade: string;
  /** Its title. */
  title: string;
  /** What it gives. */
  about: string;
  /** The name of its measure, unless another is chosen. */
  measure: string;
  /** The type of activity it looks at; none when it looks at all. */
  type: string | null;
  /** The fields of that type it needs. */
  fields: string[];
  /** What can be filled in. */
  parameters: ParameterView[];
  /** What the project lacks for it; none when it can be filled in. */
  lacks: string | null;
  /** What to do about that. */
  hint: string | null;
}

/** Something that can be filled into a template. */
export interface ParameterView {
  /** Its name. */
  name: string;
  /** What it is. */
  about: string;
  /** What it is unless somebody says otherwise. */
  default: string;
}

/** A template to be filled in. */
export interface FillAsk {
  /** The name of the measure; the template's when absent. */
  measure?: string | null;
  /** What is filled in, by parameter. */
  values?: Record<string, string>;
  /** Only show the definition; nothing is saved. */
  draft?: boolean;
}

/** A template that was filled in. */
export interface FilledView {
  /** The measure. */
  measure: string;
  /** The text of its definition. */
  yaml: string;
  /** Whether it was saved. */
  saved: boolean;
}

/** An older text of a definition. */
export interface VersionView {
  /** When it was saved. */
  at: string;
  /** Who saved it. */
  by: string;
  /** Its hash. */
  etag: string;
  /** The text; empty for a deletion. */
  yaml: string;
}

/** Conditions to turn from text into a tree, or from a tree into text. */
export interface ConditionAsk {
  /** As text, or */
  text?: string | null;
  /** as a tree. */
  tree?: Condition | null;
  /** Tables by alias, as in `tables:`; Customer, Customer_Measure, UnifiedActivity and measure tables are always there. */
  tables?: Record<string, string>;
  /** A table whose own columns the condition speaks of (filter_rows); then the whole dotted text is a column. */
  table?: string | null;
}

/** A condition both ways. */
export interface ConditionView {
  /** As text. */
  text: string;
  /** As a tree; none when the text cannot be read. */
  tree: Condition | null;
  /** What is wrong with it; columns count in `text`. */
  diagnostics: DiagnosticView[];
}

/** A condition as builders show it. What they cannot show stays as text. */
export interface Condition {
  /** `and`, `or`, `is` (one comparison) or `text`. */
  op: string;
  /** The parts of `and` and `or`. */
  of?: Condition[];
  /** The column of `is`: `Customer_Measure.pct_no_show`. */
  column?: string | null;
  /** The operator of `is`: eq ne lt le gt ge between not_between in not_in contains not_contains starts_with not_starts_with ends_with not_ends_with is_null is_not_null is_true is_false within_last not_within_last within_next year_to_date in_segment not_in_segment day_of_month month_of year_of day_of_week. */
  operator?: string | null;
  /** Its values: one, two for between, any number for in, a number for within_last, a name for in_segment. */
  values?: Value[];
  /** `day`, `week`, `month` or `year` of within_last and within_next. */
  unit?: string | null;
  /** Whether letters count the same in both cases. */
  ignore_case?: boolean;
  /** The expression of `text`. */
  text?: string | null;
}

/** A draft of a segment or measure to be tried. */
export interface PreviewAsk {
  /** The name it has or will have. */
  name: string;
  /** The definition as JSON. */
  value: Value;
  /** Rows of sample; at most 100, 10 when 0. */
  sample?: number;
  /** Another seed, another sample. */
  seed?: number;
  /** Of a segment: whether it is also to be counted how many would be in it without each condition. */
  without?: boolean;
}

/** What a segment would be. */
export interface SegmentPreview {
  /** Members. */
  count: number;
  /** Profiles in all. */
  of: number;
  /** What each rule does, in order. */
  rules: RulePreview[];
  /** Those whom its rules find and its limit leaves out; none without a limit. */
  beyond_limit: number | null;
  /** Those who are held out of it; none without a hold-out. */
  held_out: number | null;
  /** Some members, with the values the rules look at among their fields. */
  sample: CustomerHit[];
  /** Members that the published segment does not have. */
  entered: number;
  /** Members of the published segment that would go; both 0 for a new one. */
  left: number;
  /** What is wrong; counts are 0 when it holds an error. */
  diagnostics: DiagnosticView[];
  /** How long it took. */
  seconds: number;
}

/** What a rule does. */
export interface RulePreview {
  /** `union`, `intersect` or `except`. */
  operator: string;
  /** Profiles it finds by itself. */
  count: number;
  /** Members after it, left to right. */
  cumulative: number;
  /** Its conditions, depth first. */
  parts: PartPreview[];
}

/** What a condition of a rule does. */
export interface PartPreview {
  /** Its place in the tree: indexes of `of`. */
  path: number[];
  /** The condition, as text. */
  condition: string;
  /** Profiles for which it holds by itself. */
  keeps: number;
  /** Members that the rules would find without it; only where that was asked for. */
  without: number | null;
}

/** Which tests to run. */
export interface TestsAsk {
  /** The measures and segments whose tests are run, `NoShow` or `measures/NoShow`; all when empty. */
  names?: string[];
}

/** What became of a test of a measure or segment. */
export interface TestView {
  /** Its definition: `measures/NoShow`. */
  definition: string;
  /** What it shows, or its number. */
  name: string;
  /** Whether what came out is what was expected. */
  ok: boolean;
  /** What differs, a line each: cells, and rows that are missing or too many; or why it could not be run. */
  differences: string[];
}

/** What a measure would be. */
export interface MeasurePreview {
  /** `customer_attribute`, `customer_measure` or `business_measure`. */
  kind: string;
  /** The value of a business measure without dimensions; else null. */
  value: Value;
  /** Rows it would have. */
  rows: number;
  /** Its values, when they are numbers. */
  numbers: NumberStatistics | null;
  /** Some rows: profiles with the largest values first, or dimensions. */
  table: RowsView | null;
  /** Profiles in all. */
  of: number;
  /** What is wrong. */
  diagnostics: DiagnosticView[];
  /** How long it took. */
  seconds: number;
}

/** Numbers in few words. */
export interface NumberStatistics {
  /** Values there are. */
  count: number;
  /** Values that are missing. */
  missing: number;
  /** The smallest. */
  min: number;
  /** The largest. */
  max: number;
  /** The mean. */
  mean: number;
  /** The median. */
  median: number;
  /** At most 20 ranges of equal width. */
  histogram: BucketView[];
}

/** What several segments have in common. */
export interface OverlapView {
  /** The segments, two to five. */
  segments: string[];
  /** Every combination somebody is in, largest first; each profile counts once. */
  sets: OverlapSet[];
}

/** Profiles in exactly these segments. */
export interface OverlapSet {
  /** The segments. */
  within: string[];
  /** Profiles. */
  count: number;
}

/** A draft of a source whose table is to be shown after some steps. */
export interface TransformAsk {
  /** The source. */
  name: string;
  /** Its definition as JSON. */
  value: Value;
  /** The local name of the table. */
  table: string;
  /** Only the first so many steps; all when absent. */
  after?: number | null;
  /** Rows; at most 1,000, 200 when 0. */
  limit?: number;
}

/** The rows of a table after some steps. */
export interface TransformView {
  /** Its columns. */
  columns: ColumnQuality[];
  /** Some rows, in the order of columns. */
  rows: Value[][];
  /** All steps with their rows. */
  steps: TransformStep[];
  /** Whether only the first rows of the source were looked at. */
  sampled: boolean;
  /** Rows of the source looked at. */
  read: number;
  /** Cells that cannot be read, at most 100. */
  corrupt: CorruptCell[];
  /** What is wrong. */
  diagnostics: DiagnosticView[];
  /** How long it took. */
  seconds: number;
}

/** A column and how good it is. */
export interface ColumnQuality {
  /** Its name. */
  name: string;
  /** Its type. */
  type: string;
  /** Cells with a value. */
  valid: number;
  /** Cells without one. */
  empty: number;
  /** Cells that cannot be read. */
  error: number;
  /** Different values, about. */
  distinct: number;
  /** The commonest values, at most 10. */
  top: BucketView[];
}

/** A step of a table. */
export interface TransformStep {
  /** From 0; the first step is reading the source. */
  index: number;
  /** The key of the step; `source` for reading. */
  step: string;
  /** What it does, in words: `keep rows where msemr_contacttype = 935000000`. */
  sentence: string;
  /** Rows after it, of those looked at. */
  rows: number | null;
  /** Why it could not be tried. */
  error: string | null;
}

/** A cell that cannot be read. */
export interface CorruptCell {
  /** The row looked at, from 0. */
  row: number;
  /** The column. */
  column: string;
  /** What stands there. */
  text: string;
  /** Why it cannot be read. */
  reason: string;
}

/** A draft of an activity to be tried. */
export interface ActivityPreview {
  /** Rows. */
  total: number;
  /** Rows that lead to nobody. */
  without_profile: number;
  /** Some, newest first, of one profile where possible. */
  items: ActivityView[];
  /** What is wrong. */
  diagnostics: DiagnosticView[];
}

/** An answer of a connection or source that was tried. */
export interface ProbeView {
  /** Whether it answered. */
  ok: boolean;
  /** What it said, in a sentence. */
  message: string;
  /** What to do. */
  hint: string | null;
  /** Tables it offers. */
  tables: ProbedTable[];
  /** What is wrong with the definition. */
  diagnostics: DiagnosticView[];
}

/** A table a source offers. */
export interface ProbedTable {
  /** The name at the source: a resource type, an entity, a file. */
  name: string;
  /** A local name for it. */
  suggested: string;
  /** Its key, when known or likely. */
  key: string | null;
  /** Its columns, when known. */
  columns: ColumnView[];
  /** Its rows, when known. */
  rows: number | null;
  /** A starting definition of the table, as in `tables:`. */
  value: Value;
}

/** How good the matching is, estimated from decisions. */
export interface QualityView {
  /** Decisions that are `same` or `different`. */
  labels: number;
  /** Those of them in the random sample, from which the estimates below are made. */
  sampled: number;
  /** Share of the links that are right. */
  precision: EstimateView | null;
  /** Share of the true pairs, among those with a probability from `review` on, that are links. */
  recall: EstimateView | null;
  /** Estimated share of true pairs that blocking finds at all, from the model. */
  found: number | null;
  /** The layers of the sample. */
  strata: StratumView[];
  /** What the model says against what people say. */
  calibration: CalibrationBin[];
  /** `probability = 1 / (1 + 2^-(slope × bits + intercept))`, learned from all decisions; none with too few. */
  calibrated: CalibratedView | null;
  /** The threshold now. */
  threshold: number | null;
  /** The threshold that decisions suggest; never taken by itself. */
  suggested: SuggestedThreshold | null;
  /** The width of interval that was asked for. */
  width: number;
  /** Decisions of the random sample that are missing for it. */
  missing: number | null;
  /** Why something above is not there, in sentences. */
  remarks: string[];
}

/** An estimate with its interval. */
export interface EstimateView {
  /** The estimate. */
  value: number;
  /** The lower end. */
  low: number;
  /** The upper end. */
  high: number;
}

/** A layer of the random sample: pairs of one outcome and of similar probability. */
export interface StratumView {
  /** `links`, 0.99 to 0.999. */
  name: string;
  /** Whether its pairs are links. */
  linked: boolean;
  /** Pairs. */
  pairs: number;
  /** Decided ones in the random sample. */
  sampled: number;
  /** Those of them that are one person. */
  same: number;
}

/** Pairs of similar predicted probability, and what was decided about them. */
export interface CalibrationBin {
  /** From this probability on. */
  from: number;
  /** To this. */
  to: number;
  /** Decided pairs. */
  pairs: number;
  /** Their mean probability by the model. */
  predicted: number;
  /** The share decided `same`. */
  decided: EstimateView;
  /** Their mean probability after calibration. */
  calibrated: number | null;
}

/** What was learned from decisions about the model's probabilities. */
export interface CalibratedView {
  /** 1 when the model's evidence counts as much as it says. */
  slope: number;
  /** 0 when the model's prior is right. */
  intercept: number;
  /** Mean logarithmic loss of the model, in bits a decision. */
  loss_before: number;
  /** The same after calibration. */
  loss_after: number;
}

/** A threshold that decisions suggest. */
export interface SuggestedThreshold {
  /** The probability of the model from which a pair should be a link. */
  threshold: number;
  /** Expected precision there. */
  precision: number;
  /** Expected recall there, among pairs from `review` on. */
  recall: number;
  /** Links it would have more (or, negative, fewer). */
  more_links: number;
}

/** A condition that must become true, or stop being so. */
export interface ChangeSeen {
  /** The rule, counted from 1; 0 for the segment's limit. */
  rule: number;
  /** The condition, as text. */
  condition: string;
  /** Whether it must hold, or must not. */
  holds: boolean;
  /** The columns it names and the values they have. */
  values: [string, Value][];
  /** What is needed, as a sentence: `needs to be above 0.5`. */
  needs: string;
  /** How far away that is, where it is a number. */
  distance?: number | null;
}

/** Where a profile stands in a segment with a limit. */
export interface LimitSeen {
  /** Its place, the best is 1; none without a value to be ranked by. */
  rank: number | null;
  /** How many are ranked with it. */
  of: number;
  /** How many of them are members. */
  limit: number;
  /** What they are ranked by. */
  by: string;
  /** Its value. */
  value: Value;
  /** What they are ranked within, and its value. */
  per: [string, Value] | null;
  /** The value of the last one within the limit. */
  last: Value;
  /** Whether the smallest come first. */
  ascending: boolean;
}

/** Whether a profile is held out of a segment. */
export interface HoldoutSeen {
  /** What the choice is made from. */
  name: string;
  /** The share of people. */
  share: number;
  /** Whether it is one of them. */
  held_out: boolean;
}

/** A measure's value of a profile explained. */
export interface MeasureExplained {
  /** The measure. */
  measure: string;
  /** The profile. */
  customer_id: string;
  /** Its value in the published run; null for a measure that is no customer attribute. */
  value: Value;
  /** The calculation, as written. */
  calculation: string;
  /** Which rows count, as written. */
  filter: string | null;
  /** The table its rows are of; `Customer` when it is worked out from the profile itself. */
  table: string;
  /** What the columns of rows are called. */
  columns: string[];
  /** Rows of the profile in the table. */
  total: number;
  /** Rows that the filter kept. */
  kept: number;
  /** Some of them, those that were kept first. */
  rows: MeasureRow[];
}

/** A row that a measure's value may come from. */
export interface MeasureRow {
  /** Its key, where the table has one. */
  key: Value;
  /** Its values, in the order of columns. */
  values: Value[];
  /** Whether the filter kept it. */
  kept: Truth;
}

/** Which rows of a measure's value are asked for. */
export interface MeasureRowsAsk {
  /** How many to pass over. */
  offset?: number;
  /** How many to answer; at most 200, 20 when 0. */
  limit?: number;
}

/** A rule to be tried. */
export interface MatchRuleAsk {
  /** The table that it leads from; the one it deduplicates, when there is no `to`. */
  from: string;
  /** The table that it leads to. */
  to?: string | null;
  /** The rule as JSON: `when`, `unless`. */
  rule: Value;
  /** Pairs to show; at most 50, 12 when 0. */
  sample?: number;
}

/** What a rule would do now, by itself: rules before it, groups and decisions are left out. */
export interface MatchRulePreview {
  /** Pairs that match. */
  pairs: number;
  /** Pairs that its exceptions keep apart. */
  excepted: number;
  /** Records of `from` that match. */
  matched: number;
  /** Records of `from`. */
  records: number;
  /** What each condition does, in order. */
  conditions: MatchConditionPreview[];
  /** Pairs that meet all exact conditions. */
  blocked: number;
  /** Those of them that were compared; fewer when they are too many, and then all counts of pairs are of these. */
  compared: number;
  /** Pairs of the largest group of records that share the values of the exact conditions. */
  largest_block: number;
  /** Those values. */
  largest_value: string[];
  /** Pairs by likeness. */
  likeness: LikenessPreview[];
  /** Pairs nearest to the line, on either side. */
  examples: RulePairPreview[];
  /** The profiles of the records of those pairs, sorted. */
  people: string[];
  /** What is wrong; counts are 0 when it holds an error. */
  diagnostics: DiagnosticView[];
  /** How long it took. */
  seconds: number;
}

/** What a condition does by itself. */
export interface MatchConditionPreview {
  /** The column of `from`. */
  column: string;
  /** The column of `to`. */
  equals: string;
  /** The least likeness, 0 to 1; 1 is equality. */
  at_least: number;
  /** Pairs that meet it: of an exact one all there are, of another those among the pairs compared. */
  pairs: number;
}

/** Pairs of one likeness. */
export interface LikenessPreview {
  /** By condition that is not exact, in order: the likeness in whole percent; pairs below 20 in any are left out. */
  percent: number[];
  /** How many, exceptions left out. */
  pairs: number;
}

/** Two records side by side, condition by condition. */
export interface RulePairPreview {
  /** The key of the one. */
  a: string;
  /** The key of the other. */
  b: string;
  /** Whether the two match. */
  matches: boolean;
  /** The values of each condition. */
  values: RuleValuesPreview[];
}

/** The values of a condition in two records, as they are compared. */
export interface RuleValuesPreview {
  /** Of the one. */
  a: string;
  /** Of the other. */
  b: string;
  /** How alike they are, 0 to 1. */
  score: number;
}

/** What brings records together. */
export type MatchKind = "none" | "rules" | "model" | "both";

/** The matching of the last run: the model as it was trained, what it compared, and what it warns of. */
export interface ModelView {
  /** What brings records together, as the definitions say now. */
  kind: MatchKind;
  /** Whether a model has run; without one the figures below are missing. */
  trained: boolean;
  /** The instant of the run that trained it. */
  trained_at: string | null;
  /** Whether `unify.yaml` was saved since. */
  changed: boolean;
  /** Probability from which a pair is a link. */
  threshold: number | null;
  /** Probability from which a pair that is no link is for people to look at. */
  review: number | null;
  /** Probability that two records taken at random are of one person. */
  prior: number | null;
  /** Records. */
  records: number | null;
  /** Pairs that were compared. */
  pairs: number | null;
  /** Links. */
  links: number | null;
  /** Clusters of records. */
  clusters: number | null;
  /** Rounds of training. */
  iterations: number | null;
  /** What is compared. */
  comparisons: ComparisonView[];
  /** Which pairs are compared. */
  blocking: BlockingView[];
  /** What to look at: the first 200. */
  warnings: MatchWarningView[];
  /** How many warnings there are, by kind. */
  warning_counts: [string, number][];
  /** The whole model, as it can stand in `unify.yaml` under `match.model`. */
  yaml: string | null;
}

/** A comparison of a model. */
export interface ComparisonView {
  /** Its name. */
  name: string;
  /** The fields it looks at. */
  fields: string[];
  /** The columns of those fields: table and column. */
  columns: [string, string][];
  /** Its levels, the nearest first. */
  levels: LevelView[];
  /** Compared pairs in which a value is missing: no evidence either way. */
  missing: number | null;
}

/** A level of nearness. */
export interface LevelView {
  /** Its place, 0 the nearest. */
  index: number;
  /** What must hold. */
  test: string;
  /** How often it holds for records of one person. */
  m: number | null;
  /** How often it holds for records of two people. */
  u: number | null;
  /** What it is worth, in bits. */
  weight: number | null;
  /** How much the frequency of the agreed value counts, 0 to 1. */
  term_frequency: number | null;
  /** Compared pairs at this level. */
  pairs: number | null;
  /** Links at this level. */
  linked: number | null;
}

/** A blocking rule: records with equal keys are compared. */
export interface BlockingView {
  /** The rule. */
  rule: string;
  /** Pairs it gives. */
  pairs: number | null;
  /** Pairs that no rule before it gives. */
  new_pairs: number | null;
  /** Pairs left out because their block was too large. */
  cut_pairs: number | null;
  /** Records of its largest block. */
  largest_block: number | null;
  /** The key of that block. */
  largest_value: string | null;
  /** Estimated share of the true pairs that it finds. */
  found: number | null;
}

/** Something about clusters or values that a person should look at. */
export interface MatchWarningView {
  /** `bridge`, `oversized`, `conflicting_id`, `generic_value`, `cut_block`, `correlated`, `untrained`. */
  kind: string;
  /** What is the matter. */
  detail: string;
  /** The records it is about; none when it is about the model. */
  records: RecordRef[];
  /** The profiles of those records. */
  customer_ids: string[];
}

/** A record: its table and key. */
export interface RecordRef {
  /** Its table. */
  table: string;
  /** Its key. */
  key: string;
}

/** Two records. */
export interface PairAsk {
  /** The table of the one. */
  table1?: string;
  /** Its key. */
  key1?: string;
  /** The table of the other. */
  table2?: string;
  /** Its key. */
  key2?: string;
}

/** Why two records are one profile, or are not. */
export interface PairExplained {
  /** The one. */
  a: PairSide;
  /** The other. */
  b: PairSide;
  /** The profile of the one. */
  a_customer_id: string | null;
  /** The profile of the other. */
  b_customer_id: string | null;
  /** Whether they are one profile. */
  same_profile: boolean;
  /** The answer in a sentence. */
  summary: string;
  /** What the model says of them; none without a model. */
  evidence: Evidence | null;
  /** What each rule says of them. */
  rules: RuleExplained[];
  /** Which blocking rules give them both the same key. */
  blocking: BlockingExplained[];
  /** Why they were never compared, when they were not. */
  never_compared: string | null;
  /** What was decided about them. */
  decision: DecisionView | null;
  /** How they are joined through other records, when they are one profile: the path of strongest links. */
  path: IdentityLink[];
  /** What the last run noted about the pair: `link`, `cut` or `uncertain`. */
  state: string | null;
  /** Why, in that note. */
  why: string | null;
}

/** The evidence of a model about a pair: `prior + comparisons + kin = total`, all in bits. */
export interface Evidence {
  /** What is thought of any two records before they are looked at. */
  prior_bits: number;
  /** Each comparison. */
  comparisons: ComparisonEvidence[];
  /** What is taken away because relatives, twins or namesakes share as much. */
  kin_bits: number;
  /** All of it. */
  total_bits: number;
  /** The same as a probability. */
  probability: number;
  /** Probability from which a pair is a link. */
  threshold: number;
  /** Probability from which a pair is up for review. */
  review: number;
  /** The probability after calibration by decisions, once there are enough. */
  calibrated: number | null;
}

/** What a comparison says of a pair. */
export interface ComparisonEvidence {
  /** Its name. */
  name: string;
  /** What is compared of the one; none when missing. */
  a: string | null;
  /** What is compared of the other; none when missing. */
  b: string | null;
  /** The place of the level that holds, 0 the nearest; none when a value is missing. */
  level: number | null;
  /** What holds. */
  test: string;
  /** How often it holds for records of one person. */
  m: number | null;
  /** How often it holds for records of two people. */
  u: number | null;
  /** What that is worth. */
  bits: number;
  /** What is added because the agreed value is rare, or taken away because it is common. */
  tf_bits: number;
  /** The share of records that hold the agreed value. */
  frequency: number | null;
}

/** What a match rule says of a pair. */
export interface RuleExplained {
  /** Its name. */
  rule: string;
  /** `match` between tables, or `deduplicate` within one. */
  kind: string;
  /** Whether all of its conditions hold and no exception does. */
  holds: boolean;
  /** Whether it is what joined the two. */
  joined: boolean;
  /** Its conditions. */
  conditions: ConditionExplained[];
  /** Its exceptions; all must hold to keep it from matching. */
  exceptions: ConditionExplained[];
  /** What keeps it from holding. */
  why_not: string | null;
}

/** What a condition says of a pair. */
export interface ConditionExplained {
  /** The column of the one. */
  a_column: string;
  /** The column of the other. */
  b_column: string;
  /** Its value. */
  a: Value;
  /** Its value. */
  b: Value;
  /** What is compared of it. */
  a_compared: string | null;
  /** What is compared of it. */
  b_compared: string | null;
  /** How exact they must be. */
  precision: string;
  /** How near they are, 0 to 1; none when a value is missing. */
  score: number | null;
  /** Whether that is enough. */
  holds: boolean;
}

/** What a blocking rule makes of a pair. */
export interface BlockingExplained {
  /** The rule. */
  rule: string;
  /** Whether both have an equal key by it. */
  together: boolean;
  /** Why not: a value is missing, or the keys differ. */
  why_not: string | null;
}

/** What holds the records of a profile together. */
export interface IdentityView {
  /** The profile. */
  customer_id: string;
  /** Its number. */
  profile_no: number;
  /** Ids that were folded into it. */
  previous: string[];
  /** Its records, in the order of tables, winners first. */
  records: IdentityRecord[];
  /** The links between them, the strongest first. */
  links: IdentityLink[];
  /** What to look at. */
  warnings: MatchWarningView[];
  /** What was decided about its records. */
  decisions: DecisionView[];
  /** What became of its id, newest first. */
  events: IdentityEvent[];
}

/** A record of a profile. */
export interface IdentityRecord {
  /** Its table. */
  table: string;
  /** Its key. */
  key: string;
  /** Whether it stands for the records of its table that are the same. */
  winner: boolean;
  /** The record with its mapped columns. */
  side: PairSide;
}

/** A link between two records of a profile. */
export interface IdentityLink {
  /** The one. */
  a: RecordRef;
  /** The other. */
  b: RecordRef;
  /** `rule`, `model`, `deduplication`, `source`, `always`, `decision`. */
  kind: string;
  /** The rule, or why. */
  rule: string;
  /** Its weight, when it is the model's. */
  weight: number | null;
  /** Its probability or score. */
  probability: number | null;
  /** Whether it is in the tree of strongest links. */
  tree: boolean;
  /** Whether without it the profile would fall apart. */
  bridge: boolean;
}

/** Something that became of a profile's id. */
export interface IdentityEvent {
  /** When. */
  at: string;
  /** `created`, `merged`, `split`, `retired`, `returned`. */
  change: string;
  /** The other id. */
  other: string | null;
}

/** In which order pairs are reviewed. */
export type ReviewOrder = "uncertain" | "cluster" | "random";

/** Which pairs are up for review. */
export interface ReviewAsk {
  /** In which order. */
  order?: ReviewOrder;
  /** `link`, `cut` or `uncertain`; all when absent. */
  state?: string | null;
  /** With a record of this table. */
  table?: string | null;
  /** With a record of this profile. */
  customer_id?: string | null;
  /** Whether pairs that were decided are shown too. */
  decided?: boolean;
  /** Whether scores, states and profiles are shown. */
  scores?: boolean;
  /** How many to pass over. */
  offset?: number;
  /** How many to answer; at most 100, 20 when 0. */
  limit?: number;
}

/** Pairs that are up for review. */
export interface ReviewView {
  /** How many there are. */
  total: number;
  /** How many pairs have been decided so far. */
  decided: number;
  /** Some. */
  pairs: ReviewPair[];
  /** The profiles of the records that are shown, sorted. */
  people: string[];
  /** Why there is nothing, when there is nothing. */
  nothing: string | null;
}

/** A pair that is up for review. */
export interface ReviewPair {
  /** Equal for the same two records in every run. */
  id: string;
  /** The one. */
  a: PairSide;
  /** The other. */
  b: PairSide;
  /** The same side by side, by meaning: what both have first. */
  fields: ReviewField[];
  /** What was decided. */
  decision: DecisionView | null;
  /** `link`, `cut` or `uncertain`; with `scores`. */
  state: string | null;
  /** Why, in words; with `scores`. */
  why: string | null;
  /** In bits; with `scores`. */
  weight: number | null;
  /** With `scores`. */
  probability: number | null;
  /** The profile of the one; with `scores`. */
  a_customer_id: string | null;
  /** The profile of the other; with `scores`. */
  b_customer_id: string | null;
}

/** A field of two records, side by side. */
export interface ReviewField {
  /** What it is, for people. */
  title: string;
  /** Its values in the one; several when it has several columns. */
  a: Value[];
  /** Its values in the other. */
  b: Value[];
  /** Whether a value of both is the same, upper case and space aside; none when either has none. */
  same: boolean | null;
}

/** What people say of two records. */
export type Verdict = "same" | "different" | "unsure";

/** What is decided about two records. */
export interface DecideAsk {
  /** The table of the one. */
  table1: string;
  /** Its key. */
  key1: string;
  /** The table of the other. */
  table2: string;
  /** Its key. */
  key2: string;
  /** What is decided. */
  decision: Verdict;
  /** Why, in words. */
  note?: string | null;
}

/** A decision about two records. */
export interface DecisionView {
  /** Its number. */
  id: number;
  /** The one record. */
  a: RecordRef;
  /** The other record. */
  b: RecordRef;
  /** What was decided. */
  decision: Verdict;
  /** Why, in words. */
  note: string | null;
  /** Who decided. */
  by: string;
  /** When. */
  at: string;
  /** `review`, `split` or `merge`: what it was part of. */
  through: string;
  /** The number of the first decision that was made at once with this one; undoing one undoes all of them. */
  group: number;
  /** Whether it counts: neither undone nor replaced by a later one about the same records. */
  counts: boolean;
  /** Who undid it, and when. */
  undone: [string, string] | null;
  /** Whether the published run knows it. */
  applied: boolean;
}

/** Which decisions are asked for. */
export interface DecisionsAsk {
  /** Of this kind alone. */
  decision?: Verdict | null;
  /** By this person alone. */
  by?: string | null;
  /** With a record of this table. */
  table?: string | null;
  /** With a record of this key. */
  key?: string | null;
  /** Whether those that were undone or replaced are listed too. */
  all?: boolean;
  /** How many to pass over. */
  offset?: number;
  /** How many to answer; at most 1,000, 100 when 0. */
  limit?: number;
}

/** Decisions, newest first. */
export interface DecisionsView {
  /** How many there are. */
  total: number;
  /** How many of all that count are not in the published run yet. */
  waiting: number;
  /** Some. */
  decisions: DecisionView[];
  /** The profiles of the records that are shown, sorted. */
  people: string[];
}

/** What a change of decisions came to. */
export interface DecidedView {
  /** The decisions that were made or undone. */
  decisions: DecisionView[];
  /** When it takes effect, and how to see what it will change. */
  effect: string;
  /** What speaks against it: decisions that say otherwise. */
  warnings: string[];
  /** The profiles it is about, as they are now. */
  customer_ids: string[];
}

/** Which records leave a profile. */
export interface SplitAsk {
  /** The records that are somebody else; together they stay one profile where evidence holds them together. */
  records: RecordRef[];
  /** Why, in words. */
  note?: string | null;
}

/** Which profiles are one. */
export interface MergeAsk {
  /** Two or more of them. */
  customer_ids: string[];
  /** Why, in words. */
  note?: string | null;
}

/** What unification is and does. */
export interface UnifyView {
  /** Whether there is a `unify.yaml`. */
  defined: boolean;
  /** The figures of the last run. */
  figures: UnifyFigures | null;
  /** Its tables, in order. */
  tables: UnifyTable[];
  /** Its rules, in order. */
  rules: UnifyRule[];
  /** The columns of Customer. */
  columns: UnifyColumn[];
  /** Keys: table and column of Customer. */
  keys: [string, string][];
  /** Columns left out: `<table>.<column>`. */
  excluded: string[];
  /** Semantic types that are known. */
  semantic_types: string[];
  /** The instant of the run. */
  at: string | null;
  /** Whether `unify.yaml` was saved since that run. */
  changed: boolean;
}

/** A table of unification. */
export interface UnifyTable {
  /** The table. */
  table: string;
  /** Its key. */
  key: string | null;
  /** Whether records that match nothing become profiles. */
  include_all: boolean;
  /** Rows of the table. */
  source_records: number | null;
  /** Rows after deduplication. */
  unique_records: number | null;
  /** Unique records that joined a record of a higher table. */
  matched: number | null;
  /** Its columns. */
  columns: UnifySourceColumn[];
}

/** A column of a table of unification. */
export interface UnifySourceColumn {
  /** Its name. */
  name: string;
  /** Its type. */
  type: string;
  /** The semantic type it was given; none when it is not mapped. */
  semantic: string | null;
  /** A type that fits its name and values, for one that is not mapped. */
  suggested: string | null;
  /** Some values. */
  sample: Value[];
}

/** A match rule. */
export interface UnifyRule {
  /** Its name. */
  name: string;
  /** The lower table. */
  from: string;
  /** The higher table. */
  to: string;
  /** What it says: `msemr_azurefhirid` equals `id`, exactly. */
  sentence: string;
  /** Records it attached. */
  matched: number | null;
  /** Unique records of the lower table. */
  of: number | null;
}

/** A column of Customer. */
export interface UnifyColumn {
  /** Its name. */
  name: string;
  /** Its type. */
  type: string;
  /** What it means. */
  semantic: string | null;
  /** `importance`, `most_recent` or `least_recent`. */
  policy: string;
  /** Table and column, in order of rank. */
  from: [string, string][];
  /** Profiles that have a value. */
  filled: number | null;
}

/** Which pairs of records are asked for. */
export interface PairsAsk {
  /** Of one rule; of all when absent. */
  rule?: string | null;
  /** Text in either record. */
  search?: string;
  /** How many to pass over. */
  offset?: number;
  /** How many to answer; at most 100, 20 when 0. */
  limit?: number;
}

/** Pairs of records that were matched. */
export interface PairsView {
  /** How many there are. */
  total: number;
  /** Some. */
  pairs: PairView[];
}

/** Two records that were matched. */
export interface PairView {
  /** The rule that matched them. */
  rule: string;
  /** How well. */
  score: number | null;
  /** The profile they are part of. */
  customer_id: string | null;
  /** The lower record. */
  a: PairSide;
  /** The higher record. */
  b: PairSide;
  /** What was compared. */
  conditions: PairCondition[];
}

/** A record of a pair. */
export interface PairSide {
  /** Its table. */
  table: string;
  /** Its key. */
  key: string;
  /** Its mapped columns. */
  fields: FieldView[];
}

/** A comparison of a pair. */
export interface PairCondition {
  /** The lower record's column. */
  a_column: string;
  /** The higher record's column. */
  b_column: string;
  /** Its value. */
  a: Value;
  /** Its value. */
  b: Value;
  /** How exact they must be. */
  precision: string;
  /** Whether they are the same. */
  holds: boolean;
}

/** What is wrong with a project. */
export interface Check {
  /** Whether a run could start. */
  ok: boolean;
  /** Number of errors. */
  errors: number;
  /** Number of warnings. */
  warnings: number;
  /** All there is to say, by file and place. */
  diagnostics: DiagnosticView[];
}

/** One thing to say about the definitions. */
export interface DiagnosticView {
  /** The file, relative to the project. */
  file: string | null;
  /** The line, from 1. */
  line: number | null;
  /** The column in characters, from 1. */
  column: number | null;
  /** The line it ends on. */
  end_line: number | null;
  /** The column behind its end. */
  end_column: number | null;
  /** The code: `file/unknown-key`. */
  code: string;
  /** `error`, `warning` or `note`. */
  severity: string;
  /** A lower-case sentence. */
  message: string;
  /** What to do. */
  hint: string | null;
}

/** What a run is asked to do. */
export interface RunAsk {
  /** Stages, steps or definitions; `match` for unification up to matching, `profiles` for all of it; all when empty. */
  only?: string[];
  /** Whether unchanged steps run too. */
  force?: boolean;
  /** The instant of the run, RFC 3339 or a day; the clock's when absent. */
  now?: string | null;
  /** The most memory the engine may use, in bytes. */
  memory?: number | null;
  /** How many threads, and how many steps at once. */
  threads?: number | null;
  /** Of a plan alone: whether it works out what would become of profiles, in a run that is never published. */
  profiles?: boolean;
}

/** What a query may take. */
export interface QueryAsk {
  /** One `select`. */
  sql: string;
  /** The most rows to answer; all when absent. */
  limit: number | null;
  /** The most seconds it may take. */
  timeout: number;
  /** The most memory, in bytes. */
  memory: number;
}

/** What a run would do. */
export interface PlanView {
  /** Steps in an order in which they can run. */
  steps: PlannedStep[];
  /** What would become of profiles; where it was asked for. */
  profiles?: ProfilesPlanned | null;
  /** What else there is to say: types not known yet, warnings. */
  diagnostics: DiagnosticView[];
}

/** What would become of profiles, compared with those that are published. */
export interface ProfilesPlanned {
  /** Profiles that are published. */
  before: number;
  /** Profiles that there would be. */
  after: number;
  /** Those that would be new, with new records. */
  created: number;
  /** Those that would go into another one. */
  merged: number;
  /** Those that would be new, with records of another one. */
  split: number;
  /** Those that would have no records any more. */
  retired: number;
  /** Those that would live again. */
  returned: number;
  /** Those that would go on, with the same records or others. */
  unchanged: number;
  /** Some of them: merges and splits first. */
  samples: ProfilePlanned[];
}

/** A profile that would merge, split, begin or end. */
export interface ProfilePlanned {
  /** Its id. */
  customer_id: string;
  /** `merged`, `split`, `returned`, `retired` or `created`. */
  change: string;
  /** The keys of its records: as they are published for one that ends, as they would be for one that begins. */
  records: RecordKey[];
  /** The profile it would go into, or that its records come from. */
  other: string | null;
  /** The keys of that one's records, likewise. */
  other_records: RecordKey[];
}

/** A record, by its table and key. */
export interface RecordKey {
  /** Its table. */
  table: string;
  /** Its key there. */
  key: string;
}

/** One step of a plan. */
export interface PlannedStep {
  /** Its name. */
  name: string;
  /** Its stage. */
  stage: string;
  /** Whether it will run. */
  runs: boolean;
  /** Why, or why not. */
  cause: string;
  /** The definitions it comes from. */
  because: string[];
  /** Tables it reads. */
  reads: string[];
  /** Tables it writes. */
  writes: string[];
}

/** What became of a step. */
export type StepState = "done" | "unchanged" | "not_asked" | "failed";

/** One step of a run. */
export interface StepView {
  /** Its name. */
  name: string;
  /** Its stage. */
  stage: string;
  /** What became of it. */
  state: StepState;
  /** Why it ran, or why not. */
  cause: string;
  /** Rows of the tables it read, where known. */
  rows_in: number | null;
  /** Rows it wrote. */
  rows_out: number;
  /** Number of things worth knowing. */
  warnings: number;
  /** How long it took. */
  seconds: number;
  /** What it has to say of how it was done. */
  said?: string | null;
}

/** How a run ended. */
export type Outcome = "completed" | "completed_with_warnings" | "export_failed" | "failed" | "canceled";

/** What became of the rows of a table of a source. */
export interface SourceLine {
  /** The table. */
  table: string;
  /** Rows the source gave. */
  read: number;
  /** Rows of the table. */
  kept: number;
  /** Rows with a bad cell. */
  corrupt: number;
  /** Rows whose key was there already. */
  repeated: number;
  /** Rows that the table's own steps left out; `None` when the steps change what a row is. */
  left_out: number | null;
}

/** The figures of unification. */
export interface UnifyFigures {
  /** Records after deduplication, over all tables. */
  unique_source_records: number;
  /** Groups, singles included. */
  matched_and_non_matched: number;
  /** Groups of two or more tables. */
  matched_only: number;
  /** Rows of Customer. */
  profiles: number;
}

/** A segment and its size. */
export interface SegmentCount {
  /** The segment. */
  segment: string;
  /** Its members. */
  members: number;
  /** Members of the run before; `None` when it is new. */
  before: number | null;
}

/** What became of one segment or table of an export; of all of it when it did not go out. */
export interface SentView {
  /** The export. */
  export: string;
  /** The segment or table. */
  item: string;
  /** Rows there were. */
  offered: number;
  /** Rows the receiver took. */
  sent: number;
  /** Rows without the key. */
  without_key: number;
  /** Rows the receiver does not know. */
  unknown: number;
  /** `sent`, `unchanged` or `failed`. */
  state: string;
  /** The file, relative to the project, or the receiver's address of it. */
  place: string;
  /** Something worth saying, or why it did not go out. */
  detail: string;
}

/** A run, as recorded. */
export interface RunView {
  /** Its number or name in the lake. */
  run: string;
  /** How it ended. */
  outcome: Outcome;
  /** Who asked for it: an account, `schedule` or `command line`. */
  by: string;
  /** The instant of the run. */
  now: string;
  /** When it began. */
  started: string;
  /** How long it took. */
  seconds: number;
  /** Its steps, in order. */
  steps: StepView[];
  /** What became of the rows of sources that were read. */
  sources: SourceLine[];
  /** The figures of unification, when there is one. */
  unify: UnifyFigures | null;
  /** Segments and their sizes. */
  segments: SegmentCount[];
  /** What was sent. */
  exports: SentView[];
  /** What is worth knowing. */
  warnings: string[];
  /** Why it failed, or what stopped it. */
  message: string | null;
  /** What to do about that. */
  hint: string | null;
}

/** A table or view of the lake. */
export interface TableView {
  /** Its name. */
  name: string;
  /** `table`, `view` or `internal`. */
  kind: string;
  /** Its rows; `None` for a view. */
  rows: number | null;
  /** Its columns. */
  columns: ColumnView[];
}

/** A column. */
export interface ColumnView {
  /** Its name. */
  name: string;
  /** Its type, in the words of the definitions. */
  type: string;
}

/** A profile explained. */
export interface CustomerExplained {
  /** The id. */
  customer_id: string;
  /** The number. */
  profile_no: number;
  /** Ids that were folded into this one. */
  previous?: string | null;
  /** Its records: every source row that belongs to it. */
  records: ProfileRecord[];
  /** Where each value of Customer came from. */
  values: ValueOrigin[];
  /** The segments it is in. */
  segments: string[];
  /** Its measures. */
  measures: [string, Value][];
  /** The clusters it is in, households say. */
  clusters: ClusterView[];
  /** What became of it, and of others with it, oldest first. */
  history: ProfileChangeView[];
}

/** A source row that belongs to a profile. */
export interface ProfileRecord {
  /** The table. */
  table: string;
  /** Its key. */
  key: string;
  /** Whether it represents the rows of its table. */
  winner: boolean;
  /** The rule that brought it here; `None` when it stands for itself. */
  rule: string | null;
  /** The record it matched, as table and key. */
  matched: [string, string] | null;
  /** How well. */
  score: number | null;
}

/** Where a value of Customer came from. */
export interface ValueOrigin {
  /** The column of Customer. */
  column: string;
  /** Its value. */
  value: Value;
  /** The table it came from; `None` for what the system made, or when no record has a value. */
  table: string | null;
  /** The key of the record it came from. */
  key: string | null;
  /** Other values that did not win, as table and value. */
  others: [string, Value][];
  /** Who laid it over what sources say, where somebody did. */
  patched?: PatchedView | null;
}

/** True, false, or not known for want of a value. */
export type Truth = "true" | "false" | "unknown";

/** A segment and a profile explained. */
export interface SegmentExplained {
  /** The segment. */
  segment: string;
  /** The profile. */
  customer_id: string;
  /** Whether the profile is a member in the published run. */
  member: boolean;
  /** Since when. */
  since?: string | null;
  /** The rules, in order. */
  rules: RuleSeen[];
  /** Where it stands among those whom the rules find, when the segment has a limit and they find it. */
  limit?: LimitSeen | null;
  /** Whether it is held out, when the segment holds people out. */
  holdout?: HoldoutSeen | null;
  /** The smallest change that would bring it in; none for a member, and where no change of values would. */
  nearest?: ChangeSeen[] | null;
}

/** A rule of a segment and what it saw. */
export interface RuleSeen {
  /** `union`, `intersect` or `except`. */
  operator: string;
  /** The condition, as written. */
  condition: string;
  /** Whether it holds for the profile. */
  truth: Truth;
  /** Its parts. */
  parts: ConditionSeen[];
}

/** A condition and the values it saw. */
export interface ConditionSeen {
  /** The condition, as text. */
  condition: string;
  /** How deep it lies in the rule. */
  depth: number;
  /** Whether it holds. */
  truth: Truth;
  /** The columns it names and the values they have. */
  values: [string, Value][];
}

/** Something that happened in a run. */
export type RunEvent =
  | { event: "planned"; steps: [string, string][]; }
  | { event: "step_started"; step: string; }
  | { event: "step_progress"; step: string; rows: number; }
  | { event: "step_ended"; step: string; rows_in: number | null; rows_out: number; seconds: number; error: string | null; }
  | { event: "published"; run: string; }
  | { event: "sending"; export: string; };
