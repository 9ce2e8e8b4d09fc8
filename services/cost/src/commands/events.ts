// `waybill events`: the log as it was written, and as it grows.
import type { EventReader, ReadOptions, StoredEvent } from '@waybill/event-log';
import { eventTypes } from '@waybill/event-log';
import { FaultError, fault } from '@waybill/kernel';
import type { CommandDefinition } from '@waybill/service';
import { eventAsJson } from '../usecases/event-json.ts';
import { withEventLog } from '../usecases/open-books.ts';

export const eventsCommand: CommandDefinition = {
  name: 'events',
  summary: 'print the event log',
  options: [
    { name: 'follow', summary: 'go on with new events until interrupted' },
    { name: 'type', value: 'name', summary: 'only this type, such as AttemptEnded' },
    { name: 'call', value: 'id', summary: 'only the events of this call' },
  ],
  async run({ options, json, configuration, print }) {
    const { type, call } = options;
    const types = typeof type === 'string' ? [fullName(type)] : undefined;
    await withEventLog(configuration, async (reader) => {
      for await (const batch of batchesOf(reader, { types, follow: options.follow === true })) {
        for (const event of batch) {
          if (call === undefined || event.envelope.correlationId === call) print(lineOf(event, json));
        }
      }
    });
    return 0;
  },
};

interface Wanted {
  readonly types: readonly string[] | undefined;
  readonly follow: boolean;
}

function batchesOf(reader: EventReader, { types, follow }: Wanted): AsyncIterable<readonly StoredEvent[]> {
  const options: ReadOptions = types ? { types } : {};
  return follow ? reader.subscribe(0n, options) : reader.read(0n, options);
}

/** `AttemptEnded` as `waybill.gateway.v1.AttemptEnded`. */
function fullName(given: string): string {
  const names = [...eventTypes.keys()];
  const found = names.find((name) => name === given || name.endsWith(`.${given}`));
  if (found !== undefined) return found;
  const known = names.map((name) => name.slice(name.lastIndexOf('.') + 1)).join(', ');
  throw new FaultError(fault('invalid', `there is no event type ${given}; known are ${known}`));
}

function lineOf(event: StoredEvent, json: boolean): string {
  const shown = eventAsJson(event);
  if (json) return JSON.stringify(shown);
  const { type, streamId, occurredAtMicros } = event.envelope;
  const time = new Date(Number(occurredAtMicros / 1_000n)).toISOString();
  const name = type.slice(type.lastIndexOf('.') + 1);
  return `${event.position} ${time} ${name} ${streamId} ${JSON.stringify(shown.payload)}`;
}
