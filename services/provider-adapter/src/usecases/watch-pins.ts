// Looks at the model that answers name: one that is not the pinned snapshot is a warning in the answer and an alarm.
import type { AttemptRequest, AttemptResponse, ProviderServiceDefinition, ReplyPart } from '@waybill/contracts';
import type { Handlers } from '@waybill/rpc';
import { type Drift, hasDrifted, warningOfDrift } from '../core/drift.ts';

type ProviderHandlers = Handlers<ProviderServiceDefinition>;

/** The handlers, with a warning behind the part that names the model. `onDrift` hears of each pair of names once. */
export function watchPins(handlers: ProviderHandlers, onDrift: (drift: Drift) => void): ProviderHandlers {
  const told = new Set<string>();
  const tell = (drift: Drift) => {
    const names = JSON.stringify(drift);
    if (!told.has(names)) onDrift(drift);
    told.add(names);
  };
  return {
    ...handlers,
    attempt(request, context) {
      const updates = handlers.attempt(request, context);
      return request.pinnedVersion === '' ? updates : watched(updates, request, tell);
    },
  };
}

async function* watched(
  updates: AsyncIterable<AttemptResponse>,
  request: AttemptRequest,
  tell: (drift: Drift) => void,
): AsyncGenerator<AttemptResponse> {
  let drift: Drift | undefined;
  for await (const { update } of updates) {
    if (update?.$case === 'parts' && drift === undefined) {
      const { parts } = update.value;
      drift = driftIn(parts, request);
      if (drift) tell(drift);
      yield { update: { $case: 'parts', value: { parts: drift ? withWarning(parts, drift) : parts } } };
    } else if (update?.$case === 'result' && drift !== undefined) {
      const warnings = [...update.value.warnings, warningOfDrift(drift)];
      yield { update: { $case: 'result', value: { ...update.value, warnings } } };
    } else {
      yield { update };
    }
  }
}

function driftIn(parts: readonly ReplyPart[], request: AttemptRequest): Drift | undefined {
  const { modelId, providerId, pinnedVersion: pinned } = request;
  for (const { part } of parts) {
    if (part?.$case !== 'started' || !hasDrifted(pinned, part.value.reportedModel)) continue;
    return { modelId, providerId, pinned, reported: part.value.reportedModel };
  }
  return undefined;
}

function withWarning(parts: readonly ReplyPart[], drift: Drift): ReplyPart[] {
  const warning: ReplyPart = { part: { $case: 'warning', value: warningOfDrift(drift) } };
  return parts.flatMap((each) => (each.part?.$case === 'started' ? [each, warning] : [each]));
}
