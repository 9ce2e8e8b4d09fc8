// A stored event as JSON for people and programs.
import { Envelope } from '@waybill/contracts';
import { eventTypes, type StoredEvent } from '@waybill/event-log';
import { faultOf } from '@waybill/kernel';

/**
 * Position, envelope and payload. Integers of 64 bits are decimal text. `raw_usage` is shown as the text it is. A
 * payload that this program cannot read stays base64, with the reason beside it as `unreadable`.
 */
export function eventAsJson({ position, envelope }: StoredEvent): Readonly<Record<string, unknown>> {
  const { payload: encoded, ...rest } = Envelope.toJSON(envelope) as Record<string, unknown>;
  return { position: position.toString(), ...rest, ...payloadOf(envelope, encoded) };
}

function payloadOf(envelope: Envelope, encoded: unknown): Readonly<Record<string, unknown>> {
  const type = eventTypes.get(envelope.type);
  if (!type) return { payload: encoded, unreadable: `this program does not know ${envelope.type}` };
  try {
    const payload = type.codec.toJSON(type.decode(envelope)) as Record<string, unknown>;
    const { rawUsage } = payload;
    const text = typeof rawUsage === 'string' ? { rawUsage: Buffer.from(rawUsage, 'base64').toString('utf8') } : {};
    return { payload: { ...payload, ...text } };
  } catch (thrown) {
    return { payload: encoded, unreadable: faultOf(thrown).message };
  }
}
