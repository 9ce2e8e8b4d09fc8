import { expect, test } from '@jest/globals';
import { type ConsumedEvent, openConsumed } from './consumed.ts';
import type { OpenSpan, SpanOptions, Spans } from './spans.ts';
import { untraced } from './untraced.ts';

const nowMicros = 1_000_000_000_000n;

function noting(): Spans & { opened: SpanOptions[]; ended: unknown[] } {
  const opened: SpanOptions[] = [];
  const ended: unknown[] = [];
  const open = (_name: string, options: SpanOptions = {}): OpenSpan => {
    opened.push(options);
    return { ...untraced.open(''), ended: (fault) => void ended.push(fault?.kind) };
  };
  return { ...untraced, areKept: true, open, opened, ended };
}

function event(call: number, flags = '01', ageMicros = 0n): ConsumedEvent {
  const traceparent = `00-${String(call).padStart(32, '1')}-00000000000000aa-${flags}`;
  const occurredAtMicros = nowMicros - ageMicros;
  return { envelope: { occurredAtMicros, correlationId: `call_${call}`, trace: { traceparent, tracestate: '' } } };
}

const fold = (spans: Spans, events: readonly ConsumedEvent[]) =>
  openConsumed(spans, { name: 'fold ledger', events, nowMicros });

test('each call of a batch has one span, however many of its events are there', () => {
  const spans = noting();
  fold(spans, [event(1), event(2), event(1), event(1)])({ kind: 'conflict', message: '', details: {} });
  expect(spans.opened.map(({ callId, attributes }) => [callId, attributes?.['messaging.batch.message_count']])).toEqual(
    [
      ['call_1', 3],
      ['call_2', 1],
    ],
  );
  expect(spans.ended).toEqual(['conflict', 'conflict']);
});

test('calls that were not sampled, events without a trace and old events have none', () => {
  const spans = noting();
  const bare = { envelope: { occurredAtMicros: nowMicros, correlationId: 'epoch' } };
  fold(spans, [event(1, '00'), bare, event(2, '02'), event(3, '01', 600_000_001n)])();
  expect(spans.opened).toEqual([]);
});

test('a batch of a thousand calls has 64 spans', () => {
  const spans = noting();
  fold(
    spans,
    Array.from({ length: 1_000 }, (_, call) => event(call)),
  )();
  expect([spans.opened.length, spans.ended.length]).toEqual([64, 64]);
});
