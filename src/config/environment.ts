import type * as z from "zod";
import { configurationJsonSchema } from "./schema.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** One key of the configuration, flattened: its path, its schema and the variable that sets it. */
export interface ConfigurationKey {
  path: string[];
  variable: string;
  schema: JsonSchema;
  required: boolean;
}

/** Variables of ours that are not keys of the configuration. */
const OTHER_VARIABLES = new Set(["MALLARD_URL", "MALLARD_TOKEN", "MALLARD_TEST", "MALLARD_DATA"]);

let cachedKeys: ConfigurationKey[] | undefined;

/** Every key that an environment variable can set; an array is one key, a nullable object is one and its parts too. */
export function configurationKeys(): readonly ConfigurationKey[] {
  cachedKeys ??= collect(configurationJsonSchema(), []);
  return cachedKeys;
}

function collect(schema: JsonSchema, path: string[]): ConfigurationKey[] {
  const keys: ConfigurationKey[] = [];
  for (const [name, value] of Object.entries(schema.properties ?? {})) {
    if (typeof value === "boolean") continue;
    const here = [...path, name];
    const required = schema.required?.includes(name) ?? false;
    const alternatives = [value, ...(value.anyOf ?? [])].flatMap((one) => [one, ...(one.anyOf ?? [])]);
    const object = alternatives.find((one) => one.properties !== undefined);
    if (object !== value) {
      keys.push({ path: here, variable: "MALLARD_" + here.join("_").toUpperCase(), schema: value, required });
    }
    if (object) keys.push(...collect(object, here));
  }
  return keys;
}

/** One setting that the environment makes. */
export interface EnvironmentSetting {
  path: string[];
  variable: string;
  value: unknown;
}

/**
 * Reads `MALLARD_…` variables: the path in upper case with `_` (`MALLARD_LIMITS_MESSAGEBYTES`; underscores inside
 * a word are fine too). Text stays text; everything else is JSON. `unknown` are names that set nothing.
 */
export function readEnvironment(
  environment: Readonly<Record<string, string>>,
): { settings: EnvironmentSetting[]; unknown: string[] } {
  const byName = new Map(configurationKeys().map((key) => [squeeze(key.variable), key]));
  const settings: EnvironmentSetting[] = [];
  const unknown: string[] = [];
  for (const [variable, text] of Object.entries(environment).sort()) {
    if (!variable.startsWith("MALLARD_") || OTHER_VARIABLES.has(variable)) continue;
    const key = byName.get(squeeze(variable));
    if (key) settings.push({ path: key.path, variable, value: valueOf(text, key.schema) });
    else unknown.push(variable);
  }
  // Shorter paths first, so that a part can refine a whole object.
  settings.sort((a, b) => a.path.length - b.path.length);
  return { settings, unknown };
}

function squeeze(variable: string): string {
  return variable.slice("MALLARD_".length).replaceAll("_", "");
}

function valueOf(text: string, schema: JsonSchema): unknown {
  const types = typesOf(schema);
  if (types.has("string") && types.size === 1) return text;
  try {
    const value: unknown = JSON.parse(text);
    // A password of digits stays text where text is allowed; only `null` and objects are meant otherwise.
    if (types.has("string") && typeof value !== "object") return text;
    return value;
  } catch {
    // Text where it is allowed, or a mistake: the schema tells them apart and names the key.
    return text;
  }
}

function typesOf(schema: JsonSchema): Set<string> {
  const own = typeof schema.type === "string" ? [schema.type] : [];
  return new Set([...own, ...(schema.anyOf ?? []).flatMap((one) => [...typesOf(one)])]);
}
