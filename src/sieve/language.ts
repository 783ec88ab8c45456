import { BASE } from "./base/base.ts";
import { BUILT_IN } from "./built_in.ts";
import type {
  AddressPart,
  CommandDefinition,
  Extension,
  TagDefinition,
  TestDefinition,
  VariableNamespace,
} from "./extension.ts";
import type { Comparator } from "./match/comparator.ts";
import type { MatchType } from "./match/match_type.ts";

/** Something with the extension it belongs to; the empty name is the base language. */
export interface Owned<T> {
  extension: string;
  definition: T;
}

/** A tag that an extension gives to commands and tests of others. */
export interface ForeignTag extends Owned<TagDefinition> {
  of: ReadonlySet<string>;
}

/** Every word that scripts may use, by its name in lower case. */
export interface Language {
  extensions: Map<string, Extension>;
  commands: Map<string, Owned<CommandDefinition>>;
  tests: Map<string, Owned<TestDefinition>>;
  tags: Map<string, ForeignTag[]>;
  matchTypes: Map<string, Owned<MatchType>>;
  comparators: Map<string, Owned<Comparator>>;
  addressParts: Map<string, Owned<AddressPart>>;
  namespaces: Map<string, Owned<VariableNamespace>>;
}

let builtIn: Language | null = null;
const withOthers = new WeakMap<readonly Extension[], Language>();

/** The language with extensions from outside; made once for each list of them. */
export function languageWith(others: readonly Extension[] = []): Language {
  if (others.length === 0) return builtIn ??= makeLanguage([BASE, ...BUILT_IN]);
  let language = withOthers.get(others);
  if (language === undefined) {
    language = makeLanguage([BASE, ...BUILT_IN, ...others]);
    withOthers.set(others, language);
  }
  return language;
}

function makeLanguage(extensions: readonly Extension[]): Language {
  const language: Language = {
    extensions: new Map(),
    commands: new Map(),
    tests: new Map(),
    tags: new Map(),
    matchTypes: new Map(),
    comparators: new Map(),
    addressParts: new Map(),
    namespaces: new Map(),
  };
  for (const extension of extensions) addExtension(language, extension);
  return language;
}

function addExtension(language: Language, extension: Extension): void {
  const { name } = extension;
  if (name !== "") put(language.extensions, name, extension);
  const own = <T>(definition: T): Owned<T> => ({ extension: name, definition });
  for (const command of extension.commands ?? []) put(language.commands, command.name, own(command));
  for (const test of extension.tests ?? []) put(language.tests, test.name, own(test));
  for (const type of extension.matchTypes ?? []) put(language.matchTypes, type.name, own(type));
  for (const comparator of extension.comparators ?? []) {
    put(language.comparators, comparator.name, own(comparator));
  }
  for (const part of extension.addressParts ?? []) put(language.addressParts, part.name, own(part));
  if (extension.namespace) put(language.namespaces, extension.namespace.name, own(extension.namespace));
  for (const { of, tag } of extension.tags ?? []) {
    const list = language.tags.get(tag.name) ?? [];
    list.push({ ...own(tag), of: new Set(of) });
    language.tags.set(tag.name, list);
  }
}

/** Two extensions that define one word would make scripts mean what nobody meant. */
function put<T>(map: Map<string, T>, name: string, value: T): void {
  if (map.has(name)) throw new RangeError(`"${name}" is defined twice`);
  map.set(name, value);
}
