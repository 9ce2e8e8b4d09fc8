// Who administers has read the token file in the data directory: its owner.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { FaultError, fault, Secret } from '@waybill/kernel';
import { readOrMakePrivateFile } from '../keys/private-file.ts';

export function tokenFile(dataDirectory: string): string {
  return join(dataDirectory, 'admin.token');
}

export async function openAdminToken(dataDirectory: string): Promise<Secret> {
  const token = await readOrMakePrivateFile(tokenFile(dataDirectory), () => randomBytes(32).toString('hex'));
  return new Secret(token);
}

/** Throws a FaultError `unauthenticated` unless the request carries the token. */
export function demandToken(headers: IncomingHttpHeaders, token: Secret): void {
  const sent = Buffer.from(/^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '');
  const wanted = Buffer.from(token.reveal());
  if (sent.length === wanted.length && timingSafeEqual(sent, wanted)) return;
  const message =
    'administration asks for the token in the file admin.token of the data directory, as a bearer token; a command reads it where --config or --data-dir says';
  throw new FaultError(fault('unauthenticated', message));
}
