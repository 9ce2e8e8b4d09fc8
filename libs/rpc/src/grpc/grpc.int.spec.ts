// What only servers and connections can get wrong; the rest is in contract.int.spec.ts.
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, createServer as createHttp2Server } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { LimitServiceDefinition, ProviderServiceDefinition } from '@waybill/contracts';
import type { FaultError } from '@waybill/kernel';
import { createClient } from '../client.ts';
import { aborted, collect, faultFrom, limitClient, providerClient, waitForEver } from '../contract/harness.ts';
import { admitRequest, admitResponse, attemptRequest, textOf, textPart } from '../contract/messages.ts';
import { defaultLimits, defaultTimeouts } from '../limits.ts';
import { connectMultiplexed } from '../multiplex/connection.ts';
import { createOccupancy } from '../occupancy.ts';
import { wirePacking } from '../packing.ts';
import { eventually, type SuiteHandlers, servers } from '../testing/servers.ts';
import { startGrpcServer } from './server.ts';
import { createGrpcTransport } from './transport.ts';

const { closing, serve, connect, startProxy } = servers();
const admitting: SuiteHandlers = { admit: async () => admitResponse() };

describe.each([
  ['a call for each', false],
  ['multiplexed', true],
])('a server that goes away: %s', (_name, multiplexed) => {
  const held: SuiteHandlers = {
    admit: ({ callId }, { signal }) => (callId === 'wait' ? waitForEver(signal) : Promise.resolve(admitResponse())),
    async *attempt(_request, { signal }) {
      yield textPart('one');
      await waitForEver(signal);
    },
  };

  test('stopping it ends calls under way as unavailable; once it is back, calls work again', async () => {
    const first = await serve(held);
    const transport = connect(first.address, { multiplexed });
    const limits = limitClient(transport);
    const answers = providerClient(transport).attempt(attemptRequest())[Symbol.asyncIterator]();
    await answers.next();
    const underWay = [faultFrom(limits.admit({ ...admitRequest(), callId: 'wait' })), faultFrom(answers.next())];
    await limits.admit(admitRequest());
    await first.stop();
    for (const { kind, details } of await Promise.all(underWay)) expect([kind, details]).toEqual(['unavailable', {}]);
    const later = await faultFrom(limits.admit(admitRequest()));
    expect(later).toMatchObject({ kind: 'unavailable', details: { reason: 'not_sent' } });
    await serve(held, { port: first.port });
    expect(await eventually(() => limits.admit(admitRequest()))).toEqual(admitResponse());
  });

  test('a connection that breaks ends its calls as unavailable, and the handlers are told', async () => {
    const told = Promise.withResolvers<unknown>();
    const server = await serve({
      ...held,
      async admit(_request, { signal }) {
        told.resolve(await aborted(signal));
        return admitResponse();
      },
    });
    const proxy = await startProxy(server.port);
    const transport = connect(`127.0.0.1:${proxy.port}`, { multiplexed });
    const answers = providerClient(transport).attempt(attemptRequest())[Symbol.asyncIterator]();
    await answers.next();
    const underWay = [faultFrom(limitClient(transport).admit(admitRequest())), faultFrom(answers.next())];
    await new Promise((resolve) => setTimeout(resolve, 50));
    proxy.breakConnections();
    for (const fault of await Promise.all(underWay)) expect(fault.kind).toBe('unavailable');
    await told.promise;
    const again = await eventually(() =>
      providerClient(transport).attempt(attemptRequest())[Symbol.asyncIterator]().next(),
    );
    expect(again.value).toEqual(textPart('one'));
  });

  test('a server that is not there yet is unavailable, and found when it comes', async () => {
    const server = await serve(admitting);
    const { port } = server;
    await server.stop();
    const limits = limitClient(connect(`127.0.0.1:${port}`, { multiplexed }));
    expect(await faultFrom(limits.admit(admitRequest()))).toMatchObject({ kind: 'unavailable' });
    await serve(admitting, { port });
    expect(await eventually(() => limits.admit(admitRequest()))).toEqual(admitResponse());
  });

  test('draining gives up on calls that outlast the grace time, which end as unavailable', async () => {
    const server = await serve(held);
    const transport = connect(server.address, { multiplexed });
    const waiting = faultFrom(limitClient(transport).admit({ ...admitRequest(), callId: 'wait' }));
    await limitClient(transport).admit(admitRequest());
    const startedAt = performance.now();
    await server.drain({ graceMs: 100 });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(await waiting).toMatchObject({ kind: 'unavailable' });
  });

  test('a server that takes less than the caller may send refuses with too_large, and other calls go on', async () => {
    const server = await serve(held, { limits: { messageBytesMax: 10_000 } });
    const transport = connect(server.address, { multiplexed });
    const other = limitClient(transport).admit({ ...admitRequest(), callId: 'wait' }, { timeoutMs: 300 });
    const otherFault = faultFrom(other);
    const tooLarge = faultFrom(limitClient(transport).admit(admitRequest('x'.repeat(20_000))));
    expect(await tooLarge).toMatchObject({ kind: 'too_large', details: { limit_bytes: '10000' } });
    expect(await limitClient(transport).admit(admitRequest())).toEqual(admitResponse());
    expect(await otherFault).toMatchObject({ kind: 'timeout' });
  });

  test('a stream that is reset for no reason given ends as unavailable', async () => {
    const resetting = createHttp2Server();
    resetting.on('stream', (stream) => {
      stream.on('error', () => undefined);
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
    resetting.on('session', (session) => closing.push(async () => session.destroy()));
    await new Promise<void>((resolve) => resetting.listen(0, '127.0.0.1', resolve));
    closing.push(async () => resetting.close());
    const { port } = resetting.address() as { port: number };
    const transport = connect(`127.0.0.1:${port}`, { multiplexed });
    expect(await faultFrom(limitClient(transport).admit(admitRequest()))).toMatchObject({ kind: 'unavailable' });
    const reading = collect(providerClient(transport).attempt(attemptRequest()));
    expect(await faultFrom(reading)).toMatchObject({ kind: 'unavailable' });
  });

  test('a slow reader holds its provider back through the service between them', async () => {
    let produced = 0;
    const total = 5_000;
    const provider = await serve({
      async *attempt() {
        for (; produced < total; produced += 1) yield textPart(String(produced).padEnd(4_000));
      },
    });
    const providers = providerClient(connect(provider.address, { multiplexed }));
    const relay = await serve({
      async *attempt(request, { signal }) {
        for await (const part of providers.attempt(request, { signal })) yield part;
      },
    });
    const answers = providerClient(connect(relay.address, { multiplexed })).attempt(attemptRequest());
    const reading = answers[Symbol.asyncIterator]();
    await reading.next();
    for (let before = -1; before !== produced; ) {
      before = produced;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(produced).toBeLessThan(500);
    let read = 1;
    for (let step = await reading.next(); !step.done; step = await reading.next()) {
      expect(textOf(step.value).trim()).toBe(String(read));
      read += 1;
    }
    expect(read).toBe(total);
  });

  test('a Unix socket needs no credentials', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-rpc-'));
    closing.unshift(async () => rmSync(folder, { recursive: true }));
    const server = await serve(admitting, { host: `unix:${join(folder, 'socket')}` });
    expect(await limitClient(connect(server.address, { multiplexed })).admit(admitRequest())).toEqual(admitResponse());
  });
});

describe('the multiplexed stream', () => {
  test('a call far above what the server takes does not end the stream for the others', async () => {
    const server = await serve(admitting, { limits: { messageBytesMax: 10_000 } });
    const limits = limitClient(connect(server.address, { multiplexed: true }));
    const huge = faultFrom(limits.admit(admitRequest('x'.repeat(5_000_000))));
    const small = limits.admit(admitRequest());
    expect(await huge).toMatchObject({ kind: 'too_large' });
    expect(await small).toEqual(admitResponse());
  });

  test('an answer far above what the caller takes does not end the stream for the others', async () => {
    const server = await serve({
      ...admitting,
      async *attempt() {
        yield textPart('x'.repeat(5_000_000));
      },
    });
    const transport = connect(server.address, { multiplexed: true, limits: { messageBytesMax: 10_000 } });
    const huge = faultFrom(collect(providerClient(transport).attempt(attemptRequest())));
    const small = limitClient(transport).admit(admitRequest());
    expect(await huge).toMatchObject({ kind: 'too_large' });
    expect(await small).toEqual(admitResponse());
  });

  test('when it breaks, calls that had not left this process are made again; the others may have been begun', async () => {
    const seen: string[] = [];
    const server = await serve({
      async admit({ callId }) {
        seen.push(callId);
        return admitResponse();
      },
    });
    const proxy = await startProxy(server.port);
    const limits = limitClient(connect(`127.0.0.1:${proxy.port}`, { multiplexed: true }));
    await limits.admit({ ...admitRequest(), callId: 'first' });
    proxy.stall();
    const calls = Array.from({ length: 200 }, (_, index) =>
      limits.admit({ ...admitRequest('x'.repeat(50_000)), callId: String(index) }),
    );
    const ends = Promise.allSettled(calls);
    await new Promise((resolve) => setTimeout(resolve, 100));
    proxy.breakConnections();
    const lost = (await ends)
      .filter((end) => end.status === 'rejected')
      .map(({ reason }) => (reason as FaultError).fault);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(1);
    expect(lost.length).toBe(201 - seen.length);
    expect(lost.length).toBeGreaterThan(0);
    for (const { kind, details } of lost) expect([kind, details]).toEqual(['unavailable', {}]);
  });

  test('more calls than the server allows at once are unavailable', async () => {
    const release = Promise.withResolvers<void>();
    const server = await serve(
      {
        async admit() {
          await release.promise;
          return admitResponse();
        },
      },
      { limits: { concurrentCallsMax: 2 } },
    );
    const limits = limitClient(connect(server.address, { multiplexed: true }));
    const calls = [1, 2, 3].map(() => limits.admit(admitRequest()));
    const overload = await faultFrom(calls[2] as Promise<unknown>);
    expect(overload).toMatchObject({ kind: 'unavailable', details: { reason: 'not_sent' } });
    release.resolve();
    expect(await Promise.all(calls.slice(0, 2))).toEqual([admitResponse(), admitResponse()]);
  });

  test('when its call numbers are used up, calls move to a new one and none is lost', async () => {
    const server = await serve({
      ...admitting,
      async *attempt() {
        for (let index = 0; index < 200; index += 1) yield textPart(String(index));
      },
    });
    const grpc = new Client(server.address, credentials.createInsecure());
    const settingsOfConnection = { limits: defaultLimits, onLost: () => undefined };
    const carrier = await connectMultiplexed(grpc, settingsOfConnection, 0xffff_fffe);
    closing.push(async () => carrier.close());
    const underWay = createOccupancy();
    const settings = { packing: wirePacking(1e6), timeouts: defaultTimeouts, underWay };
    const answers = createClient(ProviderServiceDefinition, carrier, settings).attempt(attemptRequest());
    const streaming = answers[Symbol.asyncIterator]();
    await streaming.next();
    const limits = createClient(LimitServiceDefinition, carrier, settings);
    for (let call = 0; call < 4; call += 1) expect(await limits.admit(admitRequest())).toEqual(admitResponse());
    let read = 1;
    while (!(await streaming.next()).done) read += 1;
    expect(read).toBe(200);
  });

  test('streams share it fairly: a stalled reader leaves room for the others', async () => {
    const server = await serve({
      async *attempt({ attemptId }) {
        for (let index = 0; index < 500; index += 1) yield textPart(`${attemptId} ${index}`.padEnd(20_000));
      },
    });
    const providers = providerClient(connect(server.address, { multiplexed: true }));
    const stalled = Array.from({ length: 20 }, (_, index) => {
      return providers.attempt({ ...attemptRequest(), attemptId: `stalled${index}` })[Symbol.asyncIterator]();
    });
    await Promise.all(stalled.map((answers) => answers.next()));
    const whole = await collect(providers.attempt({ ...attemptRequest(), attemptId: 'quick' }));
    expect(whole).toHaveLength(500);
    expect(textOf(whole[499] ?? textPart('')).trim()).toBe('quick 499');
    await Promise.all(stalled.map((answers) => answers.return?.()));
  });
});

describe('settings', () => {
  test('an address off this machine needs credentials, on both sides', async () => {
    const options = { host: '0.0.0.0', port: 0, offers: [], onError: () => undefined };
    const refused = { kind: 'invalid', details: { address: '0.0.0.0:0' } };
    expect(await faultFrom(startGrpcServer(options))).toMatchObject(refused);
    const transport = async () =>
      createGrpcTransport({ addresses: { a: ['dns:///limits.svc:50051'] }, multiplexed: true });
    expect(await faultFrom(transport())).toMatchObject({
      kind: 'invalid',
      details: { address: 'dns:///limits.svc:50051' },
    });
  });

  test('a port in use is a clear fault', async () => {
    const { port } = await serve(admitting);
    const fault = await faultFrom(serve(admitting, { port }));
    expect(fault).toMatchObject({ kind: 'conflict', details: { address: `127.0.0.1:${port}` } });
  });

  test('a service without an address is a clear fault', async () => {
    const transport = createGrpcTransport({ addresses: {}, multiplexed: true });
    const client = async () => limitClient(transport);
    expect(await faultFrom(client())).toMatchObject({ kind: 'invalid' });
  });
});
