// The gateway's own JSON, for which there is no SDK: /api/ai/chat and /api/generate.
import type { World } from '../world.ts';
import { type Asked, type Driver, features, gatherCalls, type Seen, toldIn } from './asked.ts';

interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

interface Call {
  readonly index?: number;
  readonly id?: string;
  readonly function: { readonly name?: string; readonly arguments?: string };
}

interface Message {
  readonly role: string;
  readonly content: unknown;
  readonly toolCalls?: readonly Call[];
  readonly toolCallId?: string;
}

interface Answer {
  readonly choices: readonly {
    readonly message?: Message;
    readonly delta?: Partial<Message>;
    readonly finishReason?: string;
  }[];
  readonly usage?: Usage;
}

export function plainChat(world: World): Driver {
  return {
    name: '`/api/ai/chat`',
    client: 'fetch',
    tellsReasoning: false,
    features,
    ask: (asked) => ask(world, asked, [questionOf(asked)]),
  };
}

function questionOf({ question, picture }: Asked): Message {
  if (picture === undefined) return { role: 'user', content: question };
  const image_url = { url: `data:image/png;base64,${picture}` };
  return {
    role: 'user',
    content: [
      { type: 'text', text: question },
      { type: 'image_url', image_url },
    ],
  };
}

function bodyOf({ model, stream, tools, parallel, schema, thinks }: Asked, messages: readonly Message[]): object {
  return {
    model,
    stream,
    messages,
    ...(tools.length > 0 && {
      tools: tools.map(({ name, schema: parameters }) => ({ type: 'function', function: { name, parameters } })),
    }),
    ...(parallel !== undefined && { parallelToolCalls: parallel }),
    ...(schema && { responseFormat: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } } }),
    ...(thinks && { reasoningEffort: 'low' }),
  };
}

async function ask(world: World, asked: Asked, messages: readonly Message[]): Promise<Seen> {
  const { headers, text } = await post(world, '/api/ai/chat', bodyOf(asked, messages));
  const { message, pieces, usage } = asked.stream ? streamedMessage(text) : wholeMessage(text);
  const calls = (message.toolCalls ?? []).map(
    ({ id = '', function: { name = '', arguments: argumentsJson = '' } }) => ({
      ...{ id, name, argumentsJson },
    }),
  );
  const results = (result: string) => calls.map(({ id }) => ({ role: 'tool', toolCallId: id, content: result }));
  return {
    ...toldIn(headers),
    text: String(message.content),
    pieces,
    calls,
    showsReasoning: 'reasoningDetails' in message,
    inputTokens: usage?.promptTokens,
    outputTokens: usage?.completionTokens,
    goOn: (result) => ask(world, { ...asked, stream: false }, [...messages, message, ...results(result)]),
  };
}

interface Read {
  readonly message: Message;
  readonly pieces: number;
  readonly usage: Usage | undefined;
}

function wholeMessage(text: string): Read {
  const { choices, usage } = JSON.parse(text) as Answer;
  return { message: choices[0]!.message!, pieces: 0, usage };
}

function streamedMessage(text: string): Read {
  const frames = text.split('\n\n').flatMap((frame) => (frame.startsWith('data: ') ? [frame.slice(6)] : []));
  if (frames.pop() !== '[DONE]') throw new Error('a stream without [DONE]');
  const { calls, add } = gatherCalls();
  let content = '';
  let pieces = 0;
  let usage: Usage | undefined;
  for (const chunk of frames.map((frame) => JSON.parse(frame) as Answer)) {
    const delta = chunk.choices[0]?.delta;
    content += delta?.content ?? '';
    if (delta?.content) pieces += 1;
    for (const {
      index = 0,
      id,
      function: { name, arguments: fragment },
    } of delta?.toolCalls ?? []) {
      if (fragment) pieces += 1;
      add(index, { id, name, fragment });
    }
    usage ??= chunk.usage;
  }
  const toolCalls = calls.map(({ id, name, argumentsJson }) => ({
    ...{ id, type: 'function', function: { name, arguments: argumentsJson } },
  }));
  return { message: { role: 'assistant', content, ...(calls.length > 0 && { toolCalls }) }, pieces, usage };
}

export function plainGenerate(world: World): Driver {
  return {
    name: '`/api/generate`',
    client: 'fetch',
    tellsReasoning: false,
    features: ['text', 'usage'],
    async ask({ model, question: prompt }) {
      const { headers, text } = await post(world, '/api/generate', { ai_model: model, prompt });
      const answer = JSON.parse(text);
      const used: { input?: number; output?: number } = answer.metadata.tokens_used ?? {};
      const counts = { inputTokens: used.input, outputTokens: used.output };
      return { ...toldIn(headers), ...counts, text: answer.text, pieces: 0, calls: [], showsReasoning: false };
    },
  };
}

async function post({ url, key }: World, path: string, body: object) {
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${text}`);
  return { headers: answer.headers, text };
}
