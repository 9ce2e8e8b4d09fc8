// Who may call: everybody on this machine, or who has a key; and the first key, where nobody has one yet.
import { randomBytes } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Configuration } from '@waybill/config';
import type { EventDraft, EventReader, Position } from '@waybill/event-log';
import { type Clock, type Fault, faultOf } from '@waybill/kernel';
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
  readonly events: Pick<EventReader, 'readStream' | 'subscribe'>;
  /** A place in the log that it had reached before. */
  readonly from: Position;
  /** Ends what goes on in the background. */
  readonly signal: AbortSignal;
  /** What stands in the way of hearing of keys, or of making the first one; it is tried again. */
  onFailed(because: Fault): void;
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

const firstKeyWithinMs = 5_000;
const pauseMs = 1_000;

/** Not waited for without end: when the log cannot be written, callers of other keys need not wait for this one. */
async function ensureFirstKey(keys: KeyRing, options: CallersOptions): Promise<void> {
  const made = untilMade(keys, options);
  await Promise.race([made, sleep(firstKeyWithinMs, undefined, { ref: false })]);
}

async function untilMade(keys: KeyRing, options: CallersOptions): Promise<void> {
  while (!options.signal.aborted) {
    try {
      return await makeFirstKey(keys, options);
    } catch (thrown) {
      options.onFailed(faultOf(thrown));
    }
    await sleep(pauseMs, undefined, { signal: options.signal, ref: false }).catch(() => undefined);
  }
}

/**
 * Of several gateways one makes it, and the file of that one keeps it. The file is there before the event: a start that
 * was cut off goes on with the same key.
 */
async function makeFirstKey(keys: KeyRing, { dataDirectory, onFirstKey }: CallersOptions): Promise<void> {
  if (keys.list().some((key) => key.origin === 'issued')) return;
  const file = join(dataDirectory, 'first.key');
  const text = await readOrMakePrivateFile(file, () => keyText(randomBytes(randomBytesPerKey)));
  await keys.record({ keyId: firstKeyId, tenantId: 'default', projectId: 'default' }, text).catch(async (thrown) => {
    if (faultOf(thrown).kind !== 'conflict') throw thrown;
    await keys.refresh();
  });
  if ((await keys.authenticate(text)).ok) onFirstKey(text, file);
  else await unlink(file);
}
