// What clients that are not ours see: statuses, health, reflection, odd deadlines.
import { connect as connectHttp2, constants } from 'node:http2';
import { Client, credentials, Metadata, type ServiceDefinition, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { AdmitRequest, AdmitResponse } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import { service as healthService } from 'grpc-health-check';
import { suiteOffers, waitForEver } from '../contract/harness.ts';
import { admitRequest, admitResponse } from '../contract/messages.ts';
import { faultTrailer } from '../status.ts';
import { asBuffer } from './bytes.ts';
import { addReflection } from './reflection.ts';
import { type GrpcServer, startGrpcServer } from './server.ts';

const limitService = 'waybill.ratelimit.v1.LimitService';
let server: GrpcServer;
let client: Client;

beforeEach(async () => {
  const offers = suiteOffers({
    async admit({ callId }, { signal }) {
      if (callId === 'wait') return waitForEver(signal);
      if (callId === 'refuse')
        throw new FaultError({ kind: 'limited', message: 'full: 100 %', details: { limit: 'acme' } });
      return admitResponse();
    },
  });
  server = await startGrpcServer({ host: '127.0.0.1', port: 0, offers, onError: () => undefined });
  client = new Client(server.address, credentials.createInsecure());
});

afterEach(async () => {
  client.close();
  await server.stop();
});

function admit(callId: string): Promise<AdmitResponse> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      `/${limitService}/Admit`,
      (request: AdmitRequest) => asBuffer(AdmitRequest.encode(request).finish()),
      AdmitResponse.decode,
      { ...admitRequest(), callId },
      new Metadata(),
      (error, answer) => (error === null ? resolve(answer as AdmitResponse) : reject(error)),
    );
  });
}

test('a plain client is answered', async () => {
  expect(await admit('call')).toEqual(admitResponse());
});

test('a fault is the status of the table, with the fault in a trailer', async () => {
  const error: ServiceError = await admit('refuse').then(
    () => Promise.reject(new Error('not refused')),
    (error) => error,
  );
  expect(error).toMatchObject({ code: status.RESOURCE_EXHAUSTED, details: 'full: 100 %' });
  expect(error.metadata.get(faultTrailer)).toHaveLength(1);
});

test('a request that cannot be decoded is invalid', async () => {
  const code = await new Promise((resolve) => {
    const rubbish = Buffer.from([0x0a, 0xff, 0xff]);
    client.makeUnaryRequest(`/${limitService}/Admit`, asBuffer, asBuffer, rubbish, (error) => resolve(error?.code));
  });
  expect(code).toBe(status.INVALID_ARGUMENT);
});

test.each(['99999999H', '99999999S', '2147483648m', '0m', '1n', 'soon', '-5S', '999999999999999999S'])(
  'the deadline %s ends or serves the call with a clean status',
  async (timeout) => {
    const answered = ['0', '1', '3', '4', '13'];
    expect(answered).toContain(await rawStatus({ 'grpc-timeout': timeout }));
    expect(await admit('call')).toEqual(admitResponse());
  },
);

/** The grpc-status a bare HTTP/2 request gets for an empty Admit. */
function rawStatus(headers: Record<string, string>): Promise<string> {
  const session = connectHttp2(`http://${server.address}`);
  return new Promise((resolve, reject) => {
    const request = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: `/${limitService}/Admit`,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const settle = (received: Record<string, unknown>) => {
      if (received['grpc-status'] === undefined) return;
      session.close();
      resolve(String(received['grpc-status']));
    };
    request.on('response', settle);
    request.on('trailers', settle);
    request.on('error', reject);
    request.resume();
    request.end(Buffer.alloc(5));
  });
}

const { Check: checkMethod, Watch: watchMethod } = healthService;

function check(service: string): Promise<unknown> {
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      checkMethod?.path ?? '',
      checkMethod?.requestSerialize as (request: object) => Buffer,
      checkMethod?.responseDeserialize as (bytes: Buffer) => { status: unknown },
      { service },
      (error, answer) => resolve(error === null ? answer?.status : error.code),
    );
  });
}

test('health tells of the server, of each service, and not of others', async () => {
  expect(await check('')).toBe('SERVING');
  expect(await check(limitService)).toBe('SERVING');
  expect(await check('another.Service')).toBe(status.NOT_FOUND);
  server.reportHealth('NOT_SERVING', limitService);
  expect(await check(limitService)).toBe('NOT_SERVING');
  expect(await check('')).toBe('SERVING');
});

test('draining is told to those who watch health before it refuses calls, and they do not hold it up', async () => {
  const standings: unknown[] = [];
  const told = Promise.withResolvers<void>();
  const watch = client.makeServerStreamRequest(
    watchMethod?.path ?? '',
    watchMethod?.requestSerialize as (request: object) => Buffer,
    watchMethod?.responseDeserialize as (bytes: Buffer) => { status: unknown },
    { service: limitService },
  );
  watch.on('error', () => undefined);
  watch.on('data', (answer: { status: unknown }) => {
    standings.push(answer.status);
    if (standings.length === 2) told.resolve();
  });
  await check(limitService);
  const startedAt = performance.now();
  const draining = server.drain({ graceMs: 10_000, noticeMs: 100 });
  await told.promise;
  expect(await admit('call')).toEqual(admitResponse());
  await draining;
  expect(standings).toEqual(['SERVING', 'NOT_SERVING']);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
});

interface ReflectionAnswer {
  readonly listServicesResponse?: { readonly service: ReadonlyArray<{ readonly name: string }> };
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
}

test('reflection lists the services and describes them', async () => {
  const listed = await reflect({ listServices: '*' });
  const names = listed.listServicesResponse?.service.map(({ name }) => name).sort();
  expect(names).toEqual([
    'grpc.health.v1.Health',
    'waybill.provider.v1.ProviderService',
    'waybill.ratelimit.v1.LimitService',
    'waybill.rpc.v1.MultiplexService',
  ]);
  const described = await reflect({ fileContainingSymbol: `${limitService}.Admit` });
  const files = described.fileDescriptorResponse?.fileDescriptorProto ?? [];
  expect(files.map((file) => Buffer.from(file).toString('latin1')).join()).toContain('AdmitRequest');
});

/** Asks the reflection service, as grpcurl does. */
function reflect(request: object): Promise<ReflectionAnswer> {
  const definition: ServiceDefinition = {};
  const registrar = { addService: (service: ServiceDefinition) => Object.assign(definition, service) };
  addReflection(registrar as never, []);
  const { ServerReflectionInfo: method } = definition;
  const call = client.makeBidiStreamRequest(
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    method?.requestSerialize as (request: object) => Buffer,
    method?.responseDeserialize as (bytes: Buffer) => ReflectionAnswer,
    new Metadata(),
  );
  return new Promise((resolve, reject) => {
    call.on('error', reject);
    call.on('data', (answer: ReflectionAnswer) => {
      call.end();
      resolve(answer);
    });
    call.write(request);
  });
}
