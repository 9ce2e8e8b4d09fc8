// Where no traces are collected: spans that are nobody's. The id of a call still reaches the lines of the log.
import { context } from '@opentelemetry/api';
import { outside, withCall } from './active.ts';
import type { OpenSpan, Spans } from './spans.ts';

const nobodys: OpenSpan = {
  isSeen: false,
  trace: undefined,
  run: (step) => step(),
  note: () => undefined,
  failed: () => undefined,
  ended: () => undefined,
};

export const untraced: Spans = {
  areKept: false,
  open(_name, { callId } = {}) {
    if (callId === undefined) return nobodys;
    const inside = withCall(context.active(), callId);
    return { ...nobodys, run: (step) => context.with(inside, step) };
  },
  trace: () => undefined,
  outside,
};
