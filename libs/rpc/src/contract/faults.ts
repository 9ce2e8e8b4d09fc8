import { expect, test } from '@jest/globals';
import { type Fault, FaultError, faultKinds } from '@waybill/kernel';
import { starter } from './fixture.ts';
import { collect, faultFrom, limitClient, type TransportUnderTest } from './harness.ts';
import { admitRequest, attemptRequest, textOf, textPart } from './messages.ts';

const secret = 'sk-very-secret';

export function testFaults(subject: TransportUnderTest): void {
  const start = starter(subject);

  test.each(faultKinds)('a fault arrives as the same fault: %s', async (kind) => {
    const thrown: Fault = {
      kind,
      message: `about ${kind}: Grüße, 世界 🌍 100%`,
      details: { limit: 'acme', field: 'a.b[0]' },
      retryAfterMs: 1500,
    };
    const { limits, providers } = await start({
      admit: () => Promise.reject(new FaultError(thrown)),
      // biome-ignore lint/correctness/useYield: the fault comes before the first message
      async *attempt() {
        throw new FaultError(thrown);
      },
    });
    expect(await faultFrom(limits.admit(admitRequest()))).toEqual(thrown);
    expect(await faultFrom(collect(providers.attempt(attemptRequest())))).toEqual(thrown);
  });

  test('a fault without a hint when to try again arrives without one', async () => {
    const thrown: Fault = { kind: 'limited', message: 'full', details: {} };
    const { limits } = await start({ admit: () => Promise.reject(new FaultError(thrown)) });
    const fault = await faultFrom(limits.admit(admitRequest()));
    expect(fault.retryAfterMs).toBeUndefined();
  });

  test('the cause of a fault stays behind and is told to the log', async () => {
    const cause = new Error(secret);
    const thrown: Fault = { kind: 'upstream', message: 'no use', details: {}, cause };
    const { limits, errors } = await start({ admit: () => Promise.reject(new FaultError(thrown)) });
    const error = await limits.admit(admitRequest()).catch((error: unknown) => error);
    expect((error as FaultError).fault).toMatchObject({ kind: 'upstream', message: 'no use' });
    expect((error as FaultError).fault.cause).toBeUndefined();
    expect((error as FaultError).cause).toBeUndefined();
    expect(errors).toEqual([expect.objectContaining({ cause })]);
  });

  test('any other error arrives as internal and tells nothing; the log gets the original', async () => {
    const original = new TypeError(`cannot use key ${secret}`);
    const { limits, providers, errors } = await start({
      admit() {
        throw original;
      },
      // biome-ignore lint/correctness/useYield: the error comes before the first message
      async *attempt() {
        throw original;
      },
    });
    const calls = [limits.admit(admitRequest()), collect(providers.attempt(attemptRequest()))];
    for (const fault of await Promise.all(calls.map(faultFrom))) {
      expect(fault.kind).toBe('internal');
      expect(JSON.stringify(fault)).not.toContain(secret);
      expect(fault.cause).toBeUndefined();
    }
    expect(errors).toEqual([original, original]);
  });

  test('a fault after the first messages comes after them', async () => {
    const { providers } = await start({
      async *attempt() {
        yield textPart('one');
        yield textPart('two');
        throw new FaultError({ kind: 'upstream', message: 'cut', details: {} });
      },
    });
    const texts: string[] = [];
    const reading = (async () => {
      for await (const answer of providers.attempt(attemptRequest())) texts.push(textOf(answer));
    })();
    expect(await faultFrom(reading)).toMatchObject({ kind: 'upstream', message: 'cut' });
    expect(texts).toEqual(['one', 'two']);
  });

  test('a fault of any size and spelling arrives, cut where it is too long', async () => {
    const long = '🌍'.repeat(5_000);
    const details = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`name${index}`, long]));
    const { limits, providers } = await start({
      admit: () => Promise.reject(new FaultError({ kind: 'conflict', message: `\ud800${long}`, details })),
      async *attempt() {
        yield textPart('one');
        throw new FaultError({ kind: 'conflict', message: long, details });
      },
    });
    const unaryFault = await faultFrom(limits.admit(admitRequest()));
    expect(unaryFault.kind).toBe('conflict');
    expect(unaryFault.message).toHaveLength(2000);
    expect(Object.keys(unaryFault.details)).toHaveLength(32);
    expect(await faultFrom(collect(providers.attempt(attemptRequest())))).toMatchObject({ kind: 'conflict' });
  });

  test('a service that nobody offers is unavailable', async () => {
    const running = await subject.start([], {});
    const fault = await faultFrom(limitClient(running.transport).admit(admitRequest()));
    await running.close();
    expect(fault.kind).toBe('unavailable');
  });
}
