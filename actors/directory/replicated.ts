/** Whether a request changes what both servers of a pair hold: it runs at the directory's home. */
export function directoryChanges(name: string): boolean {
  return name === "rehash" || name === "moveHome" || /^(create|update|remove)/.test(name);
}
