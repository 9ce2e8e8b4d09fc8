// The wiring of cost: the log -> ledger and spend -> CostService, and the commands that prove the books.
import { CostServiceDefinition } from '@waybill/contracts';
import { offer } from '@waybill/rpc';
import type { ServiceDefinition } from '@waybill/service';
import { auditCommand } from './commands/audit.ts';
import { eventsCommand } from './commands/events.ts';
import { explainCommand } from './commands/explain.ts';
import { rateCommand } from './commands/rate.ts';
import { repairCommand } from './commands/repair.ts';
import { replayCommand } from './commands/replay.ts';
import { ledgerProjection } from './projections/ledger.ts';
import { spendProjection } from './projections/spend.ts';
import { costHandlers } from './rpc/cost-handlers.ts';

export const costService: ServiceDefinition = {
  name: 'cost',
  async start(context) {
    await context.keepRecord();
    const ledger = await context.project(ledgerProjection);
    const spend = await context.project(spendProjection);
    const handlers = costHandlers({ ledger: ledger.partition, spend: spend.partition, events: context.events });
    return { offers: [offer(CostServiceDefinition, handlers)] };
  },
  commands: [rateCommand, replayCommand, auditCommand, explainCommand, eventsCommand, repairCommand],
};
