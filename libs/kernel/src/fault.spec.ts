import { describe, expect, test } from '@jest/globals';
import { FaultError, fault, faultOf } from './index.ts';

describe('the fault behind what was thrown', () => {
  test('is the fault that was thrown', () => {
    const limited = fault('limited', 'too many', { details: { limit: 'a' }, retryAfterMs: 50 });
    expect(faultOf(new FaultError(limited))).toBe(limited);
  });

  test('is a cancellation for an abort', () => {
    const controller = new AbortController();
    controller.abort();
    expect(faultOf(controller.signal.reason).kind).toBe('cancelled');
  });

  test('is a timeout for the end of a timeout signal', async () => {
    const signal = AbortSignal.timeout(1);
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    expect(faultOf(signal.reason).kind).toBe('timeout');
  });

  test.each([[new Error('password is x')], ['password is x'], [null], [undefined], [42]])(
    'tells nothing of what is not ours: %p',
    (thrown) => {
      const found = faultOf(thrown);
      expect(found).toMatchObject({ kind: 'internal', details: {}, cause: thrown });
      expect(found.message).not.toContain('password');
    },
  );

  test('has its cause beside it, not in its message', () => {
    const error = new FaultError(fault('upstream', 'the provider failed', { cause: new Error('detail') }));
    expect(error.message).toBe('the provider failed');
    expect(error.cause).toBeInstanceOf(Error);
  });
});
