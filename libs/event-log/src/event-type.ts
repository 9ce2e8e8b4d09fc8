// What ties the name of an event to its payload: one definition for those who write it and those who read it.
import { type Envelope, encodeMessage, type MessageWriter, type TraceContext } from '@waybill/contracts';
import { FaultError, fault } from '@waybill/kernel';
import type { EventDraft } from './ports.ts';

/** The generated codec of a payload message. */
export interface PayloadCodec<Payload> extends MessageWriter<Payload> {
  decode(bytes: Uint8Array): Payload;
  fromJSON(json: unknown): Payload;
  toJSON(message: Payload): unknown;
}

/** Lifts the payload bytes of one version to the next; pure, and never changed once it is released. */
export type Upcaster = (payload: Uint8Array) => Uint8Array;

export interface EventTypeDefinition<Payload> {
  /** Full name of the payload message, such as `waybill.gateway.v1.AttemptEnded`. */
  readonly type: string;
  /** The version that is written now, from 1. */
  readonly version: number;
  readonly codec: PayloadCodec<Payload>;
  /** From version 1 to 2, from 2 to 3 and so on: one less than `version`. */
  readonly upcasters?: readonly Upcaster[];
}

/** The fields of an event that only its writer knows. */
export interface DraftFields<Payload> {
  /** Deterministic: the same fact has the same id. */
  readonly eventId: string;
  readonly tenantId: string;
  /** The entity it belongs to, such as `call/<id>`. */
  readonly streamId: string;
  /** The journey it belongs to, normally the call id. */
  readonly correlationId: string;
  /** The event or request that led to it; empty when there is none. */
  readonly causationId?: string;
  readonly occurredAtMicros: bigint;
  readonly trace?: TraceContext;
  readonly payload: Payload;
}

/** An event's name, version and payload. */
export interface EventType<Payload> {
  readonly type: string;
  readonly version: number;
  readonly codec: PayloadCodec<Payload>;
  /** The event as it is handed to a producer. */
  draft(fields: DraftFields<Payload>): EventDraft;
  /**
   * The payload, lifted to the current version. An envelope is decoded once, whoever asks: nobody changes the payload,
   * nor what is in it. Throws a FaultError `invalid` when the envelope is of another type, of a version this program
   * does not know, or its payload cannot be read.
   */
  decode(envelope: Readable): Payload;
}

/** Defines an event. Throws a RangeError when an upcaster is missing or too many. */
export function defineEvent<Payload>(definition: EventTypeDefinition<Payload>): EventType<Payload> {
  const { type, version, codec, upcasters = [] } = definition;
  if (upcasters.length !== version - 1) {
    throw new RangeError(`${type} version ${version} needs ${version - 1} upcasters, not ${upcasters.length}`);
  }
  const decoded = new WeakMap<Readable, Payload>();

  function decode(envelope: Readable): Payload {
    refuseOther(envelope, type, version);
    try {
      const due = upcasters.slice(envelope.version - 1);
      return codec.decode(due.reduce<Uint8Array>((bytes, lift) => lift(bytes), envelope.payload));
    } catch (cause) {
      const why = `its payload is no ${type} version ${envelope.version}`;
      throw unreadable(envelope, 'payload_unreadable', why, cause);
    }
  }

  return {
    type,
    version,
    codec,
    draft: ({ payload, causationId = '', trace, ...fields }) => ({
      ...fields,
      type,
      version,
      causationId,
      trace,
      payload: encodeMessage(codec, payload),
    }),
    decode(envelope) {
      const before = decoded.get(envelope);
      if (before !== undefined) return before;
      const payload = decode(envelope);
      decoded.set(envelope, payload);
      return payload;
    },
  };
}

type Readable = Pick<Envelope, 'eventId' | 'type' | 'version' | 'payload'>;

function refuseOther(envelope: Readable, type: string, version: number): void {
  if (envelope.type !== type) {
    throw unreadable(envelope, 'other_type', `it is a ${envelope.type}, not a ${type}`);
  }
  if (envelope.version < 1 || envelope.version > version) {
    const known = `this program knows ${type} up to version ${version}`;
    throw unreadable(envelope, 'unknown_version', `it has version ${envelope.version}; ${known}`);
  }
}

function unreadable(envelope: Readable, reason: string, why: string, cause?: unknown): FaultError {
  const details = { event_id: envelope.eventId, reason };
  return new FaultError(fault('invalid', `event ${envelope.eventId} cannot be read: ${why}`, { details, cause }));
}
