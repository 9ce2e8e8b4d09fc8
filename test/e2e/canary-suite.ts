// No key is anywhere but in its room, whatever goes wrong.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type OtlpReceiver, startOtlpReceiver } from '../infra/otlp/receiver.ts';
import { canaries, canariesIn, modelOf, providerNames } from './canaries.ts';
import { type HostileProvider, misbehaviours, refusals, startHostileProvider } from './hostile-provider.ts';
import { withUnpacked } from './unpacked.ts';
import type { CommandEnd } from './waybill-command.ts';

/** A gateway that was given the canaries, however many processes it is made of. */
export interface CanaryWorld {
  readonly url: string;
  /** Where the suite may keep files. */
  readonly folder: string;
  readonly log: string;
  waybill(words: readonly string[]): Promise<CommandEnd>;
  adminToken(): Promise<string>;
  /** Ends provider-adapter, or the whole of it, as a crash would, and starts it again. */
  crash(): Promise<void>;
  /** Everything that is stored, by the name of its place; what is for its owner's eyes alone left out. */
  dump(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Places, by their names, that have to show what was asked for: of what cannot be read the search proves nothing. */
  readonly legible: readonly RegExp[];
  stop(): Promise<void>;
}

export interface CanaryOptions {
  readonly hostileUrl: string;
  readonly otlpUrl: string;
}

type Body = Readonly<Record<string, unknown>>;

const messages = [{ role: 'user', content: 'hello' }];

/** What callers can ask with a model's name. */
const requests: Readonly<Record<string, (model: string) => readonly [path: string, body: Body]>> = {
  'openai, whole': (model) => ['/v1/chat/completions', { model, messages }],
  'openai, streamed': (model) => ['/v1/chat/completions', { model, messages, stream: true }],
  responses: (model) => ['/v1/responses', { model, input: 'hello', stream: true }],
  'anthropic, whole': (model) => ['/v1/messages', { model, messages, max_tokens: 10 }],
  'anthropic, streamed': (model) => ['/v1/messages', { model, messages, max_tokens: 10, stream: true }],
  'a count': (model) => ['/v1/messages/count_tokens', { model, messages }],
  embeddings: (model) => ['/v1/embeddings', { model, input: 'hello' }],
  plain: (model) => ['/api/ai/chat', { model, messages }],
};

export function canarySuite(name: string, start: (options: CanaryOptions) => Promise<CanaryWorld>): void {
  describe(name, () => {
    let provider: HostileProvider;
    let receiver: OtlpReceiver;
    let world: CanaryWorld;
    const answers: string[] = [];

    beforeAll(async () => {
      [provider, receiver] = await Promise.all([startHostileProvider(), startOtlpReceiver()]);
      world = await start({ hostileUrl: provider.url, otlpUrl: receiver.url });
    }, 120_000);

    afterAll(async () => {
      await world?.stop();
      await Promise.all([provider?.stop(), receiver?.stop()]);
    }, 60_000);

    async function ask(path: string, init: RequestInit & { readonly key?: string } = {}): Promise<number> {
      const { key = canaries.virtual, ...rest } = init;
      const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
      const answer = await fetch(`${world.url}${path}`, { ...rest, headers, signal: AbortSignal.timeout(20_000) });
      const text = await answer.text().catch((thrown: unknown) => String(thrown));
      answers.push(`${path} ${answer.status} ${JSON.stringify([...answer.headers])} ${text}`);
      return answer.status;
    }

    const post = (path: string, body: Body | string, key?: string) =>
      ask(path, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body), ...(key && { key }) });

    async function run(words: readonly string[]): Promise<CommandEnd> {
      const end = await world.waybill(words);
      answers.push(`${words[0]} ${end.stdout} ${end.stderr}`);
      return end;
    }

    /** Nothing that was answered so far has a canary in it. */
    function expectClean(): void {
      for (const answer of answers) expect([canariesIn(answer), answer.slice(0, 200)]).toEqual([[], expect.anything()]);
    }

    /** Refusals of the key come last: it is set aside after them. */
    async function askInEveryWay(id: string, asking: readonly ((model: string) => readonly [string, Body])[]) {
      for (const ways of [Object.keys(misbehaviours), ...Object.keys(refusals).map((each) => [each])]) {
        const asked = ways.flatMap((each) => asking.map((request) => post(...request(modelOf(id, each)))));
        for (const status of await Promise.all(asked)) expect(status).toBeGreaterThanOrEqual(200);
      }
    }

    function expectAsked(key: string): void {
      const ways = provider.asked.get(key) ?? new Set();
      expect([...ways]).toEqual(expect.arrayContaining(Object.keys(misbehaviours)));
      expect(Object.keys(refusals).some((each) => ways.has(each))).toBe(true);
    }

    const names = providerNames.filter((each) => each !== 'away');

    test.each(names)(
      '%s repeats its key in everything that it answers, in vain',
      async (id) => {
        await askInEveryWay(id, Object.values(requests));
        expectAsked(canaries[id]);
        expectClean();
      },
      120_000,
    );

    test('a provider that is away, and keys and bodies that are wrong', async () => {
      for (const request of Object.values(requests)) await post(...request('away-refused'));
      await post('/v1/chat/completions', { model: 'x', messages }, `${canaries.virtual}x`);
      await post('/v1/chat/completions', '{"model": "x", "messages": oops');
      await post('/v1/chat/completions', { model: canaries.virtual.slice(0, 4), messages: 7 });
      await ask('/v1/models');
      expectClean();
    });

    test('a tenant brings its own key, which its provider repeats, and another in its place', async () => {
      const token = await world.adminToken();
      const stored = { provider: 'openai', key: canaries.tenant, base_url: `${provider.url}/own` };
      expect(await post('/api/provider-keys', stored)).toBe(201);
      expect(await post('/api/provider-keys', stored)).toBe(409);
      expect(await post('/api/provider-keys', { ...stored, provider: 'none' })).toBe(404);
      expect(await post('/api/provider-keys', { ...stored, base_url: 'ftp://x' })).toBe(400);
      expect(await post('/api/provider-keys', `{"provider":"openai","key":"${canaries.tenant}`)).toBe(400);
      expect(await post('/api/provider-keys', stored, 'a-key-of-another-tenant')).toBe(403);
      await askInEveryWay('openai', [requests['openai, streamed']!, requests['openai, whole']!]);
      expectAsked(canaries.tenant);
      const { stdout } = await run(['keys', 'provider', 'list', '--json']);
      const [{ id }] = JSON.parse(stdout).provider_keys;
      const keyFile = join(world.folder, 'newer.key');
      await writeFile(keyFile, canaries.newer, { mode: 0o600 });
      expect((await run(['keys', 'provider', 'rotate', id, '--key-file', keyFile])).code).toBe(0);
      expect((await run(['keys', 'provider', 'rotate', 'pk_none', '--key-file', keyFile])).code).toBe(1);
      expect((await run(['keys', 'provider', 'rewrap', '--new-key', '--json'])).code).toBe(0);
      await post(...requests['openai, whole']!(modelOf('openai', 'unauthenticated')));
      expect(provider.asked.get(canaries.newer)).toContain('unauthenticated');
      await ask('/admin/v1/provider-keys', { key: token });
      expectClean();
    }, 60_000);

    test('a crash in the middle of calls', async () => {
      const open = ['openai', 'anthropic'].map((id) => post(...requests['openai, streamed']!(modelOf(id, 'silent'))));
      await world.crash();
      await Promise.allSettled(open);
      await post(...requests['openai, whole']!(modelOf('openai', 'unauthenticated')));
      expectClean();
    }, 90_000);

    test('what is shown of it', async () => {
      const token = await world.adminToken();
      const shown = [
        '/models',
        '/models/standings',
        '/providers',
        '/keys',
        '/provider-keys',
        '/limits',
        '/budgets',
        '/spend',
      ];
      for (const path of shown) await ask(`/admin/v1${path}`, { key: token });
      for (const path of ['/metrics', '/healthz', '/readyz', '/api/ai/health']) await ask(path);
      for (const words of [
        'events --json',
        'replay --json',
        'audit --json',
        'keys list',
        'providers list',
        'doctor --json',
      ]) {
        await run(words.split(' '));
      }
      expectClean();
    }, 90_000);

    test('logs, traces and everything that is stored', async () => {
      expect(receiver.requests).toBeGreaterThan(0);
      for (const [whose, canary] of Object.entries(canaries))
        expect([whose, receiver.mentions(canary)]).toEqual([whose, false]);
      expect(world.log.length).toBeGreaterThan(1_000);
      expect(canariesIn(world.log)).toEqual([]);
      const dump = withUnpacked(await world.dump());
      expect(dump.size).toBeGreaterThan(0);
      for (const [place, bytes] of dump) expect([place, canariesIn(bytes)]).toEqual([place, []]);
      const asked = modelOf('openai', 'invalid');
      const telling = [...dump].flatMap(([place, bytes]) => (Buffer.from(bytes).includes(asked) ? [place] : []));
      for (const place of world.legible) expect(telling).toContainEqual(expect.stringMatching(place));
      const stored = [...dump.values()].reduce((sum, bytes) => sum + bytes.length, 0);
      const places = `${world.log.length} characters of logs, ${receiver.spans.length} spans, ${stored} stored bytes`;
      console.info(`${name}: ${Object.keys(canaries).length} keys in none of ${answers.length} answers, ${places}`);
    }, 60_000);
  });
}
