import type { FolderId } from "./contract.ts";

/** Published on `annotations`: names of folders (empty: the server) and entries. */
export interface AnnotationEvent {
  changed: [folder: string, entry: string][];
}

/** Published on `messages`: in which folder messages came or went, or flags changed. */
export interface MessagesEvent {
  folder: FolderId;
  name: string;
  messages: boolean;
  flags: boolean;
}

/** One change of the list of folders or of subscriptions. */
export type FolderListChange =
  | { kind: "made" | "gone" | "subscribed" | "unsubscribed"; name: string }
  | { kind: "renamed"; name: string; from: string };

/** Published on `folders`; null: much changed at once. */
export interface FolderListEvent {
  changes: FolderListChange[] | null;
}

/** Published on `folder:<id>` after each change. */
export interface FolderEvent {
  folder: FolderId;
  modSeq: number;
  /** The folder was deleted. */
  gone?: boolean;
  /** Rights on it changed: who may have lost them asks. */
  rights?: boolean;
}
