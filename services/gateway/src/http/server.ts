// The fastify server: its bounds, and errors of every kind in the dialect of the path.
import type { Socket } from 'node:net';
import type { Server as TlsServer } from 'node:tls';
import type { ServerConfiguration } from '@waybill/config';
import { type Fault, FaultError, fault, faultOf } from '@waybill/kernel';
import type { Certificate, EdgeTls } from '@waybill/rpc';
import type { ListeningAddress } from '@waybill/service';
import type { Logger } from '@waybill/telemetry';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { adminErrors } from '../admin/routes.ts';
import { anthropicMessages } from '../dialects/anthropic/index.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { openaiChat } from '../dialects/openai/index.ts';
import { waybillChat } from '../dialects/waybill/index.ts';
import { waybillGenerate } from '../dialects/waybill-generate/index.ts';
import { nearPath } from './near-path.ts';
import { refuse } from './refuse.ts';

/** Milliseconds. */
const timeouts = { headers: 15_000, request: 60_000, keepAlive: 75_000 };
const mostConnections = 10_000;

export interface ServerOptions {
  readonly configuration: ServerConfiguration;
  readonly log: Logger;
  /** Undefined: plain text. */
  readonly tls?: Pick<EdgeTls, 'current' | 'onChange'> | undefined;
}

export function createServer({ configuration, log, tls }: ServerOptions): FastifyInstance {
  const server = fastify({
    ...(tls && { https: secureContextOf(tls.current) }),
    logger: false,
    bodyLimit: configuration.maxBodyBytes,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.keepAlive,
    http: { headersTimeout: timeouts.headers },
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseBrokenRequest,
  }) as FastifyInstance;
  tls?.onChange((certificate) =>
    (server.server as unknown as TlsServer).setSecureContext(secureContextOf(certificate)),
  );
  server.server.maxConnections = mostConnections;
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.setErrorHandler((thrown: FastifyError, request, reply) => {
    const because = faultOfServer(thrown, configuration.maxBodyBytes);
    if (because.kind === 'internal') log.error({ err: thrown }, 'a request failed');
    send(request, reply, because);
  });
  server.setNotFoundHandler((request, reply) => {
    const path = pathOf(request);
    const allowed = methodsFor(server, path);
    if (allowed !== '') {
      reply.raw.setHeader('allow', allowed);
      return send(request, reply, wrongMethod(request, allowed));
    }
    // A path that is meant says the dialect of the answer, too.
    const near = nearPath(path, (each) => methodsFor(server, each) !== '');
    refuseAs(dialectOf(near ?? path), reply, unknownUrl(request, near));
  });
  return server;
}

function secureContextOf({ certificate, key }: Certificate): { cert: Buffer; key: Buffer } {
  return { cert: certificate, key };
}

/** Begins to listen; `unavailable` names the address when it is taken or not ours. */
export async function listen(
  server: FastifyInstance,
  { host, httpPort }: ServerConfiguration,
): Promise<ListeningAddress> {
  try {
    await server.listen({ host, port: httpPort });
  } catch (cause) {
    throw new FaultError(fault('unavailable', whyNotListening(host, httpPort, cause), { cause }));
  }
  const address = server.server.address();
  return { protocol: 'http', host, port: typeof address === 'object' && address ? address.port : httpPort };
}

function whyNotListening(host: string, port: number, cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  const fix: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program has it; stop that, or set WAYBILL_HTTP_PORT to a free port',
    EACCES: 'it may not be used by this user; set WAYBILL_HTTP_PORT to a port above 1023',
    EADDRNOTAVAIL: 'this machine has no such address; set WAYBILL_HOST to one that it has',
  };
  return `cannot listen on ${host}:${port}: ${fix[code] ?? (code || 'the address cannot be used')}`;
}

/** The dialect of a path's errors. */
function dialectOf(url: string): Pick<Dialect, 'error'> {
  if (url.startsWith('/v1/messages')) return anthropicMessages;
  if (url.startsWith('/api/ai/')) return waybillChat;
  if (url.startsWith('/api/generate')) return waybillGenerate;
  return url.startsWith('/admin/') ? adminErrors : openaiChat;
}

function send(request: FastifyRequest, reply: FastifyReply, because: Fault): void {
  refuseAs(dialectOf(request.url), reply, because);
}

function refuseAs(dialect: Pick<Dialect, 'error'>, reply: FastifyReply, because: Fault): void {
  reply.hijack();
  refuse(reply.raw, dialect, because);
}

function faultOfServer(thrown: FastifyError, maxBodyBytes: number): Fault {
  switch (thrown.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return fault('too_large', `the body is larger than ${maxBodyBytes} bytes, the most this gateway takes`, {
        details: { max_bytes: String(maxBodyBytes) },
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_CONTENT_TYPE':
      return invalid('unsupported_media_type', 'the content-type of a request with a body has to be application/json');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return invalid('invalid_value', 'the body is not as long as its content-length says');
    case 'FST_ERR_BAD_URL':
      return invalid('unknown_url', 'the address of the request cannot be read');
    default:
      return faultOf(thrown);
  }
}

function invalid(reason: string, message: string): Fault {
  return fault('invalid', message, { details: { reason } });
}

const servedMethods = ['GET', 'POST', 'DELETE'] as const;

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0]!;
}

function methodsFor(server: FastifyInstance, path: string): string {
  return servedMethods.filter((method) => server.findRoute({ method, url: path }) !== null).join(', ');
}

function unknownUrl(request: FastifyRequest, near: string | undefined): Fault {
  const details = { reason: 'unknown_url' };
  const hint = near === undefined ? '' : `; ${near} is served: look at the base URL`;
  return fault('not_found', `there is nothing at ${request.method} ${pathOf(request)}${hint}`, { details });
}

function wrongMethod(request: FastifyRequest, allowed: string): Fault {
  return invalid('method_not_allowed', `${pathOf(request)} does not take ${request.method}, but ${allowed}`);
}

/** What is not even HTTP, or takes too long, ends here; there is no path yet, so it is OpenAI's dialect. */
function refuseBrokenRequest(thrown: Error & { code?: string }, socket: Socket): void {
  if (thrown.code === 'ECONNRESET' || !socket.writable) return;
  const { status, message } = brokenRequest(thrown.code);
  const { body } = openaiChat.error(invalid('invalid_value', message));
  const head = [`HTTP/1.1 ${status}`, 'content-type: application/json', `content-length: ${Buffer.byteLength(body)}`];
  socket.end(`${head.join('\r\n')}\r\nconnection: close\r\n\r\n${body}`);
}

function brokenRequest(code: string | undefined): { status: string; message: string } {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { status: '431 Request Header Fields Too Large', message: 'the headers of the request are too large' };
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: '408 Request Timeout', message: 'the request did not arrive in time' };
  }
  return { status: '400 Bad Request', message: 'the request is not valid HTTP' };
}
