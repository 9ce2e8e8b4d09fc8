import { describe, expect, test } from '@jest/globals';
import { Call } from '@waybill/contracts';
import fc from 'fast-check';
import { probes, requestFor } from '../conformance/probes.ts';
import { openAiCodec } from './index.ts';

const wire = openAiCodec.batches!;
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
type Probe = keyof typeof probes;
const item = (callId: string, model = 'gpt-4o-mini', probe: Probe = 'chat') => ({
  callId,
  request: requestFor(probes[probe], model),
});

async function fileOf(items: ReturnType<typeof item>[]): Promise<Record<string, unknown>[]> {
  const uploaded = wire.upload!.encode('batch_1', items);
  if (!uploaded.ok) throw new Error(uploaded.fault.message);
  const { body, headers, path } = uploaded.value;
  expect(path).toBe('/files');
  const form = await new Response(body, { headers }).formData();
  expect(form.get('purpose')).toBe('batch');
  const file = form.get('file') as File;
  expect(file.name).toBe('batch_1.jsonl');
  const text = await file.text();
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('batches of OpenAI', () => {
  test('go up as a file of the requests that would be sent alone, under the ids of their calls', async () => {
    const lines = await fileOf([item('batch_1_1'), item('batch_1_2')]);
    expect(lines.map(({ custom_id, method, url }) => [custom_id, method, url])).toEqual([
      ['batch_1_1', 'POST', '/v1/chat/completions'],
      ['batch_1_2', 'POST', '/v1/chat/completions'],
    ]);
    const alone = openAiCodec.encode(item('batch_1_1').request);
    expect(lines[0]!.body).toEqual(alone.ok && JSON.parse(alone.value.body));
  });

  test('are made from that file, and named by our own id', () => {
    const created = wire.create('batch_1', [item('batch_1_1')], 'file-1');
    expect(created).toMatchObject({ ok: true, value: { path: '/batches' } });
    expect(JSON.parse((created.ok && created.value.body) || '')).toEqual({
      input_file_id: 'file-1',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      metadata: { waybill_batch: 'batch_1' },
    });
    expect(wire.upload!.read(bytes({ id: 'file-1', object: 'file' }))).toBe('file-1');
    for (const other of ['', '[]', '{}', '<html>']) expect(wire.upload!.read(bytes(other))).toBeUndefined();
  });

  test('have one endpoint, that of the first wire which takes nothing from any of the calls', async () => {
    const urls = async (...items: ReturnType<typeof item>[]) => [
      ...new Set((await fileOf(items)).map(({ url }) => url)),
    ];
    const reasoner = item('batch_1_1', 'gpt-5-mini');
    expect(await urls(reasoner)).toEqual(['/v1/responses']);
    expect(await urls(reasoner, item('batch_1_2'))).toEqual(['/v1/chat/completions']);
    const withTools = item('batch_1_1', 'gpt-6-sol', 'tools');
    expect(await urls(withTools, item('batch_1_2'))).toEqual(['/v1/responses']);
    const stops = { ...item('batch_1_2'), request: requestFor(probes.stop_sequences, 'gpt-4o-mini') };
    const apart = wire.upload!.encode('batch_1', [withTools, stops]);
    expect(apart).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
    expect(apart.ok ? '' : apart.fault.message).toContain('several batches');
    const embedding = item('batch_1_1', 'text-embedding-3-small', 'embeddings');
    expect(wire.upload!.encode('batch_1', [embedding])).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  });

  test('stay on one line each, however their schemas were written', async () => {
    const call = Call.fromPartial({
      task: {
        $case: 'chat',
        value: { tools: [{ name: 'f', parametersJson: '{\n"type":\r\n"object"}' }] },
      },
    });
    const request = { ...item('batch_1_1').request, call };
    expect(await fileOf([{ callId: 'batch_1_1', request }])).toHaveLength(1);
  });

  const batch = {
    ...{ id: 'batch_abc', object: 'batch', status: 'finalizing', created_at: 1_763_596_800 },
    ...{ request_counts: { total: 3, completed: 1, failed: 1 }, metadata: { waybill_batch: 'batch_1' } },
  };

  test('are over in one of four ways; their results are the files that there are', () => {
    const createdAtMicros = 1_763_596_800_000_000n;
    const read = { id: 'batch_abc', isOver: false, createdAtMicros, entries: 3, batchId: 'batch_1', files: [] };
    expect(wire.read(bytes(batch))).toEqual(read);
    for (const status of ['completed', 'failed', 'expired', 'cancelled'])
      expect(wire.read(bytes({ ...batch, status }))?.isOver).toBe(true);
    for (const status of ['validating', 'in_progress', 'cancelling', 'of a new kind'])
      expect(wire.read(bytes({ ...batch, status }))?.isOver).toBe(false);
    const done = wire.read(bytes({ ...batch, status: 'completed', output_file_id: 'f/1', error_file_id: null }))!;
    expect(wire.results(done).map(({ method, path }) => [method, path])).toEqual([['GET', '/files/f%2F1/content']]);
    expect(wire.read(bytes({ ...batch, metadata: null }))?.batchId).toBe('');
    for (const other of ['', 'null', '[]', '{}', '<html>', { id: 'file-1', object: 'file', status: 'processed' }])
      expect(wire.read(bytes(other))).toBeUndefined();
    const page = { object: 'list', data: [batch, {}], has_more: true };
    expect(wire.readPage(bytes(page))).toEqual({ batches: [read], next: 'batch_abc' });
    expect(wire.readPage(bytes({ ...page, has_more: false }))?.next).toBeUndefined();
    expect(wire.readPage(bytes({}))).toBeUndefined();
  });

  test('that are refused for their file say what was wrong with it', () => {
    const errors = { object: 'list', data: [{ code: 'invalid_json_line', message: 'not JSON', line: 7 }] };
    const { refused } = wire.read(bytes({ ...batch, status: 'failed', errors }))!;
    expect(refused).toMatchObject({ kind: 'invalid', mayHaveBilled: false });
    expect(refused?.message).toMatch(/not JSON \(line 7\)/);
    expect(wire.read(bytes({ ...batch, status: 'failed' }))?.refused).toBeDefined();
    expect(wire.read(bytes({ ...batch, status: 'expired' }))).not.toHaveProperty('refused');
  });
});

describe('a line of results', () => {
  const read = (more: object) => wire.readLine(JSON.stringify({ id: 'batch_req_1', custom_id: 'c', ...more }));
  const answer = (body: object) => read({ response: { status_code: 200, request_id: 'r', body }, error: null });

  test('is the answer it holds, by whichever wire it came, at the tier of batches', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
    const message = { role: 'assistant', content: 'Blue.' };
    const choices = [{ index: 0, message, finish_reason: 'stop' }];
    const chat = answer({ id: 'x', object: 'chat.completion', model: 'gpt-4o-mini', choices, usage });
    const content = [{ type: 'output_text', text: 'Blue.', annotations: [] }];
    const output = [{ type: 'message', id: 'm', role: 'assistant', status: 'completed', content }];
    const counts = { input_tokens: 10, output_tokens: 2, total_tokens: 12 };
    const response = answer({ id: 'y', object: 'response', status: 'completed', model: 'o', output, usage: counts });
    for (const line of [chat, response]) {
      if (line?.outcome !== 'succeeded' || !line.reply.ok) throw new Error('it did not succeed');
      expect(line.reply.value.usage).toMatchObject({ inputTokens: 10, outputTokens: 2, batch: true });
      expect(line.reply.value.parts.map(({ part }) => part?.$case)).toEqual(['started', 'text', 'usage', 'finish']);
    }
    expect(chat).toMatchObject({ reply: { value: { rawUsage: JSON.stringify(usage) } } });
  });

  test('tells how an entry came to nothing, and that nothing is charged for it', () => {
    const error = { message: 'too many', type: 'requests', code: 'rate_limit_exceeded' };
    const failed = read({ response: { status_code: 429, request_id: 'r', body: { error } }, error: null });
    expect(failed).toMatchObject({ outcome: 'errored', reply: { fault: { kind: 'limited', mayHaveBilled: false } } });
    const none = (code: string) => read({ response: null, error: { code, message: 'text' } });
    expect(none('batch_expired')).toEqual({ callId: 'c', outcome: 'expired' });
    expect(none('batch_cancelled')).toEqual({ callId: 'c', outcome: 'cancelled' });
    const late = { outcome: 'errored', reply: { fault: { kind: 'timeout', mayHaveBilled: false } } };
    expect(none('request_timeout')).toMatchObject(late);
    expect(none('of a new kind')).toMatchObject({ outcome: 'errored', reply: { fault: { mayHaveBilled: false } } });
    expect(answer({ object: 'chat.completion', choices: [] })).toMatchObject({
      outcome: 'succeeded',
      reply: { ok: false },
    });
    for (const other of ['', '{', '[]', '{"response":{}}']) expect(wire.readLine(other)).toBeUndefined();
  });

  test('is read without a fault thrown, and a batch too, whatever the provider sends', () => {
    const fields = fc.constantFrom(
      'id',
      'object',
      'status',
      'errors',
      'data',
      'created_at',
      'metadata',
      'request_counts',
    );
    const ofBatch = fc.dictionary(fields, fc.oneof(fc.jsonValue(), fc.constantFrom('batch', 'failed', 1e300, -0.5)));
    const ofLine = fc.dictionary(fc.constantFrom('custom_id', 'response', 'error'), fc.oneof(fc.jsonValue(), answered));
    fc.assert(
      fc.property(ofBatch, ofLine, (batch, line) => {
        const state = wire.read(bytes(batch));
        wire.readPage(bytes({ data: [batch] }));
        if (state !== undefined) wire.results(state);
        const read = wire.readLine(JSON.stringify(line));
        expect(read === undefined || typeof read.callId === 'string').toBe(true);
      }),
    );
  });
});

const answered = fc.record({ status_code: fc.constantFrom(200, 400, 0), body: fc.jsonValue() });
