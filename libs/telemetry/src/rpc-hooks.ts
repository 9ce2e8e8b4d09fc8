// A span for each call between services on either side of it, whatever carries it.
import type { Fault } from '@waybill/kernel';
import { activeCallId } from './active.ts';
import { callIdHeader, general } from './conventions.ts';
import type { OpenSpan, Spans } from './spans.ts';

type Metadata = Readonly<Record<string, string>>;

/** What transports take; the shapes are those of libs/rpc. */
export interface RpcHooks {
  onOutgoingCall(path: string): { readonly metadata: Metadata; ended(fault: Fault | undefined): void };
  onIncomingCall(path: string, metadata: Metadata): OpenSpan;
}

export interface RpcHookOptions {
  /** The spans of the service whose code is running. */
  caller(): Spans;
  /** The spans of the service that a method belongs to. */
  owner(path: string): Spans;
}

/** For calls between our own services. */
export function rpcHooks({ caller, owner }: RpcHookOptions): RpcHooks {
  return {
    onOutgoingCall(path) {
      const callId = activeCallId();
      const span = caller().open(nameOf(path), { kind: 'client', attributes: attributesOf(path) });
      const { traceparent, tracestate } = span.trace ?? {};
      const metadata: Record<string, string> = {};
      if (traceparent !== undefined) metadata.traceparent = traceparent;
      if (tracestate) metadata.tracestate = tracestate;
      if (callId !== undefined) metadata[callIdHeader] = callId;
      return { metadata, ended: (fault) => span.ended(fault) };
    },
    onIncomingCall: (path, metadata) => incoming(owner(path), path, metadata, metadata[callIdHeader]),
  };
}

/** For calls of clients from outside, whose word on which call it is counts for nothing. Undefined: nothing is traced. */
export function edgeHook(spans: Spans): RpcHooks['onIncomingCall'] | undefined {
  if (!spans.areKept) return undefined;
  return (path, metadata) => incoming(spans, path, metadata, undefined);
}

function incoming(spans: Spans, path: string, metadata: Metadata, callId: string | undefined): OpenSpan {
  return spans.open(nameOf(path), { kind: 'server', attributes: attributesOf(path), parent: metadata, callId });
}

/** The method without the slash before it, as the conventions have it. */
function nameOf(path: string): string {
  return path.slice(1);
}

function attributesOf(path: string) {
  return { [general.rpcSystem]: 'grpc', [general.rpcMethod]: nameOf(path) };
}
