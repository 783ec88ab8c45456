/**
 * Writes docs/configuration.md from the schema. `--check` writes nothing and fails when the page is out of date.
 */
import type * as z from "zod";
import { configurationKeys } from "../src/config/environment.ts";
import { configurationJsonSchema } from "../src/config/schema.ts";

type JsonSchema = z.core.JSONSchema.BaseSchema;

const PAGE = new URL("../docs/configuration.md", import.meta.url);

const INTRODUCTION = `# Configuration

<!-- Written by \`deno task docs\` from src/config/schema.ts; change it there. -->

One JSONC file (JSON with comments and trailing commas), given to \`mallard serve --config FILE\`. \`mallard check-config
FILE\` lists everything that is wrong in it, each with its place; \`mallard check-config --schema\` prints its JSON Schema
for editors. Relative paths start at the file's folder. SIGHUP reloads it.

Each key can be set by the environment: \`MALLARD_\` and the path in upper case with \`_\`. Text is taken as it is; numbers,
\`true\`, \`false\`, \`null\`, lists and objects are JSON. The environment wins over the file, \`--data\` over both.

A small, complete file:

\`\`\`jsonc
{
  "hostname": "mx1.example.org",
  "dataDir": "/var/lib/mallard",
  "listeners": [
    { "protocol": "smtp", "address": "::", "port": 25, "tls": "starttls" },
    { "protocol": "submission", "address": "::", "port": 465, "tls": "implicit" },
    { "protocol": "imap", "address": "::", "port": 993, "tls": "implicit" },
    { "protocol": "http", "address": "127.0.0.1", "port": 8080, "tls": "none" }
  ],
  "tls": { "certificates": [{ "cert": "fullchain.pem", "key": "privkey.pem" }] }
}
\`\`\`
`;

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function typeText(schema: JsonSchema): string {
  if (schema.enum) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" or ");
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeText))].join(" or ");
  if (schema.type === "null") return "`null`";
  if (schema.type === "array") {
    const items = schema.items;
    return `list of ${typeof items === "object" && !Array.isArray(items) ? typeText(items) : "values"}`;
  }
  if (schema.type === "integer") return rangeText("integer", schema);
  if (schema.type === "number") return rangeText("number", schema);
  return typeof schema.type === "string" ? schema.type : "value";
}

function rangeText(word: string, schema: JsonSchema): string {
  const low = schema.minimum ?? -Infinity;
  const high = schema.maximum ?? Infinity;
  const bounded = high < Number.MAX_SAFE_INTEGER;
  if (low > -Number.MAX_SAFE_INTEGER && bounded) return `${word} from ${low} to ${high}`;
  if (low > -Number.MAX_SAFE_INTEGER) return `${word} from ${low}`;
  return bounded ? `${word} to ${high}` : word;
}

function defaultText(schema: JsonSchema, required: boolean): string {
  if (schema.default !== undefined) return `\`${JSON.stringify(schema.default)}\``;
  if (!required && schema.anyOf?.some((one) => one.type === "null")) return "`null`";
  return required ? "**required**" : "";
}

function itemTable(schema: JsonSchema): string {
  const rows = Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    if (typeof value === "boolean") return [];
    const required = schema.required?.includes(name) ?? false;
    return [
      `| \`${name}\` | ${cell(typeText(value))} | ${cell(defaultText(value, required))} | ${
        cell(value.description ?? "")
      } |`,
    ];
  });
  return ["| key of an item | type | default | what |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

/** The whole page. */
export function configurationPage(): string {
  const root = configurationJsonSchema();
  const sections: string[] = [INTRODUCTION];
  for (const [name, value] of Object.entries(root.properties ?? {})) {
    if (typeof value === "boolean") continue;
    const keys = configurationKeys().filter((key) => key.path[0] === name);
    sections.push(`## ${name}\n\n${value.description ?? ""}\n`);
    const rows = keys.map((key) =>
      `| \`${key.path.join(".")}\` | ${cell(typeText(key.schema))} | ${
        cell(defaultText(key.schema, key.required))
      } | ${cell(key.schema.description ?? "")} | \`${key.variable}\` |`
    );
    sections.push(
      ["| key | type | default | what | variable |", "| --- | --- | --- | --- | --- |", ...rows].join("\n") +
        "\n",
    );
    for (const key of keys) {
      const items = key.schema.items;
      if (typeof items === "object" && !Array.isArray(items) && items.properties) {
        sections.push(`Each item of \`${key.path.join(".")}\`:\n\n${itemTable(items)}\n`);
      }
    }
  }
  return sections.join("\n");
}

if (import.meta.main) {
  const page = configurationPage();
  if (Deno.args.includes("--check")) {
    const there = await Deno.readTextFile(PAGE).catch(() => "");
    if (there !== page) {
      console.error("docs/configuration.md is out of date: run `deno task docs`");
      Deno.exit(1);
    }
  } else {
    await Deno.writeTextFile(PAGE, page);
  }
}
