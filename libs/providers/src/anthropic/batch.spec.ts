import { describe, expect, test } from '@jest/globals';
import { probes, requestFor } from '../conformance/probes.ts';
import { messageBatches } from './batch.ts';
import { defaultApiVersion } from './index.ts';

const wire = messageBatches(defaultApiVersion);
const bytes = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const item = (callId: string) => ({ callId, request: requestFor(probes.chat, 'claude-haiku-4-5') });

describe('message batches', () => {
  test('hold each request as it would be sent alone, under the id of its call', () => {
    const created = wire.create('batch_1', [item('batch_1_1'), item('batch_1_2')], '');
    if (!created.ok) throw new Error(created.fault.message);
    const { body, path, headers } = created.value;
    const { requests } = JSON.parse(body ?? '') as { requests: { custom_id: string; params: { model: string } }[] };
    expect(requests.map(({ custom_id, params }) => [custom_id, params.model])).toEqual([
      ['batch_1_1', 'claude-haiku-4-5'],
      ['batch_1_2', 'claude-haiku-4-5'],
    ]);
    expect({ path, version: headers['anthropic-version'] }).toEqual({
      path: '/v1/messages/batches',
      version: defaultApiVersion,
    });
  });

  test('are refused with a call that cannot go there at all', () => {
    const embedding = { callId: 'batch_1_1', request: requestFor(probes.embeddings, 'claude-haiku-4-5') };
    expect(wire.create('batch_1', [embedding], '')).toMatchObject({ ok: false, fault: { kind: 'invalid' } });
  });

  test('are over when they have ended; what is no batch reads as none', () => {
    const batch = {
      id: 'msgbatch_1',
      processing_status: 'canceling',
      request_counts: { processing: 2, succeeded: 1, errored: 0 },
      created_at: '2026-11-28T10:00:00.5Z',
    };
    const createdAtMicros = BigInt(Date.UTC(2026, 10, 28, 10, 0, 0, 500)) * 1_000n;
    const read = { id: 'msgbatch_1', isOver: false, createdAtMicros, entries: 3, batchId: undefined, files: [] };
    expect(wire.read(bytes(batch))).toEqual(read);
    expect(wire.read(bytes({ ...batch, processing_status: 'ended' }))?.isOver).toBe(true);
    for (const other of ['', 'null', '[]', '{}', '<html>', { id: 'msg_1' }])
      expect(wire.read(bytes(other))).toBeUndefined();
    const page = { data: [batch, {}], has_more: true, last_id: 'msgbatch_1' };
    expect(wire.readPage(bytes(page))).toEqual({ batches: [read], next: 'msgbatch_1' });
    expect(wire.readPage(bytes({ ...page, has_more: false }))?.next).toBeUndefined();
    expect(wire.readPage(bytes({}))).toBeUndefined();
  });

  test('give a result as the message it holds, at the tier of batches whatever it says', () => {
    const message = {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-haiku-4-5', stop_reason: 'end_turn' },
      content: [{ type: 'text', text: 'Blue.' }],
      usage: { input_tokens: 10, output_tokens: 2, service_tier: 'standard' },
    };
    const line = wire.readLine(JSON.stringify({ custom_id: 'batch_1_1', result: { type: 'succeeded', message } }));
    if (line?.outcome !== 'succeeded' || !line.reply.ok) throw new Error('it did not succeed');
    expect(line.reply.value.usage).toMatchObject({ inputTokens: 10, outputTokens: 2, batch: true });
    expect(line.reply.value.rawUsage).toBe(JSON.stringify(message.usage));
    const told = line.reply.value.parts.map(({ part }) => (part?.$case === 'usage' ? part.value.batch : part?.$case));
    expect(told).toEqual(['started', 'text', true, 'finish']);
  });

  test('tell how an entry came to nothing, and that nothing is charged for it', () => {
    const read = (result: object) => wire.readLine(JSON.stringify({ custom_id: 'c', result }));
    const error = { type: 'error', error: { type: 'api_error', message: 'Internal' } };
    expect(read({ type: 'errored', error })).toMatchObject({
      outcome: 'errored',
      reply: { ok: false, fault: { kind: 'upstream', mayHaveBilled: false } },
    });
    expect(read({ type: 'canceled' })).toEqual({ callId: 'c', outcome: 'cancelled' });
    expect(read({ type: 'expired' })).toEqual({ callId: 'c', outcome: 'expired' });
    expect(read({ type: 'succeeded', message: null })).toMatchObject({ outcome: 'succeeded', reply: { ok: false } });
    for (const other of ['', '{', '[]', '{"result":{}}']) expect(wire.readLine(other)).toBeUndefined();
  });
});
