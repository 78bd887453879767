// type-icon: the type of a column as an icon with its word for those who cannot see it.
import { makeStyles, tokens } from "@fluentui/react-components";
import {
  BracesRegular,
  CalendarClockRegular,
  CalendarRegular,
  CheckboxCheckedRegular,
  KeyRegular,
  NumberSymbolRegular,
  QuestionRegular,
  TextTRegular,
} from "@fluentui/react-icons";
import type { ComponentType } from "react";

const useStyles = makeStyles({ icon: { display: "inline-flex", color: tokens.colorNeutralForeground3, verticalAlign: "middle", flexShrink: 0 } });

const ICONS: [RegExp, ComponentType, string][] = [
  [/^(text|string)/, TextTRegular, "text"],
  [/^integer/, NumberSymbolRegular, "whole number"],
  [/^(number|decimal|double)/, NumberSymbolRegular, "number"],
  [/^boolean/, CheckboxCheckedRegular, "yes or no"],
  [/^(date-time|instant|datetime)/, CalendarClockRegular, "date and time"],
  [/^date/, CalendarRegular, "date"],
  [/^guid/, KeyRegular, "guid"],
  [/^(list|record|map)/, BracesRegular, "list or record"],
];

/** A type in words. */
export const typeWord = (type: string): string => ICONS.find(([pattern]) => pattern.test(type))?.[2] ?? type;

/** The icon of a column's type. */
export function TypeIcon({ type }: { type: string }) {
  const styles = useStyles();
  const Icon = ICONS.find(([pattern]) => pattern.test(type))?.[1] ?? QuestionRegular;
  return (
    <span className={styles.icon} role="img" aria-label={typeWord(type)} title={type}>
      <Icon />
    </span>
  );
}
