// Who may call: everybody on this machine, or who has a key; and the first key, where nobody has one yet.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Configuration } from '@waybill/config';
import type { EventDraft, EventReader } from '@waybill/event-log';
import type { Clock } from '@waybill/kernel';
import type { Authenticate } from '../ports.ts';
import { type KeyRing, openKeyRing } from './key-ring.ts';
import { keyText, randomBytesPerKey } from './key-text.ts';
import { readOrMakePrivateFile } from './private-file.ts';

const firstKeyId = 'first';

export interface CallersOptions {
  readonly configuration: Pick<Configuration, 'callers' | 'keys'>;
  readonly dataDirectory: string;
  /** Keys the digests of the keys at rest. */
  readonly pepper: Buffer;
  readonly events: Pick<EventReader, 'readStream'>;
  /** Resolves when the events are durable. */
  append(drafts: readonly EventDraft[]): Promise<unknown>;
  readonly clock: Clock;
  newId(prefix: string): string;
  /** Told of the first key, once, when it is made. */
  onFirstKey(text: string, file: string): void;
}

export interface Callers {
  readonly authenticate: Authenticate;
  readonly keys: KeyRing;
}

export async function openCallers(options: CallersOptions): Promise<Callers> {
  const { configuration } = options;
  const keys = await openKeyRing({ ...options, configured: configuration.keys, random: randomBytes });
  if (configuration.callers === 'open') return { authenticate: admitEverybody, keys };
  if (configuration.keys.length === 0) await ensureFirstKey(keys, options);
  return { authenticate: keys.authenticate, keys };
}

const everybody = { ok: true, value: { keyId: 'open', tenantId: 'default', projectId: 'default' } } as const;

const admitEverybody: Authenticate = async () => everybody;

/** The file is there before the event: a start that was cut off goes on with the same key. */
async function ensureFirstKey(keys: KeyRing, { dataDirectory, onFirstKey }: CallersOptions): Promise<void> {
  if (keys.list().some((key) => key.origin === 'issued')) return;
  const file = join(dataDirectory, 'first.key');
  const text = await readOrMakePrivateFile(file, () => keyText(randomBytes(randomBytesPerKey)));
  await keys.record({ keyId: firstKeyId, tenantId: 'default', projectId: 'default' }, text);
  onFirstKey(text, file);
}
