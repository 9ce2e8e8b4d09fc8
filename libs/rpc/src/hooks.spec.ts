import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test } from '@jest/globals';
import { type Fault, FaultError } from '@waybill/kernel';
import { collect, limitClient, providerClient, suiteOffers } from './contract/harness.ts';
import { admitRequest, admitResponse, attemptRequest, textPart } from './contract/messages.ts';
import { createInProcessTransport } from './in-process.ts';

const admitPath = '/waybill.ratelimit.v1.LimitService/Admit';
const attemptPath = '/waybill.provider.v1.ProviderService/Attempt';

test('what callers are not shown is told in the context of the call, for the log', async () => {
  const context = new AsyncLocalStorage<string>();
  const told: unknown[] = [];
  const transport = createInProcessTransport(suiteOffers({ admit: () => Promise.reject(new Error('a bug')) }), {
    onError: (error, path) => told.push([String(error), path, context.getStore()]),
    onIncomingCall: () => ({ run: (step) => context.run('of the call', step), ended: () => undefined }),
  });
  await expect(limitClient(transport).admit(admitRequest())).rejects.toMatchObject({ fault: { kind: 'internal' } });
  expect(told).toEqual([['Error: a bug', admitPath, 'of the call']]);
});

test('hooks see each call once on each side, with its end; handlers run in the context they are given', async () => {
  const context = new AsyncLocalStorage<string>();
  const log: unknown[] = [];
  const seen: unknown[] = [];
  const ended = (side: string, path: string) => (fault: Fault | undefined) => log.push([side, path, fault?.kind]);
  const offers = suiteOffers({
    async admit({ callId }, { metadata }) {
      await Promise.resolve();
      seen.push([context.getStore(), metadata]);
      if (callId === 'fail') throw new FaultError({ kind: 'limited', message: 'full', details: {} });
      return admitResponse();
    },
    async *attempt() {
      yield textPart(context.getStore() ?? 'none');
      await Promise.resolve();
      yield textPart(context.getStore() ?? 'none');
    },
  });
  const transport = createInProcessTransport(offers, {
    onError: () => undefined,
    onOutgoingCall: (path) => ({ metadata: { traceparent: '00-1' }, ended: ended('out', path) }),
    onIncomingCall: (path, metadata) => ({
      run: (step) => context.run(`span of ${metadata.traceparent}`, step),
      ended: ended('in', path),
    }),
  });
  await limitClient(transport).admit(admitRequest(), { metadata: { note: 'n' } });
  await limitClient(transport)
    .admit({ ...admitRequest(), callId: 'fail' })
    .catch(() => undefined);
  const parts = await collect(providerClient(transport).attempt(attemptRequest()));
  for await (const _part of providerClient(transport).attempt(attemptRequest())) break;

  expect(parts).toEqual([textPart('span of 00-1'), textPart('span of 00-1')]);
  expect(seen[0]).toEqual(['span of 00-1', { note: 'n', traceparent: '00-1' }]);
  expect(log).toEqual([
    ['in', admitPath, undefined],
    ['out', admitPath, undefined],
    ['in', admitPath, 'limited'],
    ['out', admitPath, 'limited'],
    ['in', attemptPath, undefined],
    ['out', attemptPath, undefined],
    ['out', attemptPath, 'cancelled'],
    ['in', attemptPath, 'cancelled'],
  ]);
});
