// Asks providers that failed, or do not take a key, whether they are back, so that no call has to find out.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@waybill/kernel';
import { modelListOf } from '@waybill/providers';
import { readError } from '../engine/read.ts';
import { startWatch, type Watch } from '../engine/watch.ts';
import type { Target, TargetKey } from '../ports.ts';
import type { Access, Found } from './access.ts';
import type { ProviderKeyName } from './breakers.ts';

export interface HealthChecking {
  readonly targets: ReadonlyMap<string, Target>;
  readonly access: Access;
  readonly clock: Clock;
  /** Ends all checks. */
  readonly signal: AbortSignal;
}

/** No check takes longer. */
const longestCheckMs = 5_000;

/** One check at a time for each provider, and none while all is well. Resolves when the signal aborts. */
export async function checkHealth({ targets, ...world }: HealthChecking): Promise<void> {
  const checked = [...targets.values()].filter(({ healthCheck, codec }) => healthCheck && modelListOf(codec.family));
  await Promise.all(checked.map((target) => checkAgainAndAgain(target, world)));
}

type World = Omit<HealthChecking, 'targets'>;

/** That it lists its models tells something only where it did not do so before: then it has come back. */
async function checkAgainAndAgain(target: Target, { access, clock, signal }: World): Promise<void> {
  const { everyMs } = target.healthCheck!;
  const failing = new Set<string>();
  while (await passed(everyMs, signal)) {
    const unwell = access.unwell(target);
    for (const { id } of target.keys) if (unwell.every((key) => key.id !== id)) failing.delete(id);
    for (const key of unwell) {
      const found = await check(target, key, { clock, signal });
      if (signal.aborted) return;
      const isTold = found === 'accepted' ? failing.delete(key.id) : failing.add(key.id);
      if (isTold && found !== 'failing') access.checked(nameOf(target, key), found, everyMs * 2);
    }
  }
}

function nameOf({ providerId }: Target, { id }: TargetKey): ProviderKeyName {
  return { providerId, keyId: id };
}

async function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}

async function check(target: Target, key: TargetKey, { clock, signal }: Omit<World, 'access'>): Promise<Answer> {
  const watch = startWatch({ ...target.timeouts, totalMs: Math.min(longestCheckMs, target.timeouts.totalMs) }, signal);
  try {
    return await ask(target, key, { watch, clock });
  } finally {
    watch.stop();
  }
}

interface Asking {
  readonly watch: Watch;
  readonly clock: Clock;
}

/** `failing`: somebody is there, and answers neither with a list nor that the key is wrong. */
type Answer = Found | 'failing';

async function ask(target: Target, { secret }: TargetKey, { watch, clock }: Asking): Promise<Answer> {
  const { codec, basePath, connection } = target;
  const wire = modelListOf(codec.family)!;
  const nowMicros = clock.nowMicros();
  const sent = await connection.send({
    method: 'GET',
    path: `${basePath}${wire.path(undefined)}`,
    headers: { ...wire.headers, ...codec.authorize(secret, nowMicros) },
    body: undefined,
    signal: watch.signal,
    mayGo: () => true,
  });
  if (!sent.ok) return sent.withheld ? 'failing' : 'away';
  const { status, headers } = sent.answer;
  const body = await readError(sent.answer, watch);
  if (status >= 200 && status <= 299) return 'accepted';
  return codec.classify({ status, headers, body }, nowMicros).credentialBad ? 'refused' : 'failing';
}
