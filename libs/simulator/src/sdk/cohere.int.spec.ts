// Cohere's SDK must be able to talk to the simulator.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { CohereClientV2 } from 'cohere-ai';
import { type Simulator, startSimulator } from '../index.ts';

let simulator: Simulator;
let client: CohereClientV2;
const messages = [{ role: 'user' as const, content: 'What is the weather in Lisbon?' }];
const weather = {
  type: 'function' as const,
  function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
};

beforeAll(async () => {
  simulator = await startSimulator({ badKeys: ['revoked'] });
  client = clientWith('good');
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

function clientWith(token: string): CohereClientV2 {
  return new CohereClientV2({ token, environment: `${simulator.url}/cohere`, maxRetries: 0 });
}

function textOf({ message }: Awaited<ReturnType<CohereClientV2['chat']>>): string {
  return (message.content ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
}

type Events = Awaited<ReturnType<CohereClientV2['chatStream']>>;
type Event = Events extends AsyncIterable<infer Each> ? Each : never;

async function streamed(request: Parameters<CohereClientV2['chatStream']>[0]): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of await client.chatStream(request)) events.push(event);
  return events;
}

function textIn(events: readonly Event[]): string {
  return events
    .map((event) => (event.type === 'content-delta' ? (event.delta?.message?.content?.text ?? '') : ''))
    .join('');
}

test('answers, and bills the units it reports as billed, not the tokens it processed', async () => {
  const reply = await client.chat({ model: 'command-a-03-2025', messages });
  expect(reply.message.content?.[0]).toMatchObject({ type: 'text', text: expect.stringContaining('Lisbon') });
  expect(reply.finishReason).toBe('COMPLETE');
  const { billedUnits, tokens } = reply.usage!;
  expect(tokens!.inputTokens).toBeGreaterThan(billedUnits!.inputTokens!);
  expect(simulator.bill().lines[0]?.amountPicoUsd).toBe(
    BigInt(billedUnits!.inputTokens!) * 2_500_000n + BigInt(billedUnits!.outputTokens!) * 10_000_000n,
  );
});

test('streams what it would have answered in one piece', async () => {
  const request = { model: 'command-a-03-2025', messages };
  const whole = await client.chat(request);
  const events = await streamed(request);
  expect(textIn(events)).toBe(textOf(whole));
  expect(events.at(-1)).toMatchObject({ type: 'message-end', delta: { finishReason: 'COMPLETE', usage: whole.usage } });
  expect(simulator.bill().lines[1]).toMatchObject({ outcome: 'complete', usageTold: 'sent' });
});

test('thinks where the model can and is not told otherwise', async () => {
  const model = 'command-a-reasoning-08-2025';
  const kinds = async (thinking?: { type: 'enabled' | 'disabled'; tokenBudget?: number }) => {
    const { message } = await client.chat({ model, messages, thinking });
    return message.content?.map(({ type }) => type);
  };
  expect(await kinds()).toEqual(['thinking', 'text']);
  expect(await kinds({ type: 'enabled', tokenBudget: 3 })).toEqual(['thinking', 'text']);
  expect(await kinds({ type: 'disabled' })).toEqual(['text']);
  const refused = client.chat({ model: 'command-a-03-2025', messages, thinking: { type: 'enabled' } });
  await expect(refused).rejects.toMatchObject({ statusCode: 400 });
});

describe('tools', () => {
  test('a plan, a call, its result, and an answer that cites it', async () => {
    const { message } = await client.chat({ model: 'command-a-03-2025#reasoning=4', messages, tools: [weather] });
    expect(message.toolPlan).toMatch(/\w/);
    const [call] = message.toolCalls!;
    expect(call).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Lisbon"}' } });
    const turns = [
      ...messages,
      { role: 'assistant' as const, toolCalls: message.toolCalls!, toolPlan: message.toolPlan! },
      { role: 'tool' as const, toolCallId: call!.id, content: 'mist' },
    ];
    const second = await client.chat({ model: 'command-a-03-2025', messages: turns, tools: [weather] });
    expect(textOf(second)).toContain('mist');
    expect(second.message.citations).toHaveLength(1);
  });

  test('parallel calls in a stream', async () => {
    const events = await streamed({ model: 'command-a-03-2025#tool-calls=2', messages, tools: [weather] });
    const started = events.filter(({ type }) => type === 'tool-call-start');
    expect(started).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ delta: { finishReason: 'TOOL_CALL' } });
  });

  test('a choice needs tools, and a model that knows it', async () => {
    const choosing = (model: string, tools?: (typeof weather)[]) =>
      client.chat({ model, messages, tools, toolChoice: 'REQUIRED' });
    await expect(choosing('command-a-03-2025')).rejects.toMatchObject({ statusCode: 400 });
    await expect(choosing('command-r-08-2024', [weather])).rejects.toMatchObject({ statusCode: 400 });
    expect((await choosing('command-a-03-2025', [weather])).finishReason).toBe('TOOL_CALL');
  });
});

test('JSON after a schema', async () => {
  const jsonSchema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const responseFormat = { type: 'json_object' as const, jsonSchema };
  const reply = await client.chat({ model: 'command-a-03-2025', messages, responseFormat });
  expect(JSON.parse(textOf(reply))).toHaveProperty('city');
});

test('embeddings, billed by their texts', async () => {
  const reply = await client.embed({
    model: 'embed-v4.0',
    texts: ['olive trees', 'almond trees'],
    inputType: 'search_document',
    embeddingTypes: ['float'],
    outputDimension: 256,
  });
  expect(reply.embeddings.float?.map((vector) => vector.length)).toEqual([256, 256]);
  expect(reply.meta?.billedUnits?.inputTokens).toBe(4);
  expect(simulator.bill().lines[0]?.amountPicoUsd).toBe(4n * 120_000n);
});

describe('errors', () => {
  test.each([
    ['rate-limit:seconds:26', 429],
    ['server-error', 500],
    ['unavailable', 503],
    ['not-found', 404],
  ])('%s', async (fault, statusCode) => {
    const failed = client.chat({ model: `command-a-03-2025#fault=${fault}`, messages });
    await expect(failed).rejects.toMatchObject({ statusCode });
  });

  test('a key that is wrong', async () => {
    const failed = clientWith('revoked').chat({ model: 'command-a-03-2025', messages });
    await expect(failed).rejects.toMatchObject({ statusCode: 401 });
  });

  test('one in the middle of a stream says so in its last event', async () => {
    const events = await streamed({ model: 'command-a-03-2025#fault=error-frame:3', messages });
    expect(events.at(-1)).toMatchObject({ type: 'message-end', delta: { error: 'Overloaded', finishReason: 'ERROR' } });
  });
});
