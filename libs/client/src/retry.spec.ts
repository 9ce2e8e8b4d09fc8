import { expect, test } from '@jest/globals';
import { type Fault, fault } from '@waybill/kernel';
import { pauseBeforeRetryMs } from './retry.ts';

const notSent = fault('unavailable', 'gone', { details: { reason: 'not_sent' } });
const limited = fault('limited', 'full', { retryAfterMs: 700 });

test.each<[string, Fault, number, boolean, number | undefined]>([
  ['a call that was not sent, soon', notSent, 1, false, 100],
  ['a call that was not sent, later each time', notSent, 4, false, 800],
  ['a call that was not sent, but not for ever', notSent, 5, false, undefined],
  ['a call that may have been begun, never', fault('unavailable', 'lost'), 1, true, undefined],
  ['a call that is over time', fault('timeout', 'late', { details: notSent.details }), 1, true, undefined],
  ['a call that a limit refused, when it has room', limited, 1, true, 700],
  ['a call that a limit refused, however often', limited, 50, true, 700],
  ['a call that a limit refused, unless asked to', limited, 1, false, undefined],
  ['a call that never fits', fault('limited', 'too much'), 1, true, undefined],
  ['a call that was wrong', fault('invalid', 'no'), 1, true, undefined],
  ['a call that the provider failed', fault('upstream', 'no'), 1, true, undefined],
])('makes again: %s', (_what, given, tries, waitForLimits, pauseMs) => {
  expect(pauseBeforeRetryMs({ fault: given, tries, waitForLimits })).toBe(pauseMs);
});
