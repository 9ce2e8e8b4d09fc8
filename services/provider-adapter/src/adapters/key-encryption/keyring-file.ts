// Key-encryption keys in a file that its owner alone may read: for one machine, or mounted from a secret of the cluster.
import { randomBytes } from 'node:crypto';
import { chmod, link, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { FaultError, fault } from '@waybill/kernel';
import { z } from 'zod';
import type { KeyEncryption } from '../../ports.ts';
import { sealBytes, unsealBytes } from '../sealed-bytes.ts';
import { contextText, notWrappedHere } from './context.ts';

export interface KeyringFileOptions {
  readonly file: string;
  /** Whether to make one where there is none; else it has to be there. */
  readonly mayMake: boolean;
  nowIso(): string;
}

const keyBytes = 32;
const base64 = z.string().transform((text) => Buffer.from(text, 'base64url'));
const entry = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  made_at: z.string(),
  key: base64.refine((bytes) => bytes.length === keyBytes),
});
const keyring = z.strictObject({ keys: z.array(entry).min(1) });
type Keyring = z.infer<typeof keyring>;

/** The last key of the file wraps. It is read each time, so that a key added by hand or at another replica is known. */
export function keyringFile({ file, mayMake, nowIso }: KeyringFileOptions): KeyEncryption {
  const read = () => readKeyring(file, mayMake, nowIso);
  return {
    async wrap(dataKey, context) {
      const { id, key } = (await read()).keys.at(-1)!;
      return { by: nameOf(id), bytes: sealBytes(dataKey, key, contextText(context)) };
    },
    async unwrap({ by, bytes }, context) {
      const found = (await read()).keys.find(({ id }) => nameOf(id) === by);
      if (found === undefined) {
        const message = `the keyring ${file} has no key ${by}, which a stored key was encrypted under: restore it there`;
        throw new FaultError(fault('unavailable', message));
      }
      const dataKey = unsealBytes(bytes, found.key, contextText(context));
      if (dataKey === undefined) throw notWrappedHere(by);
      return dataKey;
    },
    async renew() {
      await read();
      await alone(file, async () => {
        const { keys } = await read();
        await writeKeyring(file, { keys: [...keys, newKey(keys.length + 1, nowIso)] });
      });
    },
    close: async () => undefined,
  };
}

function nameOf(id: string): string {
  return `keyring:${id}`;
}

function newKey(number: number, nowIso: () => string): Keyring['keys'][number] {
  return { id: `${number}-${randomBytes(4).toString('hex')}`, made_at: nowIso(), key: randomBytes(keyBytes) };
}

async function readKeyring(file: string, mayMake: boolean, nowIso: () => string): Promise<Keyring> {
  const text = await readPrivate(file, mayMake);
  if (text === undefined) {
    await makeKeyring(file, { keys: [newKey(1, nowIso)] });
    return readKeyring(file, false, nowIso);
  }
  const parsed = keyring.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const shape = '{"keys":[{"id":"1","made_at":"2026-01-01","key":"32 bytes in base64url"}]}';
  throw unusable(file, `holds no keyring; its shape is ${shape}`);
}

/** Undefined when it is not there and may be made. */
async function readPrivate(file: string, mayMake: boolean): Promise<string | undefined> {
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
      throw unusable(file, `may be read by others than its owner; chmod 600 ${file}`);
    }
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof FaultError) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' && mayMake) return undefined;
    throw unusable(file, `cannot be read (${code})`);
  }
}

/** Who comes second has the first one's. */
async function makeKeyring(file: string, made: Keyring): Promise<void> {
  const draft = await writeDraft(file, made);
  try {
    await link(draft, file);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code !== 'EEXIST') throw unusable(file, `cannot be written (${code})`);
  } finally {
    await unlink(draft);
  }
}

async function writeKeyring(file: string, changed: Keyring): Promise<void> {
  const draft = await writeDraft(file, changed);
  await rename(draft, file).catch(({ code }: NodeJS.ErrnoException) => {
    throw unusable(file, `cannot be written (${code})`);
  });
}

/** Whole and on the disk before it takes the place of what was there. */
async function writeDraft(file: string, { keys }: Keyring): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  const written = { keys: keys.map(({ key, ...rest }) => ({ ...rest, key: key.toString('base64url') })) };
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(written, null, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(draft, 0o600);
    return draft;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw unusable(file, `cannot be written (${code}); add a key to its end by hand where it comes from`);
  }
}

/** Two that added a key at the same time would lose one of them, and with it whatever it has encrypted. */
async function alone(file: string, work: () => Promise<void>): Promise<void> {
  const lock = `${file}.lock`;
  const handle = await open(lock, 'wx', 0o600).catch(({ code }: NodeJS.ErrnoException) => {
    const isHeld = code === 'EEXIST';
    throw unusable(file, isHeld ? `is being changed; if nobody does, remove ${lock}` : `cannot be written (${code})`);
  });
  try {
    await work();
  } finally {
    await handle.close();
    await unlink(lock);
  }
}

function unusable(file: string, why: string): FaultError {
  return new FaultError(fault('unavailable', `the keyring ${file} ${why}`));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
