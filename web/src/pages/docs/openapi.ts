/*
 * openapi: the parts of an OpenAPI 3.1 document that the page reads.
 */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  items?: Schema;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  required?: string[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
}
export interface Body {
  description?: string;
  required?: boolean;
  content?: Record<string, { schema?: Schema }>;
}
export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}
export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: Body;
  responses?: Record<string, Body>;
}
export interface OpenApi {
  openapi: string;
  info: { title: string; version: string; description?: string };
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

/** An operation with its place. */
export interface Endpoint {
  id: string;
  method: string;
  path: string;
  operation: Operation;
}

const METHODS = ["get", "post", "put", "patch", "delete"];

/** All operations, by tag, in the order of the document. */
export function byTag(document: OpenApi): [string, Endpoint[]][] {
  const tags = new Map<string, Endpoint[]>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? "others";
      const endpoint = { id: operation.operationId ?? `${method}${path}`, method: method.toUpperCase(), path, operation };
      tags.set(tag, [...(tags.get(tag) ?? []), endpoint]);
    }
  }
  return [...tags];
}

/** The name a reference ends with. */
export const refName = (ref: string): string => ref.split("/").at(-1) ?? ref;

/** A schema's type in a few words: `list of SegmentView`, `text or null`. */
export function typeWords(schema: Schema | undefined): string {
  if (!schema) return "anything";
  if (schema.$ref) return refName(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" or ");
  const some = schema.oneOf ?? schema.anyOf;
  if (some) return some.map(typeWords).join(" or ");
  if (schema.allOf) return schema.allOf.map(typeWords).join(" and ");
  const types = Array.isArray(schema.type) ? schema.type : schema.type ? [schema.type] : [];
  const words = types.map((type) => {
    if (type === "array") return schema.prefixItems ? `[${schema.prefixItems.map(typeWords).join(", ")}]` : `list of ${typeWords(schema.items)}`;
    if (type === "object" && typeof schema.additionalProperties === "object") return `map of ${typeWords(schema.additionalProperties)}`;
    return type === "string" ? (schema.format ? `text (${schema.format})` : "text") : type;
  });
  return words.join(" or ") || "anything";
}
