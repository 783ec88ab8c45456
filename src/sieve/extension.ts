/** One extension of the language: what `require` names, and what it adds. */
export interface Extension {
  readonly name: string;
}
