// What others want to hear of a call once it is over. Nobody waits for it; what fails is counted.
import type { AttemptResult, Call, Candidate, ReplyPart } from '@waybill/contracts';
import { foldReply } from '@waybill/providers';
import type { Neighbours } from '../ports.ts';

export interface HandOver {
  readonly neighbours: Pick<Neighbours, 'selector' | 'evaluator'>;
  readonly timeoutMs: number;
  /** Counts what did not arrive; the name of the neighbour. */
  lost(neighbour: string): void;
}

/** How an attempt went, for selector's picture of health and latency; by a tenant's own key it says nothing of others'. */
export function reportOutcome({ neighbours, timeoutMs, lost }: HandOver, candidate: Candidate, result: AttemptResult) {
  if (result.tenantKeyId !== '') return;
  const { modelId, providerId } = candidate;
  const { firstByteMs = 0, totalMs = 0 } = result.timings ?? {};
  const succeeded = result.fault === undefined;
  const { providerAtFault, setAsideMs } = result;
  const outcome = { modelId, providerId, succeeded, providerAtFault, setAsideMs, firstByteMs, totalMs };
  neighbours.selector.reportOutcome(outcome, { timeoutMs }).catch(() => lost('selector'));
}

export interface AnsweredCall {
  readonly callId: string;
  readonly tenantId: string;
  readonly modelId: string;
  readonly call: Call;
  readonly parts: readonly ReplyPart[];
}

/** The answer, for evaluator to judge. */
export function submitAnswer({ neighbours, timeoutMs, lost }: HandOver, { parts, ...answered }: AnsweredCall): void {
  const request = { ...answered, reply: foldReply(parts) };
  neighbours.evaluator.submit(request, { timeoutMs }).then(
    ({ accepted }) => {
      if (!accepted) lost('evaluator');
    },
    () => lost('evaluator'),
  );
}
