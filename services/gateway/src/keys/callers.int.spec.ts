// Virtual keys over restarts, with a real log.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Configuration } from '@waybill/config';
import { type EventReader, openSqliteEventLog } from '@waybill/event-log';
import { type Fault, FaultError, fault, Secret } from '@waybill/kernel';
import { idSource, systemClock } from '@waybill/service';
import { until } from '../testing/journey-bench.ts';
import { type Callers, openCallers } from './callers.ts';

const clock = systemClock();
const pepper = Buffer.alloc(32, 1);
let folder: string;
let announced: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-keys-'));
  announced = [];
});

afterEach(() => rm(folder, { recursive: true, force: true }));

type Settings = Pick<Configuration, 'callers' | 'keys'>;

const life = new AbortController();
const quietly = { from: 0n, signal: life.signal, onFailed: () => undefined };

afterAll(() => life.abort());

/** One life of a gateway, as far as its callers go. */
async function during<Value>(settings: Settings, work: (callers: Callers) => Promise<Value>): Promise<Value> {
  const log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
  const producer = await log.openProducer('gateway');
  try {
    const callers = await openCallers({
      ...quietly,
      configuration: settings,
      dataDirectory: folder,
      pepper,
      events: log,
      append: (drafts) => producer.append(drafts),
      clock,
      newId: idSource(clock),
      onFirstKey: (text) => announced.push(text),
    });
    return await work(callers);
  } finally {
    await producer.close();
    await log.close();
  }
}

const byKey: Settings = { callers: 'keys', keys: [] };

test('with no key configured, everybody is tenant default, whatever they send', async () => {
  const answers = await during({ callers: 'open', keys: [] }, ({ authenticate }) =>
    Promise.all([authenticate(undefined), authenticate('Bearer anything')]),
  );
  const value = { keyId: 'open', tenantId: 'default', projectId: 'default' };
  expect(answers).toEqual([
    { ok: true, value },
    { ok: true, value },
  ]);
  expect(announced).toEqual([]);
});

test('a first key is made, shown once, kept for its owner alone, and good after a restart', async () => {
  await during(byKey, async ({ authenticate }) => {
    expect(await authenticate(undefined)).toMatchObject({ ok: false, fault: { kind: 'unauthenticated' } });
  });
  await during(byKey, async ({ authenticate }) => {
    const key = (await readFile(join(folder, 'first.key'), 'utf8')).trim();
    expect(await authenticate(`Bearer ${key}`)).toMatchObject({ ok: true, value: { keyId: 'first' } });
    expect(announced).toEqual([key]);
  });
  expect((await stat(join(folder, 'first.key'))).mode & 0o777).toBe(0o600);
});

test('a start that was cut off after the file goes on with the same key', async () => {
  await during(byKey, async () => undefined);
  await rm(join(folder, 'events.sqlite'));
  for (const file of await readdir(folder)) if (file.startsWith('events.sqlite')) await rm(join(folder, file));
  await during(byKey, async ({ authenticate }) => expect(await authenticate(announced[0])).toMatchObject({ ok: true }));
  expect(new Set(announced).size).toBe(1);
});

test('an issued key is good at once and after a restart, until it is revoked', async () => {
  const issued = await during(byKey, ({ keys }) => keys.issue({ tenantId: 'acme', projectId: 'search' }));
  await during(byKey, async ({ authenticate, keys }) => {
    const value = { keyId: issued.key.keyId, tenantId: 'acme', projectId: 'search' };
    expect(await authenticate(issued.text)).toEqual({ ok: true, value });
    await keys.revoke(issued.key.keyId, 'leaked');
    expect(await authenticate(issued.text)).toMatchObject({ ok: false });
  });
  await during(byKey, async ({ authenticate, keys }) => {
    expect(await authenticate(issued.text)).toMatchObject({ ok: false, fault: { kind: 'unauthenticated' } });
    expect(keys.list().find((key) => key.keyId === issued.key.keyId)?.isRevoked).toBe(true);
  });
});

test('a key that has ended is not good', async () => {
  const request = { tenantId: 'acme', projectId: 'search', expiresAtMicros: clock.nowMicros() - 1n };
  await during(byKey, async ({ authenticate, keys }) => {
    expect(await authenticate((await keys.issue(request)).text)).toMatchObject({ ok: false });
  });
});

test('configured keys are good, cannot be revoked here, and make a first key needless', async () => {
  const configured = { id: 'team-a', secret: new Secret('wb_team_a'), tenant: 'acme', project: 'search' };
  await during({ callers: 'keys', keys: [configured] }, async ({ authenticate, keys }) => {
    expect(await authenticate('wb_team_a')).toMatchObject({ ok: true, value: { tenantId: 'acme' } });
    await expect(keys.revoke('team-a', '')).rejects.toMatchObject({ fault: { kind: 'conflict' } });
    await expect(keys.revoke('none', '')).rejects.toMatchObject({ fault: { kind: 'not_found' } });
  });
  expect(announced).toEqual([]);
});

test('an id is given once', async () => {
  await during(byKey, async ({ keys }) => {
    await keys.issue({ keyId: 'ci', tenantId: 'acme', projectId: 'search' });
    const again = keys.issue({ keyId: 'ci', tenantId: 'acme', projectId: 'search' });
    await expect(again).rejects.toMatchObject({ fault: { kind: 'conflict' } });
  });
});

test('no key is in the log', async () => {
  const { text } = await during(byKey, ({ keys }) => keys.issue({ tenantId: 'acme', projectId: 'search' }));
  for (const file of await readdir(folder)) {
    if (!file.startsWith('events.sqlite')) continue;
    const bytes = await readFile(join(folder, file));
    expect(bytes.includes(text)).toBe(false);
    expect(bytes.includes(announced[0]!)).toBe(false);
    expect(bytes.includes(text.slice(3, 40))).toBe(false);
  }
});

describe('two gateways on one log', () => {
  type Gateway = Callers & { readonly folder: string };

  async function together(
    work: (one: Gateway, other: Gateway) => Promise<void>,
    wrap: (log: EventReader) => Pick<EventReader, 'subscribe'> = (log) => log,
    onFailed: (because: Fault) => void = () => undefined,
  ): Promise<void> {
    const log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
    const own = new AbortController();
    const start = async (name: string): Promise<Gateway> => {
      const dataDirectory = await mkdtemp(join(folder, `${name}-`));
      const producer = await log.openProducer(`gateway/${name}`);
      const callers = await openCallers({
        configuration: byKey,
        dataDirectory,
        pepper,
        events: { readStream: log.readStream, subscribe: wrap(log).subscribe },
        from: 0n,
        signal: own.signal,
        append: (drafts) => producer.append(drafts),
        clock,
        newId: idSource(clock),
        onFirstKey: (text) => announced.push(text),
        onFailed,
      });
      return { ...callers, folder: dataDirectory };
    };
    try {
      const [one, other] = await Promise.all([start('gateway-0'), start('gateway-1')]);
      await work(one, other);
    } finally {
      own.abort();
      await log.close();
    }
  }

  async function isGood({ authenticate }: Gateway, text: string): Promise<boolean> {
    return (await authenticate(text)).ok;
  }

  /** Asks again and again; tests of a few seconds' delay need not know how long it is. */
  async function soon(condition: () => Promise<boolean>): Promise<void> {
    let holds = false;
    await until(() => {
      condition().then((now) => (holds = now));
      return holds;
    });
  }

  test('make one first key, which the file of one of them keeps', async () => {
    await together(async (one, other) => {
      expect(announced).toHaveLength(1);
      const files = await Promise.all([one, other].map((each) => readdir(each.folder)));
      expect(files.flat()).toEqual(['first.key']);
      await soon(() => isGood(one, announced[0]!));
      await soon(() => isGood(other, announced[0]!));
    });
  });

  test('hear of keys that the other has issued, and of those it has revoked', async () => {
    await together(async (one, other) => {
      const { key, text } = await one.keys.issue({ tenantId: 'acme', projectId: 'search' });
      await soon(() => isGood(other, text));
      await other.keys.revoke(key.keyId, 'leaked');
      expect(await isGood(other, text)).toBe(false);
      await soon(async () => !(await isGood(one, text)));
      expect(one.keys.list().filter(({ keyId }) => keyId === key.keyId)).toMatchObject([{ isRevoked: true }]);
    });
  });

  test('revoke a key at once that the other has only just issued, and both at the same time', async () => {
    const neverHears = { subscribe: () => new Promise(() => undefined) as never };
    await together(
      async (one, other) => {
        const { key, text } = await one.keys.issue({ tenantId: 'acme', projectId: 'search' });
        await Promise.all([one, other].map(({ keys }) => keys.revoke(key.keyId, 'leaked')));
        expect(await Promise.all([isGood(one, text), isGood(other, text)])).toEqual([false, false]);
      },
      () => neverHears,
    );
  });

  test('give an id once between them', async () => {
    await together(async (one, other) => {
      const request = { keyId: 'ci', tenantId: 'acme', projectId: 'search' };
      const outcomes = await Promise.allSettled([one, other].map(({ keys }) => keys.issue(request)));
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(refused).toMatchObject([{ reason: { fault: { message: expect.stringContaining('key ci already') } } }]);
    });
  });

  test('go on with what they know while the log cannot be followed, and catch up', async () => {
    const failures: Fault[] = [];
    let isAway = true;
    // biome-ignore lint/correctness/useYield: it breaks off before anything came
    const broken = async function* () {
      throw new FaultError(fault('unavailable', 'away'));
    };
    await together(
      async (one, other) => {
        const { text } = await one.keys.issue({ tenantId: 'acme', projectId: 'search' });
        expect([await isGood(one, text), await isGood(other, text)]).toEqual([true, false]);
        await until(() => failures.length > 1);
        isAway = false;
        await soon(() => isGood(other, text));
      },
      (log) => ({ subscribe: (after, options) => (isAway ? broken() : log.subscribe(after, options)) as never }),
      (because) => failures.push(because),
    );
  });
});
