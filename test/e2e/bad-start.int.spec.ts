// What keeps a gateway from starting is one clear message with the place and the fix, before anything listens.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testConfiguration } from './configuration.ts';
import { type CommandEnd, runWaybill } from './waybill-command.ts';
import { type StandaloneWorld, startWorld } from './world.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-bad-start-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const good = testConfiguration('http://127.0.0.1:9');
const [firstModel, secondModel] = good.models;

/** `waybill up` as it is expected to fail. */
async function upWith(configuration: object, words: readonly string[] = []): Promise<CommandEnd> {
  const file = join(folder, 'waybill.json');
  await writeFile(file, JSON.stringify(configuration));
  const places = ['--config', file, '--data-dir', join(folder, 'books'), '--http-port', '0', '--grpc-port', '0'];
  return runWaybill(['up', ...places, ...words], { folder, withinMs: 20_000 });
}

function expectRefusal(end: CommandEnd, says: readonly (string | RegExp)[]): void {
  expect({ code: end.code, stdout: end.stdout }).toEqual({ code: 1, stdout: '' });
  for (const what of says) expect(end.stderr).toMatch(what);
  expect(end.stderr).not.toMatch(/\n\s+at /);
}

describe('a configuration', () => {
  test('with several things wrong is told of each, with its place and the fix', async () => {
    const end = await upWith({
      ...good,
      budgts: [],
      server: { grace_ms: '30s' },
      providers: [...good.providers, { id: 'real', kind: 'openai', api_key: `\${OPENAI_API_KEY}` }],
      models: [
        { ...firstModel, max_tokens: 5 },
        { ...secondModel, id: firstModel?.id, prices: [{ input: -1, output: 1 }] },
        { ...firstModel, id: 'without-prices', prices: undefined },
        { ...firstModel, id: 'without-output', prices: [{ input: 1 }] },
        { ...firstModel, id: 'lost', provider: 'nobody' },
      ],
      routes: [{ model: 'smart', candidates: ['gone'] }],
    });
    expectRefusal(end, [
      'waybill.json',
      /budgts: is not known here; did you mean budgets/,
      /server\.grace_ms: .*milliseconds/,
      /providers\[3\]\.api_key: .*OPENAI_API_KEY/,
      /models\[0\]\.max_tokens: is not known here/,
      /models\[1\]\.id: gpt-4o-mini is taken by models\[0\]/,
      /models\[1\]\.prices\[0\]\.input: is negative/,
      /models\[2\]\.prices: is missing/,
      /models\[3\]\.prices\[0\]\.output: is missing/,
      /models\[4\]\.provider: .*nobody/,
      /routes\[0\]\.candidates\[0\]: .*gone/,
    ]);
  });

  test('that would let everybody in from elsewhere', async () => {
    const end = await upWith({ ...good, keys: [], server: {} }, ['--host', '0.0.0.0']);
    expectRefusal(end, [/--host: .*key/]);
  });

  test('that is not there', async () => {
    expectRefusal(await upWith(good, ['--config', join(folder, 'nowhere.yaml')]), ['nowhere.yaml', 'cannot be read']);
  });

  test('that is no YAML', async () => {
    const file = join(folder, 'broken.yaml');
    await writeFile(file, 'models:\n  - id: [fast\n');
    expectRefusal(await upWith(good, ['--config', file]), [/broken\.yaml/, /line \d|:\d/]);
  });
});

describe('a store', () => {
  test('that is no database', async () => {
    const books = join(folder, 'damaged');
    await mkdir(books);
    await writeFile(join(books, 'events.sqlite'), 'this is no database, but it is long enough to look at'.repeat(100));
    expectRefusal(await upWith(good, ['--data-dir', books]), ['events.sqlite', 'damaged', 'restore it from a backup']);
  });

  test('whose folder is a file', async () => {
    const books = join(folder, 'a-file');
    await writeFile(books, '');
    expectRefusal(await upWith(good, ['--data-dir', books]), ['a-file', 'WAYBILL_DATA_DIR']);
  });
});

describe('a port in use', () => {
  test.each([
    ['HTTP', '--http-port'],
    ['gRPC', '--grpc-port'],
  ])('for %s', async (_protocol, flag) => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const end = await upWith(good, [flag, String(port)]);
    server.close();
    expectRefusal(end, [`127.0.0.1:${port}`, 'cannot listen', 'port']);
  });
});

describe('a second writer', () => {
  let world: StandaloneWorld | undefined;
  afterAll(() => world?.stop());

  test('on the same data folder is refused, and names the first', async () => {
    world = await startWorld();
    const end = await upWith(good, ['--data-dir', world.dataDirectory]);
    expectRefusal(end, ['in use', String(world.gateway.pid), 'choose another folder']);
    expect((await fetch(`${world.url}/readyz`)).status).toBe(200);
  }, 30_000);
});
