// What the official clients put together from our frames is what we write when nothing is streamed.
import Anthropic from '@anthropic-ai/sdk';
import { expect, test } from '@jest/globals';
import { CallSummary, Finish, FinishReason, ReplyPart, Usage, UsageSource } from '@waybill/contracts';
import { fault } from '@waybill/kernel';
import { foldReply } from '@waybill/providers';
import fc from 'fast-check';
import OpenAI from 'openai';
import { anthropicMessages } from './anthropic/index.ts';
import type { AnswerEnding, AnswerFrames, AnswerLabel, AnswerWriter, Dialect } from './dialect.ts';
import { openaiChat } from './openai/index.ts';
import { openaiCompletions } from './openai-completions/index.ts';
import { openaiResponses } from './openai-responses/index.ts';
import { waybillChat } from './waybill/index.ts';

const dialects: Readonly<Record<string, Dialect>> = Object.fromEntries(
  [openaiChat, openaiCompletions, openaiResponses, waybillChat, anthropicMessages].map((each) => [each.name, each]),
);

const label: AnswerLabel = { callId: 'call_1', model: 'fast-2026', providerId: 'sim', createdAtSeconds: 1_795_000_000 };
const ending: AnswerEnding = {
  finish: Finish.fromPartial({ reason: FinishReason.STOP }),
  usage: Usage.fromPartial({ inputTokens: 9, outputTokens: 5, source: UsageSource.REPORTED }),
  summary: CallSummary.fromPartial({ callId: 'call_1' }),
  warnings: [],
};

const bodies: Readonly<Record<string, object>> = {
  'anthropic.messages': { max_tokens: 9 },
  'openai.chat': { stream_options: { include_usage: true } },
  'openai.completions': { prompt: 'hi', messages: undefined, stream_options: { include_usage: true } },
  'openai.responses': { input: 'hi', messages: undefined },
};

/** How the answer to a request is written. */
function writerOf(dialect: Dialect): AnswerWriter {
  const messages = [{ role: 'user', content: 'hi' }];
  const read = dialect.read({ model: 'fast', stream: true, messages, ...bodies[dialect.name] });
  if (!read.ok) throw new Error(read.fault.message);
  return read.value.answer;
}

function openFrames(dialect: Dialect): AnswerFrames {
  const { frames } = writerOf(dialect);
  if (!frames) throw new Error(`${dialect.name} was asked to stream`);
  return frames(label);
}

function framesOf(dialect: Dialect, parts: readonly ReplyPart[]): string {
  const frames = openFrames(dialect);
  return frames.begin() + parts.map(frames.part).join('') + frames.end(ending);
}

const part = (fields: Parameters<typeof ReplyPart.fromPartial>[0]) => ReplyPart.fromPartial(fields);

const texts = fc
  .array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 4 })
  .map((pieces) => pieces.map((text) => part({ part: { $case: 'text', value: { text } } })));

const reasoning = fc
  .array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 })
  .map((pieces) => [
    ...pieces.map((text) => part({ part: { $case: 'reasoning', value: { text } } })),
    part({ part: { $case: 'reasoning', value: { signature: 'signed' } } }),
  ]);

/** Arguments of a tool call in pieces of any size. */
const fragments = fc
  .tuple(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer({ min: 1, max: 9 }))
  .map(([value, size]) => {
    const text = JSON.stringify(value);
    return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
      text.slice(index * size, (index + 1) * size),
    );
  });

/** Two tool calls that grow in turns. */
const toolCalls = fc.tuple(fragments, fragments).map(([first, second]) => {
  const parts = [first, second].map((_, index) =>
    part({ part: { $case: 'toolCallStarted', value: { index, id: `id${index}`, name: 'look' } } }),
  );
  for (let turn = 0; turn < Math.max(first.length, second.length); turn += 1) {
    for (const [index, pieces] of [first, second].entries()) {
      const fragment = pieces[turn];
      if (fragment !== undefined)
        parts.push(part({ part: { $case: 'toolCallArguments', value: { index, fragment } } }));
    }
  }
  return parts;
});

const answers = fc
  .tuple(fc.option(reasoning), texts, fc.option(reasoning), fc.option(toolCalls))
  .map(([thought, said, again, called]) => [...(thought ?? []), ...said, ...(again ?? []), ...(called ?? [])]);

const messages = [{ role: 'user' as const, content: 'hi' }];

function answeringWith(text: string) {
  return async () => new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}

test("OpenAI's client", async () => {
  await fc.assert(
    fc.asyncProperty(answers, async (parts) => {
      const client = new OpenAI({ apiKey: 'x', fetch: answeringWith(framesOf(openaiChat, parts)) });
      const streamed = await client.chat.completions.stream({ model: 'fast', messages }).finalChatCompletion();
      const whole = JSON.parse(writerOf(openaiChat).whole(foldReply(parts), label, ending));
      const { content, tool_calls: calls, refusal, reasoning_details: details } = whole.choices[0].message;
      expect(streamed.choices[0]?.message).toMatchObject({ content, refusal });
      expect(streamed.choices[0]?.message.tool_calls ?? []).toMatchObject(calls ?? []);
      expect(Object(streamed.choices[0]?.message).reasoning_details).toEqual(details);
      expect(streamed).toMatchObject({ id: whole.id, model: whole.model, created: whole.created, usage: whole.usage });
    }),
    { numRuns: 60 },
  );
});

test('the last frames of /api/ai/chat carry the traces that have to come back', () => {
  fc.assert(
    fc.property(answers, (parts) => {
      const chunks = framesOf(waybillChat, parts)
        .split('\n\n')
        .filter((frame) => frame.startsWith('data: {'))
        .map((frame) => JSON.parse(frame.slice(6)).choices[0].delta);
      const whole = JSON.parse(writerOf(waybillChat).whole(foldReply(parts), label, ending));
      const carried = chunks.flatMap(({ reasoningDetails = [] }) => reasoningDetails);
      expect(carried).toEqual(whole.choices[0].message.reasoningDetails ?? []);
      expect(chunks.map(({ content = '' }) => content).join('')).toBe(whole.choices[0].message.content);
    }),
    { numRuns: 40 },
  );
});

test("OpenAI's client, of responses", async () => {
  await fc.assert(
    fc.asyncProperty(answers, async (parts) => {
      const client = new OpenAI({ apiKey: 'x', fetch: answeringWith(framesOf(openaiResponses, parts)) });
      const streamed = await client.responses.stream({ model: 'fast', input: 'hi' }).finalResponse();
      const whole = JSON.parse(writerOf(openaiResponses).whole(foldReply(parts), label, ending));
      expect(streamed).toMatchObject({ ...whole, output: expect.anything() });
      expect(streamed.output).toHaveLength(whole.output.length);
      for (const [index, item] of whole.output.entries()) expect(streamed.output[index]).toMatchObject(item);
    }),
    { numRuns: 30 },
  );
});

test("OpenAI's client, of legacy completions", async () => {
  await fc.assert(
    fc.asyncProperty(answers, async (parts) => {
      const client = new OpenAI({ apiKey: 'x', fetch: answeringWith(framesOf(openaiCompletions, parts)) });
      const stream = await client.completions.create({ model: 'fast', prompt: 'hi', stream: true });
      const whole = JSON.parse(writerOf(openaiCompletions).whole(foldReply(parts), label, ending));
      const chunks: OpenAI.Completion[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(whole.choices[0].text);
      expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
      expect(chunks.at(-1)).toMatchObject({ id: whole.id, created: whole.created, usage: whole.usage });
    }),
    { numRuns: 30 },
  );
});

test.each([
  ['openai.chat', (client: OpenAI) => client.chat.completions.create({ model: 'fast', messages, stream: true })],
  ['openai.completions', (client: OpenAI) => client.completions.create({ model: 'fast', prompt: 'hi', stream: true })],
  ['openai.responses', (client: OpenAI) => client.responses.create({ model: 'fast', input: 'hi', stream: true })],
])("OpenAI's client throws where a stream of %s breaks off", async (name, ask) => {
  const frames = openFrames(dialects[name]!);
  const said = part({ part: { $case: 'text', value: { text: 'half' } } });
  const sent = frames.begin() + frames.part(said) + frames.fail(fault('upstream', 'the provider hung up'));
  const client = new OpenAI({ apiKey: 'x', fetch: answeringWith(sent) });
  const read = async () => {
    for await (const _ of (await ask(client)) as AsyncIterable<unknown>);
  };
  await expect(read()).rejects.toMatchObject({
    code: 'upstream_error',
    message: expect.stringContaining('the provider hung up'),
  });
});

test("Anthropic's client", async () => {
  await fc.assert(
    fc.asyncProperty(answers, async (parts) => {
      const client = new Anthropic({ apiKey: 'x', fetch: answeringWith(framesOf(anthropicMessages, parts)) });
      const streamed = await client.messages.stream({ model: 'fast', max_tokens: 9, messages }).finalMessage();
      const whole = JSON.parse(writerOf(anthropicMessages).whole(foldReply(parts), label, ending));
      expect(streamed.content).toEqual(whole.content);
      expect(streamed).toMatchObject({ id: whole.id, model: whole.model, stop_reason: whole.stop_reason });
      const { cache_creation: _, ...usage } = whole.usage;
      expect(streamed.usage).toMatchObject(usage);
    }),
    { numRuns: 60 },
  );
});

test.each(Object.entries(dialects))('a broken %s answer has no success terminator', (_, dialect) => {
  fc.assert(
    fc.property(answers, (parts) => {
      const frames = openFrames(dialect);
      const sent = frames.begin() + parts.map(frames.part).join('') + frames.fail(fault('upstream', 'cut'));
      const isComplete = /^data: \[DONE\]|^event: (message_stop|response\.(completed|incomplete))/m.test(sent);
      expect(isComplete).toBe(false);
      expect(sent).toMatch(/"cut"[^\n]*\n\n$/);
    }),
    { numRuns: 30 },
  );
});

test('a tool call that goes on after its block was closed makes an error of the answer', () => {
  const frames = openFrames(anthropicMessages);
  frames.begin();
  frames.part(part({ part: { $case: 'toolCallStarted', value: { index: 0, id: 'a', name: 'look' } } }));
  frames.part(part({ part: { $case: 'text', value: { text: 'well' } } }));
  frames.part(part({ part: { $case: 'toolCallArguments', value: { index: 0, fragment: '{}' } } }));
  expect(frames.end(ending)).toMatch(/^event: error/);
});
