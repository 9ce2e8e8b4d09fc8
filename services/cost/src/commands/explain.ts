// `waybill explain <call-id>`: the story of a call, from the log.
import type { CommandDefinition } from '@waybill/service';
import { explainCall } from '../usecases/explain-call.ts';
import { withEventLog } from '../usecases/open-books.ts';

export const explainCommand: CommandDefinition = {
  name: 'explain',
  summary: 'tell the story of a call: why this model, what was held, used and paid',
  arguments: ['call-id'],
  async run({ arguments: [callId = ''], configuration, json, print }) {
    const steps = await withEventLog(configuration, (reader) => explainCall(reader, callId));
    if (json) print(JSON.stringify({ call_id: callId, steps: steps.map(stepAsJson) }));
    else for (const { occurredAtMicros, sentence } of steps) print(`${timeOf(occurredAtMicros)}  ${sentence}`);
    return 0;
  },
};

function stepAsJson(step: Awaited<ReturnType<typeof explainCall>>[number]) {
  return {
    at: timeOf(step.occurredAtMicros),
    type: step.eventType,
    sentence: step.sentence,
    event: JSON.parse(step.eventJson),
  };
}

function timeOf(micros: bigint): string {
  return new Date(Number(micros / 1_000n)).toISOString();
}
