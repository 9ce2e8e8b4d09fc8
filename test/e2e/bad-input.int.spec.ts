// What a client gets that asks for something wrong: a clear error in its own dialect, and never a look inside.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GenerationServiceDefinition } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import { post, question } from './calls/curl.ts';
import { connectGrpc, grpcQuestion } from './grpc-client.ts';
import { type StandaloneWorld, startWorld } from './world.ts';

let world: StandaloneWorld;
beforeAll(async () => {
  world = await startWorld({ maxBodyBytes: 65_536 });
}, 30_000);
afterAll(() => world?.stop());

interface ErrorSeen {
  readonly message: string;
  /** The dialect's own word for it. */
  readonly word: string;
}

const dialects = {
  openai: {
    path: '/v1/chat/completions',
    body: { model: 'gpt-4o-mini', messages: [question] },
    read: ({ error }: { error: { message: string; type: string } }): ErrorSeen => ({
      message: error.message,
      word: error.type,
    }),
  },
  anthropic: {
    path: '/v1/messages',
    body: { model: 'gpt-4o-mini', max_tokens: 50, messages: [question] },
    read({ type, error }: { type: string; error: { message: string; type: string } }): ErrorSeen {
      expect(type).toBe('error');
      return { message: error.message, word: error.type };
    },
  },
  plain: {
    path: '/api/ai/chat',
    body: { model: 'gpt-4o-mini', messages: [question] },
    read: ({ error }: { error: { message: string; type: string; code: string } }): ErrorSeen => {
      expect(error.code).not.toBe('');
      return { message: error.message, word: error.type };
    },
  },
} as const;
type DialectName = keyof typeof dialects;

interface WrongCall {
  readonly case: string;
  readonly change?: object;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** The message names the place or the thing. */
  readonly says: RegExp;
  readonly words: Readonly<Record<DialectName, string>>;
}

const invalid = { openai: 'invalid_request_error', anthropic: 'invalid_request_error', plain: 'invalid_request' };
const unauthenticated = { openai: 'invalid_request_error', anthropic: 'authentication_error', plain: 'authentication' };

const wrongCalls: readonly WrongCall[] = [
  {
    case: 'broken JSON',
    text: '{"model": "gpt-4o-mini", "messages": [}',
    status: 400,
    says: /not valid JSON.*position 38/,
    words: invalid,
  },
  { case: 'an empty body', text: '', status: 400, says: /body is empty/, words: invalid },
  { case: 'a body that is no object', text: '[1]', status: 400, says: /object/, words: invalid },
  {
    case: 'an unknown model',
    change: { model: 'gpt-0' },
    status: 404,
    says: /gpt-0/,
    words: { ...invalid, anthropic: 'not_found_error' },
  },
  { case: 'no model', change: { model: undefined }, status: 400, says: /model/, words: invalid },
  { case: 'messages of a wrong type', change: { messages: 'hello' }, status: 400, says: /messages/, words: invalid },
  {
    case: 'a role nobody knows',
    change: { messages: [{ role: 'king', content: 'hello' }] },
    status: 400,
    says: /messages\[0\]\.role/,
    words: invalid,
  },
  { case: 'stream of a wrong type', change: { stream: 'yes' }, status: 400, says: /stream/, words: invalid },
  {
    case: 'a temperature of a wrong type',
    change: { temperature: 'hot' },
    status: 400,
    says: /temperature/,
    words: invalid,
  },
  {
    case: 'an oversized body',
    change: { messages: [{ role: 'user', content: 'x'.repeat(70_000) }] },
    status: 413,
    says: /65536|65,536/,
    words: { ...invalid, anthropic: 'request_too_large' },
  },
  {
    case: 'a wrong key',
    headers: { authorization: 'Bearer nobody-knows-it' },
    status: 401,
    says: /key/,
    words: unauthenticated,
  },
  { case: 'no key', headers: { authorization: '' }, status: 401, says: /key/, words: unauthenticated },
  {
    case: 'a body that is not JSON by its type',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    says: /application\/json/,
    words: invalid,
  },
  {
    case: 'a cost bound that is no amount',
    headers: { 'x-waybill-max-cost-usd': 'a lot' },
    status: 400,
    says: /x-waybill-max-cost-usd/,
    words: invalid,
  },
];

/** Nothing of how it is made: no stack, no path, no module. */
function expectNoInsides(text: string): void {
  expect(text).not.toMatch(/\n\s+at |node_modules|\.ts\b|\.js\b|\/home\/|\/tmp\//);
}

describe.each(Object.keys(dialects) as DialectName[])('in the dialect %s', (name) => {
  test.each(wrongCalls)('$case', async ({ change, text, headers, status, says, words }) => {
    const { path, body, read } = dialects[name];
    const answer = await post(world, path, text ?? { ...body, ...change }, headers);
    expectNoInsides(answer.text);
    const { message, word } = read(JSON.parse(answer.text));
    expect({ status: answer.status, message, word }).toEqual({
      status,
      message: expect.stringMatching(says),
      word: words[name],
    });
  });
});

test('a path that is not there, and a method that is not for it', async () => {
  const missing = await post(world, '/v1/chat/completion', {});
  expect(missing.status).toBe(404);
  expect(JSON.parse(missing.text).error.message).toContain('/v1/chat/completion');
  const fetched = await fetch(`${world.url}/v1/chat/completions`);
  expect([404, 405]).toContain(fetched.status);
  expectNoInsides(missing.text + (await fetched.text()));
});

test('a key that was revoked is no longer let in', async () => {
  const { stdout, stderr } = await world.waybill(['keys', 'add', '--id', 'leaver', '--tenant', 'acme', '--json']);
  expect(stderr).toBe('');
  const { key } = JSON.parse(stdout) as { key: string };
  const asLeaver = () => post({ url: world.url, key }, '/v1/chat/completions', dialects.openai.body);
  expect((await asLeaver()).status).toBe(200);
  expect((await world.waybill(['keys', 'revoke', 'leaver'])).code).toBe(0);
  const refused = await asLeaver();
  expect(refused.status).toBe(401);
  expect(refused.text).not.toContain(key);
});

describe('over gRPC', () => {
  test.each([
    ['an unknown model', grpcQuestion('gpt-0', 'hello'), 'acme-key', 'not_found', /gpt-0/],
    ['no model', grpcQuestion('', 'hello'), 'acme-key', 'invalid', /model/],
    ['no call', { call: undefined }, 'acme-key', 'invalid', /call/],
    ['a wrong key', grpcQuestion('gpt-4o-mini', 'hello'), 'nobody-knows-it', 'unauthenticated', /key/],
  ] as const)('%s', async (_case, request, key, kind, says) => {
    const transport = connectGrpc(world);
    const client = transport.client(GenerationServiceDefinition);
    const options = { metadata: { authorization: `Bearer ${key}` }, timeoutMs: 10_000 };
    const thrown = await client.generate(request, options).then(
      () => undefined,
      (error: unknown) => error,
    );
    await transport.close();
    expect(thrown).toBeInstanceOf(FaultError);
    const { fault } = thrown as FaultError;
    expect(fault).toMatchObject({ kind, message: expect.stringMatching(says) });
    expectNoInsides(JSON.stringify(fault));
  });
});

test('whatever clients did wrong, nothing went out and nothing is on the log of errors', async () => {
  const { total } = await world.simulator.bill();
  // The one good call of this file, with the key that was revoked afterwards.
  expect(total.calls).toBe(1);
  expect(world.log).not.toMatch(/"level":(50|60)/);
});
