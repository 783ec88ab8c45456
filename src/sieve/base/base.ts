import type { Extension } from "../extension.ts";
import { BASE_MATCH_TYPES } from "../match/base_types.ts";
import { ASCII_CASEMAP, OCTET } from "../match/comparator.ts";
import { ADDRESS, ADDRESS_PARTS } from "./address.ts";
import { ALLOF, ANYOF, FALSE, NOT, TRUE } from "./logic.ts";
import { DISCARD, KEEP } from "./keep.ts";
import { ELSE, ELSIF, IF, REQUIRE, STOP } from "./control.ts";
import { EXISTS } from "./exists.ts";
import { HEADER } from "./header.ts";
import { REDIRECT } from "./redirect.ts";
import { SIZE } from "./size.ts";

/** The base language (RFC 5228), which no script has to require. */
export const BASE: Extension = {
  name: "",
  commands: [REQUIRE, IF, ELSIF, ELSE, STOP, KEEP, DISCARD, REDIRECT],
  tests: [ADDRESS, ALLOF, ANYOF, EXISTS, FALSE, HEADER, NOT, SIZE, TRUE],
  matchTypes: BASE_MATCH_TYPES,
  comparators: [OCTET, ASCII_CASEMAP],
  addressParts: ADDRESS_PARTS,
};
