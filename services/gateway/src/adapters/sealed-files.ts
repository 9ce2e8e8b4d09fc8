// Encrypted files in a folder, the oldest going first when they are too old or too many.
import { mkdir, readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import type { SealedStore } from '../ports.ts';
import { seal, unseal } from './sealed.ts';

export interface SealedFilesOptions {
  /** A folder of its own; made when it is not there. */
  readonly directory: string;
  /** 32 bytes. */
  readonly key: Buffer;
  readonly retentionMs: number;
  /** Of all files together. */
  readonly maxBytes: number;
  nowMs(): number;
}

const fileName = /^[0-9a-f]{64}$/;
const purgeEveryMs = 60_000;

/** What a crash leaves half-written does not decrypt, and so counts as not kept. */
export async function openSealedFiles(options: SealedFilesOptions): Promise<SealedStore> {
  const { directory, key, retentionMs, maxBytes, nowMs } = options;
  const pathOf = (name: string) => join(directory, name);
  const removing = new Map<string, Promise<void>>();
  const sizes = new LRUCache<string, number>({
    maxSize: maxBytes,
    sizeCalculation: (bytes) => Math.max(1, bytes),
    ttl: retentionMs,
    perf: { now: nowMs },
    dispose(_bytes, name, reason) {
      if (reason === 'set') return;
      const removed = unlink(pathOf(name)).catch(() => undefined);
      removing.set(name, removed);
      removed.then(() => removing.delete(name));
    },
  });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await takeStock(options, sizes);
  let purgedAtMs = nowMs();
  return {
    async load(name) {
      if (!sizes.has(name)) return undefined;
      const bytes = await readFile(pathOf(name)).catch(() => undefined);
      return bytes && unseal(bytes, key, name);
    },
    async save(name, plain) {
      const bytes = seal(plain, key, name);
      if (bytes.length > maxBytes) return false;
      await removing.get(name);
      const draft = pathOf(`${name}.new`);
      await writeFile(draft, bytes, { mode: 0o600 });
      await utimes(draft, nowMs() / 1000, nowMs() / 1000);
      await rename(draft, pathOf(name));
      sizes.set(name, bytes.length, { start: nowMs() });
      if (nowMs() - purgedAtMs >= purgeEveryMs) {
        purgedAtMs = nowMs();
        sizes.purgeStale();
      }
      return true;
    },
    async remove(name) {
      sizes.delete(name);
      await removing.get(name);
    },
  };
}

/** Oldest first, so that they are the first to go. Whatever else lies there is removed. */
async function takeStock(
  { directory, retentionMs, nowMs }: SealedFilesOptions,
  sizes: LRUCache<string, number>,
): Promise<void> {
  const names = await readdir(directory);
  const files = await Promise.all(
    names.map(async (name) => {
      const { size, mtimeMs } = await stat(join(directory, name));
      return { name, size, mtimeMs };
    }),
  );
  for (const { name, size, mtimeMs } of files.toSorted((one, other) => one.mtimeMs - other.mtimeMs)) {
    const isGood = fileName.test(name) && nowMs() - mtimeMs < retentionMs;
    if (isGood) sizes.set(name, size, { start: mtimeMs });
    else await unlink(join(directory, name)).catch(() => undefined);
  }
}
