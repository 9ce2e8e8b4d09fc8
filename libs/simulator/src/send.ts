// The ways an answer leaves: an error, a decoy, a body in one piece, or frames.
import type { Call } from './call.ts';
import { deliver, type Meter, newMeter, pause } from './delivery/deliver.ts';
import { faultyBody, faultyFrames } from './delivery/frame-faults.ts';
import { planDelivery, type Step } from './delivery/plan.ts';
import type { Frame } from './dialects/dialect.ts';
import type { Framing } from './dialects/framing.ts';
import type { HttpReply, Refusal } from './dialects/refusal.ts';
import type { Fault } from './faults/fault.ts';
import type { JsonRecord } from './json.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

export function sendRefusal(call: Call, refusal: Refusal): void {
  sendReply(call, call.dialect.refuse(refusal, call.requestId, call.startedAt));
}

export function sendJson(call: Call, body: JsonRecord): void {
  const headers = { 'content-type': JSON_TYPE, ...call.dialect.headers(call.requestId) };
  sendReply(call, { status: 200, headers, body: JSON.stringify(body) });
}

/** A file of JSON, one value a line. */
export function sendLines(call: Call, lines: readonly JsonRecord[]): void {
  const headers = { 'content-type': 'application/x-jsonl', ...call.dialect.headers(call.requestId) };
  sendReply(call, { status: 200, headers, body: lines.map((line) => `${JSON.stringify(line)}\n`).join('') });
}

/** A file as it was uploaded. */
export function sendText(call: Call, text: string): void {
  const headers = { 'content-type': 'application/octet-stream', ...call.dialect.headers(call.requestId) };
  sendReply(call, { status: 200, headers, body: text });
}

function sendReply({ response }: Call, { status, headers, body }: HttpReply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Status 200, but not an answer. */
export function sendDecoy(call: Call, decoy: 'error' | 'html' | 'empty'): void {
  const html = '<!doctype html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>';
  const error = JSON.stringify({ error: 'Unexpected endpoint or method. (POST). Returning 200 anyway' });
  const body = { error, html, empty: '' }[decoy];
  sendReply(call, { status: 200, headers: { 'content-type': decoy === 'html' ? 'text/html' : JSON_TYPE }, body });
}

/** An answer that takes time or breaks before its status line does so here. */
export async function beforeHeaders(call: Call, defaultWaitMs: number): Promise<'go-on' | 'broken'> {
  const waitMs = call.directives.firstByteMs ?? defaultWaitMs;
  if (waitMs > 0) await pause(call.response, waitMs);
  const broken = faultOf(call, 'break-before-headers');
  if (broken === undefined) return call.response.destroyed ? 'broken' : 'go-on';
  await deliver(call.response, [{ do: broken.how }], newMeter());
  return 'broken';
}

/** One body, all of whose tokens were generated before its first byte. */
export function sendWhole(call: Call, body: JsonRecord, meter: Meter, tokens: number): Promise<void> | undefined {
  const { response, directives } = call;
  const text = faultyBody(JSON.stringify(body), directives);
  const tellsUsage = directives.usage === 'missing' ? undefined : true;
  const frame: Frame = { text, tokens, part: 'end', tellsUsage };
  response.writeHead(200, {
    'content-type': contentType(call, JSON_TYPE),
    'content-length': Buffer.byteLength(text),
    ...call.dialect.headers(call.requestId),
  });
  const steps = planDelivery([frame], directives, 0);
  if (!isPlain(steps)) return deliver(response, steps, meter);
  meter.tokensGenerated = tokens;
  meter.tokensDelivered = tokens;
  meter.usage = tellsUsage === undefined ? 'not-sent' : 'sent';
  response.end(text);
  return undefined;
}

export function sendFrames(
  call: Call,
  frames: readonly Frame[],
  framing: Framing,
  { meter, chunkDelayMs }: { meter: Meter; chunkDelayMs: number },
): Promise<void> {
  const { response, directives, dialect } = call;
  const broken: Refusal = { refusal: 'overloaded', message: 'Overloaded' };
  const faulty = faultyFrames(frames, directives, framing, dialect.errorFrame(broken, call.requestId, framing));
  response.writeHead(200, {
    'content-type': contentType(call, framing.contentType),
    'cache-control': 'no-cache',
    ...dialect.headers(call.requestId),
  });
  const steps = planDelivery(faulty, directives, directives.chunkDelayMs ?? chunkDelayMs);
  if (steps[0]?.do !== 'write') response.flushHeaders();
  return deliver(response, steps, meter);
}

export function faultOf<Kind extends Fault['kind']>(
  call: Call,
  kind: Kind,
): Extract<Fault, { kind: Kind }> | undefined {
  return call.directives.faults.find((fault): fault is Extract<Fault, { kind: Kind }> => fault.kind === kind);
}

function contentType(call: Call, usual: string): string {
  return faultOf(call, 'wrong-content-type') === undefined ? usual : 'text/plain';
}

function isPlain(steps: readonly Step[]): boolean {
  return steps.length === 2 && steps[0]?.do === 'write' && steps[1]?.do === 'end';
}
