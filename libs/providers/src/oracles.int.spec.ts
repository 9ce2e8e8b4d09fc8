// The vendors' own SDKs read the recorded answers over a real socket, and our decoders agree with them.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenerativeAI } from '@google/generative-ai';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Reply, Usage } from '@waybill/contracts';
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
  const streamed = !file.endsWith('.json');
  const request = requestFor(probes.chat, 'model', streamed);
  const body = fixture(codec.id, file);
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

const oracles = [
  openAiOracle('openai'),
  openAiOracle('openai-compatible'),
  anthropicOracle,
  geminiOracle,
  ollamaOracle,
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

test('the OpenAI SDK reads the embeddings that we read', async () => {
  serve('openai', 'embedding.json');
  const embedding = await openAi().embeddings.create({ model: 'm', input: ['one', 'two'], encoding_format: 'float' });
  expect(sent.body).toMatchObject({ encoding_format: 'float', input: ['one', 'two'] });
  expect(embedding.usage.prompt_tokens).toBe(7);
});
