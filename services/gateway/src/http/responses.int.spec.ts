// POST /v1/responses, with OpenAI's own client as the judge.
import { describe, expect, test } from '@jest/globals';
import { FinishReason, OutputFormat_Kind, Role, ToolChoice_Mode } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import OpenAI from 'openai';
import {
  answering,
  type EdgeBench,
  ending,
  openEdgeBench,
  part,
  started,
  text,
  toolArguments,
  toolCall,
} from '../testing/edge-bench.ts';

const hello = { model: 'fast', input: 'say hello' };

function clientOf({ url }: EdgeBench): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: 'whatever', maxRetries: 0 });
}

const weather = {
  type: 'function',
  name: 'weather',
  description: 'tells the weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
} as const;

function reasoning(fields: { text?: string; signature?: string; redacted?: string }) {
  return part({ part: { $case: 'reasoning', value: fields } });
}

const state = Buffer.from('needed again');

/** Thinks, says something, and calls two tools at once. */
const busy = [
  started,
  reasoning({ text: 'well' }),
  reasoning({ signature: 'signed' }),
  reasoning({ redacted: 'hidden' }),
  text('I will '),
  text('look.'),
  part({ part: { $case: 'toolCallStarted', value: { index: 0, id: 'a', name: 'weather', providerState: state } } }),
  toolCall(1, 'b', 'weather'),
  toolArguments(1, '{"city":"Rome"}'),
  toolArguments(0, '{"city":'),
  toolArguments(0, '"Bern"}'),
  ...ending(FinishReason.TOOL_CALLS),
];

async function openBench(parts: typeof busy): Promise<EdgeBench> {
  const bench = await openEdgeBench();
  bench.conduct = async (incoming) => answering(incoming, { parts });
  return bench;
}

describe('an answer', () => {
  test('is read by the SDK, with its usage', async () => {
    const bench = await openEdgeBench();
    const response = await clientOf(bench).responses.create({
      ...hello,
      instructions: 'be brief',
      metadata: { a: 'b' },
    });
    expect(response).toMatchObject({
      id: 'resp_call_1',
      object: 'response',
      status: 'completed',
      model: 'fast-2026',
      output_text: 'hello world',
      instructions: 'be brief',
      metadata: { a: 'b' },
      store: false,
      error: null,
      usage: {
        input_tokens: 9,
        input_tokens_details: { cached_tokens: 2, cache_write_tokens: 0 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 1 },
        total_tokens: 14,
      },
    });
    expect(bench.incoming[0]).toMatchObject({
      dialect: 'openai.responses',
      call: { task: { value: { stream: false } } },
    });
  });

  test('that was cut by its cap is incomplete, as is one that was filtered', async () => {
    const cut = await clientOf(await openBench([text('he'), ...ending(FinishReason.LENGTH)])).responses.create(hello);
    expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    const filter = await openBench([text('he'), ...ending(FinishReason.CONTENT_FILTER)]);
    const filtered = await clientOf(filter).responses.create({ ...hello, stream: true });
    const events: OpenAI.Responses.ResponseStreamEvent[] = [];
    for await (const event of filtered) events.push(event);
    expect(events.at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { incomplete_details: { reason: 'content_filter' } },
    });
  });

  test('thinks, speaks and calls tools in parallel, streamed as whole', async () => {
    const client = clientOf(await openBench(busy));
    const whole = await client.responses.create(hello);
    expect(whole.output).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'well' }], encrypted_content: 'signature.signed' },
      { type: 'reasoning', summary: [], encrypted_content: 'hidden' },
      { type: 'message', content: [{ type: 'output_text', text: 'I will look.' }] },
      { type: 'function_call', name: 'weather', arguments: '{"city":"Bern"}', status: 'completed' },
      { type: 'function_call', name: 'weather', call_id: 'b', arguments: '{"city":"Rome"}', status: 'completed' },
    ]);
    const stream = client.responses.stream(hello);
    const names: string[] = [];
    for await (const { type } of stream) if (names.at(-1) !== type) names.push(type);
    const streamed = await stream.finalResponse();
    for (const [index, item] of whole.output.entries()) expect(streamed.output[index]).toMatchObject({ ...item });
    expect(names.slice(0, 3)).toEqual(['response.created', 'response.in_progress', 'response.output_item.added']);
    expect(names).toContain('response.function_call_arguments.done');
    expect(names.at(-1)).toBe('response.completed');
  });

  test('comes back on the next turn with all that its provider needs', async () => {
    const bench = await openBench(busy);
    const { output } = await clientOf(bench).responses.create({ ...hello, tools: [weather] });
    const results = output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ type: 'function_call_output' as const, call_id: item.call_id, output: `sun for ${item.arguments}` }]
        : [],
    );
    const input = [
      { role: 'user' as const, content: 'go on' },
      ...output,
      ...results,
    ] as OpenAI.Responses.ResponseInput;
    await clientOf(bench).responses.create({ model: 'fast', input, tools: [weather] });
    const task = bench.incoming[1]?.call.task;
    const messages = task?.$case === 'chat' ? task.value.messages : [];
    expect(messages.map(({ role }) => role)).toEqual([Role.USER, Role.ASSISTANT, Role.TOOL]);
    expect(messages[1]?.parts.map(({ part: sent }) => sent?.value)).toEqual([
      { text: 'well', signature: 'signed', redacted: '' },
      { text: '', signature: '', redacted: 'hidden' },
      { text: 'I will look.' },
      { id: 'a', name: 'weather', argumentsJson: '{"city":"Bern"}', providerState: state },
      { id: 'b', name: 'weather', argumentsJson: '{"city":"Rome"}', providerState: Buffer.alloc(0) },
    ]);
    expect(messages[2]?.parts.map(({ part: sent }) => sent?.value)).toMatchObject([
      { toolCallId: 'a', name: 'weather', parts: [{ part: { value: { text: 'sun for {"city":"Bern"}' } } }] },
      { toolCallId: 'b', name: 'weather' },
    ]);
  });

  test('that breaks off throws, and has no event that says it is complete', async () => {
    const bench = await openEdgeBench();
    const parts = (async function* () {
      yield text('half');
      throw new FaultError(fault('upstream', 'the provider hung up'));
    })();
    bench.conduct = async (incoming) => answering(incoming, { parts });
    const seen: string[] = [];
    const reading = async () => {
      for await (const { type } of await clientOf(bench).responses.create({ ...hello, stream: true })) seen.push(type);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'upstream_error' });
    expect(seen.at(-1)).toBe('response.output_text.delta');
  });
});

describe('a request', () => {
  test('is read in all its parts', async () => {
    const bench = await openEdgeBench();
    const schema = { type: 'object', properties: { answer: { type: 'string' } } };
    await clientOf(bench).responses.create({
      model: 'fast',
      input: [
        { role: 'developer', content: 'be exact' },
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'what is it?' },
            { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' },
          ],
        },
      ],
      tools: [weather],
      tool_choice: { type: 'function', name: 'weather' },
      parallel_tool_calls: false,
      text: { format: { type: 'json_schema', name: 'shape', schema, strict: true } },
      reasoning: { effort: 'low' },
      max_output_tokens: 99,
      temperature: 0.5,
      safety_identifier: 'ann',
      include: ['reasoning.encrypted_content'],
    });
    const { call } = bench.incoming[0]!;
    const chat = call.task?.$case === 'chat' ? call.task.value : undefined;
    expect(chat?.messages.map(({ role }) => role)).toEqual([Role.SYSTEM, Role.USER]);
    expect(chat?.messages[1]?.parts.map(({ part: sent }) => sent?.$case)).toEqual(['text', 'image', 'document']);
    expect(chat).toMatchObject({
      tools: [{ name: 'weather', description: 'tells the weather', strict: false }],
      toolChoice: { mode: ToolChoice_Mode.NAMED, name: 'weather' },
      parallelToolCalls: false,
      outputFormat: { kind: OutputFormat_Kind.JSON_SCHEMA, schemaName: 'shape', schemaJson: JSON.stringify(schema) },
      reasoning: { effort: 'low' },
      maxOutputTokens: 99,
      sampling: { temperature: 0.5 },
    });
    expect(call.endUser).toBe('u_default_3');
  });

  test('to store the answer is answered with a warning, since nothing is stored', async () => {
    const client = clientOf(await openEdgeBench());
    const { data, response } = await client.responses.create({ ...hello, store: true }).withResponse();
    expect(response.headers.get('x-waybill-warnings')).toContain('store was ignored');
    expect(data).toMatchObject({ store: false });
  });

  test.each([
    [
      { previous_response_id: 'resp_1' },
      /^previous_response_id names an answer that was stored, and nothing is stored/,
    ],
    [{ conversation: 'conv_1' }, /^conversation names a conversation that was stored/],
    [{ prompt: { id: 'p' } }, /^prompt names a template that was stored/],
    [{ background: true }, /^background is not supported/],
    [{ input: [{ type: 'item_reference', id: 'x' }] }, /^input\[0\] refers to something stored/],
    [{ input: [{ type: 'computer_call' }] }, /^input\[0\]\.type is "computer_call"; give one of message, /],
    [{ input: [] }, /^input is out of range/],
    [{ tools: [{ type: 'web_search' }] }, /^tools\[0\]\.type is a tool that the provider runs/],
    [{ tool_choice: { type: 'function', name: 'x' } }, /^tool_choice\.name is not among the tools/],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
      /^input\[0\]\.content\[0\]\.image_url is missing; give an address or a data URL/,
    ],
  ])('%j is refused', async (fields, message) => {
    const { url } = await openEdgeBench();
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ ...hello, ...fields });
    const answer = await fetch(`${url}/v1/responses`, { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringMatching(message) } });
  });
});
