// model: an export as its YAML has it.

/** `exports/<Name>.yaml`. */
export interface ExportValue {
  title?: string;
  connection?: string;
  format?: string;
  segments?: string[];
  tables?: string[];
  columns?: string[];
  match?: { customer?: string; target?: string };
  schedule?: string;
  options?: unknown;
}

/** An export with one key changed; nothing chosen takes the key away. */
export function put<K extends keyof ExportValue>(value: ExportValue, key: K, next: ExportValue[K]): ExportValue {
  const none = next === undefined || next === "" || (Array.isArray(next) && next.length === 0);
  const { [key]: _, ...rest } = value;
  return none ? rest : { ...value, [key]: next };
}

/** When an export goes out, in words. */
export const SCHEDULES: Record<string, string> = { with_every_run: "With every run", manual: "By hand" };

/** Kinds of connections, in words. */
export const KINDS: Record<string, string> = { folder: "Folder", dynamics_365_marketing: "Dynamics 365 outbound marketing" };
