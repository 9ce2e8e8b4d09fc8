// Services that show each other who they are, over real connections.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { ChannelCredentials, Client, ServerCredentials, status } from '@grpc/grpc-js';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { LimitServiceDefinition, ProviderServiceDefinition } from '@waybill/contracts';
import { FaultError } from '@waybill/kernel';
import {
  type CertificateAuthority,
  createAuthority,
  type LeafNames,
  serviceNames,
  writeTlsFiles,
} from '../../../../test/infra/certificates.ts';
import { allowOnly } from '../authorize.ts';
import { collect, faultFrom, limitClient, providerClient } from '../contract/harness.ts';
import { admitRequest, admitResponse, attemptRequest, textPart } from '../contract/messages.ts';
import { asBuffer } from '../grpc/bytes.ts';
import type { GrpcServer, GrpcServerOptions } from '../grpc/server.ts';
import type { Transport } from '../ports.ts';
import { eventually, type SuiteHandlers, servers as testServers } from '../testing/servers.ts';
import { elsewhere } from '../turned-away.ts';
import type { TlsFiles } from './material.ts';
import { type MutualTls, openMutualTls } from './mutual-tls.ts';

const { closing, serve, connect } = testServers();
const admitPath = '/waybill.ratelimit.v1.LimitService/Admit';
const attemptPath = '/waybill.provider.v1.ProviderService/Attempt';
const servers = Object.fromEntries(
  [LimitServiceDefinition, ProviderServiceDefinition].map(({ fullName }) => [fullName, 'rate-limit']),
);
const admitting: SuiteHandlers = {
  admit: async () => admitResponse(),
  async *attempt() {
    yield textPart('one');
  },
};

/** Handlers that count the calls of one method. */
function counting() {
  const count = { calls: 0 };
  const admit = async () => {
    count.calls += 1;
    return admitResponse();
  };
  return { count, handlers: { ...admitting, admit } };
}

let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await createAuthority();
});

interface Identity {
  readonly tls: MutualTls;
  readonly files: TlsFiles;
  readonly folder: string;
  readonly errors: unknown[];
}

/** Certificate files of a process, watched closely. */
async function identity(names: LeafNames | string, by = authority): Promise<Identity> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tls-'));
  closing.unshift(async () => rmSync(folder, { recursive: true }));
  const files = await writeTlsFiles(folder, by, typeof names === 'string' ? serviceNames(names) : names);
  const errors: unknown[] = [];
  const tls = await openMutualTls(files, { refreshMs: 20, onError: (error) => errors.push(error) });
  closing.push(async () => tls.close());
  return { tls, files, folder, errors };
}

async function serveAs(
  name: string,
  handlers: SuiteHandlers = admitting,
  options: Partial<GrpcServerOptions> = {},
): Promise<GrpcServer> {
  return serve(handlers, { tls: (await identity(name)).tls, ...options });
}

function connectAs(tls: MutualTls, { address }: GrpcServer, multiplexed: boolean): Transport {
  return connect(address, { tls, servers, multiplexed });
}

describe.each([
  ['a call for each', false],
  ['multiplexed', true],
])('mutual TLS: %s', (_name, multiplexed) => {
  test('a caller is known by its certificate, and asked for before a handler runs', async () => {
    const asked: unknown[] = [];
    const { handlers, count } = counting();
    const table = allowOnly({ [admitPath]: ['gateway'], [attemptPath]: ['gateway'] });
    const server = await serveAs('rate-limit', handlers, {
      authorize(path, caller) {
        asked.push([path, caller]);
        return table(path, caller);
      },
    });
    const gateway = connectAs((await identity('gateway')).tls, server, multiplexed);
    expect(await limitClient(gateway).admit(admitRequest())).toEqual(admitResponse());
    expect(await collect(providerClient(gateway).attempt(attemptRequest()))).toHaveLength(1);
    expect(asked).toEqual([
      [admitPath, 'gateway'],
      [attemptPath, 'gateway'],
    ]);
    const selector = connectAs((await identity('selector')).tls, server, multiplexed);
    const refused = await faultFrom(limitClient(selector).admit(admitRequest()));
    expect(refused).toMatchObject({ kind: 'forbidden', details: { caller: 'selector', method: admitPath } });
    const refusedStream = faultFrom(collect(providerClient(selector).attempt(attemptRequest())));
    expect(await refusedStream).toMatchObject({ kind: 'forbidden' });
    expect(count.calls).toBe(1);
  });

  test('a caller of another authority does not get in, nor does one without a certificate', async () => {
    const server = await serveAs('rate-limit');
    const stranger = (await identity('gateway', await createAuthority())).tls;
    const fault = await faultFrom(limitClient(connectAs(stranger, server, multiplexed)).admit(admitRequest()));
    expect(fault).toMatchObject({ kind: 'unavailable', details: { reason: 'not_sent' } });
    const without = connect(server.address, {
      credentials: ChannelCredentials.createSsl(Buffer.from(authority.certificate)),
      multiplexed,
    });
    const refused = await faultFrom(limitClient(without).admit(admitRequest()));
    expect(refused).toMatchObject({ kind: 'unavailable', details: { reason: 'not_sent' } });
    const plain = limitClient(connect(server.address, { multiplexed }));
    expect(await faultFrom(plain.admit(admitRequest()))).toMatchObject({ kind: 'unavailable' });
  });

  test('a server with the certificate of another service is none, also when it is reached through a redirect', async () => {
    const { handlers, count } = counting();
    const impostor = await serveAs('selector', handlers);
    const { tls } = await identity('gateway');
    const direct = await faultFrom(limitClient(connectAs(tls, impostor, multiplexed)).admit(admitRequest()));
    expect(direct).toMatchObject({ kind: 'unavailable', details: { reason: 'not_sent' } });
    expect(direct.message).toContain('rate-limit');
    const sending = await serveAs('rate-limit', {
      async admit() {
        throw new FaultError(elsewhere(impostor.address));
      },
    });
    const limits = limitClient(connectAs(tls, sending, multiplexed));
    expect((await faultFrom(limits.admit(admitRequest(), { timeoutMs: 300 }))).kind).toBe('timeout');
    expect(count.calls).toBe(0);
  });

  test('new certificates are used by new connections, and the old connection goes on', async () => {
    const release = Promise.withResolvers<void>();
    const second = await createAuthority('the next one');
    const serverSide = await identity('rate-limit');
    const server = await serve(
      {
        ...admitting,
        async *attempt() {
          yield textPart('one');
          await release.promise;
          yield textPart('two');
        },
      },
      { tls: serverSide.tls },
    );
    const first = connectAs((await identity('gateway')).tls, server, multiplexed);
    const answers = providerClient(first).attempt(attemptRequest())[Symbol.asyncIterator]();
    await answers.next();

    await writeTlsFiles(serverSide.folder, second, serviceNames('rate-limit'));
    const next = (await identity('gateway', second)).tls;
    const answer = await eventually(() => limitClient(connectAs(next, server, multiplexed)).admit(admitRequest()));
    expect(answer).toEqual(admitResponse());
    release.resolve();
    expect(await answers.next()).toEqual({ done: false, value: textPart('two') });
    expect(serverSide.errors).toEqual([]);
  });

  test('a caller with a new certificate shows it before long, while its calls under way finish', async () => {
    const release = Promise.withResolvers<void>();
    const handlers: SuiteHandlers = {
      ...admitting,
      async *attempt() {
        yield textPart('one');
        await release.promise;
        yield textPart('two');
      },
    };
    const callers: unknown[] = [];
    const server = await serveAs('rate-limit', handlers, { authorize: (_path, caller) => void callers.push(caller) });
    const callerSide = await identity('gateway');
    const transport = connectAs(callerSide.tls, server, multiplexed);
    const answers = providerClient(transport).attempt(attemptRequest())[Symbol.asyncIterator]();
    await answers.next();
    await writeTlsFiles(callerSide.folder, authority, serviceNames('cost'));
    while (callers.at(-1) !== 'cost') await limitClient(transport).admit(admitRequest());
    release.resolve();
    expect(await answers.next()).toEqual({ done: false, value: textPart('two') });
    expect(callers[0]).toBe('gateway');
  });

  test('an expired certificate keeps the server out of reach until it is renewed, without a restart of anybody', async () => {
    const serverSide = await identity({ ...serviceNames('rate-limit'), validForMs: -1_000 });
    const server = await serve(admitting, { tls: serverSide.tls });
    const limits = limitClient(connectAs((await identity('gateway')).tls, server, multiplexed));
    const fault = await faultFrom(limits.admit(admitRequest()));
    expect(fault).toMatchObject({ kind: 'unavailable', details: { reason: 'not_sent' } });
    expect(fault.message).toContain('expired');
    await writeTlsFiles(serverSide.folder, authority, serviceNames('rate-limit'));
    expect(await eventually(() => limits.admit(admitRequest()))).toEqual(admitResponse());
  });

  test('without TLS on loopback nobody has a name, and everybody is let in', async () => {
    const asked: unknown[] = [];
    const server = await serve(admitting, {
      authorize(_path, caller) {
        asked.push(caller);
        return allowOnly({})(_path, caller);
      },
    });
    const limits = limitClient(connect(server.address, { multiplexed }));
    expect(await limits.admit(admitRequest())).toEqual(admitResponse());
    expect(asked).toEqual([undefined]);
  });
});

test('health is open to every verified caller; methods are closed to one whose certificate names no service', async () => {
  const server = await serveAs('rate-limit', admitting, { authorize: allowOnly({}) });
  const { certificate, key } = await authority.issue({ commonName: 'gateway', dnsNames: ['gateway'] });
  const credentials = ChannelCredentials.createSsl(
    Buffer.from(authority.certificate),
    Buffer.from(key),
    Buffer.from(certificate),
  );
  const client = new Client(server.address, credentials);
  closing.push(async () => client.close());
  const codeOf = (path: string): Promise<status> => {
    return new Promise((resolve) => {
      client.makeUnaryRequest(path, asBuffer, asBuffer, Buffer.alloc(0), (error) => resolve(error?.code ?? status.OK));
    });
  };
  expect(await codeOf('/grpc.health.v1.Health/Check')).toBe(status.OK);
  expect(await codeOf(admitPath)).toBe(status.UNAUTHENTICATED);
});

test('a server that is none of our services is checked by the name it is looked for under', async () => {
  const { certificate, key } = await authority.issue({ dnsNames: ['limits.test'], ipAddresses: [] });
  const pair = { cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) };
  const server = await serve(admitting, { credentials: ServerCredentials.createSsl(null, [pair]) });
  const credentials = ChannelCredentials.createSsl(Buffer.from(authority.certificate));
  const lookUp = async () => ['127.0.0.1'];
  const at = (host: string) =>
    limitClient(connect(`dns:///${host}:${server.port}`, { credentials, lookUp, multiplexed: false }));
  expect(await at('limits.test').admit(admitRequest())).toEqual(admitResponse());
  expect(await faultFrom(at('other.test').admit(admitRequest()))).toMatchObject({ kind: 'unavailable' });
});

test('files that do not fit together are told of once and not used; the good ones go on', async () => {
  const { files, folder, errors, tls } = await identity('rate-limit');
  const server = await serve(admitting, { tls });
  const before = await certificateOf(server, files);
  const other = await identity('rate-limit');
  await copyFile(other.files.certificateFile, files.certificateFile);
  while (errors.length === 0) await turn();
  await turn(100);
  expect(errors).toHaveLength(1);
  expect(await certificateOf(server, files)).toBe(before);
  await copyFile(other.files.keyFile, files.keyFile);
  while ((await certificateOf(server, files)) === before) await turn();
  expect(errors).toHaveLength(1);
  rmSync(join(folder, 'ca.pem'));
  while (errors.length === 1) await turn();
  expect(String(errors[1])).toContain('ca.pem');
});

test.each([
  ['a missing file', {}, 'key.pem', 'cannot be read'],
  ['a certificate that names no service', { names: { commonName: 'selector' } }, undefined, 'names no service'],
])('%s is a clear fault at the start', async (_what, { names }: { names?: LeafNames }, missing, message) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tls-'));
  closing.push(async () => rmSync(folder, { recursive: true }));
  const files = await writeTlsFiles(folder, authority, names ?? serviceNames('selector'));
  if (missing !== undefined) rmSync(join(folder, missing));
  const fault = await faultFrom(openMutualTls(files, { onError: () => undefined }));
  expect(fault.kind).toBe('invalid');
  expect(fault.message).toContain(message);
});

/** The fingerprint of the certificate that a server shows. */
function certificateOf(server: GrpcServer, { caFile }: TlsFiles): Promise<string> {
  return new Promise((resolve, reject) => {
    const ca = readFileSync(caFile);
    const socket = connectTls({ port: server.port, host: '127.0.0.1', ca, ALPNProtocols: ['h2'] }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

function turn(timeMs = 5): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, timeMs));
}
