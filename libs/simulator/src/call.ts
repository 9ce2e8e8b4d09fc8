// One request that a dialect understood, on its way to an answer and a line on the bill.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { keyLabel, NO_KEY } from './bill/key-label.ts';
import { headersWithoutSecrets } from './call-log.ts';
import type { Dialect, Operation, Received } from './dialects/dialect.ts';
import { headerText } from './dialects/reading.ts';
import { type Directives, joinDirectives, noDirectives, parseDirectives } from './faults/directives.ts';
import { isRecord, type Json, type JsonRecord, textOf } from './json.ts';
import type { Simulation } from './simulation.ts';

export interface Call {
  readonly callNumber: number;
  readonly id: string;
  readonly requestId: string;
  readonly dialect: Dialect;
  readonly operation: Operation;
  readonly received: Received;
  readonly response: ServerResponse;
  readonly startedAt: Date;
  /** The label on the bill, and whether the key is accepted. */
  readonly key: string;
  readonly keyState: 'good' | 'bad' | 'missing';
  /** Without the directives that its name may carry. */
  readonly model: string;
  readonly bodyText: string;
  /** Undefined for a body that is no JSON object. */
  readonly body: JsonRecord | undefined;
  readonly directives: Directives;
  readonly gatewayCallId?: string;
}

export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly dialect: Dialect;
  readonly received: Received;
  readonly operation: Operation;
  readonly bodyText: string;
}

/** Throws `DirectiveError` for directives nobody knows. */
export function openCall(simulation: Simulation, arrival: Arrival): Call {
  const { dialect, received, request } = arrival;
  const json = parseJson(arrival.bodyText);
  const apiKey = dialect.credential(received);
  const key = apiKey === undefined ? NO_KEY : keyLabel(apiKey);
  const named = splitModel(('model' in arrival.operation && arrival.operation.model) || modelIn(json));
  const isInPath = 'model' in arrival.operation && arrival.operation.model !== undefined;
  const { callNumber, id } = simulation.nextCall();
  const { method, path } = received;
  const headers = headersWithoutSecrets(request.headers);
  simulation.log.add({ callNumber, dialect: dialect.id, method, path, key, model: named.model, headers, body: json });
  const operation = 'model' in arrival.operation ? { ...arrival.operation, model: named.model } : arrival.operation;
  const body = isRecord(json) ? json : undefined;
  const target = {
    dialect: dialect.id,
    model: named.model,
    key,
    operation: operation.kind,
    streams: streams(arrival, body),
  };
  return {
    callNumber,
    id,
    requestId: `req_${id}`,
    dialect,
    operation,
    received,
    response: arrival.response,
    startedAt: new Date(),
    key,
    keyState: simulation.badKeys.has(key) ? 'bad' : apiKey === undefined ? 'missing' : 'good',
    model: named.model,
    bodyText: arrival.bodyText,
    body: body !== undefined && (isInPath || 'model' in body) ? { ...body, model: named.model } : body,
    directives: directivesOf(simulation.faults.directivesFor(target), received, named.directives),
    gatewayCallId: headerText(request.headers[simulation.settings.callIdHeader]),
  };
}

/** A rule's directives first, then the header's, then those of the model's name: the nearer wins. */
function directivesOf(fromRule: Directives | undefined, received: Received, fromName: string): Directives {
  const fromHeader = headerText(received.headers['x-simulator-directives']);
  let directives = fromRule ?? noDirectives;
  if (fromHeader !== undefined) directives = joinDirectives(directives, parseDirectives(fromHeader));
  return fromName === '' ? directives : joinDirectives(directives, parseDirectives(fromName));
}

/** The directives of a model's name. Throws `DirectiveError`. */
export function directivesIn(text: string): Directives {
  return text === '' ? noDirectives : parseDirectives(text);
}

/** `gpt-4o-mini#output=500` -> the model and the directives; `~` does as well, for URLs that drop fragments. */
export function splitModel(name: string): { model: string; directives: string } {
  const at = name.search(/[#~]/);
  return at < 0 ? { model: name, directives: '' } : { model: name.slice(0, at), directives: name.slice(at + 1) };
}

function streams({ operation, dialect }: Arrival, body: JsonRecord | undefined): boolean {
  if (operation.kind !== 'generate') return false;
  if (operation.streamForm !== undefined || body?.stream === true) return true;
  return dialect.streamsByDefault === true && body?.stream !== false;
}

function modelIn(json: Json): string {
  return isRecord(json) ? textOf(json.model) : '';
}

function parseJson(text: string): Json {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
