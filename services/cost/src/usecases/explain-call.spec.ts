import { describe, expect, test } from '@jest/globals';
import { AnswerEvaluated, CallAdmitted, CallRefused, FaultKind, LimitKind } from '@waybill/contracts';
import { type EventDraft, events } from '@waybill/event-log';
import { arrayReader } from '../testing/array-reader.ts';
import { asStored, type CallFacts, callEvents, plainCall } from '../testing/call-events.ts';
import { explainCall } from './explain-call.ts';

async function tell(...drafts: readonly EventDraft[]): Promise<string[]> {
  const steps = await explainCall(arrayReader(asStored(drafts)), 'call_1');
  return steps.map(({ sentence }) => sentence);
}

const envelope = { tenantId: 'acme', streamId: 'call/call_1', correlationId: 'call_1', occurredAtMicros: 0n };

describe('the story of a call', () => {
  test('says what was held, used and paid, exactly', async () => {
    const [, started, ended, finished] = await tell(...callEvents(plainCall));
    expect(started).toBe(
      'Attempt 1 was sent to fast at anthropic (there: fast-2024) at the prices of version book-1. ' +
        '$0.05 was held, for up to 5000 tokens in and 4000 out. It was counted against acme-monthly.',
    );
    expect(ended).toBe(
      'Attempt 1 completed after 812 ms. It used 1234 tokens in and 567 out. It cost $0.0005253 at price version ' +
        'book-1, table standard: input 1234 x $0.00000015 = $0.0001851, output 567 x $0.0000006 = $0.0003402.',
    );
    expect(finished).toBe(
      'The call was answered after 0 ms and 1 attempt; 0 microseconds of it were spent in Waybill.',
    );
  });

  test.each<[CallFacts['usage'], RegExp]>([
    ['estimated', /This is an estimate.*\$0\.0494747 more of what was held stays counted as uncertain\.$/],
    ['unknown', /What it used is unknown\. Its cost is unknown, which is not zero\.$/],
    ['unpriced', /It has no cost, since its model has no prices\.$/],
    ['nothing', /It used nothing\. It cost nothing\.$/],
    ['lost', /was lost: the gateway died.*table hold: hold 1 x \$0\.05 = \$0\.05\. This is an estimate/],
  ])('says when usage is %s', async (usage, sentence) => {
    const told = await tell(...callEvents({ ...plainCall, usage }));
    expect(told[2]).toMatch(sentence);
  });

  test('says what a correction changed', async () => {
    const told = await tell(...callEvents({ ...plainCall, usage: 'estimated', correctedInputTokens: 234 }));
    expect(told.at(-1)).toMatch(/^The usage was corrected \(late report\); this replaces call_1:1\/ended\./);
    expect(told.at(-1)).toMatch(/The difference is -\$0\.00015\. \$0\.0494747 is no longer uncertain\.$/);
  });

  test('says why this model, and which were left out', async () => {
    const candidate = { modelId: 'fast', providerId: 'openai', reasons: ['first_choice'], holdPicoUsd: 12_000_000n };
    const payload = CallAdmitted.fromPartial({
      ...{ callId: 'call_1', dialect: 'openai.chat', model: 'smart', stream: true },
      attribution: { tenantId: 'acme', keyId: 'team-a' },
      request: { inputTokensBound: 99 },
      selection: { strategy: 'ordered', candidates: [candidate], exclusions: { lacks_capability: 2 } },
    });
    expect(await tell(events.callAdmitted.draft({ ...envelope, eventId: 'call_1/admitted', payload }))).toEqual([
      'acme, key team-a asked for smart by openai.chat, streamed. The prompt was bounded at 99 tokens. ' +
        'The strategy ordered ranked 1 model: 1. fast at openai (first choice, at most $0.000012). ' +
        'It left out 2 as lacks capability.',
    ]);
  });

  test('says which limit refused it, with its figures', async () => {
    const payload = CallRefused.fromPartial({
      ...{ callId: 'call_1', dialect: 'openai.chat', model: 'smart' },
      fault: { kind: FaultKind.LIMITED, message: 'the budget acme-monthly has no room.' },
      refusal: {
        ...{ limit: 'acme-monthly', kind: LimitKind.BUDGET, amount: 10n ** 12n, used: 9n * 10n ** 11n },
        ...{ held: 5n * 10n ** 10n, free: 5n * 10n ** 10n, needed: 6n * 10n ** 10n, retryAfterMs: 1500 },
      },
    });
    expect(await tell(events.callRefused.draft({ ...envelope, eventId: 'call_1/refused', payload }))).toEqual([
      'The call for smart by openai.chat was refused and nothing was sent: the budget acme-monthly has no room ' +
        '(limited). The limit acme-monthly allows $1: $0.9 was used, $0.05 held and $0.05 free, ' +
        'and the call needed $0.06. It would fit in 1500 ms.',
    ]);
  });

  test('says how good the answer was, and survives what it cannot read', async () => {
    const score = { overallBasisPoints: 8100, signals: ['cut_off'] };
    const payload = AnswerEvaluated.fromPartial({ callId: 'call_1', modelId: 'fast', score });
    const evaluated = events.answerEvaluated.draft({ ...envelope, eventId: 'call_1/evaluated', payload });
    const [told, unreadable] = await tell(evaluated, { ...evaluated, eventId: 'x', payload: Buffer.from([255]) });
    expect(told).toMatch(/^The answer of fast was scored 8100 of 10000.* Noticed: cut off\.$/);
    expect(unreadable).toMatch(/^AnswerEvaluated cannot be read/);
  });
});
