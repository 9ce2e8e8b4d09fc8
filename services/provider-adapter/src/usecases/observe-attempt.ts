// What is traced and counted of an attempt at a provider.
import type { AttemptRequest } from '@waybill/contracts';
import { fault } from '@waybill/kernel';
import type { Spans } from '@waybill/telemetry';
import type { Meters, Target } from '../ports.ts';
import { operationOf, providerNameOf, requestAttributes, responseAttributes, tokensOf } from './attempt-attributes.ts';
import type { AttemptEnd } from './attempt-result.ts';

/** Told of an attempt that begins; what it returns is told of its end, undefined when its reader left before. */
export type ObserveAttempt = (request: AttemptRequest, target: Target) => (end: AttemptEnd | undefined) => void;

export interface AttemptObserving {
  readonly spans: Spans;
  readonly meters: Meters;
}

/** One CLIENT span for each attempt. The trace ends here: a provider is not told our ids. */
export function observeAttempts({ spans, meters }: AttemptObserving): ObserveAttempt {
  return (request, target) => {
    const operation = operationOf(request.call);
    const span = spans.open(`${operation} ${request.upstreamModel}`, { kind: 'client' });
    if (span.isSeen) span.note(requestAttributes(request, target));
    return (end) => {
      if (end === undefined) return span.ended(readerLeft);
      if (span.isSeen) span.note(responseAttributes(end));
      span.ended(end.fault);
      const labels = { operation, provider: providerNameOf(target), model: request.upstreamModel };
      meters.attemptOver(labels, measured(request, end));
    };
  };
}

const readerLeft = fault('cancelled', 'the reader of the answer left before its end');

function measured({ call }: AttemptRequest, end: AttemptEnd) {
  const isStreamed = call?.task?.$case === 'chat' && call.task.value.stream;
  return {
    errorKind: end.fault?.kind,
    seconds: end.totalMs / 1_000,
    secondsToFirstPart: !isStreamed || end.firstPartMs === undefined ? undefined : end.firstPartMs / 1_000,
    tokens: tokensOf(end.progress.usage),
  };
}
