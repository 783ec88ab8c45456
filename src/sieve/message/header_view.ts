import { fieldName, foldedValue, type Header, unfold } from "../../codec/message/header.ts";
import { decodeWords } from "../../codec/text/encoded_word.ts";
import { addressesOf, type MailAddress } from "./mail_address.ts";

/** One field of a header that tests look at. What is costly to read is read once. */
export interface FieldView {
  /** As written. */
  name: string;
  /** Wire text with its folds. */
  folded: string;
  /** Place in the header's text; null for a field that the script added. */
  source: { start: number; end: number } | null;
  decoded?: string;
  addresses?: MailAddress[];
}

/** The header of a message or of one of its parts, to be asked by names in any case. */
export class HeaderView {
  #fields: FieldView[];
  #byName: Map<string, FieldView[]> | null = null;
  /** How many fields were added or deleted. */
  edits = 0;

  constructor(header: Header) {
    this.#fields = header.fields.map((field) => ({
      name: fieldName(header, field),
      folded: foldedValue(header, field),
      source: { start: field.start, end: field.end },
    }));
  }

  /** All fields in their order. */
  get all(): readonly FieldView[] {
    return this.#fields;
  }

  /** The fields of a name, in their order. */
  fields(name: string): readonly FieldView[] {
    return this.#index().get(name.toLowerCase()) ?? [];
  }

  /** Puts a field in front, or at the end. */
  add(field: FieldView, last: boolean): void {
    this.#fields = last ? [...this.#fields, field] : [field, ...this.#fields];
    this.#changed();
  }

  /** Takes fields away. */
  remove(fields: ReadonlySet<FieldView>): void {
    if (fields.size === 0) return;
    this.#fields = this.#fields.filter((field) => !fields.has(field));
    this.#changed();
  }

  #changed(): void {
    this.#byName = null;
    this.edits++;
  }

  #index(): Map<string, FieldView[]> {
    if (this.#byName !== null) return this.#byName;
    const index = this.#byName = new Map<string, FieldView[]>();
    for (const field of this.#fields) {
      const name = field.name.toLowerCase(), known = index.get(name);
      if (known) known.push(field);
      else index.set(name, [field]);
    }
    return index;
  }
}

/**
 * A field's value as text: unfolded, encoded-words decoded, without white space around it (RFC 5228 §5.7). A fold counts
 * as a space, also where a tab makes it: people write their keys as they see the value.
 */
export function decodedValue(field: FieldView): string {
  return field.decoded ??= decodeWords(unfold(field.folded.replace(/\r?\n\t/g, " "))).trim();
}

/** The addresses that a field holds. */
export function fieldAddresses(field: FieldView): MailAddress[] {
  return field.addresses ??= addressesOf(field.folded);
}
