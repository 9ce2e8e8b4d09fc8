// Requests of every dialect, whole ones and broken ones, in their JSON, in their bytes and in their HTTP.
import { oneOf, type Random, randomFrom, wholeBetween } from '../load/random.ts';
import { type Dictionary, dictionaryOf, type JsonText, jsonText, mutateBytes, mutateJson } from './mutate.ts';

/** One request; `raw` is what is written to the socket instead. */
export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly raw?: Buffer;
}

interface Seed {
  readonly path: string;
  readonly json: JsonText;
}

const text = 'Why is the sky blue?';
const picture = 'data:image/png;base64,iVBORw0KGgo=';
const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const called = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"city":"Bern"}' } };
const chat = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: text }], max_tokens: 6 };
const chatTool = { type: 'function', function: { name: 'look', description: 'Looks', parameters: schema } };
const claude = { model: 'claude-haiku-4-5', max_tokens: 6, messages: [{ role: 'user', content: text }] };
const claudeTool = { name: 'look', input_schema: schema };

const bodies: readonly (readonly [path: string, body: object])[] = [
  [
    '/v1/chat/completions',
    { ...chat, stream: true, stream_options: { include_usage: true }, temperature: 0.5, seed: 1 },
  ],
  ['/v1/chat/completions', { ...chat, tools: [chatTool], tool_choice: 'auto', parallel_tool_calls: true, user: 'u' }],
  [
    '/v1/chat/completions',
    {
      ...chat,
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          content: [
            { type: 'text', text },
            { type: 'image_url', image_url: { url: picture, detail: 'low' } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [called] },
        { role: 'tool', tool_call_id: 'call_1', content: '4' },
      ],
      tools: [chatTool],
      response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema } },
      reasoning_effort: 'low',
      stop: ['x'],
    },
  ],
  [
    '/v1/responses',
    { model: 'gpt-4o-mini', input: text, max_output_tokens: 16, stream: true, instructions: 'Be short.' },
  ],
  [
    '/v1/responses',
    {
      model: 'gpt-4o-mini',
      max_output_tokens: 16,
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text },
            { type: 'input_image', image_url: picture },
          ],
        },
        { type: 'function_call', call_id: 'c', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'c', output: '4' },
      ],
      tools: [{ type: 'function', name: 'look', parameters: schema, strict: false }],
      text: { format: { type: 'json_schema', name: 'a', schema } },
      reasoning: { effort: 'low' },
      metadata: { a: 'b' },
    },
  ],
  ['/v1/completions', { model: 'gpt-4o-mini', prompt: text, max_tokens: 6, stream: true, stop: ['x'], echo: false }],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: ['a', 'b'], dimensions: 8, encoding_format: 'float' }],
  ['/v1/messages', { ...claude, stream: true, system: 'Be short.', metadata: { user_id: 'u' }, stop_sequences: ['x'] }],
  [
    '/v1/messages',
    {
      ...claude,
      system: [{ type: 'text', text: 'Be short.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text },
            { type: 'image', source: { type: 'url', url: 'http://a/b.png' } },
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'look', input: { city: 'Bern' } }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: '4' }] },
      ],
      tools: [claudeTool],
      tool_choice: { type: 'auto' },
      thinking: { type: 'enabled', budget_tokens: 1_024 },
    },
  ],
  [
    '/v1/messages/batches',
    {
      requests: [
        { custom_id: 'a', params: claude },
        { custom_id: 'b', params: claude },
      ],
    },
  ],
  [
    '/v1/batches',
    { input_file_id: 'file_1', endpoint: '/v1/responses', completion_window: '24h', metadata: { a: 'b' } },
  ],
  ['/v1/messages/count_tokens', { model: 'claude-haiku-4-5', messages: claude.messages }],
  [
    '/api/ai/chat',
    { model: 'gemini-2.5-flash', messages: chat.messages, maxTokens: 6, stream: true, preferredProvider: 'GOOGLE' },
  ],
  ['/api/ai/chat', { ...chat, tools: [chatTool], toolChoice: 'auto', responseFormat: { type: 'json_object' } }],
  [
    '/api/generate',
    {
      ai_model: 'gpt-4o-mini',
      prompt: text,
      max_tokens: 6,
      task_id: 'a',
      language: 'python',
      system_message: 'Be short.',
      timeout: 30,
      retry_config: { max_attempts: 2, backoff_factor: 2 },
    },
  ],
];

const methods = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'POST'];
const otherPaths = [
  '/',
  '/v1/models',
  '/v1/models/%ff',
  '/v1/%2e%2e/admin/keys',
  '/healthz',
  '/admin/keys',
  '/v1/chat/completions/..',
  '/api/ai/health',
  '/v1/models/smart?x=%00',
  '//',
  '/v1/messages?beta=true',
  '/v1/files',
  '/v1/files/file_1/content',
  '/v1/batches?after=a&after=b',
  '/v1/batches/%00/cancel',
  '/v1/messages/batches?limit=-1',
];
const odd: Readonly<Record<string, readonly string[]>> = {
  'content-type': ['text/plain', 'application/json; charset=utf-16', '', 'application/json;;;', 'multipart/form-data'],
  'content-encoding': ['gzip', 'br', 'x'],
  authorization: ['Bearer wrong', 'Bearer ', 'Basic YTpi', 'Bearer acme-key acme-key', 'x'.repeat(9_000)],
  'x-api-key': ['wrong', ''],
  'anthropic-version': ['2023-06-01', 'tomorrow', ''],
  'idempotency-key': ['a', ' ', 'k'.repeat(300), '\u00e4'],
  'x-waybill-run': ['run-1', '', 'r'.repeat(300)],
  'x-waybill-tags': ['a,b', ',,,', 'a'.repeat(2_000)],
  'x-waybill-user': ['u', '\u00ff'],
  traceparent: ['00-zz', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, ''],
  accept: ['text/event-stream', 'nothing/*'],
  expect: ['100-continue', 'else'],
};

export type DrawRequest = (number: number) => FuzzedRequest;

/** The same seed and number give the same request. */
export function requestsOf(runSeed: number, key: string): DrawRequest {
  const seeds: Seed[] = bodies.map(([path, body]) => ({ path, json: jsonText(JSON.stringify(body)) }));
  const dictionary = dictionaryOf(seeds.map(({ json }) => json));
  return (number) => {
    const random = randomFrom(Math.imul(runSeed ^ number, 0x9e3779b1) ^ number);
    return drawRequest(random, { seeds, dictionary, key });
  };
}

interface Sources {
  readonly seeds: readonly Seed[];
  readonly dictionary: Dictionary;
  readonly key: string;
}

function drawRequest(random: Random, { seeds, dictionary, key }: Sources): FuzzedRequest {
  const { path, json } = oneOf(random, seeds);
  const other = Buffer.from(oneOf(random, seeds).json.text);
  let body: Buffer = Buffer.from(random() < 0.1 ? json.text : mutateJson(random, json, dictionary));
  if (random() < 0.15) body = mutateBytes(random, body, other);
  const usual = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const names = Object.keys(odd);
  const more = random() < 0.2 ? names.slice(wholeBetween(random, 0, names.length - 1)).slice(0, 2) : [];
  const headers = { ...usual, ...Object.fromEntries(more.map((name) => [name, oneOf(random, odd[name]!)])) };
  const isElsewhere = random() < 0.04;
  const request = {
    method: isElsewhere ? oneOf(random, methods) : 'POST',
    path: isElsewhere ? oneOf(random, otherPaths) : path,
    headers,
    body,
  };
  return random() < 0.1 ? { ...request, raw: mutateHttp(random, request, other) } : request;
}

/** The request as it would be on the wire, changed: lengths that lie, pieces that are none, anything anywhere. */
function mutateHttp(random: Random, { method, path, headers, body }: FuzzedRequest, other: Buffer): Buffer {
  const isChunked = random() < 0.3;
  const length = random() < 0.2 ? oneOf(random, [0, -1, 1, body.length + 5, 1e12]) : body.length;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    isChunked ? 'transfer-encoding: chunked' : `content-length: ${length}`,
    'connection: close',
  ];
  const sent = isChunked
    ? Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')])
    : body;
  const whole = Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), sent]);
  return random() < 0.6 ? mutateBytes(random, whole, other) : whole;
}
