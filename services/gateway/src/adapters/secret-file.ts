// The gateway's own secret: made at its first start, kept in a file that only its owner can read.
import { hkdfSync, randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { FaultError, fault } from '@waybill/kernel';

/** A key for one purpose, 32 bytes; other purposes and tenants have others. */
export type DeriveKey = (purpose: string, tenantId?: string) => Buffer;

const secretBytes = 32;

/** Reads the secret, or makes it. Throws a FaultError when the file is there and holds no secret. */
export async function openSecret(file: string): Promise<DeriveKey> {
  const secret = (await existing(file)) ?? (await made(file));
  return (purpose, tenantId = '') => {
    const purposeOfTenant = JSON.stringify([purpose, tenantId]);
    return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purposeOfTenant, secretBytes));
  };
}

async function existing(file: string): Promise<Buffer | undefined> {
  const text = await readFile(file, 'utf8').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw unusable(file, `it cannot be read (${thrown.code})`);
  });
  if (text === undefined) return undefined;
  const secret = Buffer.from(text.trim(), 'base64url');
  if (secret.length !== secretBytes) throw unusable(file, 'it does not hold 32 bytes in base64url');
  return secret;
}

/** Linked into place whole, and never over a secret that somebody else has made meanwhile. */
async function made(file: string): Promise<Buffer> {
  const secret = randomBytes(secretBytes);
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${secret.toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  const linked = await link(draft, file).then(
    () => true,
    () => false,
  );
  await unlink(draft);
  if (linked) return secret;
  const others = await existing(file);
  if (others === undefined) throw unusable(file, 'it cannot be made');
  return others;
}

function unusable(file: string, why: string): FaultError {
  const consequence = 'without it, pseudonyms and digests would change; restore it, or move it away to begin anew';
  return new FaultError(fault('unavailable', `the secret in ${file} cannot be used: ${why}; ${consequence}`));
}
