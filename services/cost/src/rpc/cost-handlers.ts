// CostService on the read models and the log.
import type { CostServiceDefinition } from '@waybill/contracts';
import type { EventReader } from '@waybill/event-log';
import type { ProjectionPartition } from '@waybill/projections';
import type { Handlers } from '@waybill/rpc';
import { explainCall } from '../usecases/explain-call.ts';
import { getLedgerHead } from '../usecases/get-ledger-head.ts';
import { getSpend } from '../usecases/get-spend.ts';

export interface Books {
  readonly ledger: ProjectionPartition;
  readonly spend: ProjectionPartition;
  readonly events: EventReader;
}

export function costHandlers({ ledger, spend, events }: Books): Handlers<CostServiceDefinition> {
  return {
    getSpend: async (request) => ({ spends: await getSpend(spend, request) }),
    explainCall: async ({ callId }) => ({ steps: await explainCall(events, callId) }),
    getLedgerHead: () => getLedgerHead(ledger),
  };
}
