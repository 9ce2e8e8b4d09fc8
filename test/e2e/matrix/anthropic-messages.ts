// Anthropic's messages through the official SDK.
import Anthropic from '@anthropic-ai/sdk';
import type { World } from '../world.ts';
import { type Asked, type Driver, features, type Seen, toldIn } from './asked.ts';

type Message = Anthropic.MessageParam;

export function anthropicMessages({ url, key }: World): Driver {
  const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 });
  return {
    name: '`/v1/messages`',
    client: '@anthropic-ai/sdk',
    tellsReasoning: false,
    features,
    ask: (asked) => ask(client, asked, [questionOf(asked)]),
  };
}

function questionOf({ question, picture }: Asked): Message {
  if (picture === undefined) return { role: 'user', content: question };
  const source = { type: 'base64', media_type: 'image/png', data: picture } as const;
  return {
    role: 'user',
    content: [
      { type: 'text', text: question },
      { type: 'image', source },
    ],
  };
}

function bodyOf({ model, tools, parallel, schema, thinks }: Asked, messages: readonly Message[]) {
  const choice = { type: 'auto', disable_parallel_tool_use: parallel === false } as const;
  return {
    model,
    max_tokens: 3_000,
    messages: [...messages],
    ...(tools.length > 0 && { tools: tools.map(toolOf) }),
    ...(parallel !== undefined && { tool_choice: choice }),
    ...(schema && { output_config: { format: { type: 'json_schema' as const, schema } } }),
    ...(thinks && { thinking: { type: 'enabled' as const, budget_tokens: 1_024 } }),
  };
}

function toolOf({ name, schema }: Asked['tools'][number]): Anthropic.Tool {
  return { name, input_schema: schema as Anthropic.Tool.InputSchema };
}

async function ask(client: Anthropic, asked: Asked, messages: readonly Message[]): Promise<Seen> {
  const body = bodyOf(asked, messages);
  const { answer, pieces, headers } = asked.stream ? await readStreamed(client, body) : await readWhole(client, body);
  const { content, usage } = answer;
  const calls = content.flatMap((block) =>
    block.type === 'tool_use' ? [{ id: block.id, name: block.name, argumentsJson: JSON.stringify(block.input) }] : [],
  );
  const results = (result: string) =>
    calls.map(({ id }) => ({ type: 'tool_result' as const, tool_use_id: id, content: result }));
  const cached = (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0);
  return {
    ...toldIn(headers),
    text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    pieces,
    calls,
    showsReasoning: content.some(({ type }) => type === 'thinking' || type === 'redacted_thinking'),
    inputTokens: usage.input_tokens + cached,
    outputTokens: usage.output_tokens,
    goOn(result) {
      const spoken: Message = { role: 'assistant', content: content as Anthropic.ContentBlockParam[] };
      return ask(client, { ...asked, stream: false }, [
        ...messages,
        spoken,
        { role: 'user', content: results(result) },
      ]);
    },
  };
}

interface Read {
  readonly answer: Anthropic.Message;
  readonly pieces: number;
  readonly headers: Headers;
}

async function readWhole(client: Anthropic, body: ReturnType<typeof bodyOf>): Promise<Read> {
  const { data, response } = await client.messages.create(body).withResponse();
  return { answer: data, pieces: 0, headers: response.headers };
}

async function readStreamed(client: Anthropic, body: ReturnType<typeof bodyOf>): Promise<Read> {
  const stream = client.messages.stream(body);
  let pieces = 0;
  stream.on('text', () => {
    pieces += 1;
  });
  stream.on('inputJson', () => {
    pieces += 1;
  });
  const { response } = await stream.withResponse();
  return { answer: await stream.finalMessage(), pieces, headers: response.headers };
}
