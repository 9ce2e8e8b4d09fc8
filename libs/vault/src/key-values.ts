// One field of a secret in Vault's key-value store, version 2.
import { FaultError, fault } from '@waybill/kernel';
import { z } from 'zod';
import type { Vault } from './client.ts';

export interface FieldReference {
  /** The first word of the path. */
  readonly mount: string;
  readonly path: string;
  readonly field: string;
}

/** `secret/waybill/openai#api_key`, the path as `vault kv get` takes it; undefined when it is none. */
export function parseFieldReference(text: string): FieldReference | undefined {
  const [, mount, path, field] = /^([\w.-]+)\/([\w./-]+)#([\w.-]+)$/.exec(text.trim()) ?? [];
  if (mount === undefined || path === undefined || field === undefined) return undefined;
  const isPlain = path.split('/').every((step) => step !== '' && step !== '.' && step !== '..');
  return isPlain ? { mount, path, field } : undefined;
}

const kept = z.object({ data: z.record(z.string(), z.unknown()).nullable() });

/** The newest version's. Throws a FaultError, which names the place and never what is there. */
export async function readField(vault: Vault, { mount, path, field }: FieldReference): Promise<string> {
  const place = `${mount}/${path}`;
  const answer = kept.safeParse(await vault.ask({ method: 'GET', path: `${mount}/data/${path}` }));
  if (!answer.success) throw wrong(`${place} in Vault is in no key-value store of version 2`);
  const { data: fields } = answer.data;
  if (fields === null) throw new FaultError(fault('not_found', `the newest version of ${place} in Vault was deleted`));
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value === 'string' && value !== '') return value;
  if (value !== undefined) throw wrong(`the field ${field} of ${place} in Vault is empty or no text`);
  const names = Object.keys(fields).join(', ') || 'none';
  throw new FaultError(fault('not_found', `${place} in Vault has no field ${field}; it has ${names}`));
}

function wrong(message: string): FaultError {
  return new FaultError(fault('invalid', message));
}
