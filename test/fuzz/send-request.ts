// Sends one request, whatever it looks like, and says what was wrong with the answer.
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import type { FuzzedRequest } from './requests.ts';

export interface Answered {
  /** 0 where none came, as for bytes that are no request. */
  readonly status: number;
  readonly problems: readonly string[];
}

export interface Gateway {
  readonly host: string;
  readonly port: number;
}

/** An answer that takes longer hangs. */
const hangsAfterMs = 60_000;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
/** What a request may be answered; that nobody here is at fault for is an error of the gateway itself. */
const expected = new Set([200, 204, 400, 401, 403, 404, 405, 408, 409, 413, 415, 417, 429, 431, 502, 503, 504]);
const success = /\[DONE\]|event: response\.(completed|incomplete)|message_stop/;

/** Never rejects. */
export function sendRequest(gateway: Gateway, request: FuzzedRequest): Promise<Answered> {
  return request.raw === undefined ? sendAsHttp(gateway, request) : sendRaw(gateway, request.raw);
}

export function closeConnections(): void {
  agent.destroy();
}

function sendAsHttp({ host, port }: Gateway, { method, path, headers, body }: FuzzedRequest): Promise<Answered> {
  return new Promise((resolve) => {
    const sent = { ...headers, 'content-length': body.length };
    const outgoing = httpRequest({ host, port, method, path, headers: sent, agent, timeout: hangsAfterMs });
    const pieces: Buffer[] = [];
    outgoing.once('timeout', () => outgoing.destroy(new Error('it hangs')));
    outgoing.once('error', (error) => resolve({ status: 0, problems: [`no answer: ${error.message}`] }));
    outgoing.once('response', (answer) => {
      answer.on('data', (piece: Buffer) => pieces.push(piece));
      answer.once('error', (error) => resolve({ status: 0, problems: [`an answer that broke off: ${error.message}`] }));
      answer.once('end', () => {
        const status = answer.statusCode ?? 0;
        const text = method === 'HEAD' ? '' : Buffer.concat(pieces).toString();
        resolve({ status, problems: answerProblems(status, answer.headers, text) });
      });
    });
    outgoing.end(body);
  });
}

function answerProblems(status: number, headers: IncomingHttpHeaders, text: string): string[] {
  const problems = expected.has(status) ? [] : [`status ${status}: ${text.slice(0, 300)}`];
  const type = headers['content-type'] ?? '';
  if (type.startsWith('application/json') && text !== '' && !isJson(text)) problems.push('an answer that is no JSON');
  if (!type.startsWith('text/event-stream')) return problems;
  const last = text.trimEnd().split('\n\n').at(-1) ?? '';
  const isError = /"error":\{|event: error|event: response\.failed/.test(last);
  if (success.test(text) === isError) problems.push(`a stream that ends with ${last.slice(0, 300)}`);
  return problems;
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

/** Bytes, and then their end: the gateway answers or closes the connection. */
function sendRaw({ host, port }: Gateway, raw: Buffer): Promise<Answered> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    const pieces: Buffer[] = [];
    const over = (problems: readonly string[]) => {
      socket.destroy();
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(Buffer.concat(pieces).toString('latin1'))?.[1] ?? 0);
      resolve({ status, problems: status === 500 ? [...problems, 'status 500'] : problems });
    };
    socket.setTimeout(hangsAfterMs, () => over(['a connection that hangs']));
    socket.on('data', (piece) => pieces.push(piece));
    socket.once('error', () => over([]));
    socket.once('close', () => over([]));
    socket.once('end', () => over([]));
    socket.end(raw);
  });
}
