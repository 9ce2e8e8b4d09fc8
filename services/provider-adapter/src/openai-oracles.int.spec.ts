// What the vendors' SDKs make of a simulated answer, and what our codecs make of the same bytes.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HTTPClient, Mistral } from '@mistralai/mistralai';
import { Call, type Reply, type ReplyPart, Role } from '@waybill/contracts';
import { codecFor, foldReply, type StreamFrame, type UpstreamRequest, type Wire } from '@waybill/providers';
import { type Simulator, startSimulator } from '@waybill/simulator';
import OpenAI, { AzureOpenAI } from 'openai';

/** What was made of an answer. */
interface Reading {
  readonly text: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: unknown }[];
  readonly inputTotal: number;
  readonly outputTotal: number;
}

let simulator: Simulator;
let body = '';

beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

/** Keeps what comes, and hands it on. */
const recording: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init);
  body = await answer.text();
  return new Response(body, { status: answer.status, headers: answer.headers });
};

const text = 'What is the weather in Lisbon?';
const messages = [{ role: 'user' as const, content: text }];
const parameters = { type: 'object', properties: { city: { type: 'string' } } };
const tools = [{ type: 'function' as const, function: { name: 'get_weather', parameters } }];
const flatTools = [{ type: 'function' as const, name: 'get_weather', parameters, strict: false }];

type Asked = 'text' | 'tools';
/** Directives that bring every class of tokens, and two calls where tools are asked for. */
const model = (asked: Asked) => `house~cached=8&reasoning=5${asked === 'tools' ? '&tool-calls=2' : ''}`;

function ofCompletion({ choices, usage }: OpenAI.ChatCompletion): Reading {
  const message = choices[0]?.message;
  return {
    text: message?.content ?? '',
    toolCalls: (message?.tool_calls ?? []).flatMap((call) =>
      call.type === 'function'
        ? [{ id: call.id, name: call.function.name, arguments: JSON.parse(call.function.arguments) }]
        : [],
    ),
    inputTotal: usage?.prompt_tokens ?? 0,
    outputTotal: usage?.completion_tokens ?? 0,
  };
}

function ofResponse({ output, output_text, usage }: OpenAI.Responses.Response): Reading {
  return {
    text: output_text,
    toolCalls: output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ id: item.call_id, name: item.name, arguments: JSON.parse(item.arguments) }]
        : [],
    ),
    inputTotal: usage?.input_tokens ?? 0,
    outputTotal: usage?.output_tokens ?? 0,
  };
}

interface Oracle {
  readonly kind: string;
  readonly wire: Wire;
  readonly asks: readonly Asked[];
  whole(asked: Asked): Promise<Reading>;
  streamed(asked: Asked): Promise<Reading>;
}

function chatOracle(kind: string, client: () => OpenAI): Oracle {
  const request = (asked: Asked) => ({ model: model(asked), messages, ...(asked === 'tools' ? { tools } : {}) });
  const counted = { stream_options: { include_usage: true } };
  return {
    kind,
    wire: 'chat',
    asks: ['text', 'tools'],
    whole: async (asked) => ofCompletion(await client().chat.completions.create(request(asked))),
    streamed: async (asked) =>
      ofCompletion(
        await client()
          .chat.completions.stream({ ...request(asked), ...counted })
          .finalChatCompletion(),
      ),
  };
}

function responsesOracle(kind: string, client: () => OpenAI): Oracle {
  const request = (asked: Asked) => ({
    model: model(asked),
    input: text,
    ...(asked === 'tools' ? { tools: flatTools } : {}),
  });
  return {
    kind,
    wire: 'responses',
    asks: ['text', 'tools'],
    whole: async (asked) => ofResponse(await client().responses.create(request(asked))),
    streamed: async (asked) => ofResponse(await client().responses.stream(request(asked)).finalResponse()),
  };
}

const completionsOracle: Oracle = {
  kind: 'openai',
  wire: 'completions',
  asks: ['text'],
  async whole() {
    const { choices, usage } = await openAi('openai').completions.create({ model: 'house', prompt: text });
    return completed(choices[0]?.text ?? '', usage);
  },
  async streamed() {
    const options = { stream: true, stream_options: { include_usage: true } } as const;
    let all = '';
    let counted: OpenAI.CompletionUsage | null | undefined;
    for await (const chunk of await openAi('openai').completions.create({ model: 'house', prompt: text, ...options })) {
      all += chunk.choices[0]?.text ?? '';
      counted = chunk.usage ?? counted;
    }
    return completed(all, counted);
  },
};

function completed(all: string, usage: OpenAI.CompletionUsage | null | undefined): Reading {
  const { prompt_tokens: inputTotal = 0, completion_tokens: outputTotal = 0 } = usage ?? {};
  return { text: all, toolCalls: [], inputTotal, outputTotal };
}

const mistralOracle: Oracle = {
  kind: 'mistral',
  wire: 'chat',
  asks: ['text', 'tools'],
  async whole(asked) {
    const { choices, usage } = await mistral().chat.complete(mistralRequest(asked));
    const message = choices[0]?.message;
    return ofMistral([{ content: message?.content, toolCalls: message?.toolCalls }], usage);
  },
  async streamed(asked) {
    const deltas: MistralPiece[] = [];
    let usage: MistralUsage = {};
    for await (const { data } of await mistral().chat.stream(mistralRequest(asked))) {
      deltas.push({ content: data.choices[0]?.delta.content, toolCalls: data.choices[0]?.delta.toolCalls });
      usage = data.usage ?? usage;
    }
    return ofMistral(deltas, usage);
  },
};

type MistralAnswer = Awaited<ReturnType<Mistral['chat']['complete']>>;
type MistralMessage = NonNullable<MistralAnswer['choices'][number]['message']>;
type MistralPiece = { content: MistralMessage['content']; toolCalls: MistralMessage['toolCalls'] };
type MistralUsage = Pick<MistralAnswer['usage'], 'promptTokens' | 'completionTokens'>;

const mistralRequest = (asked: Asked) => ({ model: model(asked), messages, ...(asked === 'tools' ? { tools } : {}) });

function ofMistral(pieces: readonly MistralPiece[], usage: MistralUsage): Reading {
  const textsIn = (content: MistralPiece['content']): string[] =>
    typeof content === 'string' ? [content] : (content ?? []).map((chunk) => (chunk.type === 'text' ? chunk.text : ''));
  return {
    text: pieces.flatMap(({ content }) => textsIn(content)).join(''),
    toolCalls: pieces
      .flatMap(({ toolCalls }) => toolCalls ?? [])
      .map((call) => ({
        id: call.id ?? '',
        name: call.function.name,
        arguments: JSON.parse(String(call.function.arguments)),
      })),
    inputTotal: usage.promptTokens ?? 0,
    outputTotal: usage.completionTokens ?? 0,
  };
}

const openAi = (mount: string) =>
  new OpenAI({ apiKey: 'key', baseURL: `${simulator.url}/${mount}/v1`, maxRetries: 0, fetch: recording });
const azure = () =>
  new AzureOpenAI({
    apiKey: 'key',
    endpoint: `${simulator.url}/azure`,
    apiVersion: '2025-04-01-preview',
    maxRetries: 0,
    fetch: recording,
  });
const mistral = () =>
  new Mistral({
    apiKey: 'key',
    serverURL: `${simulator.url}/mistral`,
    httpClient: new HTTPClient({ fetcher: (input, init) => recording(input, init) }),
  });

/** The frames of a stream that came whole. */
function framesOf(stream: string): StreamFrame[] {
  return stream
    .split('\n\n')
    .map((block) => block.split('\n'))
    .map((lines) => ({
      event: lines.find((line) => line.startsWith('event: '))?.slice(7),
      data: lines.find((line) => line.startsWith('data: '))?.slice(6) ?? '',
    }))
    .filter(({ data }) => data !== '');
}

function ourReading({ kind, wire }: Oracle, stream: boolean): Reading {
  const codec = codecFor(kind)!;
  const said = [{ role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text } } }] }];
  const call = Call.fromPartial({ task: { $case: 'chat', value: { messages: said } } });
  const request: UpstreamRequest = { attemptId: 'a:1', call, upstreamModel: 'house', maxOutputTokens: 0, stream, wire };
  if (!stream) {
    const decoded = codec.decode(request, { status: 200, headers: {}, body: Buffer.from(body) });
    return readingOf(foldReply(decoded.ok ? decoded.value.parts : []));
  }
  const state = codec.decoder.initial(request, {});
  const parts: ReplyPart[] = framesOf(body).flatMap((frame) => codec.decoder.step(state, frame).parts);
  const end = codec.decoder.end(state);
  expect(end.fault).toBeUndefined();
  return readingOf(foldReply([...parts, ...end.parts]));
}

function readingOf({ content, usage }: Reply): Reading {
  const parts = content.flatMap(({ part }) => (part ? [part] : []));
  return {
    text: parts.map((part) => (part.$case === 'text' ? part.value.text : '')).join(''),
    toolCalls: parts.flatMap((part) =>
      part.$case === 'toolCall'
        ? [{ id: part.value.id, name: part.value.name, arguments: JSON.parse(part.value.argumentsJson) }]
        : [],
    ),
    inputTotal: (usage?.inputTokens ?? 0) + (usage?.cacheReadTokens ?? 0),
    outputTotal: (usage?.outputTokens ?? 0) + (usage?.reasoningTokens ?? 0),
  };
}

const oracles: readonly Oracle[] = [
  responsesOracle('openai', () => openAi('openai')),
  completionsOracle,
  chatOracle('azure-openai', azure),
  responsesOracle('azure-openai', azure),
  mistralOracle,
  chatOracle('xai', () => openAi('xai')),
  responsesOracle('xai', () => openAi('xai')),
  chatOracle('hugging-face', () => openAi('hugging-face')),
  chatOracle('vllm', () => openAi('vllm')),
  chatOracle('lm-studio', () => openAi('lm-studio')),
];

describe.each(oracles.map((oracle) => [oracle.kind, oracle.wire, oracle] as const))(
  '%s by %s',
  (kind, wire, oracle) => {
    /** The SDK knows nothing of xAI's way of counting a chat. */
    const onTop = kind === 'xai' && wire === 'chat' ? 5 : 0;

    test.each(oracle.asks)('the SDK and we agree on %s, whole', async (asked) => {
      const theirs = await oracle.whole(asked);
      expect(theirs.text !== '' || theirs.toolCalls.length === 2).toBe(true);
      expect(ourReading(oracle, false)).toEqual({ ...theirs, outputTotal: theirs.outputTotal + onTop });
    });

    test.each(oracle.asks)('the SDK and we agree on %s, streamed', async (asked) => {
      const theirs = await oracle.streamed(asked);
      expect(theirs.inputTotal).toBeGreaterThan(5);
      expect(ourReading(oracle, true)).toEqual({ ...theirs, outputTotal: theirs.outputTotal + onTop });
    });
  },
);
