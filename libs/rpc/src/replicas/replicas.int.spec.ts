// Several replicas behind one client: balancing, losing one, finding new ones, redirects.
import { credentials } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { AdmitRequest, type AttemptResponse, LimitServiceDefinition } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import { faultFrom, limitClient, providerClient, waitForEver } from '../contract/harness.ts';
import { admitRequest, admitResponse, attemptRequest, textOf, textPart } from '../contract/messages.ts';
import type { GrpcServer } from '../grpc/server.ts';
import type { Transport } from '../ports.ts';
import { eventually, type SuiteHandlers, servers } from '../testing/servers.ts';
import { elsewhere, wasNotSent } from '../turned-away.ts';

const { serve, connect } = servers();

interface CountingServer extends GrpcServer {
  readonly calls: number;
}

/** A server that counts its calls, and answers them as told. */
async function count(admit: SuiteHandlers['admit'] = async () => admitResponse(), port = 0): Promise<CountingServer> {
  const counter = { calls: 0 };
  const counting: SuiteHandlers['admit'] = (request, context) => {
    counter.calls += 1;
    return admit(request, context);
  };
  const server = await serve({ admit: counting }, { port });
  return Object.defineProperty(server, 'calls', { get: () => counter.calls }) as CountingServer;
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = await serve({});
  await server.stop();
  return server.port;
}

/** Calls until each of these servers has had one. */
async function reachAll(transport: Transport, replicas: readonly CountingServer[]): Promise<void> {
  const before = replicas.map(({ calls }) => calls);
  while (replicas.some(({ calls }, index) => calls === before[index])) {
    await limitClient(transport).admit(admitRequest());
    await turn();
  }
}

describe.each([
  ['a call for each', false],
  ['multiplexed', true],
])('several replicas: %s', (_name, multiplexed) => {
  test('calls go to the replica with the fewest under way, in turn where they have as many', async () => {
    const release = Promise.withResolvers<void>();
    const held: SuiteHandlers['admit'] = async ({ callId }) => {
      if (callId === 'held') await release.promise;
      return admitResponse();
    };
    const replicas = [await count(held), await count(held), await count(held)];
    const transport = connect(
      replicas.map(({ address }) => address),
      { multiplexed },
    );
    await reachAll(transport, replicas);
    const before = replicas.map(({ calls }) => calls);
    const limits = limitClient(transport);
    const calls = Array.from({ length: 30 }, () => limits.admit({ ...admitRequest(), callId: 'held' }));
    while (replicas.reduce((sum, { calls }) => sum + calls, 0) < before.reduce((sum, n) => sum + n) + 30) {
      await turn();
    }
    expect(replicas.map(({ calls }, index) => calls - (before[index] as number))).toEqual([10, 10, 10]);
    release.resolve();
    await Promise.all(calls);
    for (let call = 0; call < 30; call += 1) await limits.admit(admitRequest());
    expect(replicas.map(({ calls }, index) => calls - (before[index] as number))).toEqual([20, 20, 20]);
  });

  test('one that cannot be reached is passed over, and used once it is there', async () => {
    const port = await freePort();
    const there = await count();
    const transport = connect([`127.0.0.1:${port}`, there.address], { multiplexed });
    for (let call = 0; call < 20; call += 1) await limitClient(transport).admit(admitRequest());
    expect(there.calls).toBe(20);
    await reachAll(transport, [await count(undefined, port)]);
  });

  test('of one that stops, only the calls under way are lost, and not as unsent; then the others do the work', async () => {
    const started: Array<() => void> = [];
    const held: SuiteHandlers['admit'] = ({ callId }, { signal }) => {
      if (callId !== 'held') return Promise.resolve(admitResponse());
      started.pop()?.();
      return waitForEver(signal);
    };
    const replicas = [await count(held), await count(held)];
    const transport = connect(
      replicas.map(({ address }) => address),
      { multiplexed },
    );
    await reachAll(transport, replicas);
    const limits = limitClient(transport);
    const bothStarted = Promise.all([0, 1].map(() => new Promise<void>((resolve) => started.push(resolve))));
    const underWay = [0, 1].map(() => faultFrom(limits.admit({ ...admitRequest(), callId: 'held' })));
    await bothStarted;
    await replicas[0]?.stop();
    const lost = await Promise.race(underWay);
    expect([lost.kind, wasNotSent(lost)]).toEqual(['unavailable', false]);
    for (let call = 0; call < 20; call += 1) await limits.admit(admitRequest());
    await reachAll(transport, [await count(held, replicas[0]?.port)]);
  });

  test('a draining one finishes what it has, and what it refuses goes to another', async () => {
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const held: SuiteHandlers['admit'] = async ({ callId }) => {
      if (callId === 'held') {
        started.resolve();
        await release.promise;
      }
      return admitResponse();
    };
    const draining = await count(held);
    const other = await count();
    const transport = connect([draining.address], { multiplexed });
    const both = connect([draining.address, other.address], { multiplexed });
    const underWay = limitClient(transport).admit({ ...admitRequest(), callId: 'held' });
    await started.promise;
    await reachAll(both, [draining, other]);
    const before = draining.calls;
    const drained = draining.drain({ graceMs: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const calls = Array.from({ length: 40 }, () => limitClient(both).admit(admitRequest()));
    expect(await Promise.all(calls)).toHaveLength(40);
    expect(draining.calls).toBe(before);
    expect(wasNotSent(await faultFrom(limitClient(transport).admit(admitRequest())))).toBe(true);
    release.resolve();
    expect(await underWay).toEqual(admitResponse());
    await drained;
  });

  test('a name stands for all its addresses: new ones are found, old ones are left once their calls have finished', async () => {
    const release = Promise.withResolvers<void>();
    const answers = (text: string): SuiteHandlers => ({
      async *attempt({ attemptId }) {
        yield textPart(text);
        if (attemptId === 'held') await release.promise;
        yield textPart(`${text} again`);
      },
    });
    const first = await serve(answers('first'));
    const { port } = first;
    const [second] = [await serve(answers('second'), { host: '127.0.0.2', port })];
    const third = await serve(answers('third'), { host: '127.0.0.3', port });
    let addresses = ['127.0.0.1', '127.0.0.3'];
    const lookUp = async (host: string) => (host === 'limits.test' ? addresses : []);
    const transport = connect([`dns:///limits.test:${port}`], {
      multiplexed,
      lookUp,
      credentials: credentials.createInsecure(),
    });
    const ask = async (attemptId: string): Promise<[string, AsyncIterator<AttemptResponse>]> => {
      const answer = providerClient(transport)
        .attempt({ ...attemptRequest(), attemptId })
        [Symbol.asyncIterator]();
      return [textOf((await answer.next()).value ?? textPart('')), answer];
    };
    let held = await ask('held');
    while (held[0] !== 'first') held = await ask('held');

    addresses = ['127.0.0.2'];
    await third.stop();
    // The loss of one makes the client look again.
    while ((await ask('').catch(() => ['lost']))[0] !== 'second') await turn();
    for (let call = 0; call < 10; call += 1) expect((await ask(''))[0]).toBe('second');
    release.resolve();
    expect(textOf((await held[1].next()).value ?? textPart(''))).toBe('first again');
    expect(await held[1].next()).toMatchObject({ done: true });
    expect(second.port).toBe(port);
  });

  test('a name that cannot be looked up is unavailable until it can', async () => {
    const server = await count();
    let isKnown = false;
    const lookUp = async () => {
      if (!isKnown) throw new Error('ENOTFOUND');
      return ['127.0.0.1'];
    };
    const limits = limitClient(
      connect([`dns:///limits.test:${server.port}`], {
        multiplexed,
        lookUp,
        credentials: credentials.createInsecure(),
      }),
    );
    const fault = await faultFrom(limits.admit(admitRequest()));
    expect(fault).toMatchObject({ kind: 'unavailable', details: { reason: 'not_sent' } });
    expect(fault.message).toContain('limits.test');
    isKnown = true;
    expect(await eventually(() => limits.admit(admitRequest()))).toEqual(admitResponse());
  });
});

describe('redirects', () => {
  const affinity = (request: object) => (request as AdmitRequest).attribution?.tenantId;
  const of = (tenantId: string) => AdmitRequest.fromPartial({ attribution: { tenantId } });
  const sendTo = (address: () => string | undefined): SuiteHandlers['admit'] => {
    return async () => {
      throw new FaultError(elsewhere(address()));
    };
  };
  const following = (at: string | readonly string[]) =>
    connect(at, { multiplexed: true }).client(LimitServiceDefinition, { affinity });

  test('are followed, to a replica that is not configured too, and the affinity stays there', async () => {
    const owner = await count();
    const asked = await count(sendTo(() => owner.address));
    const limits = following(asked.address);
    for (let call = 0; call < 5; call += 1) expect(await limits.admit(of('acme'))).toEqual(admitResponse());
    expect([asked.calls, owner.calls]).toEqual([1, 5]);
    await limits.admit(of('other'));
    expect([asked.calls, owner.calls]).toEqual([2, 6]);
    const without = limitClient(connect(asked.address, { multiplexed: true }));
    for (let call = 0; call < 3; call += 1) await without.admit(of('acme'));
    expect([asked.calls, owner.calls]).toEqual([5, 9]);
  });

  test('lead on when the owner has changed, and back when it is gone', async () => {
    const tale = { owner: '' };
    const second = await count();
    const first = await count(async () => {
      if (tale.owner !== first.address) throw new FaultError(elsewhere(tale.owner));
      return admitResponse();
    });
    const asked = await count(sendTo(() => tale.owner));
    tale.owner = first.address;
    const limits = following(asked.address);
    await limits.admit(of('acme'));
    tale.owner = second.address;
    await limits.admit(of('acme'));
    await limits.admit(of('acme'));
    expect([asked.calls, first.calls, second.calls]).toEqual([1, 2, 2]);
    await second.stop();
    const call = eventually(() => limits.admit(of('acme')));
    // The others name the one that is gone until they know of the next.
    while (asked.calls < 3) await turn();
    tale.owner = first.address;
    expect(await call).toEqual(admitResponse());
  });

  test('in a circle end with the time of the call, in a bounded number of questions', async () => {
    const one: CountingServer = await count(sendTo(() => other.address));
    const other: CountingServer = await count(sendTo(() => one.address));
    const fault = await faultFrom(following([one.address, other.address]).admit(of('acme'), { timeoutMs: 300 }));
    expect(fault.kind).toBe('timeout');
    expect(one.calls).toBeGreaterThan(0);
    expect(other.calls).toBeGreaterThan(0);
    expect(one.calls + other.calls).toBeLessThan(75);
  });

  test.each(['unix:/tmp/socket', 'dns:///limits:1', 'http://127.0.0.1:1', '', '127.0.0.1', '10.0.0.1:50051'])(
    'to %j are not followed',
    async (address) => {
      const asked = await count(sendTo(() => address));
      const fault = await faultFrom(following(asked.address).admit(of('acme')));
      expect(fault).toMatchObject({ kind: 'unavailable', details: { reason: 'not_sent' } });
      expect(asked.calls).toBe(1);
    },
  );
});

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
