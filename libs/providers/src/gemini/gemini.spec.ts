import { expect, test } from '@jest/globals';
import { Call, Role } from '@waybill/contracts';
import { Secret } from '@waybill/kernel';
import { probes, requestFor } from '../conformance/probes.ts';
import { describeConformance } from '../conformance/suite.ts';
import { answerText, foldReply } from '../reply/fold.ts';
import { geminiCodec as codec } from './index.ts';

describeConformance({ codec, folder: new URL('./fixtures/', import.meta.url), upstreamModel: 'gemini-3.8-flash' });

const request = requestFor(probes.chat, 'gemini-3.8-flash');

function decoded(body: string, headers: Record<string, string> = {}) {
  const result = codec.decode(request, { status: 200, headers, body: Buffer.from(body) });
  if (!result.ok) throw new Error(result.fault.message);
  return { ...result.value, reply: foldReply(result.value.parts) };
}

const calling = (call: string) =>
  `{"candidates":[{"content":{"parts":[{"functionCall":${call},"thoughtSignature":"c2ln"}]},"finishReason":"STOP"}]}`;

test('a tool call goes back with its signature, its result by its name, and no id that we made up', () => {
  const { reply } = decoded(calling('{"name":"f","args":{"id":12345678901234567890}}'));
  const [entry] = reply.content;
  const id = entry?.part?.$case === 'toolCall' ? entry.part.value.id : '';
  const result = { toolCallId: id, parts: [{ part: { $case: 'text' as const, value: { text: '{"found":1}' } } }] };
  const call = Call.fromPartial({
    task: {
      $case: 'chat',
      value: {
        messages: [
          { role: Role.ASSISTANT, parts: reply.content },
          { role: Role.TOOL, parts: [{ part: { $case: 'toolResult', value: result } }] },
        ],
      },
    },
  });
  const encoded = codec.encode(requestFor(call, 'gemini-3.8-flash'));
  expect(encoded.ok && encoded.value.body).toContain(
    '"contents":[{"role":"model","parts":[{"functionCall":{"name":"f","args":{"id":12345678901234567890}},' +
      '"thoughtSignature":"c2ln"}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"found":1}}}]}]',
  );
});

test('an id of the provider is kept', () => {
  const { reply } = decoded(calling('{"id":"fc_1","name":"f","args":{}}'));
  expect(reply.content[0]?.part).toMatchObject({ value: { id: 'fc_1' } });
});

test('the tier that was served comes from the header', () => {
  const body = calling('{"name":"f","args":{}}').replace(/}$/, ',"usageMetadata":{"promptTokenCount":1}}');
  expect(decoded(body, { 'x-gemini-service-tier': 'standard' }).usage).toMatchObject({ serviceTier: 'standard' });
});

test('parts that have no canonical form are warned of once', () => {
  const parts = '[{"executableCode":{"code":"1"}},{"executableCode":{"code":"2"}},{"text":"ok"}]';
  const { reply } = decoded(`{"candidates":[{"content":{"parts":${parts}},"finishReason":"STOP"}]}`);
  expect(reply.warnings).toMatchObject([{ code: 'unsupported', subject: 'answer.executableCode' }]);
});

test('paths name the model, with or without its folder', () => {
  const path = (model: string, stream = false) => codec.endpoint(requestFor(probes.chat, model, stream));
  expect(path('gemini-x').path).toBe('/models/gemini-x:generateContent');
  expect(path('models/gemini-x', true)).toEqual({
    method: 'POST',
    path: '/models/gemini-x:streamGenerateContent',
    query: { alt: 'sse' },
  });
  expect(path('a/../b?c').path).toBe('/models/a%2F..%2Fb%3Fc:generateContent');
  expect(codec.endpoint(requestFor(probes.embeddings, 'e')).path).toBe('/models/e:batchEmbedContents');
});

test('a stream says nothing after its end, but may count once more', () => {
  const { initial, step, end } = codec.decoder;
  const state = initial(request, {});
  const last = (count: number) => ({
    data: JSON.stringify({
      candidates: [{ content: { parts: [{ text: 'blue' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: count, totalTokenCount: 3 + count },
    }),
  });
  const parts = [last(1), last(2)].flatMap((frame) => step(state, frame).parts);
  expect(answerText(foldReply([...parts, ...end(state).parts]))).toBe('blue');
  expect(end(state).usage).toMatchObject({ outputTokens: 2 });
});

test('the key is in a header of its own', () => {
  expect(codec.authorize(new Secret('k'), 0n)).toEqual({ 'x-goog-api-key': 'k' });
});

test.each([
  ['gemini-2.5-flash', 'none', { thinkingBudget: 0, includeThoughts: false }, 1],
  ['gemini-2.5-flash', 'low', { thinkingBudget: 1024, includeThoughts: true }, 1],
  ['gemini-3.8-flash', 'medium', { thinkingLevel: 'medium', includeThoughts: true }, 0],
  ['gemini-3.8-flash', 'max', { thinkingLevel: 'high', includeThoughts: true }, 1],
])('%s with an effort of %s', (model, effort, thinkingConfig, warnings) => {
  const call = Call.fromPartial({ task: { $case: 'chat', value: { reasoning: { effort } } } });
  const encoded = codec.encode(requestFor(call, model));
  if (!encoded.ok) throw new Error(encoded.fault.message);
  expect(JSON.parse(encoded.value.body).generationConfig).toMatchObject({ thinkingConfig });
  expect(encoded.value.warnings).toHaveLength(warnings);
});

test('a tool call without a signature is sent with what skips the check, where the model makes one', () => {
  const call = { part: { $case: 'toolCall' as const, value: { id: 'call_1', name: 'f', argumentsJson: '{}' } } };
  const chat = Call.fromPartial({
    task: { $case: 'chat', value: { messages: [{ role: Role.ASSISTANT, parts: [call, call] }] } },
  });
  const partsFor = (model: string) => {
    const encoded = codec.encode(requestFor(chat, model));
    if (!encoded.ok) throw new Error(encoded.fault.message);
    const { warnings, body } = encoded.value;
    return { warnings: warnings.map(({ subject }) => subject), parts: JSON.parse(body).contents[0].parts };
  };
  const newer = partsFor('gemini-3.8-flash');
  expect(newer.parts[0].thoughtSignature).toBe('skip_thought_signature_validator');
  expect(newer.parts[1]).not.toHaveProperty('thoughtSignature');
  expect(newer.warnings).toEqual(['tool_call.signature']);
  const older = partsFor('gemini-2.5-flash');
  expect(older.parts[0]).not.toHaveProperty('thoughtSignature');
  expect(older.warnings).toEqual([]);
});

test.each([
  ['flex', 'flex', []],
  ['auto', undefined, []],
  ['default', 'standard', ['adjusted service_tier']],
  ['scale', undefined, ['unsupported service_tier']],
])('a service tier of %s is sent as %s', (serviceTier, sent, told) => {
  const encoded = codec.encode(requestFor({ ...probes.chat, serviceTier }, 'gemini-3.8-flash'));
  if (!encoded.ok) throw new Error(encoded.fault.message);
  const warnings = encoded.value.warnings.map(({ code, subject }) => `${code} ${subject}`);
  expect({ sent: JSON.parse(encoded.value.body).serviceTier, told: warnings }).toEqual({ sent, told });
});

test('more stop sequences than the API takes are left out, which is said', () => {
  const chat = Call.fromPartial({
    task: { $case: 'chat', value: { stopSequences: ['a', 'b', 'c', 'd', 'e', 'f'] } },
  });
  const encoded = codec.encode(requestFor(chat, 'gemini-3.8-flash'));
  expect(encoded).toMatchObject({ ok: true, value: { warnings: [{ code: 'adjusted', subject: 'stop_sequences' }] } });
});

test('a cache breakpoint on a tool is left out, which is said', () => {
  const tools = [{ name: 'f', parametersJson: '{}', cacheBreakpoint: {} }];
  const encoded = codec.encode(
    requestFor(Call.fromPartial({ task: { $case: 'chat', value: { tools } } }), 'gemini-3.8-flash'),
  );
  expect(encoded).toMatchObject({ ok: true, value: { warnings: [{ subject: 'tools.cache_breakpoint' }] } });
});
