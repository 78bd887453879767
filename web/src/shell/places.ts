/*
 * places: the pages of the navigation, in order, with their letters.
 *
 * To add a place: a line here; its letter must be free.
 */
import {
  ArrowExportRegular,
  ArrowSyncCircleRegular,
  BranchForkRegular,
  CalculatorRegular,
  ClipboardCheckmarkRegular,
  ClipboardTaskListLtrRegular,
  ConnectorRegular,
  DatabaseRegular,
  HomeRegular,
  LightbulbRegular,
  MergeRegular,
  PeopleRegular,
  PeopleListRegular,
  ShieldKeyholeRegular,
  SparkleRegular,
  TableRegular,
  TimelineRegular,
} from "@fluentui/react-icons";
import type { ComponentType } from "react";
import type { Role } from "../api/types";

/** A page of the navigation. */
export interface Place {
  title: string;
  path: string;
  /** `g`, then this letter. */
  letter: string;
  icon: ComponentType;
  /** Other words to find it by. */
  words: string;
  /** The least role that may see it. */
  role?: Role;
}

/** Pages under one word; without a word at the top. */
export interface Group {
  title: string | null;
  places: Place[];
}

/** The navigation. */
export const GROUPS: Group[] = [
  {
    title: null,
    places: [
      { title: "Home", path: "/home", letter: "h", icon: HomeRegular, words: "start overview" },
      { title: "Customers", path: "/customers", letter: "c", icon: PeopleRegular, words: "people profiles search cards" },
      { title: "Segments", path: "/segments", letter: "s", icon: PeopleListRegular, words: "groups audiences members" },
      { title: "Measures", path: "/measures", letter: "m", icon: CalculatorRegular, words: "figures attributes kpi" },
      { title: "Intelligence", path: "/intelligence", letter: "i", icon: LightbulbRegular, words: "predictions models" },
    ],
  },
  {
    title: "Data",
    places: [
      { title: "Data sources", path: "/sources", letter: "d", icon: DatabaseRegular, words: "ingest connect power query files fhir dataverse" },
      { title: "Tables", path: "/tables", letter: "t", icon: TableRegular, words: "entities rows columns data" },
      { title: "Unify", path: "/unify", letter: "u", icon: MergeRegular, words: "map match model merge deduplicate identity" },
      { title: "Review", path: "/review", letter: "v", icon: ClipboardCheckmarkRegular, words: "pairs decisions same different steward quality precision recall" },
      { title: "Enrichment", path: "/enrichment", letter: "e", icon: SparkleRegular, words: "brands interests" },
      { title: "Activities", path: "/activities", letter: "a", icon: TimelineRegular, words: "timeline events" },
      { title: "Relationships", path: "/relationships", letter: "r", icon: BranchForkRegular, words: "graph lookups visualizer" },
      { title: "Exports", path: "/exports", letter: "x", icon: ArrowExportRegular, words: "send destinations activate" },
    ],
  },
  {
    title: "Admin",
    places: [
      { title: "System", path: "/system", letter: "y", icon: ArrowSyncCircleRegular, words: "runs jobs status schedule refresh" },
      { title: "Connections", path: "/connections", letter: "n", icon: ConnectorRegular, words: "destinations dynamics folder" },
      { title: "Permissions", path: "/permissions", letter: "p", icon: ShieldKeyholeRegular, words: "accounts roles tokens invite", role: "administrator" },
      { title: "Audit", path: "/audit", letter: "l", icon: ClipboardTaskListLtrRegular, words: "log who what when", role: "administrator" },
    ],
  },
];

/** All pages of the navigation. */
export const PLACES: Place[] = GROUPS.flatMap((group) => group.places);
