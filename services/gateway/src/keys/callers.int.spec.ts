// Virtual keys over restarts, with a real log.
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Configuration } from '@waybill/config';
import { openSqliteEventLog } from '@waybill/event-log';
import { Secret } from '@waybill/kernel';
import { idSource, systemClock } from '@waybill/service';
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

/** One life of a gateway, as far as its callers go. */
async function during<Value>(settings: Settings, work: (callers: Callers) => Promise<Value>): Promise<Value> {
  const log = await openSqliteEventLog({ file: join(folder, 'events.sqlite'), durability: 'process', clock });
  const producer = await log.openProducer('gateway');
  try {
    const callers = await openCallers({
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
