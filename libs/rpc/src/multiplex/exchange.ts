// The caller's side of one multiplexed stream.
import type { ClientDuplexStream, Metadata, ServiceError } from '@grpc/grpc-js';
import type { CallFrame, ExchangeRequest, ExchangeResponse, ReplyFrame } from '@waybill/contracts';
import { type Fault, FaultError, fault } from '@waybill/kernel';
import { type PackedCall, transportClosed } from '../carrier.ts';
import { faultFromMessage } from '../fault-message.ts';
import { checkSize } from '../packing.ts';
import { agreedBytesMax } from './handshake.ts';
import { createOutbox } from './outbox.ts';

/** Where the frames that answer one call go. */
export interface Receiver {
  message(bytes: Uint8Array): void;
  finished(fault: Fault | undefined): void;
}

/** A call that was sent. */
export interface OpenedCall {
  /** Tells the server that this many more messages can come. */
  grant(messages: number): void;
  /** Tells the server, unless the call has finished, that nobody wants the answer. */
  cancel(): void;
}

export interface Exchange {
  /** Resolves when the server has greeted; rejects with `unavailable` when it cannot be reached. */
  readonly ready: Promise<void>;
  /** Calls that have not finished. */
  readonly underWay: number;
  /** Sends the call; throws when the stream is lost or the request is larger than the server takes. */
  open(call: PackedCall<Uint8Array>, credit: number, receiver: Receiver): OpenedCall;
  /** Whether all call numbers have been used. */
  isUsedUp(): boolean;
  /** Ends the stream as soon as the calls under way have finished. */
  retire(): void;
  /** Cancels the stream; calls still on it end as `unavailable`, or as told. */
  close(reason?: Fault): void;
}

interface CallUnderWay {
  readonly call: PackedCall<Uint8Array>;
  readonly receiver: Receiver;
}

export interface ExchangeSettings {
  readonly stream: ClientDuplexStream<ExchangeRequest, ExchangeResponse>;
  readonly messageBytesMax: number;
  readonly firstCallNumber: number;
  /** The stream is gone, and with it every call that was under way on it. */
  readonly onLost: () => void;
}

const lastCallNumber = 0xffff_ffff;
const frameOverheadBytes = 256;

export function openExchange({ stream, messageBytesMax, firstCallNumber, onLost }: ExchangeSettings): Exchange {
  const calls = new Map<number, CallUnderWay>();
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  let requestBytesMax = messageBytesMax;
  let nextNumber = firstCallNumber;
  let loss: Fault | undefined;
  let retired = false;
  const outbox = createOutbox<CallFrame>({
    send: (frames) => loss !== undefined || stream.write({ frames }),
    sizeBytesOf: ({ frame }) => frameOverheadBytes + (frame?.$case === 'opened' ? frame.value.request.length : 0),
  });

  function lose(reason: Fault): void {
    if (loss !== undefined) return;
    loss = reason;
    reject(new FaultError(reason));
    onLost();
    for (const { callNumber, frame } of outbox.waiting()) {
      const unsent = frame?.$case === 'opened' ? calls.get(callNumber) : undefined;
      if (unsent) unsent.call.isSent = false;
    }
    for (const { receiver } of calls.values()) receiver.finished(reason);
    calls.clear();
  }

  function endIfRetired(): void {
    if (!retired || calls.size > 0) return;
    outbox.flush();
    stream.end();
  }

  function receive({ callNumber, frame }: ReplyFrame): void {
    const receiver = calls.get(callNumber)?.receiver;
    if (frame?.$case === 'response') receiver?.message(frame.value);
    else if (frame?.$case === 'finished') {
      calls.delete(callNumber);
      receiver?.finished(frame.value.fault && faultFromMessage(frame.value.fault));
      endIfRetired();
    }
  }

  // Whoever opens a call awaits it too; without a call its failure is nobody's concern.
  ready.catch(() => undefined);
  stream.on('metadata', (peerGreeting: Metadata) => {
    requestBytesMax = agreedBytesMax(peerGreeting, messageBytesMax);
    resolve();
  });
  stream.on('data', ({ frames }: ExchangeResponse) => frames.forEach(receive));
  stream.on('drain', outbox.drained);
  stream.on('error', (error: ServiceError) => lose(connectionLost(error.details, error)));
  stream.on('end', () => lose(connectionLost('the server ended it')));

  return {
    ready,
    get underWay() {
      return calls.size;
    },
    open(call, credit, receiver) {
      if (loss !== undefined) throw new FaultError(loss);
      call.scope.throwIfAborted();
      checkSize(call.request.length, requestBytesMax);
      const callNumber = nextNumber;
      nextNumber += 1;
      calls.set(callNumber, { call, receiver });
      call.isSent = true;
      outbox.push(openedFrame(callNumber, call, credit));
      return {
        grant: (messages) => outbox.push({ callNumber, frame: { $case: 'credit', value: messages } }),
        cancel() {
          if (!calls.delete(callNumber)) return;
          outbox.push({ callNumber, frame: { $case: 'cancelled', value: {} } });
          endIfRetired();
        },
      };
    },
    isUsedUp: () => nextNumber > lastCallNumber,
    retire() {
      retired = true;
      endIfRetired();
    },
    close(reason = transportClosed()) {
      lose(reason);
      stream.cancel();
    },
  };
}

function openedFrame(callNumber: number, call: PackedCall<Uint8Array>, credit: number): CallFrame {
  const { path: method, request, scope, metadata } = call;
  const timeLeftMs = scope.timeLeftMs();
  const timeoutMs = timeLeftMs === undefined ? 0 : Math.max(1, Math.ceil(timeLeftMs));
  const opened = { method, request: request as Buffer, timeoutMs, metadata, credit };
  return { callNumber, frame: { $case: 'opened', value: opened } };
}

function connectionLost(how: string, cause?: unknown): Fault {
  return fault('unavailable', `the connection to the server was lost: ${how}`, { cause });
}
