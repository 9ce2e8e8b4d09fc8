// Calls that no handler began, and handlers that send their callers elsewhere.
import { expect, test } from '@jest/globals';
import { FaultError, fault } from '@waybill/kernel';
import { elsewhere } from '../turned-away.ts';
import { starter } from './fixture.ts';
import { collect, faultFrom, limitClient, type TransportUnderTest, waitForEver } from './harness.ts';
import { admitRequest, admitResponse, attemptRequest, textOf, textPart } from './messages.ts';

const notSent = { reason: 'not_sent' };

export function testTurnedAway(subject: TransportUnderTest): void {
  const start = starter(subject);

  test('a call of a service that nobody offers was not sent', async () => {
    const running = await subject.start([], {});
    const fault = await faultFrom(limitClient(running.transport).admit(admitRequest()));
    await running.close();
    expect(fault).toMatchObject({ kind: 'unavailable', details: notSent });
  });

  test('a call that a draining server refuses was not sent', async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const { limits, providers, drain } = await start({
      async admit() {
        started.resolve();
        await release.promise;
        return admitResponse();
      },
    });
    const underWay = limits.admit(admitRequest());
    await started.promise;
    const drained = drain();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const refused = [faultFrom(limits.admit(admitRequest())), faultFrom(collect(providers.attempt(attemptRequest())))];
    for (const fault of await Promise.all(refused))
      expect(fault).toMatchObject({ kind: 'unavailable', details: notSent });
    release.resolve();
    expect(await underWay).toEqual(admitResponse());
    await drained;
  });

  test('a call that is aborted before it was made was not sent; one that a handler began may have been', async () => {
    const started = Promise.withResolvers<void>();
    const { limits, providers } = await start({
      admit(_request, { signal }) {
        started.resolve();
        return waitForEver(signal);
      },
      async *attempt(_request, { signal }) {
        yield textPart('one');
        await waitForEver(signal);
      },
    });
    const early = await faultFrom(limits.admit(admitRequest(), { signal: AbortSignal.abort() }));
    expect(early).toMatchObject({ kind: 'cancelled', details: notSent });
    expect(await faultFrom(limits.admit(admitRequest(), { timeoutMs: 0 }))).toMatchObject({ details: notSent });
    const controller = new AbortController();
    const { signal } = controller;
    const late = faultFrom(limits.admit(admitRequest(), { signal }));
    const answers = providers.attempt(attemptRequest(), { signal })[Symbol.asyncIterator]();
    await Promise.all([started.promise, answers.next()]);
    const lateStream = faultFrom(answers.next());
    controller.abort();
    for (const { kind, details } of [await late, await lateStream]) expect([kind, details]).toEqual(['cancelled', {}]);
  });

  test('a call under way when the transport closes may have been begun; a later one was not', async () => {
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
    expect((await call).details).toEqual({});
    expect(await faultFrom(limits.admit(admitRequest()))).toMatchObject({ kind: 'unavailable', details: notSent });
  });

  test('what a handler throws never says that the call was not sent, whatever its own calls ended with', async () => {
    const inner = fault('unavailable', 'a call of the handler', { details: { ...notSent, limit: 'acme' } });
    let calls = 0;
    const { limits } = await start({
      async admit() {
        calls += 1;
        throw new FaultError(inner);
      },
    });
    const told = await faultFrom(limits.admit(admitRequest()));
    expect([told.kind, told.details, calls]).toEqual(['unavailable', { limit: 'acme' }, 1]);
  });

  test('a caller who is sent elsewhere, to nobody yet, asks again until somebody is in charge', async () => {
    let asked = 0;
    const { limits, providers } = await start({
      async admit() {
        asked += 1;
        if (asked < 3) throw new FaultError(elsewhere());
        return admitResponse();
      },
      async *attempt() {
        asked += 1;
        if (asked < 6) throw new FaultError(elsewhere());
        yield textPart('here');
      },
    });
    expect(await limits.admit(admitRequest())).toEqual(admitResponse());
    expect(asked).toBe(3);
    expect((await collect(providers.attempt(attemptRequest()))).map(textOf)).toEqual(['here']);
    expect(asked).toBe(6);
  });

  test('when nobody takes charge the call times out; it does not ask without a pause', async () => {
    let asked = 0;
    const { limits } = await start({
      async admit() {
        asked += 1;
        throw new FaultError(elsewhere());
      },
    });
    const timedOut = await faultFrom(limits.admit(admitRequest(), { timeoutMs: 300 }));
    expect(timedOut.kind).toBe('timeout');
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(15);
  });

  test('a streamed answer that has begun is not sent elsewhere', async () => {
    let asked = 0;
    const { providers } = await start({
      async *attempt() {
        asked += 1;
        yield textPart('one');
        throw new FaultError(elsewhere());
      },
    });
    expect(await faultFrom(collect(providers.attempt(attemptRequest())))).toMatchObject({ kind: 'unavailable' });
    expect(asked).toBe(1);
  });
}
