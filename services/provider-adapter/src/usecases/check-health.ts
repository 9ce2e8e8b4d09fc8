// Asks providers that failed, or do not take a key, whether they are back, so that no call has to find out.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '@waybill/kernel';
import { modelListOf } from '@waybill/providers';
import { readError } from '../engine/read.ts';
import { startWatch, type Watch } from '../engine/watch.ts';
import type { Target, TargetKey } from '../ports.ts';
import type { Access, Found } from './access.ts';

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

async function checkAgainAndAgain(target: Target, world: World): Promise<void> {
  const { everyMs } = target.healthCheck!;
  while (await passed(everyMs, world.signal)) {
    for (const key of world.access.unwell(target)) await check(target, key, world);
  }
}

async function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
  return !signal.aborted;
}

async function check(target: Target, key: TargetKey, { access, clock, signal }: World): Promise<void> {
  const watch = startWatch({ ...target.timeouts, totalMs: Math.min(longestCheckMs, target.timeouts.totalMs) }, signal);
  try {
    const found = await ask(target, key, { watch, clock });
    const name = { providerId: target.providerId, keyId: key.id };
    if (found !== undefined && !signal.aborted) access.checked(name, found, target.healthCheck!.everyMs * 2);
  } finally {
    watch.stop();
  }
}

interface Asking {
  readonly watch: Watch;
  readonly clock: Clock;
}

/** Undefined when the answer says nothing of the key. */
async function ask(target: Target, { secret }: TargetKey, { watch, clock }: Asking): Promise<Found | undefined> {
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
  if (!sent.ok) return sent.withheld ? undefined : 'away';
  const { status, headers } = sent.answer;
  const body = await readError(sent.answer, watch);
  if (status >= 200 && status <= 299) return 'accepted';
  return codec.classify({ status, headers, body }, nowMicros).credentialBad ? 'refused' : undefined;
}
