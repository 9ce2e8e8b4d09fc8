// The stream as it has to be. deploy/nats/stream.json says the same; a test compares the two.
import { DiscardPolicy, RetentionPolicy, StorageType, StoreCompression, type StreamConfig } from '@nats-io/jetstream';
import { eventSubjects } from './subjects.ts';

const duplicateWindowMinutes = 2;

/** Those settings that matter, with the server's defaults where a default is what matters. */
export type WantedStream = Pick<
  StreamConfig,
  | 'name'
  | 'subjects'
  | 'retention'
  | 'discard'
  | 'storage'
  | 'num_replicas'
  | 'max_bytes'
  | 'max_msgs'
  | 'max_age'
  | 'max_msgs_per_subject'
  | 'max_msg_size'
  | 'duplicate_window'
  | 'deny_delete'
  | 'deny_purge'
  | 'allow_rollup_hdrs'
  | 'allow_direct'
> & { readonly compression: StoreCompression };

export interface StreamDimensions {
  readonly stream: string;
  readonly replicas: number;
  readonly maxBytes: number;
}

export function wantedStream({ stream, replicas, maxBytes }: StreamDimensions): WantedStream {
  return {
    name: stream,
    subjects: [eventSubjects],
    retention: RetentionPolicy.Limits,
    // Full, it refuses what is new; what is old leaves it only when the archive has it.
    discard: DiscardPolicy.New,
    storage: StorageType.File,
    num_replicas: replicas,
    max_bytes: maxBytes,
    max_msgs: -1,
    max_age: 0,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    duplicate_window: duplicateWindowMinutes * 60 * 1e9,
    deny_delete: true,
    // The archiver's account alone may purge.
    deny_purge: false,
    allow_rollup_hdrs: false,
    // A replica that lags behind may not answer for the leader.
    allow_direct: false,
    compression: StoreCompression.None,
  };
}

export interface WrongSetting {
  readonly setting: string;
  readonly is: string;
  readonly shouldBe: string;
}

/** Where the stream is not as it has to be; `persist_mode` too, which must not be asynchronous. */
export function wrongSettings(config: Partial<StreamConfig>, wanted: WantedStream): WrongSetting[] {
  const wrong = Object.entries(wanted).flatMap(([setting, shouldBe]) => {
    const is = config[setting as keyof StreamConfig];
    return JSON.stringify(is) === JSON.stringify(shouldBe) ? [] : [wrongSetting(setting, is, shouldBe)];
  });
  const persists = config.persist_mode;
  return persists === 'async' ? [...wrong, wrongSetting('persist_mode', persists, 'default')] : wrong;
}

function wrongSetting(setting: string, is: unknown, shouldBe: unknown): WrongSetting {
  return { setting, is: is === undefined ? 'not set' : JSON.stringify(is), shouldBe: JSON.stringify(shouldBe) };
}
