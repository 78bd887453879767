// Conditions: the builder and what it is given.

export { ConditionBuilder, type ConditionBuilderProps, type Counts } from "./condition-builder";
export { ownScope, useReachable, readTables, writeTables, type Scope, type UsedTable, type UsedTables } from "../attributes/scope";
