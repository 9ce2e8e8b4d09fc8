import { expect, test } from '@jest/globals';
import { FaultError } from '@waybill/kernel';
import { starter } from './fixture.ts';
import { aborted, collect, faultFrom, type TransportUnderTest, waitForEver } from './harness.ts';
import { admitRequest, admitResponse, attemptRequest, textPart } from './messages.ts';

export function testEndings(subject: TransportUnderTest): void {
  const start = starter(subject);

  test('a call that outlives its time ends as timeout, and its handler is told', async () => {
    const told = Promise.withResolvers<unknown>();
    const timesLeft: unknown[] = [];
    const { limits } = await start({
      async admit(_request, { signal, timeLeftMs }) {
        timesLeft.push(timeLeftMs);
        told.resolve(await aborted(signal));
        return admitResponse();
      },
    });
    expect(await faultFrom(limits.admit(admitRequest(), { timeoutMs: 60 }))).toMatchObject({ kind: 'timeout' });
    expect(await told.promise).toBeInstanceOf(FaultError);
    expect(timesLeft[0]).toBeGreaterThan(0);
    expect(timesLeft[0]).toBeLessThanOrEqual(61);
  });

  test('a handler that does not heed its signal holds nobody up', async () => {
    const never = new Promise<never>(() => undefined);
    const { limits, providers } = await start({
      admit: () => never,
      async *attempt() {
        yield textPart('one');
        await never;
      },
    });
    expect(await faultFrom(limits.admit(admitRequest(), { timeoutMs: 30 }))).toMatchObject({ kind: 'timeout' });
    const reading = collect(providers.attempt(attemptRequest(), { timeoutMs: 30 }));
    expect(await faultFrom(reading)).toMatchObject({ kind: 'timeout' });
  });

  test('a call that names no time gets the transport’s', async () => {
    const { limits, providers } = await start(
      {
        admit: (_request, { signal }) => waitForEver(signal),
        async *attempt(_request, { signal }) {
          yield textPart('one');
          await waitForEver(signal);
        },
      },
      { timeouts: { unaryMs: 30, streamMs: 40 } },
    );
    expect(await faultFrom(limits.admit(admitRequest()))).toMatchObject({ kind: 'timeout' });
    expect(await faultFrom(collect(providers.attempt(attemptRequest())))).toMatchObject({ kind: 'timeout' });
  });

  test.each([0, -5])('no time at all (%d ms) ends the call before it reaches the handler', async (timeoutMs) => {
    let calls = 0;
    const { limits } = await start({
      async admit() {
        calls += 1;
        return admitResponse();
      },
    });
    expect(await faultFrom(limits.admit(admitRequest(), { timeoutMs }))).toMatchObject({ kind: 'timeout' });
    await limits.admit(admitRequest());
    expect(calls).toBe(1);
  });

  test.each([2 ** 31, 1e15, Number.POSITIVE_INFINITY])('an absurd timeout (%d ms) is a long one', async (timeoutMs) => {
    let timeLeftMs: number | undefined;
    const { limits } = await start({
      async admit(_request, context) {
        timeLeftMs = context.timeLeftMs;
        return admitResponse();
      },
    });
    await limits.admit(admitRequest(), { timeoutMs });
    expect(timeLeftMs).toBeGreaterThan(86_000_000);
    expect(timeLeftMs).toBeLessThanOrEqual(86_400_001);
  });

  test('cancelling ends the call and reaches the handler’s signal', async () => {
    const started = Promise.withResolvers<void>();
    const told = Promise.withResolvers<unknown>();
    const { limits } = await start({
      async admit(_request, { signal }) {
        started.resolve();
        told.resolve(await aborted(signal));
        throw new Error('too late to matter');
      },
    });
    const controller = new AbortController();
    const call = faultFrom(limits.admit(admitRequest(), { signal: controller.signal }));
    await started.promise;
    controller.abort();
    expect(await call).toMatchObject({ kind: 'cancelled' });
    expect(await told.promise).toBeInstanceOf(FaultError);
  });

  test('cancelling ends a stream between and during its messages', async () => {
    const told = Promise.withResolvers<void>();
    const { providers } = await start({
      async *attempt(_request, { signal }) {
        signal.addEventListener('abort', () => told.resolve());
        yield textPart('one');
        await waitForEver(signal);
      },
    });
    const controller = new AbortController();
    const answers = providers.attempt(attemptRequest(), { signal: controller.signal })[Symbol.asyncIterator]();
    await answers.next();
    const next = faultFrom(answers.next());
    controller.abort();
    expect(await next).toMatchObject({ kind: 'cancelled' });
    await told.promise;
  });

  test('a handler whose reader stopped reading is released when the time is up', async () => {
    const cleaned = Promise.withResolvers<void>();
    const { providers, drain } = await start({
      async *attempt() {
        try {
          for (;;) yield textPart('again'.padEnd(10_000));
        } finally {
          cleaned.resolve();
        }
      },
    });
    await providers.attempt(attemptRequest(), { timeoutMs: 1_000 })[Symbol.asyncIterator]().next();
    await cleaned.promise;
    await drain();
  });

  test('leaving the loop over a streamed answer cancels the call, and the handler cleans up', async () => {
    const told = Promise.withResolvers<void>();
    const cleaned = Promise.withResolvers<void>();
    const { providers } = await start({
      async *attempt(_request, { signal }) {
        signal.addEventListener('abort', () => told.resolve());
        try {
          for (;;) yield textPart('again');
        } finally {
          cleaned.resolve();
        }
      },
    });
    for await (const _answer of providers.attempt(attemptRequest())) break;
    await Promise.all([told.promise, cleaned.promise]);
  });

  test('a signal that has aborted already keeps the call from being made', async () => {
    let calls = 0;
    const { limits, providers } = await start({
      async admit() {
        calls += 1;
        return admitResponse();
      },
      async *attempt() {
        calls += 1;
        yield textPart('one');
      },
    });
    const options = { signal: AbortSignal.abort() };
    expect(await faultFrom(limits.admit(admitRequest(), options))).toMatchObject({ kind: 'cancelled' });
    expect(await faultFrom(collect(providers.attempt(attemptRequest(), options)))).toMatchObject({ kind: 'cancelled' });
    await limits.admit(admitRequest());
    expect(calls).toBe(1);
  });

  test('a signal that aborts with a fault hands that fault on', async () => {
    const { limits } = await start({ admit: (_request, { signal }) => waitForEver(signal) });
    const controller = new AbortController();
    const call = faultFrom(limits.admit(admitRequest(), { signal: controller.signal }));
    controller.abort(new FaultError({ kind: 'timeout', message: 'the whole journey took too long', details: {} }));
    expect(await call).toMatchObject({ kind: 'timeout', message: 'the whole journey took too long' });
  });

  test('one signal for many calls cancels them all, and leaves no listeners behind', async () => {
    const { limits } = await start({
      admit: ({ callId }, { signal }) => (callId === 'wait' ? waitForEver(signal) : Promise.resolve(admitResponse())),
    });
    const controller = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = controller.signal;
    controller.signal.addEventListener = (...words: Parameters<typeof addEventListener>) => {
      listeners += 1;
      addEventListener.apply(controller.signal, words);
    };
    controller.signal.removeEventListener = (...words: Parameters<typeof removeEventListener>) => {
      listeners -= 1;
      removeEventListener.apply(controller.signal, words);
    };
    const { signal } = controller;
    await Promise.all(Array.from({ length: 20 }, () => limits.admit(admitRequest(), { signal })));
    expect(listeners).toBe(0);
    const waiting = Array.from({ length: 20 }, () =>
      faultFrom(limits.admit({ ...admitRequest(), callId: 'wait' }, { signal })),
    );
    controller.abort();
    for (const fault of await Promise.all(waiting)) expect(fault.kind).toBe('cancelled');
  });

  test('draining lets calls under way finish and refuses new ones', async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { limits, providers, drain } = await start({
      async admit() {
        started.resolve();
        await release.promise;
        return admitResponse();
      },
      async *attempt() {
        yield textPart('one');
        await release.promise;
        yield textPart('two');
      },
    });
    const underWay = limits.admit(admitRequest());
    const answers = providers.attempt(attemptRequest())[Symbol.asyncIterator]();
    await answers.next();
    await started.promise;
    let drained = false;
    const draining = drain().then(() => {
      drained = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await faultFrom(limits.admit(admitRequest()))).toMatchObject({ kind: 'unavailable' });
    expect(drained).toBe(false);
    release.resolve();
    expect(await underWay).toEqual(admitResponse());
    expect(await answers.next()).toEqual({ done: false, value: textPart('two') });
    expect(await answers.next()).toMatchObject({ done: true });
    await draining;
  });

  test('closing the transport ends what is under way, and every later call, as unavailable', async () => {
    const started = Promise.withResolvers<void>();
    const { limits, transport } = await start({
      admit(_request, { signal }) {
        started.resolve();
        return waitForEver(signal);
      },
    });
    const call = faultFrom(limits.admit(admitRequest()));
    await started.promise;
    await transport.close();
    expect(await call).toMatchObject({ kind: 'unavailable' });
    expect(await faultFrom(limits.admit(admitRequest()))).toMatchObject({ kind: 'unavailable' });
  });
}
