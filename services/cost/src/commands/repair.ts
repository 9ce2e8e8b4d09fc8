// `waybill repair`: makes the stream go on where the record ends, after it has lost what the record has.
import { type RepairReport, repairEventLog } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import { type CommandDefinition, withDistributedStores } from '@waybill/service';

const ttlMs = 30_000;

export const repairCommand: CommandDefinition = {
  name: 'repair',
  summary: 'bring the NATS stream in line with the record, after an alarm event_log_behind_record',
  options: [{ name: 'accept-loss', summary: 'go on although messages were trimmed before the record had them' }],
  async run({ configuration, options, json, print }) {
    const report = await withDistributedStores(configuration, async ({ nats, mongodb, leases }) => {
      const lease = await leases.tryAcquire('repair', { ttlMs });
      if (lease === undefined)
        throw new FaultError(fault('conflict', 'another repair is at work; wait until it is done'));
      const acceptLoss = options['accept-loss'] === true || options.acceptLoss === true;
      const alarm = (name: string, details: object) => print(`alarm ${name}: ${textOf(details)}`);
      return repairEventLog({ nats, mongodb, lease, acceptLoss, alarm }).finally(lease.release);
    });
    if (json) print(textOf(report));
    else for (const line of linesOf(report)) print(line);
    return 0;
  },
};

function textOf(value: object): string {
  return JSON.stringify(value, (_name, each) => (typeof each === 'bigint' ? String(each) : each));
}

function linesOf({ damage, inDoubt, lost, ...report }: RepairReport): string[] {
  if (damage === undefined) return ['The stream and the record agree; nothing was done.'];
  return [
    `damage    ${damage}`,
    ...(inDoubt ? [`in doubt  sequences ${inDoubt.first} to ${inDoubt.last}`] : []),
    ...(lost ? [`lost      sequences ${lost.first} to ${lost.last}`] : []),
    `rescued   ${report.rescuedBatches} batches with ${report.rescuedEvents} events`,
    `record    ended at position ${report.endBefore}, ends at ${report.endAfter}`,
    `goes on   after sequence ${report.continuesAfter}; producers publish again what they still hold`,
  ];
}
