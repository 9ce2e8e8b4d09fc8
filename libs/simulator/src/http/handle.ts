// Each request, from its URL to the part that answers it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serveBatches } from '../batches/serve.ts';
import { serveFiles } from '../batches/serve-files.ts';
import { knownModels } from '../bill/price-list.ts';
import { type Call, openCall } from '../call.ts';
import type { Dialect, Operation, Received } from '../dialects/dialect.ts';
import { findDialect } from '../dialects/index.ts';
import { type HttpReply, invalid, isRefusal, type Refusal } from '../dialects/refusal.ts';
import { embed } from '../embed.ts';
import { DirectiveError } from '../faults/directives.ts';
import { generate, isRefusedByFault } from '../generate.ts';
import { faultOf, sendJson, sendRefusal } from '../send.ts';
import { billRefusal } from '../settle.ts';
import type { Simulation } from '../simulation.ts';
import { control } from './control.ts';
import { type Body, readBody } from './request-body.ts';

export function handle(simulation: Simulation, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '/';
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  if (path.startsWith('/control/')) {
    control(simulation, path, request, response);
    return;
  }
  const found = findDialect(path);
  if (found === undefined) {
    write(response, nothingAt(path));
    return;
  }
  const { dialect, below } = found;
  const query = new URLSearchParams(queryAt < 0 ? '' : url.slice(queryAt));
  const received = { method: request.method ?? '', path: decoded(below), query, headers: request.headers };
  readBody(request, simulation.settings.bodyLimitBytes, (body) => {
    const read = { request, response, dialect: dialect.surface?.(received) ?? dialect, received, body };
    const refusal = guarded(response, () => answer(simulation, read));
    if (refusal !== undefined) write(response, dialect.refuse(refusal, 'req_unread', new Date()));
  });
}

interface Read {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly dialect: Dialect;
  readonly received: Received;
  readonly body: Body;
}

/** Opens and answers the call; returns the refusal of a request that cannot be understood as one. */
function answer(simulation: Simulation, read: Read): Refusal | undefined {
  const { dialect, received, body } = read;
  if ('failed' in body) return { refusal: 'too-large', message: 'Request too large.' };
  const operation = dialect.operation(received);
  if (operation === undefined) {
    const message = `Invalid URL (${received.method} ${received.path})`;
    return { refusal: 'not-found', message, isUnknownUrl: true };
  }
  try {
    answerCall(simulation, openCall(simulation, { ...read, operation, bodyText: body.text }));
  } catch (error) {
    if (error instanceof DirectiveError) return invalid(error.message);
    throw error;
  }
  return undefined;
}

function answerCall(simulation: Simulation, call: Call): void {
  const { socket } = call.response;
  if (faultOf(call, 'close-after-reply') !== undefined) call.response.once('finish', () => socket?.destroySoon());
  const refusal = refusalAtTheDoor(call);
  if (refusal !== undefined) {
    billRefusal(simulation, call);
    sendRefusal(call, refusal);
    return;
  }
  switch (call.operation.kind) {
    case 'generate':
      generate(simulation, call).catch((error) => breakOff(call.response, error));
      break;
    case 'embed':
      embed(simulation, call).catch((error) => breakOff(call.response, error));
      break;
    case 'batch':
      serveBatches(simulation, call, call.operation.batch).catch((error) => breakOff(call.response, error));
      break;
    case 'file':
      serveFiles(simulation, call, call.operation.file).catch((error) => breakOff(call.response, error));
      break;
    default:
      if (!isRefusedByFault(simulation, call)) answerForFree(call);
  }
}

/** Or with one that is no JSON. */
function isWithoutBody(operation: Operation): boolean {
  return operation.kind === 'file' || (operation.kind === 'batch' && operation.batch.action === 'cancel');
}

function refusalAtTheDoor({ dialect, keyState, received, body, operation }: Call): Refusal | undefined {
  const wrongKey: Refusal = { refusal: 'unauthorized', message: 'Incorrect API key provided.' };
  if (keyState === 'bad') return dialect.badKey ?? wrongKey;
  if (keyState === 'missing' && dialect.keyPolicy === 'required') {
    return { ...wrongKey, message: 'No API key provided.' };
  }
  const isReadable = received.method !== 'POST' || body !== undefined || isWithoutBody(operation);
  return isReadable ? undefined : invalid('The body of the request is not valid JSON.');
}

/** Token counts, lists of models, and tokens. */
function answerForFree(call: Call): void {
  const { dialect, operation, body = {} } = call;
  if (operation.kind === 'models') {
    const names = knownModels[dialect.id] ?? [];
    const { model } = operation;
    sendJson(call, model === undefined ? dialect.modelsReply(names) : dialect.modelReply(model));
    return;
  }
  if (operation.kind === 'token') {
    const token = dialect.tokenReply?.(call.received, call.startedAt.getTime()) ?? {};
    if (isRefusal(token)) sendRefusal(call, token);
    else sendJson(call, token);
    return;
  }
  const prompt = dialect.readPrompt(body, operation, call.received);
  if (isRefusal(prompt)) sendRefusal(call, prompt);
  else sendJson(call, dialect.countReply?.(prompt.inputTokens) ?? {});
}

function nothingAt(path: string): HttpReply {
  const body = JSON.stringify({ error: `nothing is served at ${path}` });
  return { status: 404, headers: { 'content-type': 'application/json' }, body };
}

function write(response: ServerResponse, { status, headers, body }: HttpReply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function guarded<T>(response: ServerResponse, run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    breakOff(response, error);
    return undefined;
  }
}

/** A bug in the simulator must not look like a provider's answer. */
function breakOff(response: ServerResponse, error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
  response.destroy();
}

function decoded(path: string): string {
  try {
    return path.includes('%') ? decodeURIComponent(path) : path;
  } catch {
    return path;
  }
}
