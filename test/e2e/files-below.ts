// What lies in a folder, byte by byte.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Every file below it, by its path. One that goes away meanwhile is left out. */
export async function filesBelow(folder: string): Promise<Map<string, Uint8Array>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = new Map<string, Uint8Array>();
  for (const { parentPath, name } of entries.filter((each) => each.isFile())) {
    const file = join(parentPath, name);
    const bytes = await readFile(file).catch(unlessGone);
    if (bytes !== undefined) found.set(file, bytes);
  }
  return found;
}

function unlessGone(thrown: NodeJS.ErrnoException): undefined {
  if (thrown.code !== 'ENOENT') throw thrown;
}
