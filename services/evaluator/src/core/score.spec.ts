import { describe, expect, test } from '@jest/globals';
import { Call, FinishReason, OutputFormat_Kind, Reply, Role } from '@waybill/contracts';
import fc from 'fast-check';
import { scoreOf } from './score.ts';

function asking(text: string, kind: OutputFormat_Kind = OutputFormat_Kind.UNSPECIFIED): Call {
  const messages = [{ role: Role.USER, parts: [{ part: { $case: 'text' as const, value: { text } } }] }];
  return Call.fromPartial({ task: { $case: 'chat', value: { messages, outputFormat: { kind } } } });
}

function answering(text: string, reason: FinishReason = FinishReason.STOP): Reply {
  return Reply.fromPartial({ content: [{ part: { $case: 'text', value: { text } } }], finish: { reason } });
}

const question = 'How do tides depend on the moon?';
const good =
  'Tides depend on the moon because its gravity pulls the oceans. Spring tides come when sun and moon align.';

describe('score', () => {
  test('a good answer has full marks', () => {
    expect(scoreOf(asking(question), answering(good))).toMatchObject({ overallBasisPoints: 10_000, signals: [] });
  });

  test('weighs completeness 40, relevance 35, coherence 25', () => {
    const offTopic = scoreOf(asking(question), answering('Bread needs flour and salt. Bake it well.'));
    expect(offTopic).toMatchObject({ relevanceBasisPoints: 0, overallBasisPoints: 6500, signals: ['off_topic'] });
    const cut = scoreOf(asking(question), answering(good, FinishReason.LENGTH));
    expect(cut).toMatchObject({ completenessBasisPoints: 6000, overallBasisPoints: 8400, signals: ['cut_off'] });
  });

  test('nothing is worth nothing', () => {
    expect(scoreOf(asking(question), answering(''))).toMatchObject({ overallBasisPoints: 0, signals: ['empty'] });
    expect(scoreOf(asking(question), undefined)).toMatchObject({ overallBasisPoints: 0 });
  });

  test('a loop is incoherent', () => {
    const loop = scoreOf(asking(question), answering('the moon pulls tides '.repeat(40)));
    expect(loop.signals).toContain('repetitive');
    expect(loop.coherenceBasisPoints).toBeLessThan(5000);
  });

  test('JSON that was asked for has to be JSON', () => {
    const call = asking('Tides of the moon as JSON', OutputFormat_Kind.JSON_OBJECT);
    expect(scoreOf(call, answering('{"tides":"moon"}')).signals).toEqual([]);
    expect(scoreOf(call, answering('tides: moon')).signals).toEqual(['not_json']);
  });

  test('several questions want more than a word', () => {
    const call = asking('What are tides? What is the moon? Who found out?');
    expect(scoreOf(call, answering('Tides, moon.')).signals).toContain('short');
  });

  test('a tool call is an answer', () => {
    const reply = Reply.fromPartial({ content: [{ part: { $case: 'toolCall', value: { id: '1', name: 'tides' } } }] });
    expect(scoreOf(asking(question), reply).overallBasisPoints).toBe(10_000);
  });

  test('any texts get marks from 0 to 10,000, the same each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (asked, answered) => {
        const score = scoreOf(asking(asked), answering(answered));
        expect(score).toEqual(scoreOf(asking(asked), answering(answered)));
        for (const marks of [score.overallBasisPoints, score.coherenceBasisPoints, score.completenessBasisPoints]) {
          expect(marks).toBeGreaterThanOrEqual(0);
          expect(marks).toBeLessThanOrEqual(10_000);
        }
      }),
    );
  });
});
