/**
 * The import rules of ARCHITECTURE.md as a lint plugin: which layer may know which. Test files are free to reach
 * everywhere; nothing but them imports `tests`.
 */

/** Where a file stands: its layer, and inside it the folder that keeps to itself (a protocol, a kind of actor). */
export interface Place {
  layer: string;
  /** `imap` of src/frontend/imap; empty directly under the layer. */
  room: string;
  /** File name. */
  file: string;
}

/** The place of a file by its path below the repository; null for what has no layer. */
export function placeOfFile(path: string): Place | null {
  const parts = path.split("/");
  const file = parts[parts.length - 1];
  if (parts[0] === "actors") return { layer: "actors", room: parts.length > 2 ? parts[1] : "", file };
  if (parts[0] === "tests" || parts[0] === "scripts") return { layer: parts[0], room: "", file };
  if (parts[0] !== "src" || parts.length < 2) return null;
  if (parts.length === 2) return { layer: parts[1].replace(/\.ts$/, ""), room: "", file };
  return { layer: parts[1], room: parts.length > 3 ? parts[2] : "", file };
}

const any = () => true;
const contract = (to: Place) => to.file === "contract.ts";
const actorFace = (to: Place) => to.file === "actor.ts";
/** What actors share of replication: the log's form and how rows join. */
const actorParts = (to: Place) =>
  ["actor.ts", "replica.ts", "replica_handlers.ts", "row_branches.ts", "rows.ts"].includes(to.file);

/** What each layer may import: the other layers, each with a further condition. Its own layer is always allowed. */
const RULES: Readonly<Record<string, Readonly<Record<string, (to: Place) => boolean>>>> = {
  base: {},
  codec: { base: (to) => to.file === "bytes.ts" || to.file === "limits.ts" },
  storage: { base: any },
  net: { base: any, codec: any },
  sieve: { base: any, codec: any },
  config: { base: any },
  actor: { base: any, storage: any },
  actors: { base: any, codec: any, sieve: any, storage: any, actor: actorParts },
  replication: { base: any, net: any, codec: any, actor: any, actors: contract },
  frontend: {
    base: any,
    net: any,
    codec: any,
    sieve: any,
    actor: actorFace,
    actors: contract,
  },
  outbound: { base: any, net: any, codec: any, actor: actorFace, actors: contract },
  cli: { base: any, config: any, net: any, codec: any, sieve: any, actors: contract },
};

/** Layers that put the others together, and may import all but main and tests. */
const COMPOSERS = new Set(["place", "scripts"]);
/** Folders inside these layers do not know each other, except by what RULES says of `contract.ts`. */
const SEPARATE_ROOMS = new Set(["frontend", "actors"]);

/** Whether a file is test code: `x_test.ts`, a `testing` folder beside the code, or below `tests`. */
export function isTest(path: string): boolean {
  return path.endsWith("_test.ts") || path.startsWith("tests/") || path.includes("/testing/");
}

/** Why an import is wrong, or null when it is fine. Paths are below the repository. */
export function layerProblem(fromPath: string, toPath: string): string | null {
  const from = placeOfFile(fromPath);
  const to = placeOfFile(toPath);
  if (!from || !to || /_test\.ts$/.test(from.file) || from.layer === "tests" || from.layer === "main") {
    return null;
  }
  if (to.layer === "tests") return "only tests import tests";
  if (to.layer === "main") return "nothing imports src/main.ts";
  if (/_test\.ts$/.test(to.file)) return "nothing imports a test";
  if (COMPOSERS.has(from.layer)) return null;
  if (from.layer === to.layer) {
    const stranger = SEPARATE_ROOMS.has(from.layer) && to.room !== "" && to.room !== from.room;
    if (!stranger || (from.layer === "actors" && contract(to))) return null;
    return `${from.layer}/${from.room || "*"} does not know ${to.layer}/${to.room}`;
  }
  const rule = RULES[from.layer]?.[to.layer];
  if (!rule) return `${from.layer} may not import ${to.layer}`;
  return rule(to) ? null : `${from.layer} may not import ${to.layer}'s ${to.file}`;
}

const ROOT = new URL("..", import.meta.url).pathname;

/** The path below the repository of an import written in a file, or null for a package. */
function resolveImport(fromPath: string, specifier: string): string | null {
  if (!specifier.startsWith(".")) return null;
  return new URL(specifier, `file:///${fromPath}`).pathname.slice(1);
}

const plugin: Deno.lint.Plugin = {
  name: "mallard",
  rules: {
    layers: {
      create(context) {
        const fileName = context.filename;
        const fromPath = fileName.startsWith(ROOT)
          ? fileName.slice(ROOT.length)
          : fileName.replace(/^\//, "");
        const check = (source: Deno.lint.Node | null) => {
          if (source?.type !== "Literal" || typeof source.value !== "string") return;
          const toPath = resolveImport(fromPath, source.value);
          const problem = toPath === null ? null : layerProblem(fromPath, toPath);
          if (problem !== null) context.report({ node: source, message: problem });
        };
        return {
          ImportDeclaration: (node) => check(node.source),
          ExportNamedDeclaration: (node) => check(node.source),
          ExportAllDeclaration: (node) => check(node.source),
          ImportExpression: (node) => check(node.source),
        };
      },
    },
  },
};

export default plugin;
