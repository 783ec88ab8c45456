/** The data folder belongs to another live process. */
export class DataFolderInUse extends Error {
  constructor(folder: string) {
    super(`${folder} is used by another running server`);
  }
}

/**
 * Takes the data folder for this process (M24). The lock is the kernel's: it ends with the process, however that ends.
 * Returns what gives it back.
 */
export function lockDataFolder(folder: string): () => void {
  Deno.mkdirSync(`${folder}/run`, { recursive: true, mode: 0o700 });
  Deno.chmodSync(folder, 0o700);
  const file = Deno.openSync(`${folder}/LOCK`, { read: true, write: true, create: true, mode: 0o600 });
  if (!file.tryLockSync(true)) {
    file.close();
    throw new DataFolderInUse(folder);
  }
  file.truncateSync();
  file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
  return () => file.close();
}
