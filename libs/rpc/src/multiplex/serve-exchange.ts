// The server's side of one multiplexed stream.
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { CallFrame, CallOpened, ExchangeRequest, ExchangeResponse, ReplyFrame } from '@waybill/contracts';
import { type Fault, fault, faultOf } from '@waybill/kernel';
import { type CallScope, cancelled, openScope } from '../call-scope.ts';
import type { PackedCall } from '../carrier.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { faultToMessage } from '../fault-message.ts';
import type { Limits } from '../limits.ts';
import { checkSize } from '../packing.ts';
import { statusOfFault } from '../status.ts';
import { notBegun } from '../turned-away.ts';
import { type Credit, createCredit } from './credit.ts';
import { agreedBytesMax, greeting } from './handshake.ts';
import { createOutbox, type Outbox } from './outbox.ts';

export type ExchangeStream = ServerDuplexStream<ExchangeRequest, ExchangeResponse>;

interface OpenCall {
  readonly number: number;
  readonly scope: CallScope;
  readonly credit: Credit;
}

const frameOverheadBytes = 16;

export interface ServeSettings {
  readonly dispatcher: Dispatcher<Uint8Array>;
  readonly limits: Limits;
  /** The service at the other end, as the server has verified. */
  readonly caller: string | undefined;
}

/** Answers the calls that come over the stream; returns what ends it once what is ready has been sent. */
export function serveExchange(stream: ExchangeStream, { dispatcher, limits, caller }: ServeSettings): () => void {
  const responseBytesMax = agreedBytesMax(stream.metadata, limits.messageBytesMax);
  const calls = new Map<number, OpenCall>();
  let callerIsDone = false;
  let ended = false;
  const outbox = createOutbox<ReplyFrame>({
    send: (frames) => ended || stream.write({ frames }),
    sizeBytesOf: ({ frame }) => frameOverheadBytes + (frame?.$case === 'response' ? frame.value.length : 0),
  });

  function end(): void {
    outbox.flush();
    ended = true;
    stream.end();
  }

  function finish(call: OpenCall, ending: Fault | undefined): void {
    call.scope.close();
    calls.delete(call.number);
    outbox.push(finishedFrame(call.number, ending));
    if (callerIsDone && calls.size === 0) end();
  }

  async function answer(call: OpenCall, packed: PackedCall<Uint8Array>): Promise<void> {
    const reply = (bytes: Uint8Array) => {
      checkSize(bytes.length, responseBytesMax);
      outbox.push({ callNumber: call.number, frame: { $case: 'response', value: bytes as Buffer } });
    };
    try {
      if (dispatcher.answersWithStream(packed.path)) await answerStream(dispatcher, packed, call, reply, outbox);
      else reply(await dispatcher.unary(packed));
      finish(call, undefined);
    } catch (thrown) {
      finish(call, faultOf(thrown));
    }
  }

  function open(number: number, opened: CallOpened): void {
    const scope = openScope(opened.timeoutMs === 0 ? undefined : opened.timeoutMs);
    const call = { number, scope, credit: createCredit(opened.credit) };
    if (calls.size >= limits.concurrentCallsMax) {
      finish(call, overloaded());
    } else {
      calls.set(number, call);
      const { method: path, request, metadata } = opened;
      answer(call, { path, request, scope, metadata, affinity: undefined, caller, isSent: true });
    }
  }

  function receive({ callNumber, frame }: CallFrame): void {
    const call = calls.get(callNumber);
    if (frame?.$case === 'opened') {
      if (call === undefined) open(callNumber, frame.value);
      else stream.emit('error', statusOfFault(fault('invalid', `call number ${callNumber} is in use`)));
    } else if (frame?.$case === 'credit') call?.credit.grant(frame.value);
    else call?.scope.abort(cancelled());
  }

  stream.on('data', ({ frames }: ExchangeRequest) => frames.forEach(receive));
  stream.on('drain', outbox.drained);
  stream.on('end', () => {
    callerIsDone = true;
    if (calls.size === 0) end();
  });
  stream.on('cancelled', () => {
    for (const call of calls.values()) call.scope.abort(cancelled());
  });
  stream.sendMetadata(greeting(limits.messageBytesMax));
  return end;
}

/** Pulls the next message only when the caller has granted credit and the stream has room. */
async function answerStream(
  dispatcher: Dispatcher<Uint8Array>,
  packed: PackedCall<Uint8Array>,
  { credit, scope }: OpenCall,
  reply: (bytes: Uint8Array) => void,
  outbox: Outbox<ReplyFrame>,
): Promise<void> {
  await scope.until(credit.granted());
  for await (const bytes of dispatcher.stream(packed)) {
    reply(bytes);
    credit.spend();
    if (credit.isSpent()) await scope.until(credit.granted());
    if (outbox.isFull()) await scope.until(outbox.hasRoom());
  }
}

function finishedFrame(callNumber: number, ending: Fault | undefined): ReplyFrame {
  const fault = ending === undefined ? undefined : faultToMessage(ending);
  return { callNumber, frame: { $case: 'finished', value: { fault } } };
}

function overloaded(): Fault {
  return notBegun('too many calls are under way on this stream');
}
