// The vendors' own SDKs read the recorded answers over a real socket, and our decoders agree with them.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenerativeAI } from '@google/generative-ai';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Mistral } from '@mistralai/mistralai';
import { type Reply, Usage } from '@waybill/contracts';
import { CohereClientV2 } from 'cohere-ai';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import type { ProviderCodec } from './codec.ts';
import { codecs } from './codecs.ts';
import { framesOf } from './conformance/framing.ts';
import { probes, requestFor } from './conformance/probes.ts';
import { inputTotal, outputTotal, readStream } from './conformance/readings.ts';
import { answerText, foldReply } from './reply/fold.ts';

/** What an SDK or a codec made of an answer. */
interface Reading {
  readonly text: string;
  readonly toolCalls: readonly { readonly name: string; readonly arguments: unknown }[];
  readonly rawFinish: string;
  readonly inputTotal: number;
  readonly outputTotal: number;
}

/** What an SDK sent. */
interface Sent {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

let server: Server;
let answer: { body: Uint8Array; contentType: string };
let sent: Sent;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks = await collect<Uint8Array>(request);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    sent = { path: request.url ?? '', headers: request.headers, body };
    response.writeHead(200, { 'content-type': answer.contentType }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function origin(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function fixture(kind: string, file: string): Uint8Array {
  return readFileSync(new URL(`./${kind}/fixtures/${file}`, import.meta.url));
}

const contentTypes: Record<string, string> = {
  json: 'application/json',
  sse: 'text/event-stream',
  ndjson: 'application/x-ndjson',
};

function serve(kind: string, file: string): void {
  answer = { body: fixture(kind, file), contentType: contentTypes[file.split('.')[1]!]! };
}

function ourReading(codec: ProviderCodec, file: string): Reading {
  return ourReadingOf(codec, fixture(codec.id, file), !file.endsWith('.json'));
}

function ourReadingOf(codec: ProviderCodec, body: Uint8Array, streamed: boolean): Reading {
  const request = { ...requestFor(probes.chat, 'model', streamed), wire: 'chat' as const };
  if (streamed) return readingOf(foldReply(readStream(codec, request, framesOf([body], codec.framing)).parts));
  const decoded = codec.decode(request, { status: 200, headers: {}, body });
  return readingOf(foldReply(decoded.ok ? decoded.value.parts : []));
}

function readingOf(reply: Reply): Reading {
  const usage = reply.usage ?? Usage.create();
  return {
    text: answerText(reply),
    toolCalls: reply.content.flatMap(({ part }) =>
      part?.$case === 'toolCall' ? [{ name: part.value.name, arguments: JSON.parse(part.value.argumentsJson) }] : [],
    ),
    rawFinish: reply.finish?.rawReason ?? '',
    inputTotal: inputTotal(usage),
    outputTotal: outputTotal(usage),
  };
}

/** How one vendor's SDK reads the answer that is being served. */
interface Oracle {
  readonly kind: string;
  readonly extension: string;
  readonly answers: readonly string[];
  whole(): Promise<Reading>;
  streamed(): Promise<Reading>;
}

const messages = [{ role: 'user' as const, content: 'Hello' }];

function openAiReading(completion: OpenAI.ChatCompletion): Reading {
  const [choice] = completion.choices;
  const calls = choice?.message.tool_calls ?? [];
  return {
    text: choice?.message.content ?? '',
    toolCalls: calls.flatMap((call) =>
      call.type === 'function' ? [{ name: call.function.name, arguments: JSON.parse(call.function.arguments) }] : [],
    ),
    rawFinish: choice?.finish_reason ?? '',
    inputTotal: completion.usage?.prompt_tokens ?? 0,
    outputTotal: completion.usage?.completion_tokens ?? 0,
  };
}

const openAi = () => new OpenAI({ apiKey: 'key', baseURL: `${origin()}/v1`, maxRetries: 0 });

function openAiOracle(kind: string): Oracle {
  return {
    kind,
    extension: 'sse',
    answers: ['text', 'tools', 'length'],
    whole: async () => openAiReading(await openAi().chat.completions.create({ model: 'm', messages })),
    async streamed() {
      const options = { stream_options: { include_usage: true } };
      const stream = openAi().chat.completions.stream({ model: 'm', messages, ...options });
      return openAiReading(await stream.finalChatCompletion());
    },
  };
}

const mistral = () => new Mistral({ apiKey: 'key', serverURL: origin(), retryConfig: { strategy: 'none' } });

/** Its text stands alone, or among chunks of other kinds, as thoughts are. */
function mistralText(content: unknown): string {
  if (!Array.isArray(content)) return String(content ?? '');
  return content.map((chunk) => (chunk.type === 'text' ? chunk.text : '')).join('');
}

const mistralCall = ({ function: called }: { function: { name: string; arguments: unknown } }) => ({
  name: called.name,
  arguments: typeof called.arguments === 'string' ? JSON.parse(called.arguments) : called.arguments,
});

const mistralOracle: Oracle = {
  kind: 'mistral',
  extension: 'sse',
  answers: ['text', 'tools', 'reasoning', 'model-length'],
  async whole() {
    const { choices, usage } = await mistral().chat.complete({ model: 'm', messages });
    const [choice] = choices;
    return {
      text: mistralText(choice?.message?.content),
      toolCalls: (choice?.message?.toolCalls ?? []).map(mistralCall),
      rawFinish: choice?.finishReason ?? '',
      inputTotal: usage.promptTokens ?? 0,
      outputTotal: usage.completionTokens ?? 0,
    };
  },
  async streamed() {
    const chunks = (await collect(await mistral().chat.stream({ model: 'm', messages }))).map(({ data }) => data);
    const choices = chunks.flatMap(({ choices: [choice] }) => choice ?? []);
    const usage = chunks.findLast((chunk) => chunk.usage)?.usage;
    return {
      text: choices.map(({ delta }) => mistralText(delta.content)).join(''),
      toolCalls: choices.flatMap(({ delta }) => delta.toolCalls ?? []).map(mistralCall),
      rawFinish: choices.findLast(({ finishReason }) => finishReason)?.finishReason ?? '',
      inputTotal: usage?.promptTokens ?? 0,
      outputTotal: usage?.completionTokens ?? 0,
    };
  },
};

function anthropicReading({ content, stop_reason, usage }: Anthropic.Message): Reading {
  return {
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    toolCalls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ name: block.name, arguments: block.input }] : [],
    ),
    rawFinish: stop_reason ?? '',
    inputTotal: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
    outputTotal: usage.output_tokens,
  };
}

const anthropic = () => new Anthropic({ apiKey: 'key', baseURL: origin(), maxRetries: 0 });

const anthropicOracle: Oracle = {
  kind: 'anthropic',
  extension: 'sse',
  answers: ['text', 'tools', 'reasoning', 'stop-sequence', 'refusal'],
  whole: async () => anthropicReading(await anthropic().messages.create({ model: 'm', max_tokens: 9, messages })),
  streamed: async () =>
    anthropicReading(await anthropic().messages.stream({ model: 'm', max_tokens: 9, messages }).finalMessage()),
};

type GeminiAnswer = Awaited<ReturnType<ReturnType<GoogleGenerativeAI['getGenerativeModel']>['generateContent']>>;

function geminiReading({ response }: Pick<GeminiAnswer, 'response'>): Reading {
  const parts = response.candidates?.[0]?.content?.parts ?? [];
  const usage: Record<string, unknown> = { ...response.usageMetadata };
  const count = (name: string) => Number(usage[name] ?? 0);
  return {
    text: parts.map((part) => ('thought' in part ? '' : (part.text ?? ''))).join(''),
    toolCalls: (response.functionCalls() ?? []).map(({ name, args }) => ({ name, arguments: args })),
    rawFinish: response.candidates?.[0]?.finishReason ?? '',
    inputTotal: count('promptTokenCount') + count('toolUsePromptTokenCount'),
    outputTotal: count('candidatesTokenCount') + count('thoughtsTokenCount'),
  };
}

const gemini = () => new GoogleGenerativeAI('key').getGenerativeModel({ model: 'm' }, { baseUrl: origin() });

const geminiOracle: Oracle = {
  kind: 'gemini',
  extension: 'sse',
  answers: ['text', 'tools'],
  whole: async () => geminiReading(await gemini().generateContent('Hello')),
  async streamed() {
    const { stream, response } = await gemini().generateContentStream('Hello');
    for await (const _ of stream);
    return geminiReading({ response: await response });
  },
};

const ollama = () => new Ollama({ host: origin() });

type OllamaAnswer = Awaited<ReturnType<Ollama['chat']>>;

function ollamaReading(lines: readonly Omit<OllamaAnswer, 'created_at'>[]): Reading {
  const last = lines.at(-1);
  return {
    text: lines.map(({ message }) => message.content).join(''),
    toolCalls: lines
      .flatMap(({ message }) => message.tool_calls ?? [])
      .map((call) => ({ name: call.function.name, arguments: call.function.arguments })),
    rawFinish: last?.done_reason ?? '',
    inputTotal: last?.prompt_eval_count ?? 0,
    outputTotal: last?.eval_count ?? 0,
  };
}

const ollamaOracle: Oracle = {
  kind: 'ollama',
  extension: 'ndjson',
  answers: ['text', 'tools', 'reasoning', 'length'],
  whole: async () => ollamaReading([await ollama().chat({ model: 'm', messages })]),
  streamed: async () => ollamaReading(await collect(await ollama().chat({ model: 'm', messages, stream: true }))),
};

const cohere = () => new CohereClientV2({ token: 'key', environment: origin(), maxRetries: 0 });

type CohereAnswer = Awaited<ReturnType<CohereClientV2['chat']>>;
type CohereUsage = CohereAnswer['usage'];

function cohereTotals(usage: CohereUsage): Pick<Reading, 'inputTotal' | 'outputTotal'> {
  const { inputTokens = 0, outputTokens = 0 } = usage?.billedUnits ?? {};
  return { inputTotal: inputTokens, outputTotal: outputTokens };
}

function cohereReading({ message, finishReason, usage }: CohereAnswer): Reading {
  return {
    text: (message.content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join(''),
    toolCalls: (message.toolCalls ?? []).map((call) => ({
      name: call.function?.name ?? '',
      arguments: JSON.parse(call.function?.arguments ?? ''),
    })),
    rawFinish: finishReason,
    ...cohereTotals(usage),
  };
}

/** The SDK hands the events out one by one; this is the way its documentation puts them together. */
async function cohereStreamReading(): Promise<Reading> {
  const calls: { name: string; text: string }[] = [];
  let text = '';
  let rawFinish = '';
  let usage: CohereUsage;
  for await (const event of await cohere().chatStream({ model: 'm', messages })) {
    if (event.type === 'content-delta') text += event.delta?.message?.content?.text ?? '';
    if (event.type === 'tool-call-start') {
      calls.push({ name: event.delta?.message?.toolCalls?.function?.name ?? '', text: '' });
    }
    if (event.type === 'tool-call-delta') {
      calls[event.index ?? 0]!.text += event.delta?.message?.toolCalls?.function?.arguments ?? '';
    }
    if (event.type === 'message-end') {
      rawFinish = event.delta?.finishReason ?? '';
      usage = event.delta?.usage;
    }
  }
  const toolCalls = calls.map((call) => ({ name: call.name, arguments: JSON.parse(call.text) }));
  return { text, toolCalls, rawFinish, ...cohereTotals(usage) };
}

const cohereOracle: Oracle = {
  kind: 'cohere',
  extension: 'sse',
  answers: ['text', 'tools', 'reasoning', 'citations', 'length', 'stop-sequence', 'failed'],
  whole: async () => cohereReading(await cohere().chat({ model: 'm', messages })),
  streamed: cohereStreamReading,
};

const oracles = [
  openAiOracle('openai'),
  openAiOracle('openai-compatible'),
  mistralOracle,
  anthropicOracle,
  geminiOracle,
  ollamaOracle,
  cohereOracle,
];

describe.each(oracles.map((oracle) => [oracle.kind, oracle] as const))(
  'the SDK of %s agrees with us',
  (kind, oracle) => {
    test.each(oracle.answers)('on %s, whole', async (name) => {
      serve(kind, `${name}.json`);
      expect(await oracle.whole()).toEqual(ourReading(codecs[kind]!, `${name}.json`));
    });

    test.each(oracle.answers)('on %s, streamed', async (name) => {
      const file = `${name}.${oracle.extension}`;
      serve(kind, file);
      expect(await oracle.streamed()).toEqual(ourReading(codecs[kind]!, file));
    });

    test('on where a request goes', async () => {
      serve(kind, 'text.json');
      await oracle.whole();
      const { path } = codecs[kind]!.endpoint(requestFor(probes.chat, 'm'));
      expect(sent.path.replace(/^\/(v1(?=\/chat)|v1beta)/, '')).toBe(path);
    });
  },
);

interface Recorded {
  readonly name: string;
  readonly kind: string;
  readonly wire?: string;
  readonly form: 'answer' | 'stream' | 'error';
  readonly body: string;
}

/** What the simulator answered each codec; `test/fuzz/record-seeds.ts` has written it down. */
const corpus = new URL('../../../test/fuzz/corpus/seeds.json', import.meta.url);
const simulated = (JSON.parse(readFileSync(corpus, 'utf8')) as Recorded[]).filter(
  ({ name, form, wire = 'chat' }) =>
    ['text', 'thought', 'tools', 'length'].includes(name) && form !== 'error' && wire === 'chat',
);

describe.each(oracles.map((oracle) => [oracle.kind, oracle] as const))(
  'the SDK of %s agrees with us on what its simulator says',
  (kind, oracle) => {
    const own = simulated.filter((recorded) => recorded.kind === kind);

    test.each(own.map((recorded) => [recorded.name, recorded.form, recorded] as const))(
      '%s, %s',
      async (name, form, recorded) => {
        const streamed = form === 'stream';
        const body = Buffer.from(recorded.body);
        answer = { body, contentType: contentTypes[streamed ? oracle.extension : 'json']! };
        const theirs = await (streamed ? oracle.streamed() : oracle.whole());
        expect(theirs).toEqual(ourReadingOf(codecs[kind]!, body, streamed));
        expect(theirs.toolCalls).toHaveLength(name === 'tools' ? 2 : 0);
      },
    );

    test('all of it', () => {
      expect(own).toHaveLength(8);
    });
  },
);

test('the OpenAI SDK reads the embeddings that we read', async () => {
  serve('openai', 'embedding.json');
  const embedding = await openAi().embeddings.create({ model: 'm', input: ['one', 'two'], encoding_format: 'float' });
  expect(sent.body).toMatchObject({ encoding_format: 'float', input: ['one', 'two'] });
  expect(embedding.usage.prompt_tokens).toBe(7);
});

/** The vectors that we read out of the embedding fixture of a kind. */
function ourVectors(kind: string): number[][] {
  const body = fixture(kind, 'embedding.json');
  const decoded = codecs[kind]!.decode(requestFor(probes.embeddings, 'm'), { status: 200, headers: {}, body });
  return foldReply(decoded.ok ? decoded.value.parts : []).embeddings.map(({ values }) => [...values]);
}

/** What our codec sends for two texts. */
function ourEmbeddingRequest(kind: string): { path: string; body: unknown } {
  const request = requestFor(probes.embeddings, 'm');
  const encoded = codecs[kind]!.encode(request);
  return { path: codecs[kind]!.endpoint(request).path, body: JSON.parse(encoded.ok ? encoded.value.body : '{}') };
}

test('the Gemini SDK reads the embeddings that we read, and sends what we send', async () => {
  serve('gemini', 'embedding.json');
  const requests = ['one', 'two'].map((text) => ({ content: { role: 'user', parts: [{ text }] } }));
  const { embeddings } = await gemini().batchEmbedContents({ requests });
  expect(embeddings.map(({ values }) => values)).toEqual(ourVectors('gemini'));
  const ours = ourEmbeddingRequest('gemini');
  expect(sent.path).toBe(`/v1beta${ours.path}`);
  expect(sent.body).toMatchObject(ours.body as object);
});

test('the Ollama SDK reads the embeddings that we read, and sends what we send', async () => {
  serve('ollama', 'embedding.json');
  const reply = await ollama().embed({ model: 'm', input: ['one', 'two'], truncate: false });
  expect(reply.embeddings).toEqual(ourVectors('ollama'));
  expect({ path: sent.path, body: sent.body }).toEqual(ourEmbeddingRequest('ollama'));
});

test('the Cohere SDK reads the embeddings that we read, and sends what we send', async () => {
  serve('cohere', 'embedding.json');
  const reply = await cohere().embed({
    ...{ model: 'm', texts: ['one', 'two'], inputType: 'search_document' },
    ...{ embeddingTypes: ['float'], truncate: 'NONE' },
  });
  expect(reply.embeddings.float).toEqual(ourVectors('cohere'));
  expect(reply.meta?.billedUnits?.inputTokens).toBe(7);
  expect({ path: sent.path, body: sent.body }).toEqual(ourEmbeddingRequest('cohere'));
});
