import { expect, test } from '@jest/globals';
import { starter } from './fixture.ts';
import { collect, type TransportUnderTest } from './harness.ts';
import { admitRequest, attemptRequest, textOf, textPart } from './messages.ts';

export function testLoad(subject: TransportUnderTest): void {
  const start = starter(subject);

  test('a thousand calls at once each get their own answer', async () => {
    const { limits, providers } = await start({
      async admit({ attemptId }) {
        await new Promise((resolve) => setTimeout(resolve, Number(attemptId) % 7));
        return { decision: { $case: 'refusal', value: { ...refusal, message: attemptId } } };
      },
      async *attempt({ attemptId }) {
        yield textPart(attemptId);
        yield textPart(`${attemptId} again`);
      },
    });
    const numbers = Array.from({ length: 500 }, (_, index) => String(index));
    const [unary, streamed] = await Promise.all([
      Promise.all(numbers.map((number) => limits.admit(admitRequest(number)))),
      Promise.all(numbers.map((attemptId) => collect(providers.attempt({ ...attemptRequest(), attemptId })))),
    ]);
    const messages = unary.map(({ decision }) => (decision?.$case === 'refusal' ? decision.value.message : ''));
    expect(messages).toEqual(numbers);
    expect(streamed.map((answers) => answers.map(textOf))).toEqual(numbers.map((n) => [n, `${n} again`]));
  });

  test('a slow reader holds its handler back, and nobody else', async () => {
    let produced = 0;
    const total = 3_000;
    const { providers, limits } = await start({
      async admit() {
        return { decision: { $case: 'refusal', value: refusal } };
      },
      async *attempt() {
        for (; produced < total; produced += 1) yield textPart(String(produced).padEnd(4_000));
      },
    });
    const answers = providers.attempt(attemptRequest())[Symbol.asyncIterator]();
    await answers.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await limits.admit(admitRequest());
    const ahead = produced;
    expect(ahead).toBeLessThan(150);
    let read = 1;
    for (let step = await answers.next(); !step.done; step = await answers.next()) {
      expect(textOf(step.value).trim()).toBe(String(read));
      read += 1;
    }
    expect(read).toBe(total);
  });

  test('messages larger than any window arrive whole, among small ones', async () => {
    const large = 'x'.repeat(3_000_000);
    const { providers } = await start({
      async *attempt() {
        yield textPart('small');
        yield textPart(large);
        yield textPart('small');
      },
    });
    const streams = await Promise.all(
      [1, 2, 3].map(() => collect(providers.attempt(attemptRequest(Buffer.alloc(1e6))))),
    );
    for (const answers of streams) expect(answers.map((answer) => textOf(answer).length)).toEqual([5, 3_000_000, 5]);
  });
}

const refusal = {
  limit: '',
  kind: 0 as const,
  amount: 0n,
  used: 0n,
  held: 0n,
  free: 0n,
  needed: 0n,
  retryAfterMs: undefined,
  neverFits: false,
  message: '',
};
