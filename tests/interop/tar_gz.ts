/** A file of an archive. */
export interface ArchiveFile {
  name: string;
  data: Uint8Array;
}

/** The plain files of a `.tar.gz` in the order of the archive (ustar; long names of GNU and pax are left cut). */
export async function readTarGz(path: string): Promise<ArchiveFile[]> {
  const packed = await Deno.open(path);
  const tar = await new Response(packed.readable.pipeThrough(new DecompressionStream("gzip"))).bytes();
  const files: ArchiveFile[] = [];
  const text = (from: number, length: number) =>
    new TextDecoder().decode(tar.subarray(from, from + length)).replace(/\0.*$/s, "");
  for (let at = 0; at + 512 <= tar.length;) {
    const name = text(at, 100), size = parseInt(text(at + 124, 12), 8) || 0;
    const type = tar[at + 156];
    if (name !== "" && (type === 0 || type === 0x30)) {
      files.push({ name, data: tar.slice(at + 512, at + 512 + size) });
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return files;
}
