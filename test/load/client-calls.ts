// Calls as clients make them, over HTTP and gRPC; a client may hang up before the end.
import type { GenerationServiceDefinition } from '@waybill/contracts';
import { FaultError, faultOf } from '@waybill/kernel';
import type { Client } from '@waybill/rpc';
import { grpcQuestion } from '../e2e/grpc-client.ts';
import type { CallPlan, ClientDialect } from './call-plan.ts';

export interface Target {
  /** Of the gateway's HTTP edge. */
  readonly url: string;
  readonly key: string;
  readonly grpc: Client<GenerationServiceDefinition>;
}

/** What the client saw of a call. */
export interface SeenCall {
  readonly plan: CallPlan;
  /** `complete`: the answer came to its proper end. `left`: the client hung up first. */
  readonly outcome: 'complete' | 'broken' | 'left';
  /** HTTP status; 0 when there was none, or the call went over gRPC. */
  readonly status: number;
  /** Empty when the client was not told. */
  readonly callId: string;
  /** The limit that refused it. */
  readonly limit: string;
  /** What stood in the way, for people. */
  readonly why: string;
}

/** Makes a call; never rejects. */
export async function makeCall(target: Target, plan: CallPlan): Promise<SeenCall> {
  const hangUp = new AbortController();
  const { leavesAfter } = plan;
  const timer = leavesAfter && 'ms' in leavesAfter ? setTimeout(() => hangUp.abort(), leavesAfter.ms) : undefined;
  let pieces = 0;
  const onPiece = () => {
    if (leavesAfter && 'pieces' in leavesAfter && pieces >= leavesAfter.pieces) hangUp.abort();
    pieces += 1;
  };
  const seen = { status: 0, callId: '', limit: '' };
  try {
    const run = { target, plan, signal: hangUp.signal, seen, onPiece };
    const why = plan.dialect === 'grpc' ? await callByGrpc(run) : await callByHttp(run, plan.dialect);
    return { plan, ...seen, outcome: why === '' ? 'complete' : 'broken', why };
  } catch (thrown) {
    if (thrown instanceof FaultError) seen.callId ||= thrown.fault.details.call_id ?? '';
    const hasLeft = hangUp.signal.aborted || (plan.deadlineMs !== undefined && faultOf(thrown).kind === 'timeout');
    return { plan, ...seen, outcome: hasLeft ? 'left' : 'broken', why: String(thrown) };
  } finally {
    clearTimeout(timer);
  }
}

interface Run {
  readonly target: Target;
  readonly plan: CallPlan;
  readonly signal: AbortSignal;
  readonly seen: { status: number; callId: string; limit: string };
  onPiece(): void;
}

/** Empty when the answer is complete, else what was wrong with it. */
async function callByGrpc({ target, plan, signal, seen, onPiece }: Run): Promise<string> {
  const request = grpcQuestion(plan.model, plan.prompt, plan.maxTokens);
  const options = { signal, metadata: { authorization: `Bearer ${target.key}` }, timeoutMs: plan.deadlineMs ?? 60_000 };
  if (!plan.stream) {
    const { summary } = await target.grpc.generate(request, options);
    seen.callId = summary?.callId ?? '';
    return summary ? '' : 'no summary';
  }
  for await (const { update } of target.grpc.generateStream(request, options)) {
    onPiece();
    if (update?.$case === 'summary') seen.callId = update.value.callId;
  }
  return seen.callId === '' ? 'no summary' : '';
}

interface Place {
  readonly path: string;
  readonly cap: string;
  /** Where the prompt goes; default a list of messages. */
  readonly promptField?: string;
  /** What ends a stream that is a success. */
  readonly terminator: RegExp;
}

const places: Readonly<Record<Exclude<ClientDialect, 'grpc'>, Place>> = {
  openai: { path: '/v1/chat/completions', cap: 'max_tokens', terminator: /^data: \[DONE\]$/m },
  anthropic: { path: '/v1/messages', cap: 'max_tokens', terminator: /^event: message_stop$/m },
  plain: { path: '/api/ai/chat', cap: 'maxTokens', terminator: /^data: \[DONE\]$/m },
  responses: {
    path: '/v1/responses',
    cap: 'max_output_tokens',
    promptField: 'input',
    terminator: /^event: response\.(completed|incomplete)$/m,
  },
  completions: { path: '/v1/completions', cap: 'max_tokens', promptField: 'prompt', terminator: /^data: \[DONE\]$/m },
};

async function callByHttp({ target, plan, signal, seen, onPiece }: Run, dialect: keyof typeof places): Promise<string> {
  const { path, cap, terminator, promptField } = places[dialect];
  const { model, stream, maxTokens, prompt } = plan;
  const asked =
    promptField === undefined ? { messages: [{ role: 'user', content: prompt }] } : { [promptField]: prompt };
  const answer = await fetch(`${target.url}${path}`, {
    method: 'POST',
    signal,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${target.key}` },
    body: JSON.stringify({ model, stream, [cap]: maxTokens, ...asked }),
  });
  seen.status = answer.status;
  seen.callId = answer.headers.get('x-waybill-call-id') ?? '';
  seen.limit = answer.headers.get('x-waybill-limit') ?? '';
  let text = '';
  for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    onPiece();
  }
  const isComplete = answer.ok && (stream ? terminator.test(text) : text.trimEnd().endsWith('}'));
  return isComplete ? '' : text.slice(-300);
}
